"""The growing log: written as it arrives, once, over attempts and lost connections."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ifcjob_api.examples.jobs import IFCJOB
from ifcjob_client import ApiError, AsyncClient, Client, ServerUnreachable, log_stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


class Chunks(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body in pieces; an exception breaks it off."""

    def __init__(self, *chunks: bytes | Exception) -> None:
        self.chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in iter(self):
            yield chunk


LOST = httpx.ReadError("reset")


def job(phase: str, *attempts: int) -> dict[str, Any]:
    rows = [{"number": n, "jobName": f"house-{n}", "admittedAt": "2026-11-30T08:00:00Z"} for n in attempts]
    return IFCJOB | {"status": {"phase": phase, "attempts": rows}}


class Server:
    """Answers with the next state of the job, and the next log."""

    def __init__(self, states: list[Any], logs: list[Any]) -> None:
        self.states, self.logs = states, logs
        self.requested: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/logs"):
            state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
            return httpx.Response(200, json=state)
        self.requested.append(dict(request.url.params))
        log = self.logs.pop(0)
        if isinstance(log, str):
            problem = {"title": "t", "status": 409, "code": log, "detail": "d"}
            return httpx.Response(409, json=problem, headers={"Content-Type": "application/problem+json"})
        return httpx.Response(200, stream=log)


@pytest.fixture(params=["sync", "async"])
def follow(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Follow a log with one of the clients, and return what is written."""
    monkeypatch.setattr(log_stream, "RECONNECT_SECONDS", 0)

    def run(server: Server, **options: Any) -> list[bytes]:
        written: list[bytes] = []
        flow = log_stream.follow("house", "bim", write=written.append, **options)

        async def main() -> None:
            async with AsyncClient("http://api.test", transport=httpx.MockTransport(server)) as client:
                await client.run(flow)

        if request.param == "async":
            asyncio.run(main())
        else:
            with Client("http://api.test", transport=httpx.MockTransport(server)) as client:
                client.run(flow)
        return written

    return run


def test_each_piece_is_written_as_it_arrives(follow: Any) -> None:
    server = Server([job("Running", 1), job("Succeeded", 1)], [Chunks(b"a\n", b"\xc3", b"\xa4\n")])
    assert follow(server, tail=5) == [b"a\n", b"\xc3", b"\xa4\n"]
    assert server.requested == [{"attempt": "1", "follow": "true", "tail": "5"}]


def test_a_log_continues_where_the_connection_was_lost(follow: Any) -> None:
    logs = [Chunks(b"one\n", b"tw", LOST), Chunks(LOST), Chunks(b"one\ntwo\n", b"three\n")]
    server = Server([job("Running", 1), job("Succeeded", 1)], logs)
    assert b"".join(follow(server)) == b"one\ntwo\nthree\n"


def test_the_next_attempt_follows(follow: Any) -> None:
    states = [job("Queued"), job("Running", 1), job("Queued", 1), job("Running", 1, 2), job("Succeeded", 1, 2)]
    server = Server(states, ["LogsNotReady", Chunks(b"first\n"), Chunks(b"second\n")])
    assert follow(server) == [b"first\n", b"second\n"]
    assert [query["attempt"] for query in server.requested] == ["1", "1", "2"]


def test_a_named_attempt_is_followed_alone(follow: Any) -> None:
    server = Server([job("Running", 1, 2)], [Chunks(b"first\n")])
    assert follow(server, attempt=1) == [b"first\n"]


def test_a_log_that_is_gone_and_a_server_that_stays_away_end_it(follow: Any) -> None:
    with pytest.raises(ApiError):
        follow(Server([job("Failed", 1)], ["LogsGone"]))
    with pytest.raises(ServerUnreachable):
        follow(Server([job("Running", 1)], [Chunks(LOST)] * (log_stream.RECONNECTS + 1)))
    with pytest.raises(ServerUnreachable):
        follow(Server([job("Running", 1)], [Chunks(b"a", LOST)]), tail=1)
