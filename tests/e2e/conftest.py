"""Fixtures: the operator on a real cluster, and a namespace with a bucket per test."""

import inspect
import json
import os
import re
import secrets
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from minio import Minio
from minio.error import S3Error

from tests.e2e.evidence import evidence
from tests.e2e.issuer import Issuer
from tests.e2e.kube import Kube, wait_until
from tests.e2e.release import RESTRICTED, Release
from tools.cluster import keda as tools_keda
from tools.cluster.access import Cluster, cluster_here

ROOT = Path(__file__).parents[2]
RUNNER = "docker.io/ifcjob/runner:dev"
OPERATOR_PODS = "app.kubernetes.io/component=operator"


@dataclass(frozen=True)
class Bucket:
    """A bucket for one test."""

    store: Minio
    name: str

    def put(self, key: str, path: Path) -> None:
        """Upload a file."""
        self.store.fput_object(self.name, key, str(path))

    def read(self, uri: str) -> bytes:
        """Download the object of an `s3://` URI."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        answer = self.store.get_object(bucket, key)
        try:
            return answer.read()
        finally:
            answer.close()
            answer.release_conn()

    def keys(self, prefix: str = "") -> list[str]:
        """List the keys below a prefix."""
        return [str(entry.object_name) for entry in self.store.list_objects(self.name, prefix, recursive=True)]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip these tests without the cluster of `make e2e`; sort them so that the release changes seldom."""
    scenarios = [item for item in items if Path(__file__).parent in item.path.parents]
    if os.environ.get("IFCJOB_E2E") != "1":
        skip = pytest.mark.skip(reason="needs the test cluster: run `make e2e`")
        for item in scenarios:
            item.add_marker(skip)
    elif scenarios == items:
        items.sort(key=_place)


def _place(item: pytest.Item) -> tuple[bool, bool, bool]:
    """Put scenarios that change the release after the others, then those with KEDA, then the loss of the cluster."""
    arguments = inspect.signature(item.function).parameters if isinstance(item, pytest.Function) else {}
    uses_keda = "keda" in getattr(item, "fixturenames", ())
    return item.get_closest_marker("last") is not None, uses_keda, "release" in arguments


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add diagnostics to the report of a failed scenario."""
    report = yield
    fixtures = getattr(item, "funcargs", {})
    if report.failed and "cluster" in fixtures:
        namespaces = [fixtures[name].namespace for name in ("kube", "place") if name in fixtures]
        report.sections += evidence(fixtures["cluster"], namespaces[0] if namespaces else None)
    return report


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """Return the running test cluster."""
    return cluster_here(os.environ.get("CLUSTER", "node"))


@pytest.fixture(scope="session")
def store(cluster: Cluster) -> Minio:
    """Return a client for the cluster's S3 server."""
    endpoint = cluster.s3_endpoint.removeprefix("http://")
    return Minio(endpoint, cluster.s3_access_key, cluster.s3_secret_key, secure=False, region="us-east-1")


@pytest.fixture(scope="session")
def release(cluster: Cluster) -> Release:
    """Return the one release of the chart."""
    return Release(cluster)


@pytest.fixture(scope="session")
def keda(cluster: Cluster) -> Iterator[None]:
    """Install KEDA once for all scenarios that need it."""
    tools_keda.install(cluster)
    yield
    tools_keda.uninstall(cluster)


@pytest.fixture
def system(release: Release, store: Minio) -> Kube:
    """Install the chart with external stores, the API, two replicas of each, and all namespaces."""
    for name in ("artifacts", "uploads"):
        if not store.bucket_exists(name):
            with suppress(S3Error):  # another worker was faster
                store.make_bucket(name)
    return release.ensure()


@pytest.fixture
def kube(system: Kube, request: pytest.FixtureRequest) -> Iterator[Kube]:
    """Create a namespace for restricted pods only, and delete it afterwards."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower())[:40].strip("-")
    kube = Kube(system.cluster, f"{name}-{secrets.token_hex(2)}")
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": kube.namespace, "labels": RESTRICTED}})
    yield kube
    kube.run("delete", "namespace", kube.namespace, "--wait=false")


@pytest.fixture
def bucket(store: Minio, kube: Kube) -> Bucket:
    """Create a bucket."""
    store.make_bucket(kube.namespace)
    return Bucket(store, kube.namespace)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the folder of real models."""
    folder = Path(os.environ.get("IFCJOB_CORPUS", ROOT.parent / "shared" / "ifc"))
    if not folder.is_dir():
        pytest.skip(f"no real models in {folder}: set IFCJOB_CORPUS")
    return folder


@pytest.fixture
def issuer(cluster: Cluster) -> Issuer:
    """Return the issuer of the API's tokens."""
    return Issuer(cluster)


@pytest.fixture
def token(issuer: Issuer, kube: Kube) -> str:
    """Give Ann the role `edit` in the namespace, and return a token of hers."""
    kube.run("create", "rolebinding", "ann", "--clusterrole=edit", "--user=oidc:ann")
    return issuer.token("ann")


def node_address(system: Kube, service: str) -> str:
    """Return the URL of a Service of the type NodePort."""
    (port,) = json.loads(system.run("get", "service", service, "-o", "json"))["spec"]["ports"]
    node = json.loads(system.run("get", "nodes", "-o", "json"))["items"][0]
    host = next(place["address"] for place in node["status"]["addresses"] if place["type"] == "InternalIP")
    return f"http://{host}:{port['nodePort']}"


def leader(system: Kube) -> str:
    """Return the name of the operator pod that leads."""
    lease = system.get("lease", "ifcjob-operator")
    return str(lease["spec"].get("holderIdentity", "")) if lease else ""


def wait_ready(system: Kube, seconds: float = 120) -> None:
    """Wait until both replicas of the operator are ready and one of them leads."""

    def ready() -> bool:
        deployment = system.get("deployment", "ifcjob-operator") or {}
        status = deployment.get("status", {})
        pods = [pod["metadata"]["name"] for pod in system.all("pod", OPERATOR_PODS)]
        both = status.get("readyReplicas") == 2 and status.get("updatedReplicas") == 2 and len(pods) == 2
        return both and leader(system) in pods

    wait_until(ready, seconds, "both replicas of the operator ready, and one leads")
