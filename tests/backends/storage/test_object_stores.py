"""Objects and multipart uploads, alike in a folder and in a real S3 server."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob.failures import RunFailure
from tests.support.async_tests import finish
from tests.support.object_stores import OpenStore, chunks, open_stores

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from ifcjob_api.store import Store
    from ifcjob_backends.storage.protocol import Part

MIB = 2**20
KEY = "bim/0f/Haus 1 (Süd) + Anbau.ifc"
BUCKET = "models"


@pytest.fixture(scope="module", params=["folder", "s3"])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenStore]:
    with open_stores(request.param, tmp_path_factory.mktemp(request.param)) as open_store:
        yield open_store


def run(opened: OpenStore, test: Callable[[Store], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        async with opened() as store:
            return await test(store)

    return finish(main())


async def content(store: Store, key: str = KEY, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in store.read(BUCKET, key, start, end)])


async def upload(store: Store, key: str, *parts: bytes) -> tuple[str, list[Part]]:
    upload_id = await store.create_upload(BUCKET, key, "application/x-step")
    sent = [
        await store.put_part(BUCKET, key, upload_id, number, len(part), chunks(part[:100], part[100:]))
        for number, part in enumerate(parts, 1)
    ]
    return upload_id, sent


def test_an_object_is_written_read_in_ranges_and_deleted(opened: OpenStore) -> None:
    async def test(store: Store) -> None:
        assert await store.facts(BUCKET, KEY) is None
        written = await store.put(BUCKET, KEY, b"0123456789", "text/plain")
        facts = await store.facts(BUCKET, KEY)
        assert facts is not None
        assert (facts.bytes, facts.etag) == (10, written.etag)
        assert await content(store) == b"0123456789"
        assert await content(store, start=3) == b"3456789"
        assert await content(store, start=3, end=5) == b"34"
        assert await content(store, start=8, end=99) == b"89"
        assert await content(store, start=5, end=5) == b""
        replaced = await store.put(BUCKET, KEY, b"9876543210", "text/plain")
        assert replaced.etag != written.etag
        await store.delete(BUCKET, KEY)
        await store.delete(BUCKET, KEY)
        assert await store.facts(BUCKET, KEY) is None
        with pytest.raises(FileNotFoundError):
            await content(store)

    run(opened, test)


def test_parts_in_any_order_become_one_object(opened: OpenStore) -> None:
    async def test(store: Store) -> None:
        upload_id = await store.create_upload(BUCKET, KEY, "application/x-step")
        assert await store.parts(BUCKET, KEY, upload_id) == []
        await store.put_part(BUCKET, KEY, upload_id, 2, 3, chunks(b"end"))
        await store.put_part(BUCKET, KEY, upload_id, 1, 5 * MIB, chunks(b"b" * 5 * MIB))
        await store.put_part(BUCKET, KEY, upload_id, 1, 5 * MIB, chunks(b"a" * 5 * MIB))
        parts = await store.parts(BUCKET, KEY, upload_id)
        assert parts is not None
        assert [(part.number, part.bytes) for part in parts] == [(1, 5 * MIB), (2, 3)]
        facts = await store.complete_upload(BUCKET, KEY, upload_id, parts)
        assert facts == await store.facts(BUCKET, KEY)
        assert facts.bytes == 5 * MIB + 3
        assert await content(store, start=5 * MIB - 2) == b"aaend"
        assert await store.parts(BUCKET, KEY, upload_id) is None
        await store.delete(BUCKET, KEY)

    run(opened, test)


def test_parts_are_received_at_the_same_time(opened: OpenStore) -> None:
    async def test(store: Store) -> None:
        upload_id = await store.create_upload(BUCKET, "parallel", "application/x-step")
        body = [bytes([number]) * 5 * MIB for number in range(1, 5)]
        await asyncio.gather(
            *(
                store.put_part(BUCKET, "parallel", upload_id, number, len(part), chunks(part))
                for number, part in enumerate(body, 1)
            )
        )
        parts = await store.parts(BUCKET, "parallel", upload_id)
        await store.complete_upload(BUCKET, "parallel", upload_id, parts or ())
        assert await content(store, "parallel") == b"".join(body)

    run(opened, test)


@pytest.mark.parametrize("body", [b"short", b"too long"], ids=["short", "long"])
def test_a_part_of_another_size_than_announced_is_refused(opened: OpenStore, body: bytes) -> None:
    async def test(store: Store) -> None:
        upload_id = await store.create_upload(BUCKET, "sizes", "application/x-step")
        with pytest.raises(RunFailure, match="does not have 6 bytes"):
            await store.put_part(BUCKET, "sizes", upload_id, 1, 6, chunks(body))
        assert await store.parts(BUCKET, "sizes", upload_id) == []
        await store.abort_upload(BUCKET, "sizes", upload_id)

    run(opened, test)


def test_an_aborted_upload_takes_no_part_and_never_completes(opened: OpenStore) -> None:
    async def test(store: Store) -> None:
        upload_id, parts = await upload(store, "aborted", b"x" * 200)
        await store.abort_upload(BUCKET, "aborted", upload_id)
        await store.abort_upload(BUCKET, "aborted", upload_id)
        assert await store.parts(BUCKET, "aborted", upload_id) is None
        with pytest.raises(FileNotFoundError):
            await store.put_part(BUCKET, "aborted", upload_id, 2, 1, chunks(b"x"))
        with pytest.raises(FileNotFoundError):
            await store.complete_upload(BUCKET, "aborted", upload_id, parts)
        assert await store.facts(BUCKET, "aborted") is None

    run(opened, test)


def test_unfinished_uploads_are_listed_by_age(opened: OpenStore) -> None:
    async def test(store: Store) -> None:
        upload_id, _ = await upload(store, "unfinished/a b.ifc", b"x" * 200)
        await upload(store, "unfinished/c.ifc", b"x" * 200)
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        unfinished = {item.key: item.upload_id for item in await store.unfinished_uploads(BUCKET, tomorrow)}
        assert unfinished["unfinished/a b.ifc"] == upload_id
        assert not await store.unfinished_uploads(BUCKET, datetime.now(UTC) - timedelta(days=1))
        for key, unfinished_id in unfinished.items():
            await store.abort_upload(BUCKET, key, unfinished_id)
        assert not await store.unfinished_uploads(BUCKET, tomorrow)

    run(opened, test)


def test_completions_at_the_same_time_make_one_whole_object(opened: OpenStore) -> None:
    async def test(store: Store) -> None:
        body = [bytes([number]) * 5 * MIB for number in range(1, 4)]
        upload_id, parts = await upload(store, "twice", *body)
        outcomes = await asyncio.gather(
            *(store.complete_upload(BUCKET, "twice", upload_id, parts) for _ in range(4)), return_exceptions=True
        )
        lost = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        assert all(isinstance(outcome, FileNotFoundError) for outcome in lost)
        assert {outcome.bytes for outcome in outcomes if not isinstance(outcome, BaseException)} == {15 * MIB}
        assert await content(store, "twice") == b"".join(body)

    run(opened, test)
