"""Upgrade, rollback and reinstallation while jobs run: no pod restarts and no job is lost."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine, create_engine, text

from tests.e2e.artifacts import check_artifacts
from tests.e2e.conftest import OPERATOR_PODS, Bucket, wait_ready
from tests.e2e.kube import Kube, Resource, ifcjob, proved, wait_until
from tests.e2e.release import Release
from tools.cluster.access import Cluster
from tools.cluster.helm import CHART

pytestmark = pytest.mark.second

NEXT = "9.9.9"
LONG, SHORT = ("long-1", "long-2"), ("short-1", "short-2", "short-3")
CRDS = ("ifcjobs.ifcjob.io", "ifcqueues.ifcjob.io")


@pytest.fixture
def next_chart(tmp_path: Path, cluster: Cluster) -> Path:
    """Create the chart of a next release, with its own images and a new field."""
    chart = tmp_path / "ifcjob"
    shutil.copytree(CHART, chart)
    about = yaml.safe_load((chart / "Chart.yaml").read_text(encoding="utf-8"))
    (chart / "Chart.yaml").write_text(yaml.safe_dump(about | {"version": NEXT, "appVersion": NEXT}), encoding="utf-8")
    (path,) = (chart / "files" / "crds").glob("*ifcjobs.yaml")
    definition = yaml.safe_load(path.read_text(encoding="utf-8"))
    (version,) = definition["spec"]["versions"]
    spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    spec["properties"]["note"] = {"type": "string", "maxLength": 64}
    path.write_text(yaml.safe_dump(definition), encoding="utf-8")
    for name in ("operator", "runner"):
        cluster.load_image(f"docker.io/ifcjob/{name}:{NEXT}", f"ifcjob/{name}:dev")
    return chart


@pytest.fixture
def next_catalog(cluster: Cluster, system: Kube) -> Iterator[Engine]:
    """Upgrade the catalog as a next release would: it only adds."""
    del system  # it must exist first
    engine = create_engine(cluster.database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
        connection.execute(text("ALTER TABLE job ADD COLUMN of_the_next_release text"))
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    yield engine
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE job DROP COLUMN of_the_next_release"))
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    engine.dispose()


@pytest.fixture(autouse=True)
def ready(system: Kube) -> None:
    """Start with both replicas ready."""
    wait_ready(system)


def test_running_jobs_survive_upgrade_and_rollback(
    system: Kube, release: Release, kube: Kube, bucket: Bucket, corpus: Path, next_chart: Path, next_catalog: Engine
) -> None:
    jobs = _submit(kube, bucket, corpus, cpu="50m")
    before = _pods(kube)
    assert set(before) == set(LONG)

    release.ensure(_next_values(), chart=next_chart)
    wait_ready(system)
    assert _images(system) == {f"docker.io/ifcjob/operator:{NEXT}"}
    assert [kube.phase(name) for name in LONG] == ["Running"] * 2
    assert _pods(kube).items() >= before.items(), "a pod was restarted or is gone"
    noted = ifcjob("noted", bucket.name, "small.ifc", cache="Off", queue="narrow", note="of a newer release")
    kube.apply(noted)
    assert (kube.get("ifcjob", "noted") or {})["spec"]["note"] == "of a newer release"
    statuses = {name: _lasting(kube, name) for name in (*LONG, *SHORT)}
    assert {name: uid for name, (uid, *_) in statuses.items()} == jobs

    release.rollback()
    wait_ready(system)
    assert _images(system) == {"docker.io/ifcjob/operator:dev"}
    # As GitOps does it, without a rollback: an upgrade with hooks, on the newer catalog.
    wait_ready(release.ensure({"operator": {"podLabels": {"rolled": "back"}}}))
    assert _pods(kube).items() >= before.items(), "a pod was restarted or is gone"
    assert [kube.phase(name) for name in LONG] == ["Running"] * 2
    assert {name: _lasting(kube, name) for name in LONG} == {name: statuses[name] for name in LONG}

    kube.run("scale", "ifcqueue/narrow", "--replicas=5")
    _speed_up(kube)
    done = kube.wait_finished(*jobs, "noted", seconds=240)
    assert {job["status"]["phase"] for job in done.values()} == {"Succeeded"}
    assert {name: len(job["status"]["attempts"]) for name, job in done.items()} == dict.fromkeys(done, 1)
    assert {name: done[name]["metadata"]["uid"] for name in jobs} == jobs
    wait_until(lambda: _recorded(next_catalog, kube.namespace) == set(done), 30, "the history of all is written")
    proved(
        "an upgrade to a next version and its rollback, both with running and waiting jobs: "
        "no pod restarted, no job lost, one attempt each",
        "a CRD with a new field keeps every IfcJob and its status, back and forth",
        "the former release continues with the catalog of the next",
    )


def test_reinstalled_release_continues_its_jobs(release: Release, kube: Kube, bucket: Bucket, corpus: Path) -> None:
    bucket.put("small.ifc", corpus / "openhouse.ifc")
    kube.apply(ifcjob("done", bucket.name, "small.ifc", cache="Off"))
    done = kube.wait_phase("done", "Succeeded")
    jobs = _submit(kube, bucket, corpus, cpu="100m")
    before = _pods(kube)

    release.uninstall()
    assert kube.cluster.kubectl("get", "crd", *CRDS).returncode == 0
    assert (kube.get("ifcjob", "done") or {})["status"] == done["status"]
    check_artifacts(bucket, done["status"], corpus / "openhouse.ifc")
    assert _pods(kube).items() >= before.items()
    kube.apply(ifcjob("meanwhile", bucket.name, "small.ifc", cache="Off"))

    wait_ready(release.ensure())
    assert _pods(kube).items() >= before.items()
    kube.run("scale", "ifcqueue/narrow", "--replicas=5")
    _speed_up(kube)
    finished = kube.wait_finished(*jobs, "meanwhile", seconds=240)
    assert {job["status"]["phase"] for job in finished.values()} == {"Succeeded"}
    assert {name: len(job["status"]["attempts"]) for name, job in finished.items()} == dict.fromkeys(finished, 1)
    assert {name: finished[name]["metadata"]["uid"] for name in jobs} == jobs
    proved(
        "uninstalling leaves IfcJobs, their pods, artifacts and history",
        "a new installation continues them and what was submitted meanwhile: one attempt each",
    )


def test_uninstall_deletes_crds_without_keep(release: Release, kube: Kube) -> None:
    release.ensure({"crds": {"keep": False}})
    kube.apply(ifcjob("waits", "no-such-bucket", "small.ifc", suspend=True))
    release.uninstall()
    wait_until(lambda: all(kube.get("crd", name) is None for name in CRDS), 60, "the definitions are gone")
    wait_ready(release.ensure())
    assert kube.all("ifcjob") == []
    proved("crds.keep=false removes the definitions and every IfcJob with the release; the next installation works")


def _next_values() -> Resource:
    return {
        "operator": {"image": {"tag": NEXT}, "settings": {"IFCJOB_RESYNC_SECONDS": "60"}},
        "runner": {"image": {"tag": NEXT}},
    }


def _submit(kube: Kube, bucket: Bucket, corpus: Path, cpu: str) -> dict[str, str]:
    """Start two jobs that take six CPU seconds, queue others behind them, and return their uids."""
    bucket.put("big.ifc", corpus / "mini_project.ifc")
    bucket.put("small.ifc", corpus / "openhouse.ifc")
    kube.apply(
        {"apiVersion": "ifcjob.io/v1alpha1", "kind": "IfcQueue", "metadata": {"name": "narrow"}, "spec": {"slots": 2}}
    )
    options: Resource = {"cache": "Off", "queue": "narrow"}
    kube.apply(*(ifcjob(name, bucket.name, "big.ifc", resources={"cpu": cpu}, **options) for name in LONG))
    for name in LONG:
        kube.wait_phase(name, "Running", seconds=60)
    kube.apply(*(ifcjob(name, bucket.name, "small.ifc", **options) for name in SHORT))
    return {
        job["metadata"]["name"]: job["metadata"]["uid"]
        for job in kube.all("ifcjob")
        if job["metadata"]["name"] in (*LONG, *SHORT)
    }


def _speed_up(kube: Kube) -> None:
    """Give the pods of the long jobs more CPU in place: what they had to outlive is over."""
    cpu = {"requests": {"cpu": "500m"}, "limits": {"cpu": "500m"}}
    for pod in kube.all("pod", "app.kubernetes.io/name=ifcjob-runner"):
        if pod["metadata"]["labels"]["ifcjob.io/ifcjob"] in LONG:
            containers = [{"name": container["name"], "resources": cpu} for container in pod["spec"]["containers"]]
            spec = json.dumps({"spec": {"containers": containers}})
            kube.run("patch", "pod", pod["metadata"]["name"], "--subresource=resize", "-p", spec)


def _pods(kube: Kube) -> dict[str, tuple[str, str, str, int]]:
    """Return the identity of each runner pod and container, by IfcJob."""
    pods = {}
    for pod in kube.all("pod", "app.kubernetes.io/name=ifcjob-runner"):
        (container,) = pod["status"].get("containerStatuses") or [{}]
        if "containerID" not in container:  # a pod that was just created
            continue
        identity = (
            pod["metadata"]["uid"],
            pod["status"]["startTime"],
            container["containerID"],
            container["restartCount"],
        )
        pods[pod["metadata"]["labels"]["ifcjob.io/ifcjob"]] = identity
    return pods


def _lasting(kube: Kube, name: str) -> tuple[str, list[Resource], str]:
    """Return the fields that an upgrade must not change: uid, attempts and admission time."""
    item = kube.get("ifcjob", name) or {}
    status = item.get("status", {})
    return item["metadata"]["uid"], status.get("attempts", []), status.get("admittedAt", "")


def _recorded(catalog: Engine, namespace: str) -> set[str]:
    question = text("SELECT name FROM job WHERE namespace = :namespace AND phase = 'Succeeded'")
    with catalog.connect() as connection:
        return set(connection.scalars(question, {"namespace": namespace}))


def _images(system: Kube) -> set[str]:
    return {pod["spec"]["containers"][0]["image"] for pod in system.all("pod", OPERATOR_PODS)}
