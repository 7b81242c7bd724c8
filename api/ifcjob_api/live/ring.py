"""Numbered events in a bounded ring: subscribers read from their position, so that none of them costs memory."""

import asyncio
import secrets
from collections import deque
from dataclasses import dataclass
from typing import Literal

from ifcjob_backends.cluster.objects import Key

EventName = Literal["job", "deleted", "queue", "queueDeleted"]
COALESCED_SECONDS = 0.4
"""Changes of one object within this time are one event."""


@dataclass(frozen=True, slots=True)
class Event:
    """One change."""

    number: int
    name: EventName
    key: Key
    encoded: bytes
    """The event as it is sent."""


class TooSlow(Exception):
    """The ring no longer holds a subscriber's next event."""


class Ring:
    """The last events of this replica."""

    def __init__(self, kept: int = 10_000) -> None:
        self.epoch = secrets.token_hex(4)
        """Differs per replica and start: another one's numbers mean other events."""
        self.kept = kept
        self._events: deque[Event] = deque(maxlen=kept)
        self._pending: dict[tuple[bool, Key], tuple[EventName, bytes]] = {}
        self._next = 1
        self._published = asyncio.Event()
        self._flushing: asyncio.TimerHandle | None = None
        self.is_stopping = False
        """Whether the subscribers have to leave."""

    @property
    def position(self) -> int:
        """Return the number of the next event."""
        return self._next

    def publish(self, name: EventName, key: Key, data: bytes) -> None:
        """Publish a change soon; it replaces an earlier one of the same object that is not published yet."""
        self._pending[name in ("job", "deleted"), key] = name, data
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().call_later(COALESCED_SECONDS, self.flush)

    def flush(self) -> None:
        """Publish the pending changes."""
        self._flushing = None
        for (_, key), (name, data) in self._pending.items():
            parts = self.event_id(self._next).encode(), name.encode(), data
            self._events.append(Event(self._next, name, key, b"id: %b\nevent: %b\ndata: %b\n\n" % parts))
            self._next += 1
        self._pending.clear()
        self._published.set()
        self._published = asyncio.Event()

    def stop(self) -> None:
        """Publish the last changes, and let the subscribers leave."""
        if not self.is_stopping:
            self.is_stopping = True
            self.flush()

    def since(self, position: int) -> list[Event]:
        """Return the events from a position on; TooSlow if some of them are gone."""
        count = self._next - position
        if count > len(self._events):
            raise TooSlow
        # From the end, where access to a deque is fast.
        return [self._events[place] for place in range(-count, 0)]

    async def wait(self, position: int, seconds: float) -> None:
        """Wait until there is an event at a position, or until the time is over."""
        if position >= self._next and not self.is_stopping:
            published = self._published
            try:
                async with asyncio.timeout(seconds):
                    await published.wait()
            except TimeoutError:
                return

    def event_id(self, number: int) -> str:
        """Return the id of an event for `Last-Event-ID`."""
        return f"{self.epoch}-{number}"

    def position_after(self, event_id: str) -> int | None:
        """Return the position after an event of this ring that is still followed by all its successors, else None."""
        epoch, _, number = event_id.rpartition("-")
        if epoch != self.epoch or not number.isdecimal() or len(number) > 18:
            return None
        position = int(number) + 1
        return position if self._next - len(self._events) <= position <= self._next else None
