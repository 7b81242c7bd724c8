"""Pure: which waiting jobs of one queue may start: by priority, then age; small ones pass a large one for a while.

Without a budget every slot is filled. With one, a job that does not fit lets smaller ones behind it pass until it has
been first in line for the queue's patience; then room is kept for it. One larger than the whole budget blocks nobody.
"""

import bisect
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from ifcjob.ifcqueue import Budget, IfcQueueSpec
from ifcjob.quantity import amount, as_bytes
from ifcjob.resource import IfcJob, Resources

Key = tuple[str, str]
Order = tuple[int, datetime, str]
"""The smallest goes first: negated priority, creation time, name."""
Rank = TypeVar("Rank", Order, datetime)

LOOK_BEHIND = 100
"""How many jobs behind one that does not fit are tried, so that a long line costs no more than a short one."""


@dataclass(frozen=True)
class Need:
    """What a job requests; whole numbers, since they are added and taken away again."""

    millicpus: int
    memory_bytes: int

    def __add__(self, other: "Need") -> "Need":
        """Return what both request."""
        return Need(self.millicpus + other.millicpus, self.memory_bytes + other.memory_bytes)

    def __sub__(self, other: "Need") -> "Need":
        """Return what is left without the other."""
        return Need(self.millicpus - other.millicpus, self.memory_bytes - other.memory_bytes)


NOTHING = Need(0, 0)


@dataclass(frozen=True)
class Room:
    """What may be requested together; None: no limit."""

    millicpus: int | None = None
    memory_bytes: int | None = None

    def holds(self, need: Need) -> bool:
        """Tell whether that much may be requested."""
        return (self.millicpus is None or need.millicpus <= self.millicpus) and (
            self.memory_bytes is None or need.memory_bytes <= self.memory_bytes
        )


@dataclass(frozen=True)
class Waiting:
    """A job that waits for a slot."""

    key: Key
    order: Order
    need: Need

    @property
    def created_at(self) -> datetime:
        """Return how old it is."""
        return self.order[1]


def order_of(ifcjob: IfcJob) -> Order:
    """Return a job's place in line; a retried one keeps its own."""
    created = ifcjob.metadata.creation_timestamp
    assert created is not None, "the API server sets it"
    return -ifcjob.spec.priority, created, ifcjob.metadata.name


def need_of(resources: Resources, memory_limit: str | None) -> Need:
    """Return what a job's next attempt requests; no memory while nobody knows how much."""
    return Need(_millicpus(resources.cpu), as_bytes(memory_limit or "0"))


def room_of(budget: Budget) -> Room:
    """Return a budget as numbers."""
    return Room(
        _millicpus(budget.cpu) if budget.cpu is not None else None,
        as_bytes(budget.memory) if budget.memory is not None else None,
    )


@dataclass
class Line:
    """The jobs of one queue: those that wait, in order, and those that hold a slot.

    The order is a sorted list: moving some kilobytes of pointers is cheaper than anything cleverer.
    """

    spec: IfcQueueSpec | None = None
    """None: there is no such queue, and nothing is admitted. Changed by `follow` alone."""
    waiting: dict[Key, Waiting] = field(default_factory=dict)
    active: dict[Key, Need] = field(default_factory=dict)
    oversized: set[Key] = field(default_factory=set)
    """Waiting jobs that the whole budget would not hold; not in line."""
    _in_line: list[tuple[Order, Key]] = field(default_factory=list)
    _by_age: list[tuple[datetime, Key]] = field(default_factory=list)
    _granted: set[Key] = field(default_factory=set)
    """Active jobs that have not yet recorded an attempt."""
    _used: Need = NOTHING
    _room: Room = field(default_factory=Room)
    _first_since: dict[Key, datetime] = field(default_factory=dict)
    """When a job was first in line for the first time, and did not fit."""

    @property
    def slots(self) -> int:
        """Return how many jobs may hold a slot, if any may start at all."""
        if self.spec is None:
            return 0
        most = self.spec.max_slots
        return self.spec.slots if most is None else min(self.spec.slots, most)

    @property
    def is_empty(self) -> bool:
        """Whether nobody waits or runs."""
        return not self.waiting and not self.active

    def follow(self, spec: IfcQueueSpec | None) -> None:
        """Go by another spec; who is active stays so."""
        self.spec = spec
        room = room_of(spec.budget) if spec else Room()
        if room != self._room:
            self._room = room
            self.oversized = {key for key, job in self.waiting.items() if not room.holds(job.need)}
            self._in_line = sorted((job.order, key) for key, job in self.waiting.items() if key not in self.oversized)

    def wait(self, job: Waiting) -> bool:
        """Put a job in line; False when that is no news, or when it has been granted what it waits for."""
        if self.waiting.get(job.key) == job:
            return False
        is_draining = self.spec is not None and self.spec.stop_policy == "HoldAndDrain"
        if job.key in self._granted and self.active[job.key] == job.need and not is_draining:
            return False
        self.leave(job.key)
        self.waiting[job.key] = job
        bisect.insort(self._by_age, (job.created_at, job.key))
        if self._room.holds(job.need):
            bisect.insort(self._in_line, (job.order, job.key))
        else:
            self.oversized.add(job.key)
        return True

    def hold(self, key: Key, need: Need) -> bool:
        """Count a job as holding a slot; False when that is no news."""
        if self.active.get(key) == need:
            self._granted.discard(key)
            return False
        self.leave(key)
        self.active[key] = need
        self._used += need
        return True

    def leave(self, key: Key) -> None:
        """Forget a job."""
        if (job := self.waiting.pop(key, None)) is not None:
            _take_out(self._by_age, (job.created_at, key))
            if key in self.oversized:
                self.oversized.remove(key)
            else:
                _take_out(self._in_line, (job.order, key))
            self._first_since.pop(key, None)
        if (need := self.active.pop(key, None)) is not None:
            self._used -= need
            self._granted.discard(key)

    def oldest(self) -> datetime | None:
        """Return the creation time of the job that has waited longest."""
        return self._by_age[0][0] if self._by_age else None

    def admit(self, now: datetime, patience: timedelta) -> list[Key]:
        """Give free slots to waiting jobs and return which got one."""
        free = self.slots - len(self.active)
        if self.spec is None or self.spec.stop_policy != "None" or free <= 0:
            return []
        admitted: list[Key] = []
        passed = 0
        for _, key in self._in_line[: free + LOOK_BEHIND + 1]:
            if len(admitted) == free or passed > LOOK_BEHIND:
                break
            need = self.waiting[key].need
            if self._room.holds(self._used + need):
                self.hold(key, need)
                self._granted.add(key)
                admitted.append(key)
                continue
            if not passed:
                self._first_since.setdefault(key, now)
            passed += 1
            if now - self._first_since.get(key, now) >= patience:
                break
        return admitted


def _millicpus(quantity: str) -> int:
    return round(amount(quantity) * 1000)


def _take_out(ranked: list[tuple[Rank, Key]], one: tuple[Rank, Key]) -> None:
    del ranked[bisect.bisect_left(ranked, one)]
