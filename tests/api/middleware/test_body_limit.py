"""Bodies that are too large or too slow, over real connections: nothing is held longer or in a larger buffer."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import uvicorn
from structlog.testing import capture_logs

from ifcjob_api.program import server_config
from tests.support.async_tests import finish, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from fastapi import FastAPI

ECHO = "POST /api/v1/namespaces/bim/echo/house HTTP/1.1"
PART = "PUT /api/v1/namespaces/bim/uploads/u/parts/1 HTTP/1.1"
JSON = "Content-Type: application/json"


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[int]:
    """Serve an application on loopback, and yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings = app.state.services.settings
        server = uvicorn.Server(server_config(app, settings))
        task = asyncio.create_task(server.serve([listener]))
        await until(lambda: server.started)
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await task


async def exchange(port: int, head: list[str], *pieces: bytes, pause: float = 0, user: str = "ann") -> tuple[int, str]:
    """Send a request piece by piece, and return the answer's status and all of its text."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [*head, "Host: api.test", f"Authorization: Bearer {user}", "Connection: close", "", ""]
    writer.write("\r\n".join(lines).encode())

    async def send() -> None:
        for piece in pieces:
            await asyncio.sleep(pause)
            writer.write(piece)
            await writer.drain()

    sending = asyncio.create_task(send())
    try:
        answer = (await reader.read()).decode()
    except ConnectionResetError:
        answer = ""
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    writer.close()
    return int(answer.split(" ")[1]) if answer else 0, answer


def chunked(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


@pytest.fixture
def app(make_app: Callable[..., FastAPI]) -> FastAPI:
    return make_app(max_body_bytes=2048, body_seconds=2)


def test_a_body_up_to_the_limit_passes(app: FastAPI) -> None:
    body = b'"' + b"x" * 2046 + b'"'

    async def run() -> None:
        async with serving(app) as port:
            assert (await exchange(port, [ECHO, JSON, "Content-Length: 2048"], body))[0] == 200
            pieces = [chunked(body[:1000]), chunked(body[1000:]), b"0\r\n\r\n"]
            assert (await exchange(port, [ECHO, JSON, "Transfer-Encoding: chunked"], *pieces))[0] == 200

    finish(run())


def test_a_larger_body_is_answered_with_413(app: FastAPI) -> None:
    async def run() -> None:
        async with serving(app) as port:
            declared = await exchange(port, [ECHO, JSON, "Content-Length: 2049"])
            assert declared[0] == 413
            assert '"code":"BodyTooLarge"' in declared[1]
            pieces = [chunked(b"x" * 1024)] * 3
            assert (await exchange(port, [ECHO, JSON, "Transfer-Encoding: chunked"], *pieces))[0] == 413
            no_type = await exchange(port, [ECHO, "Transfer-Encoding: chunked"], *pieces)
            assert no_type[0] == 413

    finish(run())


def test_a_slow_body_is_answered_with_408(app: FastAPI) -> None:
    async def run() -> None:
        async with serving(app) as port:
            slow = await exchange(port, [ECHO, JSON, "Content-Length: 20"], b'"', b"x", b"x", b"x", pause=0.4)
            assert slow[0] == 408
            assert '"code":"BodyTooSlow"' in slow[1]
            assert (await exchange(port, [ECHO, JSON, "Transfer-Encoding: chunked"], chunked(b'"')))[0] == 408

    finish(run())


def test_a_part_of_an_upload_may_be_large_and_take_long_but_not_stall(app: FastAPI) -> None:
    async def run() -> None:
        async with serving(app) as port:
            pieces = [b"x" * 1000] * 5
            answer = await exchange(port, [PART, "Content-Length: 5000"], *pieces, pause=0.6)
            assert answer[0] == 200
            assert answer[1].endswith("5000")
            assert (await exchange(port, [PART, "Content-Length: 5000"], *pieces[:2]))[0] == 408

    finish(run())


def test_the_body_of_an_unauthenticated_request_is_not_read(app: FastAPI) -> None:
    async def run() -> None:
        async with serving(app) as port:
            for head in (ECHO, PART):
                answer = await exchange(port, [head, JSON, "Content-Length: 2000"], user="eve")
                assert answer[0] == 401

    finish(run())


def test_a_connection_with_slow_headers_is_closed(app: FastAPI) -> None:
    async def run() -> None:
        async with serving(app) as port:
            for begin in (b"", b"GET /healthz HTTP/1.1\r\nX-Slow: "):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(begin)
                assert await asyncio.wait_for(reader.read(), 10) == b""
                writer.close()

    finish(run())


def test_a_connection_stays_open_between_requests_but_not_within_headers(app: FastAPI) -> None:
    async def run() -> None:
        async with serving(app) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for pause in (0, 2.5):
                await asyncio.sleep(pause)
                writer.write(b"GET /healthz HTTP/1.1\r\nHost: api.test\r\n\r\n")
                assert b" 200 " in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
                await reader.readexactly(len(b'{"status":"ok"}'))
            writer.write(b"GET /heal")
            assert await asyncio.wait_for(reader.read(), 10) == b""
            writer.close()

    finish(run())


def test_only_trusted_proxies_say_who_the_client_is(make_app: Callable[..., FastAPI]) -> None:
    async def client_of(app: FastAPI) -> tuple[str, bool]:
        async with serving(app) as port:
            with capture_logs() as lines:
                head = ["GET /api/v1/me HTTP/1.1", "X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https"]
                _, answer = await exchange(port, head)
            return lines[-1]["client"], "strict-transport-security" in answer.lower()

    assert finish(client_of(make_app())) == ("127.0.0.1", False)
    assert finish(client_of(make_app(trusted_proxies=("10.0.0.0/8",)))) == ("127.0.0.1", False)
    assert finish(client_of(make_app(trusted_proxies=("10.0.0.0/8", "127.0.0.1")))) == ("203.0.113.9", True)
