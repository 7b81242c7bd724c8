"""The operator's store in a folder: conditional writes, what is missing, and where a run reads and writes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.report import Failure
from ifcjob.resource import S3Source
from ifcjob.status import ObservedInput
from ifcjob_backends.storage.folder import FolderObjects
from ifcjob_backends.storage.folder_store import FolderStore
from tests.support.async_tests import finish

if TYPE_CHECKING:
    from pathlib import Path

HOUSE = S3Source(bucket="uploads", key="a/house.ifc")
HOUR = timedelta(hours=1)


def store_in(folder: Path) -> FolderStore:
    return FolderStore(FolderObjects(folder), "artifacts")


def put_house(folder: Path) -> Path:
    path = folder / "objects" / "uploads" / "a" / "house.ifc"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"ISO-10303-21;")
    return path


def test_a_source_is_its_file(tmp_path: Path) -> None:
    path, store = put_house(tmp_path), store_in(tmp_path)
    seen = finish(store.head(HOUSE))
    assert isinstance(seen, ObservedInput)
    assert (seen.uri, seen.bytes, seen.version_id) == ("s3://uploads/a/house.ifc", 13, None)
    assert seen.etag is not None
    assert '"' not in seen.etag
    assert store.source_uri(HOUSE, None, HOUR) == str(path)


@pytest.mark.parametrize(
    "source",
    [HOUSE, HOUSE.model_copy(update={"version_id": "1"}), HOUSE.model_copy(update={"key": "a"})],
    ids=["missing", "version", "folder"],
)
def test_a_source_that_does_not_exist_is_a_failure(tmp_path: Path, source: S3Source) -> None:
    if source is not HOUSE:
        put_house(tmp_path)
    failure = finish(store_in(tmp_path).head(source))
    assert isinstance(failure, Failure)
    assert failure.reason is FailureReason.INPUT_NOT_FOUND


def test_a_key_cannot_leave_the_folder(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    with pytest.raises(RunFailure):
        store.source_uri(HOUSE.model_copy(update={"key": "../../secret"}), None, HOUR)
    with pytest.raises(RunFailure):
        store.output("artifacts", "../x", ["model.glb"], HOUR)


def test_a_run_writes_to_the_folder_of_its_attempt(tmp_path: Path) -> None:
    output = store_in(tmp_path).output("artifacts", "bim/house/u1-1", ["model.glb"], HOUR)
    assert output.folder == str(tmp_path / "objects" / "artifacts" / "bim" / "house" / "u1-1")


def test_of_two_first_writes_one_wins(tmp_path: Path) -> None:
    async def main() -> list[int]:
        store = store_in(tmp_path)
        condition = {"If-None-Match": "*"}
        answers = await asyncio.gather(
            *(store.put("artifacts", "m.json", content, condition) for content in (b"1", b"2"))
        )
        assert (await store.get("artifacts", "m.json", 100)).body == b"1"
        return [answer.status for answer in answers]

    assert finish(main()) == [200, 412]


def test_a_write_with_an_old_etag_is_refused(tmp_path: Path) -> None:
    async def main() -> None:
        store = store_in(tmp_path)
        first = await store.put("artifacts", "m.json", b"1", {})
        second = await store.put("artifacts", "m.json", b"22", {"If-Match": first.etag})
        assert (await store.put("artifacts", "m.json", b"333", {"If-Match": first.etag})).status == 412
        assert (await store.get("artifacts", "m.json", 100)).etag == second.etag
        assert (await store.put("artifacts", "other", b"1", {"If-Match": first.etag})).status == 412

    finish(main())


def test_a_missing_object_is_a_404_and_a_large_one_a_failure(tmp_path: Path) -> None:
    async def main() -> None:
        store = store_in(tmp_path)
        assert (await store.get("artifacts", "m.json", 100)).status == 404
        assert not await store.exists("artifacts", "m.json")
        await store.put("artifacts", "m.json", b"x" * 101, {})
        assert await store.exists("artifacts", "m.json")
        with pytest.raises(RunFailure, match="more than 100 bytes"):
            await store.get("artifacts", "m.json", 100)

    finish(main())
