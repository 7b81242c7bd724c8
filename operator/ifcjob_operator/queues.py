"""Every queue with its jobs, kept up to date job by job; nothing here scans all of them."""

from datetime import datetime, timedelta

from ifcjob.labels import QUEUE_LABEL
from ifcjob.quantity import amount, as_bytes
from ifcjob.queue import IfcQueue, IfcQueueStatus
from ifcjob.resource import IfcJob
from ifcjob.status import Condition
from ifcjob_operator.admission import Key, Line, Need, Waiting, order_of
from ifcjob_operator.standing import Standing


class Queues:
    """The lines of all queues, by namespace and name."""

    def __init__(self, patience: timedelta) -> None:
        """`patience`: how long a job that does not fit lets smaller ones pass."""
        self._patience = patience
        self._lines: dict[Key, Line] = {}
        self._line_of: dict[Key, Key] = {}
        self._seen: dict[Key, IfcQueue] = {}
        self._changed: set[Key] = set()
        """Lines in which something may be admitted."""
        self.stale: set[Key] = set()
        """Queues whose status may have changed; the one who writes it clears it."""

    def put(self, ifcjob: IfcJob, standing: Standing, memory_limit: str | None) -> bool:
        """Note how a job stands to its queue; True when that frees a slot."""
        key = (ifcjob.metadata.namespace, ifcjob.metadata.name)
        queue = (ifcjob.metadata.namespace, ifcjob.spec.queue)
        if standing is Standing.IDLE:
            return self.remove(key)
        line = self._lines.setdefault(queue, Line())
        need = Need(amount(ifcjob.spec.resources.cpu), as_bytes(memory_limit or "0"))
        self._line_of[key] = queue
        if standing is Standing.HOLDING:
            line.hold(key, need)
        elif key not in line.active:  # else it was granted a slot and has not recorded its attempt yet
            line.wait(Waiting(key, order_of(ifcjob), need))
            self._changed.add(queue)
        self.stale.add(queue)
        return False

    def release(self, key: Key) -> None:
        """Take a granted slot back from a job that did not use it; it may wait again."""
        self.remove(key)

    def remove(self, key: Key) -> bool:
        """Forget a job; True when that frees a slot."""
        queue = self._line_of.pop(key, None)
        if queue is None:
            return False
        self.stale.add(queue)
        freed = self._lines[queue].leave(key)
        if freed or self._lines[queue].spec is not None:
            self._changed.add(queue)
        return freed

    def put_queue(self, queue: IfcQueue) -> bool:
        """Take in an IfcQueue; True when its jobs must look at it again: it is new, or stops or drains otherwise."""
        key = (queue.metadata.namespace, queue.metadata.name)
        former, self._seen[key] = self._seen.get(key), queue
        line = self._lines.setdefault(key, Line())
        if line.spec != queue.spec:
            line.spec = queue.spec
            self._changed.add(key)
        self.stale.add(key)
        return former is None or former.spec.stop_policy != queue.spec.stop_policy

    def remove_queue(self, key: Key) -> None:
        """Forget an IfcQueue; its waiting jobs wait for a new one."""
        self._seen.pop(key, None)
        if (line := self._lines.get(key)) is not None:
            line.spec = None

    def admit(self, now: datetime) -> list[Key]:
        """Give free slots away and return who got one."""
        changed, self._changed = self._changed, set()
        admitted: list[Key] = []
        for queue in changed:
            granted = self._lines[queue].admit(now, self._patience)
            if granted:
                self.stale.add(queue)
            admitted += granted
        return admitted

    def look_again(self) -> None:
        """Let time count: a job that did not fit may have waited long enough by now."""
        self._changed |= {key for key, line in self._lines.items() if line.waiting and line.spec is not None}

    def is_admitted(self, key: Key) -> bool:
        """Tell whether a job has been granted a slot."""
        queue = self._line_of.get(key)
        return queue is not None and key in self._lines[queue].active

    def exists(self, queue: Key) -> bool:
        """Tell whether there is such an IfcQueue."""
        return queue in self._seen

    def is_draining(self, queue: Key) -> bool:
        """Tell whether running attempts of a queue must stop."""
        found = self._seen.get(queue)
        return found is not None and found.spec.stop_policy == "HoldAndDrain"

    def jobs_of(self, queue: Key) -> list[Key]:
        """Return the jobs that wait in a queue or hold one of its slots."""
        line = self._lines.get(queue)
        return [*line.waiting, *line.active] if line else []

    def names(self) -> list[Key]:
        """Return the IfcQueues there are."""
        return list(self._seen)

    def too_large(self, key: Key) -> str | None:
        """Say why a job can never be admitted, if so."""
        queue = self._line_of.get(key)
        line = self._lines[queue] if queue else None
        if queue is None or line is None or line.spec is None or key not in line.oversized:
            return None
        need, budget = line.oversized[key], line.spec.budget
        asked = f"{need.cpu:g} CPUs and {need.memory_bytes / 2**20:.0f} MiB"
        allowed = f"{budget.cpu or 'any'} CPUs and {budget.memory or 'any'} memory"
        return f"it requests {asked}; queue {queue[1]} allows {allowed}"

    def status_of(self, queue: Key, now: datetime) -> IfcQueueStatus:
        """Describe a queue."""
        line, found = self._lines[queue], self._seen[queue]
        pending, active = len(line.waiting), len(line.active)
        holds, reason, message = _activity(line, found)
        old = next((one for one in found.status.conditions if one.type == "Active"), None)
        condition = Condition(
            type="Active",
            status="True" if holds else "False",
            reason=reason,
            message=message,
            last_transition_time=old.last_transition_time if old and (old.status == "True") == holds else now,
            observed_generation=found.metadata.generation,
        )
        return IfcQueueStatus(
            slots=found.spec.slots,
            selector=f"{QUEUE_LABEL}={queue[1]}",
            pending=pending,
            active=active,
            demand=pending + active,
            oldest_pending_at=line.oldest(),
            conditions=[condition],
        )


def _activity(line: Line, queue: IfcQueue) -> tuple[bool, str, str]:
    if queue.spec.stop_policy != "None":
        return False, queue.spec.stop_policy, "spec.stopPolicy admits nothing"
    if line.slots == 0:
        return False, "NoSlots", "spec.slots is 0"
    if line.oversized:
        key = min(line.oversized)
        return True, "JobExceedsBudget", f"{len(line.oversized)} jobs need more than the whole budget, such as {key[1]}"
    return True, "Admitting", f"{len(line.active)} of {line.slots} slots are taken"
