"""Uploads through the API, to a folder and to a real S3 server: begin, send, resume, complete, abort."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob_api.uploads.directory import Uploads
from ifcjob_api.uploads.session import PART_BYTES, part_size
from tests.support.async_tests import finish
from tests.support.object_stores import OpenStore, open_stores
from tests.support.upload_api import UPLOADS, Replica, replica

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

HEADER = b"ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\n"
START = HEADER + b"FILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n"
LINE = b"#1=IFCPERSON($,$,$,$,$,$,$,$);\n"
END = b"ENDSEC;\nEND-ISO-10303-21;\n"
SMALL = START + LINE + END
LARGE = START + LINE * (2 * PART_BYTES // len(LINE)) + END
KINDS = ["folder", "s3", "s3-through-the-api"]
UNKNOWN = f"{UPLOADS}/{'0' * 32}"


@pytest.fixture(scope="module", params=KINDS)
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenStore]:
    with open_stores(request.param, tmp_path_factory.mktemp(request.param)) as open_store:
        yield open_store


def run(opened: OpenStore, test: Callable[..., Awaitable[Any]], replicas: int = 1, **parts: Any) -> Any:
    async def main() -> Any:
        async with AsyncExitStack() as stack:
            stores = [await stack.enter_async_context(opened()) for _ in range(replicas)]
            return await test(*[await stack.enter_async_context(replica(store, **parts)) for store in stores])

    return finish(main())


async def stored(api: Replica, upload: dict[str, Any]) -> bytes:
    key = f"bim/{upload['id']}/source.ifc"
    return b"".join([chunk async for chunk in api.services.store.read("models", key)])


def test_a_file_of_several_parts_is_uploaded_and_can_be_named_by_a_job(opened: OpenStore) -> None:
    async def test(api: Replica) -> None:
        upload = await api.begin(len(LARGE), "House.ifc")
        assert (upload["state"], upload["partSize"], upload["partCount"]) == ("Open", PART_BYTES, 3)
        assert [part["number"] for part in upload["parts"]] == [1, 2, 3]
        assert sum(part["size"] for part in upload["parts"]) == len(LARGE)
        assert upload["links"]["self"] == f"{UPLOADS}/{upload['id']}"
        with pytest.raises(Exception, match="not complete"):
            await api.services.uploads.completed("bim", upload["id"])
        assert set(await asyncio.gather(*(api.send_part(part, LARGE) for part in upload["parts"]))) <= {200, 204}
        answer = await api.post(upload["links"]["complete"])
        assert answer.status_code == 200, answer.text
        document = answer.json()
        assert (document["state"], document["format"], document["schema"]) == ("Complete", "ifc", "IFC4")
        assert await stored(api, upload) == LARGE
        file = await api.services.uploads.completed("bim", upload["id"])
        assert (file.bucket, file.key, file.file_name) == ("models", f"bim/{upload['id']}/source.ifc", "House.ifc")
        assert (await api.post(upload["links"]["complete"])).json() == document
        assert (await api.get(upload["links"]["self"])).json() == document

    run(opened, test)


def test_another_replica_continues_the_upload_of_one_that_died(opened: OpenStore) -> None:
    async def test(first: Replica, second: Replica) -> None:
        upload = await first.begin(len(LARGE))
        assert await first.send_part(upload["parts"][1], LARGE) in (200, 204)
        await first.aclose()
        state = (await second.get(upload["links"]["self"])).json()
        assert state["uploaded"] == [2]
        signed = (await second.post(upload["links"]["parts"], json={})).json()["parts"]
        assert [part["number"] for part in signed] == [1, 3]
        for part in signed:
            assert await second.send_part(part, LARGE) in (200, 204)
        assert (await second.post(upload["links"]["complete"])).status_code == 200
        assert await stored(second, upload) == LARGE

    run(opened, test, replicas=2)


def test_two_replicas_complete_the_same_upload_at_once(opened: OpenStore) -> None:
    async def test(first: Replica, second: Replica) -> None:
        upload = await first.begin(len(SMALL))
        await first.send_part(upload["parts"][0], SMALL)
        answers = await asyncio.gather(*(api.post(upload["links"]["complete"]) for api in (first, second) * 3))
        assert {answer.status_code for answer in answers} == {200}

    run(opened, test, replicas=2)


def test_completing_without_all_parts_lists_the_missing_ones(opened: OpenStore) -> None:
    async def test(api: Replica) -> None:
        upload = await api.begin(len(LARGE))
        await api.send_part(upload["parts"][0], LARGE)
        answer = await api.post(upload["links"]["complete"])
        assert (answer.status_code, answer.json()["code"]) == (409, "UploadIncomplete")
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/parts/2", "/parts/3"]
        assert (await api.get(upload["links"]["self"])).json()["uploaded"] == [1]

    run(opened, test)


def test_an_aborted_upload_is_unknown_and_takes_no_parts(opened: OpenStore) -> None:
    async def test(api: Replica) -> None:
        upload = await api.begin(len(SMALL))
        assert (await api.delete(upload["links"]["self"])).status_code == 204
        assert await api.send_part(upload["parts"][0], SMALL) == 404
        for answer in (
            await api.get(upload["links"]["self"]),
            await api.post(upload["links"]["complete"]),
            await api.post(upload["links"]["parts"], json={}),
            await api.delete(upload["links"]["self"]),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "UploadNotFound")

    run(opened, test)


def test_a_deleted_file_leaves_nothing_in_the_store(opened: OpenStore) -> None:
    async def test(api: Replica) -> None:
        upload = (await api.upload(SMALL)).json()
        assert (await api.delete(upload["links"]["self"])).status_code == 204
        for name in ("source.ifc", "upload.json"):
            assert await api.services.store.facts("models", f"bim/{upload['id']}/{name}") is None

    run(opened, test)


@pytest.mark.parametrize(
    ("file", "name", "status", "code", "detail"),
    [
        (b"%PDF-1.7 plan", "plan.ifc", 415, "NotAnIfcFile", "plan.ifc is a PDF document"),
        (b'<?xml version="1.0"?><ifcXML/>', "a.ifc", 415, "NotAnIfcFile", "is ifcXML"),
        (b"glTF" + bytes(100), "a.ifc", 415, "NotAnIfcFile", "binary glTF"),
        (SMALL[:-40], "a.ifc", 422, "TruncatedFile", "breaks off at"),
        (SMALL.replace(b"IFC4", b"AP242_X"), "a.ifc", 422, "UnsupportedSchema", "mechanical CAD"),
    ],
    ids=["pdf", "ifcxml", "gltf", "truncated", "schema"],
)
def test_a_file_that_no_run_reads_is_refused_and_deleted(
    opened: OpenStore, file: bytes, name: str, status: int, code: str, detail: str
) -> None:
    async def test(api: Replica) -> None:
        upload = await api.begin(len(file), name)
        await api.send_part(upload["parts"][0], file)
        answer = await api.post(upload["links"]["complete"])
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert detail in answer.json()["detail"]
        assert (await api.post(upload["links"]["complete"])).json() == answer.json()
        assert (await api.get(upload["links"]["self"])).json()["state"] == "Rejected"
        assert await api.services.store.facts("models", f"bim/{upload['id']}/source.ifc") is None
        with pytest.raises(Exception, match="refused"):
            await api.services.uploads.completed("bim", upload["id"])

    run(opened, test)


def test_a_part_of_another_size_is_refused(opened: OpenStore) -> None:
    async def test(api: Replica) -> None:
        upload = await api.begin(len(SMALL))
        part = upload["parts"][0]
        too_large = await api.send_part(part | {"size": len(SMALL) + 1}, SMALL + b"x")
        too_small = await api.send_part(part | {"size": len(SMALL) - 1}, SMALL)
        assert (too_large, too_small) in {(413, 422), (403, 403)}
        assert (await api.get(upload["links"]["self"])).json()["uploaded"] == []

    run(opened, test)


def test_expired_uploads_are_refused_and_aborted(opened: OpenStore) -> None:
    async def test(api: Replica) -> None:
        upload, complete = await api.begin(len(SMALL)), (await api.upload(SMALL)).json()
        assert await api.services.uploads.abort_expired() == 0
        session = await api.services.uploads.find("bim", upload["id"])
        session.expires_at = datetime.now(UTC) - timedelta(seconds=1)
        await api.services.uploads.save(session)
        assert (await api.get(upload["links"]["self"])).status_code == 410
        assert (await api.get(complete["links"]["self"])).status_code == 200
        later = Uploads(api.services.store, api.services.settings.model_copy(update={"upload_seconds": -3600}))
        assert await later.abort_expired() >= 1
        assert (await api.get(upload["links"]["self"])).status_code == 404
        assert await stored(api, complete) == SMALL

    run(opened, test)


def test_a_wrong_checksum_is_found_where_the_api_reads_the_file(opened: OpenStore) -> None:
    async def test(api: Replica) -> None:
        answer = await api.upload(SMALL, sha256="0" * 64)
        reads_it = api.services.store.local_path("models", f"bim/{answer.json().get('id')}/x") is None
        if answer.status_code == 422:
            assert answer.json()["code"] == "ChecksumMismatch"
        else:
            assert reads_it
            upload = await api.services.uploads.completed("bim", answer.json()["id"])
            assert upload.sha256 == "0" * 64, "the runner compares it"
        answer = await api.upload(SMALL, sha256=hashlib.sha256(SMALL).hexdigest())
        assert answer.status_code == 200

    run(opened, test)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"fileName": "a.ifc", "size": 2**30 + 1}, 413, "InputTooLarge"),
        ({"fileName": "a.rvt", "size": 5}, 415, "NotAnIfcFile"),
        ({"fileName": "a.exe", "size": 5}, 415, "NotAnIfcFile"),
        ({"fileName": "a.ifc", "size": 0}, 422, "InvalidRequest"),
        ({"fileName": "a.ifc", "size": 5, "sha256": "x"}, 422, "InvalidRequest"),
        ({"fileName": "", "size": 5}, 422, "InvalidRequest"),
        ({"fileName": "a.ifc", "size": 5, "path": "x"}, 422, "InvalidRequest"),
    ],
    ids=["size", "revit", "exe", "empty", "checksum", "no-name", "unknown-field"],
)
def test_a_request_that_cannot_succeed_is_refused_at_once(
    tmp_path: Any, body: dict[str, Any], status: int, code: str
) -> None:
    async def test(api: Replica) -> None:
        answer = await api.post(UPLOADS, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)

    with open_stores("folder", tmp_path) as opened:
        run(opened, test)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/House.ifc", "House.ifc"),
        ("C:\\Users\\ann\\House.ifc", "House.ifc"),
        ("House\u202efdp.ifc", "House_fdp.ifc"),
        ("House\r\nX: 1.ifc", "House__X: 1.ifc"),
        ("x" * 400 + ".ifc", "x" * 242 + "…" + "x" * 8 + ".ifc"),
        ("Süd 東京.ifc", "Süd 東京.ifc"),
    ],
    ids=["path", "windows-path", "bidi", "control", "long", "unicode"],
)
def test_a_name_is_for_display_only(tmp_path: Any, name: str, shown: str) -> None:
    async def test(api: Replica) -> None:
        upload = await api.begin(len(SMALL), name)
        assert upload["fileName"] == shown
        assert {path.name for path in (tmp_path / "objects/models/bim").iterdir()} == {upload["id"]}

    with open_stores("folder", tmp_path) as opened:
        run(opened, test)


@pytest.mark.parametrize(
    "path",
    ["../../etc/passwd", "%2e%2e%2fupload", "A" * 32, "0" * 31, "0" * 33, "é" * 16],
)
def test_an_id_that_is_none_is_refused(tmp_path: Any, path: str) -> None:
    async def test(api: Replica) -> None:
        assert (await api.get(f"{UPLOADS}/{path}")).status_code in (404, 422)
        assert (await api.put(f"{UPLOADS}/{path}/parts/1", content=b"x")).status_code in (404, 422)

    with open_stores("folder", tmp_path) as opened:
        run(opened, test)


def test_an_upload_belongs_to_its_namespace(tmp_path: Any) -> None:
    async def test(api: Replica) -> None:
        upload = await api.begin(len(SMALL))
        other = upload["links"]["self"].replace("/bim/", "/other/")
        assert (await api.get(other)).status_code == 404
        assert (await api.delete(other)).status_code == 404
        assert (await api.put(f"{other}/parts/1", content=SMALL)).status_code == 404

    with open_stores("folder", tmp_path) as opened:
        run(opened, test)


def test_parts_that_do_not_exist_are_refused(tmp_path: Any) -> None:
    async def test(api: Replica) -> None:
        upload = await api.begin(len(SMALL))
        assert (await api.put(f"{upload['links']['parts']}/2", content=b"x")).status_code == 422
        assert (await api.put(f"{upload['links']['parts']}/0", content=b"x")).status_code == 422
        assert (await api.post(upload["links"]["parts"], json={"numbers": [2]})).status_code == 422
        assert (await api.get(UNKNOWN)).status_code == 404

    with open_stores("folder", tmp_path) as opened:
        run(opened, test)


@pytest.mark.parametrize(
    ("size", "expected"),
    [(1, PART_BYTES), (10_000 * PART_BYTES, PART_BYTES), (10_000 * PART_BYTES + 1, PART_BYTES + 2**20)],
)
def test_parts_grow_only_when_ten_thousand_would_not_do(size: int, expected: int) -> None:
    assert part_size(size) == expected
    assert -(-size // part_size(size)) <= 10_000
