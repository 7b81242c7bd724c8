"""Bodies of kopf's lists and watches: objects go to the controller, and only versions and errors to kopf."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import orjson

from ifcjob_operator.observing.bodies import ListBody, ListedBody, WatchBody, take_event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiohttp


class Reader:
    """A body that arrives in given chunks."""

    def __init__(self, *chunks: bytes) -> None:
        self._chunks = chunks

    async def read(self) -> bytes:
        return b"".join(self._chunks)

    async def iter_chunked(self, size: int) -> AsyncIterator[bytes]:
        assert size == 100
        for chunk in self._chunks:
            yield chunk


def reader(*chunks: bytes) -> aiohttp.StreamReader:
    return cast("aiohttp.StreamReader", Reader(*chunks))


def line(kind: str, name: str, version: int) -> bytes:
    item = {"metadata": {"name": name, "resourceVersion": str(version)}}
    return orjson.dumps({"type": kind, "object": item}) + b"\n"


def bookmark(version: int) -> bytes:
    return orjson.dumps({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": str(version)}}}) + b"\n"


def watched(*chunks: bytes) -> tuple[list[tuple[str, str]], list[bytes], int]:
    """Return the events taken, the chunks passed on, and how often bytes were noted."""
    taken: list[tuple[str, str]] = []
    received: list[None] = []

    async def passed() -> list[bytes]:
        body = WatchBody(
            reader(*chunks),
            lambda event, item: taken.append((event, item["metadata"]["name"])),
            lambda: received.append(None),
        )
        return [chunk async for chunk in body.iter_chunked(100)]

    return taken, asyncio.run(passed()), len(received)


def test_a_watch_passes_on_one_bookmark_for_the_events_of_a_chunk() -> None:
    first, second, third = line("ADDED", "a", 3), line("MODIFIED", "a", 5), line("DELETED", "b", 9)
    taken, passed, received = watched(first + second, third)
    assert taken == [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "b")]
    assert passed == [bookmark(5), bookmark(9)]
    assert received == 2


def test_an_event_that_arrives_in_two_chunks_is_taken_once() -> None:
    whole = line("ADDED", "a", 3)
    taken, passed, received = watched(whole[:20], whole[20:])
    assert (taken, passed, received) == ([("ADDED", "a")], [bookmark(3)], 2)


def test_bookmarks_and_errors_of_the_server_reach_kopf_and_not_the_controller() -> None:
    error = orjson.dumps({"type": "ERROR", "object": {"code": 410, "message": "too old"}}) + b"\n"
    taken, passed, _ = watched(bookmark(7), line("ADDED", "a", 8) + error)
    assert taken == [("ADDED", "a")]
    assert passed == [bookmark(7), bookmark(8) + error]


def test_a_list_is_taken_page_by_page_and_kopf_gets_no_items() -> None:
    taken: list[tuple[str, Any]] = []
    items = [{"metadata": {"name": "a"}}]
    page = {"metadata": {"resourceVersion": "7", "continue": "next"}, "items": items}
    body = ListBody(reader(orjson.dumps(page)), lambda event, item: taken.append((event, item)))
    assert orjson.loads(asyncio.run(body.read())) == page | {"items": []}
    assert taken == [("ADDED", items[0])]


def test_a_list_that_the_controller_has_is_empty_and_has_the_version_of_its_list() -> None:
    page = {"metadata": {"resourceVersion": "9", "continue": "next"}, "items": [{"metadata": {"name": "a"}}]}
    body = ListedBody(reader(orjson.dumps(page)), "7")
    assert orjson.loads(asyncio.run(body.read())) == {"metadata": {"resourceVersion": "7"}, "items": []}


def test_an_event_that_cannot_be_handled_does_not_end_the_watch() -> None:
    def fail(*_: Any) -> None:
        raise ValueError("says the test")

    take_event(fail, "ifcjobs", "ADDED", {"metadata": {"name": "poison"}})
