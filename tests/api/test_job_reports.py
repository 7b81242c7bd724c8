"""Logs and events of a job: from a running pod, before it, and after it is gone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_backends.cluster.client import Connection
from ifcjob_backends.cluster.errors import NotFound, Refused
from ifcjob_backends.storage.folder import FolderObjects
from tests.support.api import Api, running_api
from tests.support.async_tests import finish

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

FAILURE = {
    "reason": "TruncatedFile",
    "message": "the file ends at line 7.",
    "hint": "Upload it again.",
    "retryable": False,
}
HOUSE = {"source": {"s3Uri": "s3://models/house.ifc"}}
ATTEMPT = {"number": 1, "jobName": "house-1", "admittedAt": "2026-11-30T08:00:00Z"}


class WithLogs(Connection):
    """A real API server; only the kubelet, which has the logs, is scripted."""

    def __init__(self, log: list[bytes] | Exception) -> None:
        super().__init__(retry_timeout=2)
        self.log = log
        self.requested: list[tuple[str, dict[str, str]]] = []

    async def stream(self, path: str, **query: str) -> AsyncIterator[bytes]:
        self.requested.append((path, query))
        if isinstance(self.log, Exception):
            raise self.log
        for chunk in self.log:
            yield chunk


async def started_job(api: Api, namespace: str, *, with_pod: bool, **status: Any) -> None:
    """Create a job with an attempt, and its pod."""
    created = await api.post(f"/namespaces/{namespace}/jobs", json=HOUSE | {"name": "house"})
    uid = created.json()["metadata"]["uid"]
    await api.set_status(namespace, "house", **{"phase": "Running", "attempts": [ATTEMPT]} | status)
    await api.until_indexed(namespace, "house", status.get("phase", "Running"))
    if with_pod:
        labels = {"ifcjob.io/ifcjob": "house", "ifcjob.io/uid": uid, "ifcjob.io/attempt": "1"}
        pod = {
            "metadata": {"name": "house-1-x", "labels": labels},
            "spec": {
                "automountServiceAccountToken": False,
                "containers": [{"name": "runner", "image": "example.com/runner"}],
            },
        }
        await api.kubernetes.ask(
            "POST", f"/api/v1/namespaces/{namespace}/serviceaccounts", {"metadata": {"name": "default"}}
        )
        await api.kubernetes.ask("POST", f"/api/v1/namespaces/{namespace}/pods", pod)


def test_the_log_of_a_running_pod_has_no_control_characters(namespace: str) -> None:
    async def use() -> tuple[Any, Any]:
        connection = WithLogs([b"fetched\n", b"\x1b[31mDoor \x07A\x00\n"])
        async with running_api(namespace, connection) as api:
            await started_job(api, namespace, with_pod=True)
            query = {"tail": 5, "follow": True, "attempt": 1}
            return await api.get(f"/namespaces/{namespace}/jobs/house/logs", params=query), connection.requested

    answer, requested = finish(use())
    assert answer.text == "fetched\n[31mDoor A\n"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert [query for _, query in requested] == [{"container": "runner", "tailLines": "5", "follow": "true"}]


@pytest.mark.parametrize(
    ("log", "status", "code"),
    [
        (NotFound(404, "pods house-1-x not found"), 404, "LogsGone"),
        (Refused(400, "container runner is waiting to start"), 409, "LogsNotReady"),
        (Refused(403, "no rights"), 403, "RejectedByKubernetes"),
    ],
)
def test_a_log_that_cannot_be_read_says_why(
    namespace: str, tmp_path: Path, log: Exception, status: int, code: str
) -> None:
    async def use() -> Any:
        async with running_api(namespace, WithLogs(log), store=FolderObjects(tmp_path)) as api:
            await started_job(api, namespace, with_pod=True)
            return await api.get(f"/namespaces/{namespace}/jobs/house/logs")

    answer = finish(use())
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_after_the_pod_is_gone_the_outcome_is_known(namespace: str, tmp_path: Path) -> None:
    async def use() -> Any:
        attempts = [ATTEMPT | {"reason": "TruncatedFile", "exitCode": 65}]
        async with running_api(namespace, store=FolderObjects(tmp_path)) as api:
            await started_job(api, namespace, with_pod=False, phase="Failed", failure=FAILURE, attempts=attempts)
            missing = await api.get(f"/namespaces/{namespace}/jobs/house/logs", params={"attempt": 7})
            assert (missing.status_code, missing.json()["code"]) == (404, "AttemptNotFound")
            return await api.get(f"/namespaces/{namespace}/jobs/house/logs")

    answer = finish(use())
    assert (answer.status_code, answer.json()["code"]) == (404, "LogsGone")
    assert "TruncatedFile. the file ends at line 7. Upload it again." in answer.json()["detail"]
    assert f"/{namespace}/house/" in answer.json()["detail"]
    assert "-1/run.log" in answer.json()["detail"]


@pytest.mark.parametrize("connection", [None, WithLogs(NotFound(404, "pods house-1-x not found"))])
def test_after_the_pod_is_gone_the_uploaded_log_is_read(
    namespace: str, tmp_path: Path, connection: WithLogs | None
) -> None:
    async def use() -> list[Any]:
        store = FolderObjects(tmp_path)
        attempts = [ATTEMPT | {"number": number, "jobName": f"house-{number}"} for number in (1, 2)]
        async with running_api(namespace, connection, store=store) as api:
            await started_job(api, namespace, with_pod=connection is not None, phase="Failed", attempts=attempts)
            entry = api.services.live.jobs.get((namespace, "house"))
            assert entry is not None
            for number in (1, 2):
                key = f"{namespace}/house/{entry.uid[:8]}-{number}/run.log"
                log = f"fetched {number}\n\x1b[31mDoor\x00\nfailed {number}".encode()
                await store.put("ifcjob-artifacts", key, log, "text/plain")
            path = f"/namespaces/{namespace}/jobs/house/logs"
            queries: list[dict[str, int]] = [{"attempt": 1}, {"attempt": 2, "tail": 2}]
            return [await api.get(path, params=query) for query in queries]

    answers = finish(use())
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.text for answer in answers] == ["fetched 1\n[31mDoor\nfailed 1", "[31mDoor\nfailed 2"]


@pytest.mark.parametrize(
    ("output", "log", "why"),
    [
        ({"s3": {"bucket": "results", "prefix": "a"}}, "a line\n", ""),
        ({"pvc": {"claimName": "results", "path": "a"}}, "", "an output on a PVC keeps no log"),
    ],
    ids=["s3", "pvc"],
)
def test_the_uploaded_log_is_in_the_bucket_of_the_ifcjob(
    namespace: str, tmp_path: Path, output: Any, log: str, why: str
) -> None:
    job = {
        "apiVersion": "ifcjob.io/v1alpha1",
        "kind": "IfcJob",
        "metadata": {"name": "house"},
        "spec": {"source": {"s3": {"bucket": "models", "key": "house.ifc"}}, "output": output},
    }

    async def use() -> Any:
        store = FolderObjects(tmp_path)
        async with running_api(namespace, store=store) as api:
            path = f"/apis/ifcjob.io/v1alpha1/namespaces/{namespace}/ifcjobs"
            uid = (await api.kubernetes.ask("POST", path, job))["metadata"]["uid"]
            await api.set_status(namespace, "house", phase="Failed", attempts=[ATTEMPT])
            await api.until_indexed(namespace, "house", "Failed")
            await store.put("results", f"a/{uid[:8]}-1/run.log", b"a line\n", "text/plain")
            return await api.get(f"/namespaces/{namespace}/jobs/house/logs")

    answer = finish(use())
    if log:
        assert answer.text == log
    else:
        assert (answer.status_code, answer.json()["code"]) == (404, "LogsGone")
        assert why in answer.json()["detail"]


@pytest.mark.parametrize(
    ("reason", "status", "code"),
    [(FailureReason.ACCESS_DENIED, 404, "LogsGone"), (FailureReason.STORAGE_UNAVAILABLE, 503, "StorageUnavailable")],
)
def test_a_store_that_does_not_give_the_log_has_its_own_problem(
    namespace: str, tmp_path: Path, reason: FailureReason, status: int, code: str
) -> None:
    class Refusing(FolderObjects):
        async def read(self, bucket: str, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
            del bucket, key, start, end
            raise RunFailure(reason, "no")
            yield b""

    async def use() -> Any:
        async with running_api(namespace, store=Refusing(tmp_path)) as api:
            await started_job(api, namespace, with_pod=False, phase="Failed", attempts=[ATTEMPT])
            return await api.get(f"/namespaces/{namespace}/jobs/house/logs")

    answer = finish(use())
    assert (answer.status_code, answer.json()["code"]) == (status, code)


CACHED = {"phase": "Succeeded", "attempts": [], "cacheHit": True}


@pytest.mark.parametrize(
    ("folder", "files", "sha256", "status", "text"),
    [
        ("1f0c2a9e-1/", ["manifest.json", "1f0c2a9e-1/run.log"], None, 200, "fetched\n"),
        (
            "1f0c2a9e-1/",
            ["manifest.json"],
            None,
            404,
            "its result is that of bim/first, and there is no s3://results/a/1f0c",
        ),
        (
            "1f0c2a9e-1/",
            [],
            None,
            404,
            "that of an earlier job, and s3://results/a/manifest.json cannot be read any more",
        ),
        ("../other/", ["manifest.json"], None, 404, "cannot be read any more"),
        ("1f0c2a9e-1/", ["manifest.json", "1f0c2a9e-1/run.log"], "0" * 64, 404, "cannot be read any more"),
    ],
    ids=["log", "no-log", "no-manifest", "hostile", "replaced"],
)
def test_a_job_with_an_earlier_result_has_the_log_that_belongs_to_it(
    namespace: str, tmp_path: Path, folder: str, files: list[str], sha256: str | None, status: int, text: str
) -> None:
    manifest = {
        "input": {"uri": "s3://models/house.ifc", "sha256": "0" * 64, "bytes": 1},
        "engine": {},
        "options": {},
        "artifacts": [],
        "stages": [],
        "findings": [],
        "cpuSeconds": 0.0,
        "peakMemoryBytes": 1,
        "folder": folder,
        "ifcjob": "bim/first",
    }
    contents = {"manifest.json": json.dumps(manifest).encode(), "1f0c2a9e-1/run.log": b"fetched\n"}

    async def use() -> list[Any]:
        store = FolderObjects(tmp_path)
        for name in files:
            await store.put("results", f"a/{name}", contents[name], "text/plain")
        async with running_api(namespace, store=store) as api:
            result = {"manifest": "s3://results/a/manifest.json", "manifestSha256": sha256}
            await started_job(api, namespace, with_pod=False, result=result, **CACHED)
            path = f"/namespaces/{namespace}/jobs/house/logs"
            return [await api.get(path), await api.get(path, params={"attempt": 1})]

    log, numbered = finish(use())
    assert log.status_code == status
    assert text in (log.text if status == 200 else log.json()["detail"])
    assert status == 200 or log.json()["code"] == "LogsGone"
    assert (numbered.status_code, numbered.json()["code"]) == (404, "AttemptNotFound")


def test_a_job_that_has_not_started_has_no_log(namespace: str) -> None:
    async def use() -> Any:
        async with running_api(namespace) as api:
            await api.post(f"/namespaces/{namespace}/jobs", json=HOUSE | {"name": "house"})
            return await api.get(f"/namespaces/{namespace}/jobs/house/logs")

    answer = finish(use())
    assert (answer.status_code, answer.json()["code"]) == (409, "LogsNotReady")


def test_the_events_of_a_job_and_of_its_last_attempt_are_listed(namespace: str) -> None:
    def event(name: str, kind: str, involved: str, uid: str, reason: str, at: str) -> Any:
        return {
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": {"kind": kind, "name": involved, "namespace": namespace, "uid": uid},
            "reason": reason,
            "message": f"{reason} it is",
            "type": "Normal",
            "lastTimestamp": at,
            "count": 2,
        }

    async def use() -> Any:
        async with running_api(namespace) as api:
            await started_job(api, namespace, with_pod=False)
            entry = api.services.live.jobs.get((namespace, "house"))
            assert entry is not None
            path = f"/api/v1/namespaces/{namespace}/events"
            for item in (
                event("b", "Job", "house-1", "9", "SuccessfulCreate", "2026-11-30T08:00:02Z"),
                event("a", "IfcJob", "house", entry.uid, "Admitted", "2026-11-30T08:00:01Z"),
                event("c", "IfcJob", "house", "a former one", "Failed", "2026-11-30T07:00:00Z"),
            ):
                await api.kubernetes.ask("POST", path, item)
            return (await api.get(f"/namespaces/{namespace}/jobs/house/events")).json()["items"]

    events = finish(use())
    assert [(item["kind"], item["reason"], item["count"]) for item in events] == [
        ("IfcJob", "Admitted", 2),
        ("Job", "SuccessfulCreate", 2),
    ]


def test_a_wait_ends_when_the_job_finishes_changes_or_after_the_time(namespace: str) -> None:
    import asyncio
    import time

    async def use() -> None:
        async with running_api(namespace) as api:
            created = await api.post(f"/namespaces/{namespace}/jobs", json=HOUSE | {"name": "house"})
            path = f"/namespaces/{namespace}/jobs/house/wait"
            assert (await api.get(path, params={"seconds": 0.1})).json()["metadata"]["name"] == "house"
            version = created.json()["metadata"]["resourceVersion"]
            changed = asyncio.create_task(api.get(path, params={"seconds": 20, "version": version}))
            finished = asyncio.create_task(api.get(path, params={"seconds": 20}))
            started = time.monotonic()
            await asyncio.sleep(0.1)
            await api.set_status(namespace, "house", phase="Running")
            assert (await changed).json()["status"]["phase"] == "Running"
            assert not finished.done()
            await api.set_status(namespace, "house", phase="Succeeded")
            assert (await finished).json()["status"]["phase"] == "Succeeded"
            assert time.monotonic() - started < 10
            again = await api.get(path, params={"seconds": 20})
            assert again.json()["status"]["phase"] == "Succeeded", "a finished job is not waited for"

    finish(use())
