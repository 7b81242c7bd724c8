"""Recovery from a lost cluster and database with the documented scripts, while jobs run.

It leaves a new cluster behind, so it runs last.
"""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import create_engine, make_url, text

from tests.e2e.conftest import ROOT, Bucket, wait_ready
from tests.e2e.kube import Kube, Resource, ifcjob, proved, wait_until
from tests.e2e.release import RESTRICTED, SYSTEM, Release
from tools.cluster.access import Cluster
from tools.cluster.node import Node
from tools.go_programs import tool

RESUBMIT = ("exec", "deployment/ifcjob-operator", "--", "python", "-m", "ifcjob_catalog", "resubmit")
_HISTORY = "SELECT uid, name, phase, reason, result_manifest, spec FROM job WHERE namespace = :namespace ORDER BY uid"
_ARTIFACTS = "SELECT uri, sha256 FROM artifact JOIN job USING (uid) WHERE namespace = :namespace ORDER BY uri"


@dataclass(frozen=True)
class Console:
    """An administrator's shell with access to the cluster and the stores."""

    cluster: Cluster
    environment: Mapping[str, str]

    def script(self, name: str, *arguments: str, codes: Sequence[int] = (0,)) -> str:
        """Run a script and return its output; an unexpected exit code fails the test."""
        command = [str(ROOT / "scripts" / name), *arguments]
        done = subprocess.run(
            command, env=dict(self.environment), capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode in codes, f"{name} ended with {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture
def console(cluster: Cluster, tmp_path: Path) -> Console:
    """Set the scripts' environment; skip the test if a required program is missing."""
    if missing := [name for name in ("pg_dump", "pg_restore", "psql", "jq", "aws") if shutil.which(name) is None]:
        pytest.skip(f"the scripts need {', '.join(missing)}")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "helm").symlink_to(tool("helm"))
    (programs / "kubectl").symlink_to(shutil.which(cluster.kubectl_program) or cluster.kubectl_program)
    url = make_url(cluster.database_url)
    database = {"PGHOST": url.host, "PGPORT": str(url.port), "PGUSER": url.username, "PGPASSWORD": url.password}
    store = {"AWS_ACCESS_KEY_ID": cluster.s3_access_key, "AWS_SECRET_ACCESS_KEY": cluster.s3_secret_key}
    store |= {"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_S3": cluster.s3_endpoint}
    given = {"KUBECONFIG": str(cluster.kubeconfig), "PATH": f"{programs}:{os.environ['PATH']}"}
    environment = os.environ | database | {"PGDATABASE": url.database} | store | given
    return Console(cluster, {name: value for name, value in environment.items() if value is not None})


@pytest.mark.last
def test_backup_restores_a_lost_cluster_and_database(
    cluster: Cluster,
    release: Release,
    system: Kube,
    kube: Kube,
    bucket: Bucket,
    corpus: Path,
    console: Console,
    tmp_path: Path,
) -> None:
    if not isinstance(cluster, Node):
        pytest.skip("loses a whole cluster, which it can with CLUSTER=node")
    wait_ready(system)
    interrupted = _submit(kube, bucket, corpus)
    before = _query(cluster, _HISTORY, kube.namespace)
    backup = console.script("backup.sh", str(tmp_path / "backups")).strip()
    artifacts, keys = _query(cluster, _ARTIFACTS, kube.namespace), bucket.keys()
    assert len(artifacts) >= 10

    cluster.lose_cluster()
    _lose_database(cluster)
    assert kube.cluster.kubectl("get", "crd", "ifcjobs.ifcjob.io").returncode != 0

    restored = console.script("restore-database.sh", backup)
    assert {line.split()[0] for line in restored.splitlines()} >= {"Failed", "Queued", "Running", "Succeeded"}
    system = _install(release, Path(backup))
    console.script("restore-queues.sh", backup)
    assert (kube.get("namespace", kube.namespace) or {})["metadata"]["labels"].items() >= RESTRICTED.items()
    assert (kube.get("ifcqueue", "narrow") or {})["spec"]["slots"] == 2
    assert kube.all("ifcjob") == []
    assert _query(cluster, _HISTORY, kube.namespace) == before
    assert _missing(console, bucket) == []
    assert [hashlib.sha256(bucket.read(uri)).hexdigest() for uri, _ in artifacts] == [sha256 for _, sha256 in artifacts]
    proved("history and artifacts are complete in a new cluster with a new database")

    assert _resubmit(system, kube.namespace) == {f"{name} created" for name in interrupted}
    assert _resubmit(system, kube.namespace) == {f"{name} unchanged" for name in interrupted}
    kube.run("scale", "ifcqueue/narrow", "--replicas=5")
    done = kube.wait_finished(*interrupted, seconds=240)
    assert {job["status"]["phase"] for job in done.values()} == {"Succeeded"}
    assert done["labelled"]["metadata"]["labels"]["team"] == "blue"
    assert done["labelled"]["metadata"]["annotations"]["example.com/ticket"] == "7"
    assert done["labelled"]["spec"]["priority"] == 5
    wait_until(
        lambda: system.run(*RESUBMIT, "--namespace", kube.namespace) == "", 30, "nothing is left to be submitted again"
    )
    assert set(bucket.keys()) >= set(keys), "an artifact is lost"
    proved(
        f"{len(interrupted)} interrupted jobs, running and waiting ones, are submitted again by one command, once, "
        "with their labels, annotations and priorities; no artifact is lost"
    )
    _lose_an_artifact(console, system, kube, bucket, artifacts[0][0])


