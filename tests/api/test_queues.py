"""Queues through the API: load, throughput, and changes that the operator acts on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ifcjob.resource import IfcJob
from ifcjob_catalog import Catalog, JobRecord
from ifcjob_catalog.schema import upgrade
from tests.catalog.records import a_record, succeeded
from tests.support.api import running_api
from tests.support.async_tests import finish, until
from tests.support.manifests import as_text, ifcqueue_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cluster.control_plane import ControlPlane


def create_queue(api_server: ControlPlane, namespace: str, name: str = "default", **spec: Any) -> None:
    text = as_text(ifcqueue_manifest(name, **spec))
    created = api_server.kubectl("create", "-n", namespace, "-f", "-", stdin=text)
    assert created.returncode == 0, created.stderr


def test_a_queue_has_its_load_and_its_throughput(namespace: str, api_server: ControlPlane) -> None:
    async def use() -> None:
        create_queue(api_server, namespace, slots=4, maxSlots=8)
        create_queue(api_server, namespace, "night")
        async with running_api(namespace) as api:
            now = datetime.now(UTC)
            path = f"/apis/ifcjob.io/v1alpha1/namespaces/{namespace}/ifcqueues/default/status"
            status = {"slots": 4, "pending": 3, "active": 4, "demand": 7}
            oldest = {"oldestPendingAt": (now - timedelta(seconds=90)).isoformat()}
            await api.kubernetes.ask("PATCH", path, {"status": status | oldest})
            for number, (phase, age) in enumerate((("Succeeded", 60), ("Failed", 120), ("Succeeded", 7200))):
                name = f"h{number}"
                body = {"source": {"s3Uri": "s3://models/a.ifc"}, "name": name}
                await api.post(f"/namespaces/{namespace}/jobs", json=body)
                finished = (now - timedelta(seconds=age)).isoformat()
                await api.set_status(namespace, name, phase=phase, finishedAt=finished)
                await api.until_indexed(namespace, name, phase)
            await until(lambda: b'"pending":3' in api.services.live.queues.get((namespace, "default")).summary)  # type: ignore[union-attr]
            listed = (await api.get(f"/namespaces/{namespace}/queues")).json()["items"]
            assert [queue["name"] for queue in listed] == ["default", "night"]
            queue = (await api.get(f"/namespaces/{namespace}/queues/default")).json()
            assert queue | {"oldestWaitSeconds": 0} == listed[0] | {"oldestWaitSeconds": 0}
            expected = {"slots": 4, "maxSlots": 8, "slotsInEffect": 4, "pending": 3, "active": 4, "demand": 7}
            assert expected.items() <= queue.items()
            assert (queue["finishedLastHour"], queue["failedLastHour"]) == (2, 1)
            assert 90 <= queue["oldestWaitSeconds"] < 120
            assert listed[1]["finishedLastHour"] == 0
            trend = (await api.get(f"/namespaces/{namespace}/queues/default/trend?hours=3")).json()
            assert (sum(trend["finished"]), sum(trend["failed"]), trend["stepSeconds"]) == (3, 1, 180)

    finish(use())


def test_a_queue_is_held_drained_released_and_scaled(namespace: str, api_server: ControlPlane) -> None:
    async def use() -> None:
        create_queue(api_server, namespace)
        async with running_api(namespace) as api:
            path = f"/namespaces/{namespace}/queues/default"
            for action, policy in (("hold", "Hold"), ("drain", "HoldAndDrain"), ("release", "None")):
                changed = await api.post(f"{path}/{action}")
                assert (changed.status_code, changed.json()["stopPolicy"]) == (200, policy)
                stored = await api.kubernetes.ask(
                    "GET", f"/apis/ifcjob.io/v1alpha1{path}".replace("queues", "ifcqueues")
                )
                assert stored["spec"].get("stopPolicy", "None") == policy
            assert (await api.post(f"{path}/scale", json={"slots": 20})).json()["slots"] == 20
            assert (await api.get(path)).json()["slots"] == 20, "the answer to a write is read at once"
            assert (await api.post(f"{path}/scale", json={"slots": -1})).status_code == 422

    finish(use())


def test_a_missing_queue_is_a_problem(namespace: str) -> None:
    async def use() -> None:
        async with running_api(namespace) as api:
            path = f"/namespaces/{namespace}/queues/night"
            for answer in (
                await api.get(path),
                await api.get(f"{path}/trend"),
                await api.post(f"{path}/hold"),
            ):
                assert (answer.status_code, answer.json()["code"]) == (404, "QueueNotFound")

    finish(use())


def test_trend_and_throughput_of_a_queue_count_jobs_of_the_history_once(
    namespace: str, api_server: ControlPlane, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/catalog.db"
    upgrade(url)
    catalog = Catalog.open(url)

    async def use() -> None:
        create_queue(api_server, namespace)
        now = datetime.now(UTC)
        ended, before = now - timedelta(minutes=20), now - timedelta(minutes=100)
        records = [
            a_record("gone", status=succeeded(finished_at=ended), deleted_at=ended),
            a_record("early", status=succeeded(finished_at=before), deleted_at=ended),
            a_record("deleted in the queue", deleted_at=ended),
        ]
        await catalog.record(
            [JobRecord(moved(record.ifcjob, namespace), deleted_at=record.deleted_at) for record in records]
        )
        async with running_api(namespace, catalog=catalog) as api:
            await api.post(
                f"/namespaces/{namespace}/jobs", json={"source": {"s3Uri": "s3://models/a.ifc"}, "name": "kept"}
            )
            await api.set_status(namespace, "kept", phase="Succeeded", finishedAt=ended.isoformat())
            kept = await api.kubernetes.ask("GET", f"/apis/ifcjob.io/v1alpha1/namespaces/{namespace}/ifcjobs/kept")
            await catalog.record([JobRecord(IfcJob.model_validate(kept))])
            await api.until_indexed(namespace, "kept", "Succeeded")
            trend = (await api.get(f"/namespaces/{namespace}/queues/default/trend")).json()
            assert (sum(trend["finished"]), trend["includesHistory"]) == (3, True)
            queue = (await api.get(f"/namespaces/{namespace}/queues/default")).json()
            assert (queue["finishedLastHour"], queue["failedLastHour"]) == (2, 0)

    try:
        finish(use())
    finally:
        catalog.close()


def test_the_trend_of_a_queue_does_not_need_the_history(namespace: str, api_server: ControlPlane) -> None:
    catalog = Catalog.open("postgresql://ifcjob:secret@127.0.0.1:1/ifcjob")

    async def use() -> None:
        create_queue(api_server, namespace)
        async with running_api(namespace, catalog=catalog) as api:
            answer = await api.get(f"/namespaces/{namespace}/queues/default/trend")
            assert (answer.status_code, answer.json()["includesHistory"]) == (200, False)

    finish(use())
    catalog.close()


def moved(job: IfcJob, namespace: str) -> IfcJob:
    """Return a job as one of another namespace."""
    return job.model_copy(update={"metadata": job.metadata.model_copy(update={"namespace": namespace})})
