"""Each way to install the chart, from an empty cluster to artifacts."""

import base64
import json
import re
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from minio import Minio

from tests.chart import schemas
from tests.e2e.artifacts import check_artifacts
from tests.e2e.conftest import OPERATOR_PODS, Bucket, leader, wait_ready
from tests.e2e.kube import Kube, ifcjob, proved, wait_until
from tests.e2e.release import NAME, RESTRICTED, SYSTEM, Release
from tests.e2e.root_pod import root_pod
from tools.cluster import store_images
from tools.cluster.access import Cluster
from tools.cluster.helm import merged
from tools.go_programs import files_of

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "examples" / "house.ifc"
ALL_ON = ROOT / "tests" / "chart" / "values" / "all-on.yaml"
CRDS = ("ifcjobs.ifcjob.io", "ifcqueues.ifcjob.io")
STORES = {"postgresql": "1Gi", "object-store": "2Gi"}
BY_HAND = "by-hand"
EMPTY = """
import os, shutil
for entry in os.scandir("/v"):
    shutil.rmtree(entry) if entry.is_dir() else os.remove(entry)
"""
# A busy machine takes minutes to load the stores' images.
pytestmark = [pytest.mark.timeout(600), pytest.mark.second]
OPERATOR = f"--as=system:serviceaccount:{SYSTEM}:ifcjob-operator"


@pytest.fixture
def place(cluster: Cluster) -> Iterator[Kube]:
    """Create a namespace that no release uses."""
    with _namespace(cluster, "installed") as kube:
        yield kube


@pytest.fixture
def nothing(cluster: Cluster, release: Release) -> Kube:
    """Remove the release and all custom resources."""
    release.uninstall()
    kube = Kube(cluster, SYSTEM)
    kube.run("delete", "crd", *CRDS, "--ignore-not-found")
    return kube


@pytest.fixture
def volumes(nothing: Kube, release: Release) -> Iterator[dict[str, Any]]:
    """Create a PV for each bundled store, and return the values that use them."""
    folders = {store: f"/tmp/ifcjob-e2e-{store}-{secrets.token_hex(3)}" for store in STORES}
    names = {store: Path(folder).name for store, folder in folders.items()}
    for store, folder in folders.items():
        root_pod(nothing, folder, "import os; os.chmod('/v', 0o777)")
        nothing.apply(_volume(names[store], folder, store))
    persistence = {"storageClass": BY_HAND}
    yield {
        "bundled": {
            "postgresql": {"enabled": True, "persistence": persistence | {"size": STORES["postgresql"]}},
            "objectStore": {"enabled": True, "persistence": persistence | {"size": STORES["object-store"]}},
        }
    }
    release.uninstall()
    nothing.run("delete", "pvc", *(f"data-ifcjob-{store}-0" for store in STORES), "--ignore-not-found")
    nothing.run("delete", "secret", "ifcjob-postgresql", "--ignore-not-found")
    for store, folder in folders.items():
        nothing.run("delete", "pv", names[store])
        root_pod(nothing, folder, EMPTY)


def test_chart_with_bundled_stores_processes_files(
    cluster: Cluster, release: Release, volumes: dict[str, Any], place: Kube
) -> None:
    store_images.load(cluster)
    system = release.install(volumes)
    with _bundled_store(system) as bucket:
        bucket.put("projects/7/house.ifc", HOUSE)
        place.run("apply", "-f", str(ROOT / "examples" / "ifcjob.yaml"))
        status = place.wait_phase("house", "Succeeded", seconds=120)["status"]
        check_artifacts(bucket, status, HOUSE)
    _passes_its_test(release, system)
    wait_until(lambda: _in_history(system) == {"house", "ifcjob-install-check"}, 60, "both in the history")

    release.uninstall()
    wait_until(
        lambda: not system.all("pod", "app.kubernetes.io/instance=ifcjob,app.kubernetes.io/component!=test"),
        60,
        "no pod of the release",
    )
    assert place.phase("house") == "Succeeded", "custom resources outlive the release"
    release.install(volumes)
    with _bundled_store(system) as bucket:
        check_artifacts(bucket, status, HOUSE)
    assert _in_history(system) == {"house", "ifcjob-install-check"}
    proved(
        "from nothing: one helm install with bundled stores, the example applied as it is, its artifacts downloaded",
        "helm test passes; IfcJobs, artifacts and history outlive an uninstallation and are found by the next release",
    )