def _submit(kube: Kube, bucket: Bucket, corpus: Path) -> list[str]:
    """Create jobs that succeeded, failed, run and wait; return those that the loss will interrupt."""
    bucket.put("big.ifc", corpus / "mini_project.ifc")
    bucket.put("small.ifc", corpus / "openhouse.ifc")
    done = [ifcjob(f"done-{n}", bucket.name, "small.ifc", cache="Off") for n in range(2)]
    kube.apply(*done, ifcjob("broken", bucket.name, "nothing.ifc"))
    kube.wait_finished("done-0", "done-1", "broken", seconds=90)
    queue = {"apiVersion": "ifcjob.io/v1alpha1", "kind": "IfcQueue", "metadata": {"name": "narrow"}}
    kube.apply(queue | {"spec": {"slots": 2}})
    options: Resource = {"cache": "Off", "queue": "narrow"}
    kube.apply(*(ifcjob(f"runs-{n}", bucket.name, "big.ifc", resources={"cpu": "200m"}, **options) for n in range(2)))
    for name in ("runs-0", "runs-1"):
        kube.wait_phase(name, "Running", seconds=60)
    labelled = ifcjob("labelled", bucket.name, "small.ifc", priority=5, **options)
    labelled["metadata"] |= {"labels": {"team": "blue"}, "annotations": {"example.com/ticket": "7"}}
    kube.apply(ifcjob("waits", bucket.name, "small.ifc", **options), labelled)
    names = ["labelled", "runs-0", "runs-1", "waits"]
    known = {"labelled": "Queued", "runs-0": "Running", "runs-1": "Running", "waits": "Queued"}
    recorded = {**known, "done-0": "Succeeded", "done-1": "Succeeded", "broken": "Failed"}
    wait_until(
        lambda: {row[1]: row[2] for row in _query(kube.cluster, _HISTORY, kube.namespace)} == recorded,
        30,
        "the history knows every job, those that wait too",
        lambda: str(_query(kube.cluster, _HISTORY, kube.namespace)),
    )
    return names


def _install(release: Release, backup: Path) -> Kube:
    """Install the chart with the values of a backup, as documented."""
    values = yaml.safe_load((backup / "values.yaml").read_text(encoding="utf-8"))
    system = Kube(release.cluster, SYSTEM)
    release.uninstall()
    release.prepare(system)
    release.install(values)
    wait_ready(system)
    return system


def _resubmit(system: Kube, namespace: str) -> set[str]:
    """Resubmit the jobs of the test's namespace; return kubectl's output per job."""
    manifests = system.run(*RESUBMIT, "--namespace", namespace)
    result = system.cluster.kubectl("apply", "-f", "-", stdin=manifests)
    assert result.returncode == 0, result.stderr
    return {line.removeprefix("ifcjob.ifcjob.io/") for line in result.stdout.splitlines()}


def _lose_an_artifact(console: Console, system: Kube, kube: Kube, bucket: Bucket, uri: str) -> None:
    """Delete an artifact that the catalog lists, then find and recreate it."""
    bucket.store.remove_object(bucket.name, uri.removeprefix(f"s3://{bucket.name}/"))
    ((uid, missing),) = _missing(console, bucket)
    assert missing == uri
    manifest = system.run(*RESUBMIT, f"--uid={uid}", "--refresh")
    name = json.loads(manifest)["metadata"]["name"]
    assert system.cluster.kubectl("apply", "-f", "-", stdin=manifest).returncode == 0
    done = kube.wait_phase(name, "Succeeded", seconds=90)
    again = f"{done['status']['result']['manifest'].rpartition('/')[0]}/{uri.rpartition('/')[2]}"
    assert bucket.read(again)
    proved("an artifact that the store has not is found by comparing it with the catalog, and made anew")


def _missing(console: Console, bucket: Bucket) -> list[list[str]]:
    """Return uid and URI of the missing artifacts of this test's bucket."""
    lines = [line.split("\t") for line in console.script("missing-artifacts.sh", codes=(0, 1)).splitlines()]
    return [line for line in lines if line[1].startswith(f"s3://{bucket.name}/")]


def _query(cluster: Cluster, question: str, namespace: str) -> list[tuple[Any, ...]]:
    engine = create_engine(_driver(cluster.database_url))
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(question), {"namespace": namespace})]
    finally:
        engine.dispose()


def _lose_database(cluster: Cluster) -> None:
    """Drop the catalog and create an empty database of the same name."""
    url = make_url(_driver(cluster.database_url))
    engine = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {url.database} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {url.database}"))
    engine.dispose()


def _driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")
