"""The rules of admission in their simplest form: sort and add up everything each time."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ifcjob.ifcqueue import IfcQueueSpec
from ifcjob_backends.cluster.objects import Key
from ifcjob_operator.queueing.admission_queue import PendingJob, ResourceRequest, capacity_of


@dataclass
class NaiveQueue:
    """One queue, with fewer jobs than MAX_BACKFILL_CANDIDATES."""

    spec: IfcQueueSpec | None = None
    pending: dict[Key, PendingJob] = field(default_factory=dict)
    active: dict[Key, ResourceRequest] = field(default_factory=dict)
    granted: set[Key] = field(default_factory=set)
    first_since: dict[Key, datetime] = field(default_factory=dict)

    @property
    def oversized(self) -> set[Key]:
        """Return the jobs that request more than the whole budget."""
        return {
            key
            for key, job in self.pending.items()
            if self.spec and not capacity_of(self.spec.budget).fits(job.request)
        }

    @property
    def oldest_pending_at(self) -> datetime | None:
        """Return the creation time of the oldest pending job."""
        return min((job.created_at for job in self.pending.values()), default=None)

    @property
    def slots(self) -> int:
        """Return how many jobs may be active."""
        limits = [limit for limit in (self.spec.slots, self.spec.max_slots) if limit is not None] if self.spec else [0]
        return min(limits)

    def set_pending(self, job: PendingJob) -> None:
        """Add a pending job, unless it was granted its request and its queue does not drain."""
        is_draining = self.spec is not None and self.spec.stop_policy == "HoldAndDrain"
        keeps = job.key in self.granted and self.active[job.key] == job.request and not is_draining
        if not keeps and self.pending.get(job.key) != job:
            self.remove(job.key)
            self.pending[job.key] = job

    def set_active(self, key: Key, request: ResourceRequest) -> None:
        """Count a job as active."""
        self.remove(key)
        self.active[key] = request

    def remove(self, key: Key) -> None:
        """Remove a job."""
        self.pending.pop(key, None)
        self.active.pop(key, None)
        self.granted.discard(key)
        self.first_since.pop(key, None)

    def admit(self, now: datetime, backfill_timeout: timedelta) -> list[Key]:
        """Grant free slots."""
        admitted: list[Key] = []
        if self.spec is None or self.spec.stop_policy != "None":
            return admitted
        capacity, is_first = capacity_of(self.spec.budget), True
        for job in sorted(self.pending.values(), key=lambda job: job.order):
            if len(self.active) >= self.slots:
                break
            if not capacity.fits(job.request):
                continue
            if capacity.fits(sum((request for request in self.active.values()), ResourceRequest(0, 0)) + job.request):
                self.set_active(job.key, job.request)
                self.granted.add(job.key)
                admitted.append(job.key)
                continue
            if is_first:
                self.first_since.setdefault(job.key, now)
                is_first = False
            if job.key in self.first_since and now - self.first_since[job.key] >= backfill_timeout:
                break
        return admitted
