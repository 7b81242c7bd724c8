"""Sends what is in the outbox, several events at a time; idle while nothing is due."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol

import structlog

from ifcjob_backends.tasks import end_tasks
from ifcjob_catalog import CatalogOutdated, CatalogUnavailable, Delivery, Tried
from ifcjob_operator import metrics
from ifcjob_operator.notifying.retries import after_error
from ifcjob_operator.repeated import RepeatedWarnings

AT_ONCE = 32
POLL_SECONDS = 60.0
"""How soon deliveries of another process are seen: of another shard that ended, or sent again by the command."""
OUTBOX_RETRY_SECONDS = 5.0

log = structlog.get_logger()


class Outbox(Protocol):
    """The deliveries that wait."""

    async def claim(self, limit: int) -> list[Delivery]:
        """Take deliveries that are due."""

    async def keep(self, delivery: Delivery, tried: Tried) -> None:
        """Keep the result of a try."""

    async def next_due(self) -> datetime | None:
        """Return when the next delivery is due, or None."""

    async def count_given_up(self) -> int:
        """Return how many were given up."""


class Posts(Protocol):
    """The way to the receivers."""

    async def post(self, delivery: Delivery) -> Tried:
        """Try a delivery once."""


class Sender:
    """Takes deliveries from the outbox, posts them and keeps the results."""

    def __init__(self, outbox: Outbox, poster: Posts, poll_seconds: float | None = POLL_SECONDS) -> None:
        """`poll_seconds`: None without allowed hosts, because then only `wake` can mean work."""
        self._outbox, self._poster, self._poll_seconds = outbox, poster, poll_seconds
        self._changed = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._warnings = RepeatedWarnings()

    def wake(self) -> None:
        """Look at the outbox soon."""
        self._changed.set()

    async def run(self) -> None:
        """Send until cancelled."""
        try:
            while True:
                wait = await self._send_due()
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._changed.wait()
        finally:
            await end_tasks(self._running)

    async def _send_due(self) -> float | None:
        """Start what is due and return the seconds until the next look; None: wait for `wake`."""
        self._changed.clear()
        try:
            if free := AT_ONCE - len(self._running):
                for delivery in await self._outbox.claim(free):
                    self._start(delivery)
            metrics.NOTIFICATIONS_GIVEN_UP.set(await self._outbox.count_given_up())
            due = await self._outbox.next_due()
        except (CatalogUnavailable, CatalogOutdated) as error:
            self._warnings.warn("", "notifications delayed", str(error), again_in=OUTBOX_RETRY_SECONDS)
            return OUTBOX_RETRY_SECONDS
        if len(self._running) >= AT_ONCE or due is None:
            return self._poll_seconds  # the end of a task wakes
        seconds = max(0.0, (due - datetime.now(UTC)).total_seconds())
        return seconds if self._poll_seconds is None else min(seconds, self._poll_seconds)

    def _start(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._send(delivery), name="notification")
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._changed.set()

    async def _send(self, delivery: Delivery) -> None:
        try:
            tried = await self._poster.post(delivery)
        except Exception as error:  # whatever is wrong with one event must not have it sent without end
            log.exception("notification not sent", id=delivery.id)
            tried = after_error(delivery, f"internal error: {type(error).__name__}", datetime.now(UTC))
        result = "delivered" if tried.error is None else "failed" if tried.retry_at else "given_up"
        metrics.NOTIFICATIONS.labels(result).inc()
        if tried.error is not None:
            fields = {"result": result, "id": delivery.id, "url": delivery.url, "error": tried.error}
            log.warning("notification not delivered", **fields)
        try:
            await self._outbox.keep(delivery, tried)
        except (CatalogUnavailable, CatalogOutdated) as error:  # its claim ends, and it is sent again
            self._warnings.warn("", "notifications delayed", str(error))
