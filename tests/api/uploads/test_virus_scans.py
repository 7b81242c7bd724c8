"""Uploads with the real clamd: a file is complete, and a job can name it, only after its scan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ifcjob_api.problems import Problem
from ifcjob_api.uploads.scan import Clamd
from ifcjob_backends.storage.folder import FolderObjects
from tests.support.async_tests import finish
from tests.support.clamd import EICAR, clamd
from tests.support.upload_api import UPLOADS, replica

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

HEADER = b"ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\n"
START = HEADER + b"FILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n"
END = b"ENDSEC;\nEND-ISO-10303-21;\n"
CLEAN = START + END
INFECTED = START + b"/* " + EICAR + b" */\n" + END
LARGE = START + b"#1=IFCPERSON($,$,$,$,$,$,$,$);\n" * 100_000 + END


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    with clamd("AlertExceedsMax yes", "MaxFileSize 2M") as path:
        yield path


def complete(folder: Path, scanner: Path, content: bytes, **settings: Any) -> tuple[httpx.Response, bool]:
    """Upload a file; return the answer to its completion, and whether a job can name it."""

    async def run() -> tuple[httpx.Response, bool]:
        async with replica(FolderObjects(folder), scanner=Clamd(str(scanner)), **settings) as api:
            upload = await api.begin(len(content))
            for part in upload["parts"]:
                assert await api.send_part(part, content) in (200, 204)
            answer = await api.post(upload["links"]["complete"])
            try:
                await api.services.uploads.completed("bim", upload["id"])
            except Problem:
                return answer, False
            return answer, True

    return finish(run())


def test_a_clean_file_can_be_named_by_a_job(socket: Path, tmp_path: Path) -> None:
    answer, is_usable = complete(tmp_path, socket, CLEAN)
    assert (answer.status_code, is_usable) == (200, True)


def test_an_infected_file_is_rejected_and_deleted(socket: Path, tmp_path: Path) -> None:
    answer, is_usable = complete(tmp_path, socket, INFECTED)
    assert (answer.status_code, answer.json()["code"], is_usable) == (422, "MalwareFound", False)
    assert "Eicar-Test-Signature" in answer.json()["detail"]
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and EICAR in path.read_bytes()]


def test_a_file_above_the_limits_is_rejected_unless_it_may_be_unscanned(socket: Path, tmp_path: Path) -> None:
    answer, is_usable = complete(tmp_path, socket, LARGE)
    assert (answer.status_code, answer.json()["code"], is_usable) == (422, "NotScanned", False)
    answer, is_usable = complete(tmp_path, socket, LARGE, accept_unscanned=True)
    assert (answer.status_code, is_usable) == (200, True)


def test_a_file_waits_until_the_scanner_answers(socket: Path, tmp_path: Path) -> None:
    async def run() -> None:
        store = FolderObjects(tmp_path)
        async with replica(store, scanner=Clamd(str(tmp_path / "absent"))) as api:
            upload = await api.begin(len(CLEAN))
            assert await api.send_part(upload["parts"][0], CLEAN) in (200, 204)
            answer = await api.post(upload["links"]["complete"])
            assert (answer.status_code, answer.json()["code"]) == (503, "ScannerUnavailable")
            assert int(answer.headers["Retry-After"]) > 0
            with pytest.raises(Problem):
                await api.services.uploads.completed("bim", upload["id"])
        async with replica(store, scanner=Clamd(str(socket))) as api:
            assert (await api.post(f"{UPLOADS}/{upload['id']}/complete")).status_code == 200
            await api.services.uploads.completed("bim", upload["id"])

    finish(run())
