"""Pure: which pending jobs of one queue may start: by priority, then age, with backfill.

Without a budget, every slot is filled. With a budget, smaller jobs may pass the first job when it does not fit. After
`backfill_timeout` as the first, nothing passes it. A job larger than the whole budget blocks no other job.
"""

import bisect
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from ifcjob.ifcqueue import Budget, IfcQueueSpec
from ifcjob.quantity import amount, as_bytes
from ifcjob.resource import IfcJob, Resources
from ifcjob_backends.cluster.objects import Key

Order = tuple[int, datetime, str]
"""Negated priority, creation time, name: the smallest goes first."""
Rank = TypeVar("Rank", Order, datetime)

MAX_BACKFILL_CANDIDATES = 100
"""Jobs tried behind the first one that does not fit: bounds the cost of a long queue."""


@dataclass(frozen=True)
class ResourceRequest:
    """The resources of one job; integers, so that adding and subtracting them is exact."""

    millicpus: int
    memory_bytes: int

    def __add__(self, other: "ResourceRequest") -> "ResourceRequest":
        """Return the sum of both requests."""
        return ResourceRequest(self.millicpus + other.millicpus, self.memory_bytes + other.memory_bytes)

    def __sub__(self, other: "ResourceRequest") -> "ResourceRequest":
        """Return the difference of both requests."""
        return ResourceRequest(self.millicpus - other.millicpus, self.memory_bytes - other.memory_bytes)


NOTHING = ResourceRequest(0, 0)


@dataclass(frozen=True)
class Capacity:
    """The resources that jobs may request together; None: no limit."""

    millicpus: int | None = None
    memory_bytes: int | None = None

    def fits(self, request: ResourceRequest) -> bool:
        """Whether a request is within the limits."""
        return (self.millicpus is None or request.millicpus <= self.millicpus) and (
            self.memory_bytes is None or request.memory_bytes <= self.memory_bytes
        )


@dataclass(frozen=True)
class PendingJob:
    """A job that is waiting for a slot."""

    key: Key
    order: Order
    request: ResourceRequest

    @property
    def created_at(self) -> datetime:
        """Return its creation time."""
        return self.order[1]


def order_of(ifcjob: IfcJob) -> Order:
    """Return a job's place in the queue; a retried job keeps its place."""
    created = ifcjob.metadata.creation_timestamp
    assert created is not None, "the API server sets it"
    return -ifcjob.spec.priority, created, ifcjob.metadata.name


def request_of(resources: Resources, memory_bytes: int | None) -> ResourceRequest:
    """Return the request of a job's attempt; its memory counts as 0 until its limit is known."""
    return ResourceRequest(_millicpus(resources.cpu), memory_bytes or 0)


def capacity_of(budget: Budget) -> Capacity:
    """Return a queue's budget as a capacity."""
    return Capacity(
        _millicpus(budget.cpu) if budget.cpu is not None else None,
        as_bytes(budget.memory) if budget.memory is not None else None,
    )


