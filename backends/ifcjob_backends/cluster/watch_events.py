"""The body of a watch: one JSON event per line."""

from collections.abc import AsyncIterator

import orjson

from ifcjob_backends.cluster.errors import ClusterUnavailable, Expired
from ifcjob_backends.cluster.objects import KubeObject
from ifcjob_backends.cluster.protocol import EventType


async def watch_events(chunks: AsyncIterator[bytes]) -> AsyncIterator[tuple[EventType, KubeObject]]:
    """Yield the events of a body that arrives in chunks; Expired and ClusterUnavailable for an ERROR event."""
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line:
                yield _event(line)


def _event(line: bytes) -> tuple[EventType, KubeObject]:
    try:
        event = orjson.loads(line)
        kind, item = event["type"], event["object"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise ClusterUnavailable(0, f"the watch has an event that is not JSON: {line[:100]!r}") from error
    if kind != "ERROR":
        return kind, item
    status, message = item.get("code") or 0, str(item.get("message") or item)
    raise (Expired if status == 410 else ClusterUnavailable)(status, message)
