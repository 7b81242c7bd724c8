"""The API of the release: from a file to properties with a real token, through killed replicas and outages."""

import asyncio
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import httpx
import ifcopenshell
import pytest
from ifcopenshell.util.element import get_psets
from minio import Minio

from ifcjob.http.job_requests import JobRequest, RequestedSource
from ifcjob.http.models import ElementDetails
from ifcjob.labels import UID_LABEL
from ifcjob.manifest import Manifest
from ifcjob.resource import Resources
from ifcjob_client import Client, downloads, jobs, models, uploads
from tests.e2e.conftest import node_address
from tests.e2e.issuer import Issuer
from tests.e2e.kube import CPU, Kube, Resource, ifcjob, proved, wait_until
from tests.support.event_stream import Stream, event_stream
from tools.cluster.access import Cluster

HOUSE = Path(__file__).parents[2] / "examples" / "house.ifc"
PODS = "app.kubernetes.io/component=api"
API = "ifcjob_api"
STREAM_END_SECONDS = 5
RECOVERY_SECONDS = 60


@pytest.fixture
def address(system: Kube) -> str:
    """Wait until both replicas are ready, and return the API's address on the node."""
    wait_replicas(system)
    return node_address(system, "ifcjob-api")


@pytest.fixture
def ann(address: str, token: str) -> Iterator[Client]:
    """Return a client with Ann's token."""
    with Client(address, token) as client:
        yield client


def replicas(system: Kube) -> dict[str, Resource]:
    return {pod["metadata"]["name"]: pod for pod in system.all("pod", PODS)}


def wait_replicas(system: Kube) -> None:
    """Wait until two replicas are ready, and no other pod of the API is left."""

    def ready() -> bool:
        status = (system.get("deployment", "ifcjob-api") or {}).get("status", {})
        return status.get("readyReplicas") == 2 == status.get("updatedReplicas") and len(replicas(system)) == 2

    wait_until(ready, 120, "both replicas of the API are ready")


def request_for(path: Path) -> JobRequest:
    """Return a request that runs without earlier results; the source is replaced by the upload."""
    source = RequestedSource(upload="replaced")
    return JobRequest(source=source, file_name=path.name, cache="Off", resources=Resources(cpu=CPU))


@pytest.mark.parallel
def test_uploaded_file_becomes_elements_with_properties(kube: Kube, ann: Client, tmp_path: Path) -> None:
    created = ann.run(uploads.submit(HOUSE, request_for(HOUSE), kube.namespace))
    name = created.metadata.name
    job = ann.run(jobs.wait(name, kube.namespace, seconds=120))
    assert job.status.phase == "Succeeded", job.status
    assert [attempt.number for attempt in job.status.attempts] == [1]
    stored = kube.get("ifcjob", name)
    assert stored is not None
    assert stored["spec"]["source"]["s3"]["bucket"] == "uploads"
    assert "fetch" in ann.run(jobs.log(name, kube.namespace))

    files = {path.name: path for path in ann.run(downloads.download(name, tmp_path, kube.namespace))}
    assert files["model.glb"].read_bytes()[:4] == b"glTF"
    manifest = Manifest.model_validate_json(files["manifest.json"].read_bytes())
    sha256 = hashlib.sha256(HOUSE.read_bytes()).hexdigest()
    assert manifest.input.sha256 == sha256

    model = ifcopenshell.open(str(HOUSE))
    doors = model.by_type("IfcDoor")
    listed = ann.run(models.elements(sha256, models.conditions(ifc_class=["IfcDoor"])))
    assert {element.global_id for element in listed.items} == {door.GlobalId for door in doors}
    for door in doors:
        details = ann.run(models.element(sha256, door.GlobalId))
        assert common_properties(details).items() <= get_psets(door)["Pset_DoorCommon"].items()
    proved("a file uploaded with a JWT becomes an IfcJob, a pod, artifacts, and doors with the properties of the file")


def common_properties(details: ElementDetails) -> dict[str, object]:
    """Return two properties of a door."""
    (common,) = [group for group in details.property_sets if group.name == "Pset_DoorCommon"]
    values = {value.name: value for value in common.values}
    is_external = {"true": True, "false": False}[str(values["IsExternal"].value)]
    return {"ThermalTransmittance": values["ThermalTransmittance"].number, "IsExternal": is_external}


@pytest.mark.parallel
def test_log_of_a_run_outlives_its_pod(kube: Kube, ann: Client) -> None:
    name = ann.run(uploads.submit(HOUSE, request_for(HOUSE), kube.namespace)).metadata.name
    assert ann.run(jobs.wait(name, kube.namespace, seconds=120)).status.phase == "Succeeded"
    selector = f"{UID_LABEL}={(kube.get('ifcjob', name) or {})['metadata']['uid']}"
    assert len(kube.all("pod", selector)) == 1
    kube.run("delete", "pod", "-l", selector, "--wait=true")
    wait_until(lambda: not kube.all("pod", selector), 60, "the pod is gone")
    log = ann.run(jobs.log(name, kube.namespace))
    assert "fetch" in log
    assert ann.run(jobs.log(name, kube.namespace, tail=1)).strip() == log.strip().splitlines()[-1]
    proved("the log of a run is read from the store after its pod was deleted")