@pytest.mark.parallel
def test_chart_with_external_stores_processes_files(release: Release, system: Kube, kube: Kube, bucket: Bucket) -> None:
    bucket.put("house.ifc", HOUSE)
    kube.apply(ifcjob("house", bucket.name, "house.ifc"))
    check_artifacts(bucket, kube.wait_phase("house", "Succeeded", seconds=90)["status"], HOUSE)
    _passes_its_test(release, system)
    assert system.all("statefulset") == []
    proved("with an S3 server and a PostgreSQL of one's own, named by Secrets: artifacts, and helm test passes")


def test_release_for_two_namespaces_ignores_others(cluster: Cluster, release: Release, store: Minio) -> None:
    with (
        _namespace(cluster, "one") as first,
        _namespace(cluster, "two") as second,
        _namespace(cluster, "other") as other,
    ):
        system = release.ensure({"watchNamespaces": [first.namespace, second.namespace]})
        store.make_bucket(second.namespace)
        bucket = Bucket(store, second.namespace)
        bucket.put("house.ifc", HOUSE)
        for kube in (other, second):
            kube.apply(ifcjob("house", bucket.name, "house.ifc"))
        check_artifacts(bucket, second.wait_phase("house", "Succeeded", seconds=90)["status"], HOUSE)
        _passes_its_test(release, system)
        ignored = other.get("ifcjob", "house")
        assert ignored is not None
        assert "conditions" not in ignored["status"], ignored["status"]

        may = {
            where.namespace: [
                _may(where, *what) for what in (("list", "ifcjobs"), ("create", "jobs"), ("get", "secrets"))
            ]
            for where in (first, second, other)
        }
        assert may == {first.namespace: [True] * 3, second.namespace: [True] * 3, other.namespace: [False] * 3}
        assert not _may(first, "list", "ifcjobs", "--all-namespaces")
        roles = json.loads(first.run("get", "clusterroles", "-l", "app.kubernetes.io/instance=ifcjob", "-o", "json"))
        assert [role["metadata"]["name"] for role in roles["items"] if "operator" in role["metadata"]["name"]] == []
        release.ensure()
    proved("with watchNamespaces it works there, ignores the others, and may list, create and read nothing elsewhere")


def test_operator_with_two_replicas_survives_a_drain(system: Kube, kube: Kube, bucket: Bucket) -> None:
    wait_ready(system)
    bucket.put("house.ifc", HOUSE)
    first = leader(system)
    (second,) = {pod["metadata"]["name"] for pod in system.all("pod", OPERATOR_PODS)} - {first}
    kube.apply(ifcjob("house", bucket.name, "house.ifc"))
    assert _evict(system, first) == ""
    assert "disruption budget" in _evict(system, second)
    done = kube.wait_phase("house", "Succeeded", seconds=90)
    assert [attempt["number"] for attempt in done["status"]["attempts"]] == [1]
    wait_ready(system)
    assert leader(system) != first
    proved("a drain takes the leading replica and not both; the other one finishes the job in its first attempt")


@pytest.mark.usefixtures("keda")
def test_chart_with_all_options_processes_files(cluster: Cluster, release: Release, place: Kube) -> None:
    store_images.load(cluster)
    definitions = _monitoring_definitions()
    place.run("apply", "--server-side", *definitions)
    values = yaml.safe_load(ALL_ON.read_text(encoding="utf-8"))
    ephemeral = {"persistence": {"enabled": False}}
    values = merged(values, {"bundled": {"postgresql": ephemeral, "objectStore": ephemeral}})
    # Leaves the node's CPUs to the job.
    frugal = {"resources": {"requests": {"cpu": "50m"}}}
    values = merged(values, {"api": frugal, "operator": frugal})
    for queue in values["queues"]:
        queue["namespace"] = place.namespace
    system = release.install(values)
    try:
        _passes_its_test(release, system)
        with _bundled_store(system) as bucket:
            bucket.put("projects/7/house.ifc", HOUSE)
            job = ifcjob("house", "models", "projects/7/house.ifc")
            job["spec"]["output"]["s3"] = {"bucket": "artifacts", "prefix": f"{place.namespace}/house"}
            place.apply(job)
            check_artifacts(bucket, place.wait_phase("house", "Succeeded", seconds=120)["status"], HOUSE)
        for kind in ("podmonitor", "prometheusrule", "networkpolicy", "poddisruptionbudget"):
            assert system.all(kind), f"no {kind}"
        assert len(place.all("scaledobject")) == len(values["queues"])
        assert system.get("configmap", "ifcjob-extra")
    finally:
        release.uninstall()
        place.run("delete", *definitions)
    proved("with everything on at once: KEDA gives the slots, policies let pass what must, artifacts, helm test passes")


