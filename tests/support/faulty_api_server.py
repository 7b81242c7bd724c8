"""A real API server behind a bad network: a proxy in front of it loses, refuses or delays what a test says."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Self

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tools.cluster.control_plane import ControlPlane


@dataclass
class Fault:
    """A fault of a single request: another answer, a delay or a dropped connection."""

    method: str
    path: str
    """A part of the path, without the query."""
    status: int = 0
    """Answer this instead of asking the server."""
    body: bytes = b'{"kind": "Status", "message": "says the test"}'
    headers: dict[str, str] = field(default_factory=dict)
    lost: Literal["", "before", "after"] = ""
    """Drop the connection before or after the server handles the request."""
    delay: float = 0
    meanwhile: Callable[[], Awaitable[object]] | None = None
    """Another client's action just before the server handles the request."""


class FaultyApiServer:
    """Forwards to a control plane; each scripted fault happens once, in the order of the script."""

    def __init__(self, plane: ControlPlane, folder: Path, *faults: Fault) -> None:
        self.kubeconfig = folder / "faulty-kubeconfig"
        self.faults = list(faults)
        self.seen: list[tuple[str, str]] = []
        """Method and path of every request, with those that were lost."""
        self._plane = plane

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False), auto_decompress=False)
        await self._start(0)
        url = f"http://127.0.0.1:{self._port}"
        text = self._plane.kubeconfig.read_text(encoding="utf-8")
        self.kubeconfig.write_text(re.sub(r'server: "[^"]*"', f'server: "{url}"', text), encoding="utf-8")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        await self._session.close()

    async def stop(self) -> None:
        """Refuse connections from now on."""
        await self._runner.cleanup()

    async def start_again(self) -> None:
        """Accept connections on the same port."""
        await self._start(self._port)

    async def _start(self, port: int) -> None:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self._port = self._runner.addresses[0][1]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.method, request.path))
        matches = (fault for fault in self.faults if fault.method == request.method and fault.path in request.path)
        fault = next(matches, None)
        if fault is not None:
            self.faults.remove(fault)
            await asyncio.sleep(fault.delay)
            if fault.meanwhile is not None:
                await fault.meanwhile()
            if fault.lost == "before":
                return _dropped(request)
            if fault.status:
                return web.Response(status=fault.status, body=fault.body, headers=fault.headers)
        if "watch" in request.query:
            return await self._forward_watch(request)
        answer = await self._forward(request)
        return _dropped(request) if fault is not None and fault.lost == "after" else answer

    async def _forward_watch(self, request: web.Request) -> web.StreamResponse:
        """Pass a body on as it arrives."""
        url = f"https://{self._plane.address}:{self._plane.port}{request.raw_path}"
        headers = {"Authorization": request.headers["Authorization"]}
        async with self._session.get(url, headers=headers) as answer:
            response = web.StreamResponse(status=answer.status)
            await response.prepare(request)
            async for chunk in answer.content.iter_any():
                await response.write(chunk)
            return response

    async def _forward(self, request: web.Request) -> web.Response:
        url = f"https://{self._plane.address}:{self._plane.port}{request.raw_path}"
        hop = ("host", "content-length", "transfer-encoding", "connection")
        headers = {name: value for name, value in request.headers.items() if name.lower() not in hop}
        async with self._session.request(request.method, url, headers=headers, data=await request.read()) as answer:
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in hop}
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)


def _dropped(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