@pytest.mark.parallel
def test_only_valid_tokens_with_a_role_binding_are_let_in(kube: Kube, address: str, token: str, issuer: Issuer) -> None:
    path = f"{address}/api/v1/namespaces/{kube.namespace}/jobs"
    refused = {
        "expired": issuer.token("ann", exp=int(time.time()) - 60),
        "forged": issuer.token("ann", key=issuer.other_key),
        "another audience": issuer.token("ann", aud="other"),
        "a service account's": kube.run("create", "token", "default").strip(),
    }
    expected = dict.fromkeys(refused, 401) | {"without a role": 403, "with a role": 200}
    tokens = refused | {"without a role": issuer.token("bob"), "with a role": token}
    statuses = {
        kind: httpx.get(path, headers={"Authorization": f"Bearer {value}"}).status_code
        for kind, value in tokens.items()
    }
    assert statuses == expected
    proved("expired, forged and foreign tokens are refused; a valid one needs a RoleBinding")


def test_upload_survives_the_kill_of_every_replica(
    cluster: Cluster, kube: Kube, ann: Client, store: Minio, corpus: Path
) -> None:
    path, killed = corpus / "janesville.ifc", Event()
    sent: list[int] = []

    def progress(size: int) -> None:
        sent.append(size)
        if not killed.is_set():
            killed.set()
            assert cluster.kill(API) >= 2

    done = ann.run(uploads.upload(path, kube.namespace, progress=progress))
    assert killed.is_set()
    assert sent[0] < path.stat().st_size == done.size
    objects = [entry.object_name for entry in store.list_objects("uploads", recursive=True)]
    (key,) = [str(name) for name in objects if f"{kube.namespace}/" in str(name) and str(name).endswith(path.suffix)]
    answer = store.get_object("uploads", key)
    try:
        content = hashlib.sha256(answer.read()).hexdigest()
    finally:
        answer.close()
        answer.release_conn()
    assert content == uploads.checksum(path)
    proved("both replicas are killed after the first part of an upload; the client completes it, byte by byte")


@pytest.mark.parallel
def test_event_stream_continues_with_another_replica(system: Kube, kube: Kube, address: str, token: str) -> None:
    def suspended(name: str) -> None:
        kube.apply(ifcjob(name, "any", "a.ifc", suspend=True))

    async def end_of_stream(stream: Stream) -> None:
        try:
            while await stream.next(seconds=600):
                pass
        except httpx.TransportError:
            pass

    async def kill_replica_of(stream: Stream) -> None:
        reader = asyncio.create_task(end_of_stream(stream))
        for pod in sorted(replicas(system)):
            delete = ("delete", "pod", pod, "--grace-period=0", "--force", "--wait=false")
            await asyncio.to_thread(system.run, *delete)
            done, _ = await asyncio.wait([reader], timeout=STREAM_END_SECONDS)
            if done:
                return
        raise AssertionError("the stream outlives every replica")

    async def follow() -> None:
        options = {"token": token, "namespace": kube.namespace}
        await asyncio.to_thread(suspended, "before")
        async with event_stream(f"{address}/api/v1", **options) as stream:
            await stream.until("snapshot")
            await asyncio.to_thread(suspended, "seen")
            last = await stream.until("job", name="seen")
            await kill_replica_of(stream)
        await asyncio.to_thread(suspended, "missed")
        await asyncio.to_thread(wait_replicas, system)
        async with event_stream(f"{address}/api/v1", last.event_id, **options) as stream:
            snapshot = await stream.until("snapshot")
            assert {job["name"] for job in snapshot.data["jobs"]} == {"before", "seen", "missed"}
            await asyncio.to_thread(suspended, "after")
            await stream.until("job", name="after")

    asyncio.run(asyncio.wait_for(follow(), 180))
    proved("the replica of an event stream is killed; the client continues with another one and has missed nothing")


def test_api_outlives_an_outage_of_the_stores(
    cluster: Cluster, system: Kube, kube: Kube, address: str, token: str
) -> None:
    before = _restarts(system)
    api = f"{address}/api/v1/namespaces/{kube.namespace}"
    file = {"fileName": "house.ifc", "size": HOUSE.stat().st_size}
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:

        def statuses() -> tuple[int, int]:
            return client.get(f"{api}/history").status_code, client.post(f"{api}/uploads", json=file).status_code

        assert statuses() == (200, 201)
        cluster.stop("postgresql")
        cluster.stop("s3")
        try:
            for answer, code in (
                (client.get(f"{api}/history"), "CatalogUnavailable"),
                (client.post(f"{api}/uploads", json=file), "StorageUnavailable"),
            ):
                assert (answer.status_code, answer.json()["code"]) == (503, code)
                assert int(answer.headers["Retry-After"]) > 0
            assert client.get(f"{api}/jobs").status_code == 200
            assert client.get(f"{address}/readyz").status_code == 200
        finally:
            cluster.start("s3")
            cluster.start("postgresql")
        took = wait_until(lambda: statuses() == (200, 201), RECOVERY_SECONDS, "both stores serve the API again")
    assert _restarts(system) == before
    proved(f"without stores the API answers 503 with Retry-After, and serves again after {took:.0f} s, without restart")


def _restarts(system: Kube) -> dict[str, int]:
    return {name: pod["status"]["containerStatuses"][0]["restartCount"] for name, pod in replicas(system).items()}
