"""Bodies of kopf's lists and watches: they hand the objects to the controller, and leave kopf the versions."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import orjson
import structlog

from ifcjob_backends.cluster.objects import KubeObject
from ifcjob_operator.observing.watching import Handle, Kind

Take = Callable[[str, KubeObject], None]
"""Called with ADDED, MODIFIED or DELETED, and the object; raises nothing."""

log = structlog.get_logger()


def take_event(handle: Handle, kind: Kind, event: str, item: KubeObject) -> None:
    """Handle an event; an error is logged, and the next event or resync tries again."""
    try:
        handle(kind, event, item)
    except Exception:
        log.exception("event not handled", kind=kind, name=item.get("metadata", {}).get("name"))


class _Body:
    def __init__(self, body: aiohttp.StreamReader, take: Take) -> None:
        self._body, self._take = body, take

    def __getattr__(self, name: str) -> Any:
        """Delegate everything else to the body."""
        return getattr(self._body, name)


class ListBody(_Body):
    """A page of a list."""

    async def read(self) -> bytes:
        """Take the items, and return the page without them; kopf reads with this method."""
        page = orjson.loads(await self._body.read())
        for item in page.get("items") or ():
            self._take("ADDED", item)
        return orjson.dumps(page | {"items": []})


class ListedBody(_Body):
    """A page of a list whose items the controller already has, in an earlier version of the list."""

    def __init__(self, body: aiohttp.StreamReader, version: str) -> None:
        super().__init__(body, lambda *_: None)
        self._version = version

    async def read(self) -> bytes:
        """Return an empty list of that version; kopf watches from there."""
        await self._body.read()
        return orjson.dumps({"metadata": {"resourceVersion": self._version}, "items": []})


class WatchBody(_Body):
    """The events of a watch, one per line."""

    def __init__(self, body: aiohttp.StreamReader, take: Take, received: Callable[[], None]) -> None:
        """Call `received` whenever bytes arrive: a dead connection looks like a quiet one."""
        super().__init__(body, take)
        self._received = received

    async def iter_chunked(self, size: int) -> AsyncIterator[bytes]:
        """Take the events, and yield a bookmark for those of a chunk, and errors; kopf reads with this method."""
        rest = b""
        async for chunk in self._body.iter_chunked(size):
            self._received()
            *lines, rest = (rest + chunk).split(b"\n")
            if passed := self._passed_on(lines):
                yield passed

    def _passed_on(self, lines: list[bytes]) -> bytes:
        """Take events, and return what kopf needs in order to continue the watch, or to end it."""
        version, errors = "", b""
        for line in filter(None, lines):
            event = orjson.loads(line)
            if event["type"] == "ERROR":
                errors += line + b"\n"
                continue
            version = event["object"]["metadata"]["resourceVersion"]
            if event["type"] != "BOOKMARK":
                self._take(event["type"], event["object"])
        bookmark = {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": version}}}
        return (orjson.dumps(bookmark) + b"\n" if version else b"") + errors