@dataclass
class AdmissionQueue:
    """The pending jobs of one queue, in order, and its active ones, which hold a slot.

    The order is a sorted list: moving a few kilobytes of pointers is cheaper than a smarter structure.
    """

    spec: IfcQueueSpec | None = None
    """None: the IfcQueue does not exist, and nothing is admitted. Only `set_spec` changes it."""
    pending: dict[Key, PendingJob] = field(default_factory=dict)
    active: dict[Key, ResourceRequest] = field(default_factory=dict)
    oversized: set[Key] = field(default_factory=set)
    """Pending jobs that request more than the whole budget; not in `_in_order`."""
    _in_order: list[tuple[Order, Key]] = field(default_factory=list)
    _by_age: list[tuple[datetime, Key]] = field(default_factory=list)
    _granted: set[Key] = field(default_factory=set)
    """Active jobs whose status does not have the attempt yet."""
    _used: ResourceRequest = NOTHING
    _capacity: Capacity = field(default_factory=Capacity)
    _first_since: dict[Key, datetime] = field(default_factory=dict)
    """When a job first was the first in order and did not fit."""

    @property
    def starts_jobs(self) -> bool:
        """Whether it has slots to grant, free ones or not."""
        return self.spec is not None and self.spec.stop_policy == "None" and self.slots > 0

    @property
    def slots(self) -> int:
        """Return how many jobs may be active; 0 without an IfcQueue."""
        if self.spec is None:
            return 0
        max_slots = self.spec.max_slots
        return self.spec.slots if max_slots is None else min(self.spec.slots, max_slots)

    @property
    def is_empty(self) -> bool:
        """Whether it has no jobs."""
        return not self.pending and not self.active

    def set_spec(self, spec: IfcQueueSpec | None) -> None:
        """Apply another spec; active jobs stay active."""
        self.spec = spec
        capacity = capacity_of(spec.budget) if spec else Capacity()
        if capacity != self._capacity:
            self._capacity = capacity
            self.oversized = {key for key, job in self.pending.items() if not capacity.fits(job.request)}
            self._in_order = sorted((job.order, key) for key, job in self.pending.items() if key not in self.oversized)

    def set_pending(self, job: PendingJob) -> bool:
        """Add or update a pending job; False when nothing changes, or when it has just been granted its request."""
        if self.pending.get(job.key) == job:
            return False
        is_draining = self.spec is not None and self.spec.stop_policy == "HoldAndDrain"
        if job.key in self._granted and self.active[job.key] == job.request and not is_draining:
            return False
        self.remove(job.key)
        self.pending[job.key] = job
        bisect.insort(self._by_age, (job.created_at, job.key))
        if self._capacity.fits(job.request):
            bisect.insort(self._in_order, (job.order, job.key))
        else:
            self.oversized.add(job.key)
        return True

    def set_active(self, key: Key, request: ResourceRequest) -> bool:
        """Count a job as active; False when nothing changes."""
        if self.active.get(key) == request:
            self._granted.discard(key)
            return False
        self.remove(key)
        self.active[key] = request
        self._used += request
        return True

    def remove(self, key: Key) -> None:
        """Remove a job."""
        if (job := self.pending.pop(key, None)) is not None:
            _remove_sorted(self._by_age, (job.created_at, key))
            if key in self.oversized:
                self.oversized.remove(key)
            else:
                _remove_sorted(self._in_order, (job.order, key))
            self._first_since.pop(key, None)
        if (request := self.active.pop(key, None)) is not None:
            self._used -= request
            self._granted.discard(key)

    def oldest_pending_at(self) -> datetime | None:
        """Return the creation time of the oldest pending job."""
        return self._by_age[0][0] if self._by_age else None

    def admit(self, now: datetime, backfill_timeout: timedelta) -> list[Key]:
        """Grant free slots to pending jobs and return the keys of these jobs."""
        free = self.slots - len(self.active)
        if not self.starts_jobs or free <= 0:
            return []
        admitted: list[Key] = []
        passed = 0
        for _, key in self._in_order[: free + MAX_BACKFILL_CANDIDATES + 1]:
            if len(admitted) == free or passed > MAX_BACKFILL_CANDIDATES:
                break
            request = self.pending[key].request
            if self._capacity.fits(self._used + request):
                self.set_active(key, request)
                self._granted.add(key)
                admitted.append(key)
                continue
            if not passed:
                self._first_since.setdefault(key, now)
            passed += 1
            if now - self._first_since.get(key, now) >= backfill_timeout:
                break
        return admitted


def _millicpus(quantity: str) -> int:
    return round(amount(quantity) * 1000)


def _remove_sorted(ranked: list[tuple[Rank, Key]], item: tuple[Rank, Key]) -> None:
    del ranked[bisect.bisect_left(ranked, item)]
