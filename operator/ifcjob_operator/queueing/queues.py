"""Every queue with its jobs, kept up to date job by job; nothing here scans all of them."""

from datetime import datetime, timedelta

from ifcjob.ifcqueue import IfcQueue, IfcQueueStatus
from ifcjob.labels import QUEUE_LABEL
from ifcjob.resource import IfcJob, Resources
from ifcjob.status import Condition
from ifcjob_operator.queueing.admission_queue import Key, Line, Waiting, need_of, order_of, room_of
from ifcjob_operator.queueing.slot_demand import SlotDemand


class Queues:
    """The lines of all queues, by namespace and name."""

    def __init__(self, patience: timedelta) -> None:
        """`patience`: how long a job that does not fit lets smaller ones pass."""
        self._patience = patience
        self._lines: dict[Key, Line] = {}
        self._queue_of: dict[Key, Key] = {}
        self._seen: dict[Key, IfcQueue] = {}
        self._changed: set[Key] = set()
        """Lines in which something may be admitted."""
        self.stale: set[Key] = set()
        """Queues whose status may have changed; the one who writes it clears it."""

    def put(self, ifcjob: IfcJob, demand: SlotDemand, memory_limit: str | None) -> None:
        """Note how a job stands to its queue; one that was granted a slot keeps it until it is said to hold it."""
        key = (ifcjob.metadata.namespace, ifcjob.metadata.name)
        queue = (ifcjob.metadata.namespace, ifcjob.spec.queue)
        former = self._queue_of.get(key)
        if demand is SlotDemand.NONE or (former is not None and former != queue):
            self.remove(key)
        if demand is SlotDemand.NONE:
            return
        self._queue_of[key] = queue
        line = self._lines.setdefault(queue, Line())
        need = need_of(ifcjob.spec.resources, memory_limit)
        if demand is SlotDemand.ACTIVE:
            is_news = line.hold(key, need)
        else:
            is_news = line.wait(Waiting(key, order_of(ifcjob), need))
        if is_news:
            self._changed.add(queue)
            self.stale.add(queue)

    def remove(self, key: Key) -> None:
        """Forget a job."""
        queue = self._queue_of.pop(key, None)
        if queue is None:
            return
        self._lines[queue].leave(key)
        self._changed.add(queue)
        self.stale.add(queue)
        self._tidy(queue)

    def put_queue(self, queue: IfcQueue) -> bool:
        """Take in an IfcQueue; True when its jobs must look at it again: new, or with another policy or budget.

        A version older than the known one changes nothing.
        """
        key = (queue.metadata.namespace, queue.metadata.name)
        former = self._seen.get(key)
        if former is not None and former.metadata.uid == queue.metadata.uid and _version(former) > _version(queue):
            return False
        self._seen[key] = queue
        line = self._lines.setdefault(key, Line())
        if line.spec != queue.spec:
            line.follow(queue.spec)
            self._changed.add(key)
        self.stale.add(key)
        return former is None or _ways(former) != _ways(queue)

    def remove_queue(self, key: Key) -> None:
        """Forget an IfcQueue; its waiting jobs wait for a new one."""
        self._seen.pop(key, None)
        if (line := self._lines.get(key)) is not None:
            line.follow(None)
            self._tidy(key)

    def admit(self, now: datetime) -> list[Key]:
        """Give free slots away and return who got one."""
        changed, self._changed = self._changed, set()
        admitted: list[Key] = []
        for queue in changed & self._lines.keys():
            if granted := self._lines[queue].admit(now, self._patience):
                self.stale.add(queue)
                admitted += granted
        return admitted

    def look_again(self) -> None:
        """Let time count: a job that did not fit may have waited long enough by now."""
        self._changed |= {key for key, line in self._lines.items() if line.waiting and line.spec is not None}

    def is_admitted(self, key: Key) -> bool:
        """Tell whether a job has been granted a slot."""
        queue = self._queue_of.get(key)
        return queue is not None and key in self._lines[queue].active

    def seen(self, queue: Key) -> IfcQueue | None:
        """Return the newest version of an IfcQueue we know."""
        return self._seen.get(queue)

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

    def too_large(self, queue: Key, resources: Resources, memory_limit: str | None) -> str | None:
        """Say why a job can never be admitted, if so."""
        if (found := self._seen.get(queue)) is None:
            return None
        need, budget, room = need_of(resources, memory_limit), found.spec.budget, room_of(found.spec.budget)
        if room.holds(need):
            return None
        asked = f"{resources.cpu} CPUs and {memory_limit} of memory"
        allowed = f"{budget.cpu or 'any number of'} CPUs and {budget.memory or 'any amount'} of memory"
        return f"it requests {asked}; the whole budget of queue {queue[1]} is {allowed}"

    def _tidy(self, queue: Key) -> None:
        if queue not in self._seen and self._lines[queue].is_empty:
            del self._lines[queue]

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
            slots=line.slots,
            selector=f"{QUEUE_LABEL}={queue[1]}",
            pending=pending,
            active=active,
            demand=pending + active,
            oldest_pending_at=line.oldest(),
            conditions=[condition],
        )


def _version(queue: IfcQueue) -> int:
    return int(queue.metadata.resource_version or 0)


def _ways(queue: IfcQueue) -> tuple[object, ...]:
    return queue.spec.stop_policy, queue.spec.budget


def _activity(line: Line, queue: IfcQueue) -> tuple[bool, str, str]:
    if queue.spec.stop_policy != "None":
        return False, queue.spec.stop_policy, f"spec.stopPolicy is {queue.spec.stop_policy}"
    if line.slots == 0:
        return False, "NoSlots", f"spec.{'slots' if queue.spec.slots == 0 else 'maxSlots'} is 0"
    if line.oversized:
        first, *others = sorted(name for _, name in line.oversized)
        who = f"{first} and {len(others)} more request" if others else f"{first} requests"
        return True, "JobExceedsBudget", f"{who} more than the whole budget"
    return True, "Admitting", f"{len(line.active)} of {line.slots} slots are taken"
