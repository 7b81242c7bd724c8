"""The event stream: a snapshot, then the changes of jobs and queues, as server-sent events."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, cast

import orjson
from fastapi import APIRouter, Depends, Header, Query
from sse_starlette import EventSourceResponse

from ifcjob.http.job_requests import JOB_NAME_PATTERN
from ifcjob_api import metrics
from ifcjob_api.access.checks import DNS_LABEL, caller
from ifcjob_api.access.protocol import Caller
from ifcjob_api.live.ring import Event, Ring, TooSlow
from ifcjob_api.live.snapshot import snapshot
from ifcjob_api.problems import Problem, problem_responses
from ifcjob_api.services import Services, services_of

router = APIRouter(tags=["events"])
SEND_SECONDS = 30
"""A subscriber that takes nothing for this time is disconnected."""
SPREAD_SECONDS = 0.1
"""Subscribers take an event within this time, not all at once: a thousand would keep other requests waiting."""
STOP_SECONDS = 1.0
"""When the server stops, a stream has this time for its last events."""
CHUNK_EVENTS = 200
_EXAMPLE = """\
id: 5f3a9c21-17
event: job
data: {"namespace":"bim","name":"house","phase":"Running","progress":{"percent":42.0,"stage":"gltf"}}

"""
_RESPONSES = problem_responses(401, 403, 422, 429, 503) | {
    200: {
        "description": "`snapshot` first, then `job`, `deleted`, `queue` and `queueDeleted`; `bye` before the end.",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
    }
}


class EventStream(EventSourceResponse):
    """A response of server-sent events."""

    media_type = "text/event-stream"


@router.get(
    "/events",
    operation_id="streamEvents",
    summary="Follow jobs and queues",
    response_class=EventStream,
    responses=_RESPONSES,
)
async def stream_events(
    services: Annotated[Services, Depends(services_of)],
    user: Annotated[Caller, Depends(caller)],
    namespace: Annotated[
        tuple[Annotated[str, Query(pattern=DNS_LABEL)], ...],
        Query(max_length=100, description="Only these namespaces; default: all in which the caller may watch jobs."),
    ] = (),
    job: Annotated[
        str | None, Query(pattern=JOB_NAME_PATTERN, description="Only the job of this name, and no queues.")
    ] = None,
    last_event_id: Annotated[
        str | None,
        Header(
            alias="Last-Event-ID",
            max_length=64,
            description="Id of the last event received: the stream continues after it.",
        ),
    ] = None,
) -> EventStream:
    """Stream changes within a second. Reconnect with `Last-Event-ID` after a disconnection, also after `bye`.

    A stream ends with `bye` when the token expires, when the caller loses the right, when the client reads too slowly,
    and when the server stops. A later `snapshot` replaces what the client knows: the caller sees other namespaces than
    before.
    """
    services.live.require_synced()
    stream = _Stream(services, user, frozenset(namespace), job, services.live.ring.position)
    await stream.check_rights()
    return EventStream(
        stream.chunks(last_event_id),
        ping=services.settings.events_ping_seconds,
        send_timeout=SEND_SECONDS,
        shutdown_event=cast("Any", _Stopping(services.live.ring)),
        shutdown_grace_period=STOP_SECONDS,
    )


@dataclass
class _Stopping:
    """The event that sse-starlette sets when the server stops."""

    ring: Ring

    def set(self) -> None:
        """End all streams."""
        self.ring.stop()


@dataclass
class _Stream:
    """One subscriber."""

    services: Services
    user: Caller
    requested: frozenset[str]
    job: str | None
    start: int
    """The next event before the rights were checked: one of a namespace that is new since then is not missed."""
    among: frozenset[str] = frozenset()
    """The namespaces whose rights have been checked."""
    visible: frozenset[str] = frozenset()

    async def check_rights(self) -> None:
        """Find the namespaces to send; raises Problem when a requested one is not allowed."""
        live, access = self.services.live, self.services.access
        self.among = self.requested or frozenset(live.namespaces())
        self.visible = await access.allowed_namespaces(self.user, "watch", "ifcjobs", self.among)
        if missing := sorted(self.requested - self.visible):
            detail = f"{self.user.name} may not watch ifcjobs in the namespace {missing[0]}: ask for a RoleBinding."
            raise Problem(403, "Forbidden", detail)

    async def chunks(self, last_event_id: str | None) -> AsyncIterator[bytes]:
        """Yield encoded events until the stream has to end."""
        metrics.SUBSCRIBERS.inc()
        try:
            async for chunk in self._events(last_event_id):
                yield chunk
        except TooSlow:
            metrics.SLOW_SUBSCRIBERS.inc()
            yield _bye("TooSlow", "The client reads too slowly: reconnect, and the stream begins with a snapshot.")
        except Problem as problem:
            yield _bye(problem.code, problem.detail)
        finally:
            metrics.SUBSCRIBERS.dec()

    async def _events(self, last_event_id: str | None) -> AsyncIterator[bytes]:
        ring = self.services.live.ring
        position = ring.position_after(last_event_id) if last_event_id else None
        if position is None:
            position = self.start
            yield self._snapshot()
        recheck = self.services.settings.events_recheck_seconds
        checked, delay = time.monotonic(), random.random() * SPREAD_SECONDS
        while True:
            left = self._seconds_left()
            if left <= 0:
                raise Problem(401, "TokenExpired", "The token has expired: reconnect with a new one.")
            await ring.wait(position, min(left, max(0.0, checked + recheck - time.monotonic())))
            await asyncio.sleep(delay)
            if time.monotonic() >= checked + recheck or self._name_new_namespace(ring.since(position)):
                visible = self.visible
                await self.check_rights()
                checked = time.monotonic()
                if self.visible != visible:
                    yield self._snapshot()
            events = ring.since(position)
            for start in range(0, len(events), CHUNK_EVENTS):
                part = events[start : start + CHUNK_EVENTS]
                if chunk := b"".join([event.encoded for event in part if self._concerns(event)]):
                    yield chunk
            position += len(events)
            if ring.is_stopping:
                raise Problem(503, "Stopping", "The server stops: reconnect, and the stream continues or begins anew.")

    def _name_new_namespace(self, events: Iterable[Event]) -> bool:
        """Return whether events are of a namespace that had no job or queue when the rights were checked."""
        return not self.requested and any(event.key[0] not in self.among for event in events)

    def _snapshot(self) -> bytes:
        return snapshot(self.services.live, self.visible, self.job, self.services.settings.snapshot_jobs)

    def _seconds_left(self) -> float:
        expires = self.user.expires_at
        return (expires - datetime.now(UTC)).total_seconds() if expires else 3600.0

    def _concerns(self, event: Event) -> bool:
        namespace, name = event.key
        if namespace not in self.visible:
            return False
        return self.job is None or (event.name in ("job", "deleted") and name == self.job)


def _bye(code: str, detail: str) -> bytes:
    return b"event: bye\ndata: %b\n\n" % orjson.dumps({"code": code, "detail": detail})
