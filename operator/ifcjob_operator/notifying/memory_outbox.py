"""The outbox of an operator without a catalog: what is waiting is lost when the process ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ifcjob_catalog import Delivery, Tried

MAX_WAITING = 10_000
CLAIM = timedelta(seconds=90)

Identity = tuple[str, str]


class OutboxFull(Exception):
    """Too many deliveries wait in memory."""


class MemoryOutbox:
    """Deliveries by event and URL, with the time of the next try."""

    def __init__(self) -> None:
        self._waiting: dict[Identity, tuple[datetime, Delivery]] = {}
        self._given_up = 0

    def add(self, deliveries: list[Delivery]) -> None:
        """Make deliveries due; OutboxFull when there are too many."""
        if len(self._waiting) + len(deliveries) > MAX_WAITING:
            raise OutboxFull(f"{len(self._waiting)} notifications wait in memory")
        now = datetime.now(UTC)
        self._waiting |= {(delivery.id, delivery.url): (now, delivery) for delivery in deliveries}

    async def claim(self, limit: int) -> list[Delivery]:
        """Take deliveries that are due, in the order of their times."""
        now = datetime.now(UTC)
        due = sorted((entry for entry in self._waiting.values() if entry[0] <= now), key=lambda entry: entry[0])[:limit]
        self._waiting |= {(delivery.id, delivery.url): (now + CLAIM, delivery) for _, delivery in due}
        return [delivery for _, delivery in due]

    async def keep(self, delivery: Delivery, tried: Tried) -> None:
        """Keep the result of a try."""
        key = (delivery.id, delivery.url)
        if tried.retry_at is not None:
            self._waiting[key] = (tried.retry_at, replace(delivery, tries=delivery.tries + 1))
            return
        self._waiting.pop(key, None)
        self._given_up += tried.error is not None

    async def next_due(self) -> datetime | None:
        """Return when the next delivery is due, or None."""
        return min((time for time, _ in self._waiting.values()), default=None)

    async def count_given_up(self) -> int:
        """Return how many were given up since the start."""
        return self._given_up
