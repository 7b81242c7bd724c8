"""Checks of a complete file: virus scans, and the job that has processed the same content before."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from ifcjob.resource import IfcJob
from ifcjob_api.access.open_access import OpenAccess
from ifcjob_api.live.state import Live
from ifcjob_api.uploads.scan import Clean, Infected, NotScanned, ScannerUnavailable
from ifcjob_backends.storage.folder import FolderObjects
from ifcjob_catalog import Catalog, JobRecord
from ifcjob_catalog.schema import upgrade
from tests.api.uploads.test_uploads import SMALL
from tests.support.async_tests import finish
from tests.support.published import index
from tests.support.upload_api import Replica, replica

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator
    from pathlib import Path

    from ifcjob_api.uploads.scan import ScanResult

SHA256 = hashlib.sha256(SMALL).hexdigest()


class FakeScanner:
    """A fake of a virus scanner: reads the file, and gives the results in turn."""

    def __init__(self, *results: ScanResult | Exception) -> None:
        self._results = list(results)
        self.read = b""

    async def scan(self, chunks: AsyncIterable[bytes], /) -> ScanResult:
        self.read = b"".join([chunk async for chunk in chunks])
        result = self._results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result


class WritersOnly(OpenAccess):
    """Lets everybody create jobs, and nobody read them."""

    async def allows(self, _caller: Any, verb: str, *_: Any) -> bool:
        return verb == "create"


@asynccontextmanager
async def api(folder: Path, **parts: Any) -> AsyncIterator[Replica]:
    async with replica(FolderObjects(folder), live=Live(), **parts) as client:
        yield client


def finished(live: Live, name: str, finished_at: str, **status: Any) -> dict[str, Any]:
    state = {
        "phase": "Succeeded",
        "input": {"uri": "s3://models/house.ifc", "sha256": SHA256},
        "finishedAt": finished_at,
    }
    return index(live, name, **(state | status))


def test_a_clean_file_is_read_whole_by_the_scanner(tmp_path: Path) -> None:
    scanner = FakeScanner(Clean())

    async def test() -> Any:
        async with api(tmp_path, scanner=scanner) as client:
            return (await client.upload(SMALL)).json()

    assert finish(test())["sha256"] == SHA256
    assert scanner.read == SMALL


@pytest.mark.parametrize(
    ("result", "code", "detail"),
    [
        (Infected("Eicar-Signature"), "MalwareFound", "House.ifc is infected (Eicar-Signature)"),
        (NotScanned("it is larger than 1 GiB"), "NotScanned", "it is larger than 1 GiB"),
    ],
    ids=["infected", "not-scanned"],
)
def test_a_file_that_is_not_clean_is_deleted(tmp_path: Path, result: ScanResult, code: str, detail: str) -> None:
    async def test() -> None:
        async with api(tmp_path, scanner=FakeScanner(result)) as client:
            upload = await client.begin(len(SMALL))
            await client.send_part(upload["parts"][0], SMALL)
            for _ in range(2):
                answer = await client.post(upload["links"]["complete"])
                assert (answer.status_code, answer.json()["code"]) == (422, code)
                assert detail in answer.json()["detail"]

    finish(test())
    assert not list(tmp_path.rglob("source.ifc"))


def test_a_file_waits_for_a_scanner_that_is_down(tmp_path: Path) -> None:
    async def test() -> None:
        async with api(tmp_path, scanner=FakeScanner(ScannerUnavailable("refused"), Clean())) as client:
            upload = await client.begin(len(SMALL))
            await client.send_part(upload["parts"][0], SMALL)
            answer = await client.post(upload["links"]["complete"])
            assert (answer.status_code, answer.json()["code"]) == (503, "ScannerUnavailable")
            assert int(answer.headers["Retry-After"]) > 0
            with pytest.raises(Exception, match="not complete"):
                await client.services.uploads.completed("bim", upload["id"])
            assert (await client.post(upload["links"]["complete"])).json()["state"] == "Complete"

    finish(test())


def test_the_newest_job_with_the_same_content_is_named(tmp_path: Path) -> None:
    async def test() -> None:
        async with api(tmp_path) as client:
            live = client.services.live
            finished(live, "first", "2026-11-30T08:00:09Z")
            finished(live, "newest", "2026-11-30T09:00:09Z")
            finished(live, "failed", "2026-11-30T10:00:09Z", phase="Failed")
            expected = {
                "job": "newest",
                "uid": "6f0c2a9e-8d1b-4c53-9a55-3f1f5f0f7c11",
                "sha256": SHA256,
                "url": "/api/v1/namespaces/bim/jobs/newest",
                "modelUrl": f"/api/v1/models/{SHA256}",
            }
            assert (await client.begin(len(SMALL), sha256=SHA256))["alreadyProcessed"] == expected
            assert "alreadyProcessed" not in await client.begin(len(SMALL), sha256="0" * 64)
            assert "alreadyProcessed" not in await client.begin(len(SMALL))
            assert (await client.upload(SMALL)).json()["alreadyProcessed"] == expected

    finish(test())


def test_a_job_that_was_deleted_is_named_from_the_history(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/history.db"
    upgrade(url)
    catalog = Catalog.open(url)

    async def test() -> None:
        async with api(tmp_path, catalog=catalog) as client:
            result = {"manifest": "s3://models/house/manifest.json"}
            item = finished(Live(), "house", "2026-11-30T08:00:09Z", result=result)
            await catalog.record([JobRecord(IfcJob.model_validate(item), deleted_at=datetime.now(UTC))])
            earlier = (await client.begin(len(SMALL), sha256=SHA256))["alreadyProcessed"]
            assert earlier["url"] == f"/api/v1/namespaces/bim/history/{item['metadata']['uid']}"

    try:
        finish(test())
    finally:
        catalog.close()


def test_a_job_that_the_caller_may_not_read_is_not_named(tmp_path: Path) -> None:
    async def test() -> None:
        async with api(tmp_path, access=WritersOnly()) as client:
            finished(client.services.live, "house", "2026-11-30T08:00:09Z")
            assert "alreadyProcessed" not in await client.begin(len(SMALL), sha256=SHA256)

    finish(test())


def test_an_upload_of_another_user_needs_the_right_to_delete(tmp_path: Path) -> None:
    async def test() -> None:
        async with api(tmp_path) as owner, api(tmp_path, access=WritersOnly()) as other:
            upload = await owner.begin(len(SMALL))
            session = await owner.services.uploads.find("bim", upload["id"])
            assert session.owner == "local"
            session.owner = "ann"
            await owner.services.uploads.save(session)
            with capture_logs() as lines:
                assert (await other.delete(upload["links"]["self"])).status_code == 403
                assert (await owner.delete(upload["links"]["self"])).status_code == 204
            audited = [(line["verb"], line["outcome"]) for line in lines if line["event"] == "audit"]
            assert audited == [("delete", "denied"), ("delete", "done")]
            mine = await other.begin(len(SMALL))
            assert (await other.delete(mine["links"]["self"])).status_code == 204

    finish(test())