def _monitoring_definitions() -> list[str]:
    folder = files_of("schemas", schemas.pinned(schemas.PROMETHEUS_OPERATOR)) / "example" / "prometheus-operator-crd"
    kinds = ("podmonitors", "prometheusrules")
    return [word for kind in kinds for word in ("-f", str(folder / f"monitoring.coreos.com_{kind}.yaml"))]


@contextmanager
def _namespace(cluster: Cluster, name: str) -> Iterator[Kube]:
    kube = Kube(cluster, f"{name}-{secrets.token_hex(2)}")
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": kube.namespace, "labels": RESTRICTED}})
    yield kube
    kube.run("delete", "namespace", kube.namespace, "--wait=false")


def _volume(name: str, folder: str, store: str) -> dict[str, Any]:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": BY_HAND,
        "capacity": {"storage": STORES[store]},
        "claimRef": {"namespace": SYSTEM, "name": f"data-ifcjob-{store}-0"},
        "hostPath": {"path": folder},
    }
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}


@contextmanager
def _bundled_store(system: Kube) -> Iterator[Bucket]:
    """Connect to the bundled S3 server as NOTES.txt describes."""
    cluster, secret = system.cluster, system.get("secret", "ifcjob-object-store")
    assert secret is not None
    access, key = (base64.b64decode(secret["data"][name]).decode() for name in ("access-key", "secret-key"))
    command = [*cluster.inside, cluster.kubectl_program, "--kubeconfig", str(cluster.kubeconfig)]
    command += ["-n", system.namespace, "port-forward", "service/ifcjob-object-store", ":9000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as forward:
        try:
            assert forward.stdout is not None
            line = forward.stdout.readline()
            match = re.search(r"127\.0\.0\.1:(\d+)", line)
            assert match is not None, line
            yield Bucket(Minio(f"127.0.0.1:{match[1]}", access, key, secure=False, region="us-east-1"), "models")
        finally:
            forward.terminate()


def _passes_its_test(release: Release, system: Kube) -> None:
    result = release.helm("test", NAME, "--namespace", system.namespace, "--logs")
    assert "The installation works." in result, result
    assert "1 of 1 elements, 12 triangles" in result, result
    left = json.loads(system.run("get", "ifcjobs", "--all-namespaces", "-o", "json"))["items"]
    assert "ifcjob-install-check" not in [item["metadata"]["name"] for item in left]


def _in_history(system: Kube) -> set[str]:
    query = ("psql", "-U", "ifcjob", "-d", "ifcjob", "-Atc", "select name from job where phase = 'Succeeded'")
    return set(system.run("exec", "statefulset/ifcjob-postgresql", "--", *query).split())


def _may(kube: Kube, verb: str, resource: str, *arguments: str) -> bool:
    answer = kube.cluster.kubectl("auth", "can-i", verb, resource, OPERATOR, "-n", kube.namespace, *arguments)
    return answer.stdout.strip() == "yes"


def _evict(system: Kube, pod: str) -> str:
    """Request an eviction, as a drain does, and return the reason for its rejection."""
    where = {"name": pod, "namespace": system.namespace}
    eviction = json.dumps({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": where})
    path = f"/api/v1/namespaces/{system.namespace}/pods/{pod}/eviction"
    return system.cluster.kubectl("create", "--raw", path, "-f", "-", stdin=eviction).stderr
