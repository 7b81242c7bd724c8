"""Bounds the size of request bodies, and the time in which they arrive.

A body is read before its route runs, except for a part of an upload, which its route streams to the store.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ifcjob_api.problems import Problem, problem_response

STREAMED = re.compile(r"/api/v1/namespaces/[^/]+/uploads/[^/]+/parts/[0-9]+")
"""Paths whose PUT is streamed."""


class BodyLimit:
    """Answers 413 to a body that is too large, and 408 to one that is too slow."""

    def __init__(self, app: ASGIApp, max_bytes: int, seconds: float) -> None:
        self._app, self._max_bytes, self._seconds = app, max_bytes, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            if request.method == "PUT" and STREAMED.fullmatch(scope["path"]):
                await self._app(scope, self._timed(receive), send)
                return
            messages = await self._read(request, receive)
        except Problem as problem:
            problem.headers["Connection"] = "close"
            await problem_response(request, problem)(scope, receive, send)
            return
        await self._app(scope, _replay(messages, receive), send)

    async def _read(self, request: Request, receive: Receive) -> list[Message]:
        length = request.headers.get("Content-Length", "0")
        if length.isdecimal() and int(length) > self._max_bytes:
            raise self._too_large()
        messages: list[Message] = []
        size = 0
        try:
            async with asyncio.timeout(self._seconds):
                while True:
                    messages.append(await receive())
                    size += len(messages[-1].get("body", b""))
                    if size > self._max_bytes:
                        raise self._too_large()
                    if not messages[-1].get("more_body"):
                        return messages
        except TimeoutError:
            raise self._too_slow() from None

    def _timed(self, receive: Receive) -> Callable[[], Awaitable[Message]]:
        is_complete = False

        async def receive_in_time() -> Message:
            nonlocal is_complete
            try:
                # After the body comes only the end of the connection.
                async with asyncio.timeout(None if is_complete else self._seconds):
                    message = await receive()
            except TimeoutError:
                raise self._too_slow() from None
            is_complete = not message.get("more_body")
            return message

        return receive_in_time

    def _too_large(self) -> Problem:
        return Problem(413, "BodyTooLarge", f"The body has more than {self._max_bytes} bytes: send less at once.")

    def _too_slow(self) -> Problem:
        return Problem(408, "BodyTooSlow", f"The body did not arrive within {self._seconds:g} s: send it again.")


def _replay(messages: list[Message], receive: Receive) -> Receive:
    rest = iter(messages)

    async def receive_again() -> Message:
        message = next(rest, None)
        return message if message is not None else await receive()

    return receive_again
