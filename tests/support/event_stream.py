"""A reader of server-sent events for tests."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass
class Received:
    """One event."""

    name: str
    data: Any
    event_id: str = ""


class Stream:
    """An open event stream."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self, seconds: float = 10) -> Received | None:
        """Return the next event, without comments; None when the stream has ended."""
        async with asyncio.timeout(seconds):
            fields: dict[str, str] = {}
            async for line in self._lines:
                if not line and "data" in fields:
                    return Received(fields.get("event", ""), json.loads(fields["data"]), fields.get("id", ""))
                name, _, value = line.partition(": ")
                if name and not line.startswith(":"):
                    fields[name] = value
        return None

    async def until(self, name: str, /, **values: Any) -> Received:
        """Return the next event of a name whose data has these values."""
        while (event := await self.next()) is not None:
            if event.name == name and values.items() <= event.data.items():
                return event
        raise AssertionError(f"the stream ended without {name}")


@asynccontextmanager
async def event_stream(url: str, last_event_id: str = "", token: str = "", **query: Any) -> AsyncIterator[Stream]:
    """Open a stream."""
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx.AsyncClient(timeout=30) as client,
        client.stream("GET", f"{url}/events", params=query, headers=headers) as response,
    ):
        yield Stream(response)
