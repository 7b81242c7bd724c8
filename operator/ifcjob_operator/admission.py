"""Pure: which waiting jobs of one queue may start: by priority, then age; small ones pass a large one for a while.

Without a budget every slot is filled. With one, a job that does not fit lets smaller ones behind it pass until it has
been first in line for the queue's patience; then room is kept for it. One larger than the whole budget blocks nobody.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ifcjob.quantity import amount, as_bytes
from ifcjob.queue import IfcQueueSpec
from ifcjob.resource import IfcJob

Key = tuple[str, str]
Order = tuple[int, datetime, str]
"""The smallest goes first: negated priority, creation time, name."""

LOOK_BEHIND = 100
"""How many jobs behind one that does not fit are tried; more would cost time and fill no slot more."""


@dataclass(frozen=True)
class Need:
    """What a job requests."""

    cpu: float
    memory_bytes: int


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


@dataclass
class Line:
    """The jobs of one queue: those that wait, in order, and those that hold a slot."""

    spec: IfcQueueSpec | None = None
    """None: there is no such queue, and nothing is admitted."""
    waiting: dict[Key, Waiting] = field(default_factory=dict)
    active: dict[Key, Need] = field(default_factory=dict)
    oversized: dict[Key, Need] = field(default_factory=dict)
    """Waiting jobs that the whole budget would not hold."""
    _heap: list[tuple[Order, Key]] = field(default_factory=list)
    _ages: list[tuple[datetime, Key]] = field(default_factory=list)
    _head: Key | None = None
    _head_since: datetime | None = None

    @property
    def slots(self) -> int:
        """Return how many jobs may hold a slot."""
        if self.spec is None or self.spec.stop_policy != "None":
            return 0
        most = self.spec.max_slots
        return self.spec.slots if most is None else min(self.spec.slots, most)

    def wait(self, job: Waiting) -> None:
        """Put a job in line, or move it."""
        if self.waiting.get(job.key) == job:
            return
        self.waiting[job.key] = job
        heapq.heappush(self._heap, (job.order, job.key))
        heapq.heappush(self._ages, (job.created_at, job.key))

    def hold(self, key: Key, need: Need) -> None:
        """Count a job as holding a slot."""
        self._leave_line(key)
        self.active[key] = need

    def leave(self, key: Key) -> bool:
        """Forget a job; True when that frees a slot."""
        self._leave_line(key)
        return self.active.pop(key, None) is not None

    def oldest(self) -> datetime | None:
        """Return the creation time of the job that has waited longest."""
        while self._ages:
            created, key = self._ages[0]
            if (job := self.waiting.get(key)) is not None and job.created_at == created:
                return created
            heapq.heappop(self._ages)
        return None

    def admit(self, now: datetime, patience: timedelta) -> list[Key]:
        """Give free slots to waiting jobs and return which got one."""
        if self.spec is None:
            return []
        admitted: list[Key] = []
        passed: list[Waiting] = []
        for job in self._in_order():
            if len(self.active) >= self.slots or len(passed) > LOOK_BEHIND:
                passed.append(job)
                break
            if self._is_oversized(job.need):
                self.oversized[job.key] = job.need
                passed.append(job)
                continue
            self.oversized.pop(job.key, None)
            if self._fits(job.need):
                admitted.append(job.key)
                self.hold(job.key, job.need)
                continue
            passed.append(job)
            if self._has_waited_first(job.key, now, patience):
                break
        for job in passed:
            heapq.heappush(self._heap, (job.order, job.key))
        return admitted

    def _in_order(self) -> Iterator[Waiting]:
        """Take the waiting jobs off the heap, first in line first; entries that are out of date fall away."""
        while self._heap:
            order, key = heapq.heappop(self._heap)
            job = self.waiting.get(key)
            if job is not None and job.order == order:
                yield job

    def _has_waited_first(self, key: Key, now: datetime, patience: timedelta) -> bool:
        """Tell whether the first job that does not fit has been that for too long."""
        if self._head is None or self._head not in self.waiting or self._head_since is None:
            self._head, self._head_since = key, now
        return self._head == key and now - self._head_since >= patience

    def _fits(self, need: Need) -> bool:
        assert self.spec is not None
        budget = self.spec.budget
        if budget.cpu is not None and sum(one.cpu for one in self.active.values()) + need.cpu > amount(budget.cpu):
            return False
        used = sum(one.memory_bytes for one in self.active.values()) if budget.memory is not None else 0
        return budget.memory is None or used + need.memory_bytes <= as_bytes(budget.memory)

    def _is_oversized(self, need: Need) -> bool:
        assert self.spec is not None
        budget = self.spec.budget
        over_cpu = budget.cpu is not None and need.cpu > amount(budget.cpu)
        return over_cpu or (budget.memory is not None and need.memory_bytes > as_bytes(budget.memory))

    def _leave_line(self, key: Key) -> None:
        self.waiting.pop(key, None)
        self.oversized.pop(key, None)
        if self._head == key:
            self._head = self._head_since = None
