"""The rules of admission, told by sorting and adding up everything each time."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ifcjob.ifcqueue import IfcQueueSpec
from ifcjob_operator.queueing.admission_queue import Key, Need, Waiting, room_of


@dataclass
class NaiveLine:
    """One queue; with fewer jobs than are ever looked behind."""

    spec: IfcQueueSpec | None = None
    waiting: dict[Key, Waiting] = field(default_factory=dict)
    active: dict[Key, Need] = field(default_factory=dict)
    granted: set[Key] = field(default_factory=set)
    first_since: dict[Key, datetime] = field(default_factory=dict)

    @property
    def oversized(self) -> set[Key]:
        """Return who needs more than the whole budget."""
        return {key for key, job in self.waiting.items() if self.spec and not room_of(self.spec.budget).holds(job.need)}

    @property
    def oldest(self) -> datetime | None:
        """Return since when the oldest job waits."""
        return min((job.created_at for job in self.waiting.values()), default=None)

    @property
    def slots(self) -> int:
        """Return how many may be active."""
        most = [one for one in (self.spec.slots, self.spec.max_slots) if one is not None] if self.spec else [0]
        return min(most)

    def wait(self, job: Waiting) -> None:
        """Let a job wait, unless it was granted what it waits for and its queue does not drain."""
        is_draining = self.spec is not None and self.spec.stop_policy == "HoldAndDrain"
        keeps = job.key in self.granted and self.active[job.key] == job.need and not is_draining
        if not keeps and self.waiting.get(job.key) != job:
            self.leave(job.key)
            self.waiting[job.key] = job

    def hold(self, key: Key, need: Need) -> None:
        """Count a job as active."""
        self.leave(key)
        self.active[key] = need

    def leave(self, key: Key) -> None:
        """Forget a job."""
        self.waiting.pop(key, None)
        self.active.pop(key, None)
        self.granted.discard(key)
        self.first_since.pop(key, None)

    def admit(self, now: datetime, patience: timedelta) -> list[Key]:
        """Give free slots away."""
        admitted: list[Key] = []
        if self.spec is None or self.spec.stop_policy != "None":
            return admitted
        room, is_first = room_of(self.spec.budget), True
        for job in sorted(self.waiting.values(), key=lambda job: job.order):
            if len(self.active) >= self.slots:
                break
            if not room.holds(job.need):
                continue
            if room.holds(sum((need for need in self.active.values()), Need(0, 0)) + job.need):
                self.hold(job.key, job.need)
                self.granted.add(job.key)
                admitted.append(job.key)
                continue
            if is_first:
                self.first_since.setdefault(job.key, now)
                is_first = False
            if job.key in self.first_since and now - self.first_since[job.key] >= patience:
                break
        return admitted
