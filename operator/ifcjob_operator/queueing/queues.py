"""Pure: all queues with their jobs, updated job by job; nothing here scans all jobs."""

from datetime import datetime, timedelta
from typing import Literal

from ifcjob.ifcqueue import IfcQueue, IfcQueueStatus
from ifcjob.labels import QUEUE_LABEL
from ifcjob.notifications import Notification
from ifcjob.pod_options import PodDefaults
from ifcjob.quantity import byte_quantity
from ifcjob.resource import IfcJob, Resources
from ifcjob.status import Condition
from ifcjob_backends.cluster.objects import Key
from ifcjob_operator.queueing.admission_queue import AdmissionQueue, PendingJob, capacity_of, order_of, request_of
from ifcjob_operator.queueing.slot_demand import SlotDemand


class Queues:
    """The admission queues, by namespace and name."""

    def __init__(self, backfill_timeout: timedelta, pod_defaults: PodDefaults | None = None) -> None:
        """`backfill_timeout`: how long smaller jobs may pass one that does not fit; `pod_defaults`: the operator's."""
        self._backfill_timeout = backfill_timeout
        self._pod_defaults = () if pod_defaults is None else (pod_defaults,)
        self._admission_queues: dict[Key, AdmissionQueue] = {}
        self._jobs: dict[Key, tuple[Key, str]] = {}
        """The queue and the uid of each job: one that is created again under its name starts without a slot."""
        self._ifcqueues: dict[Key, IfcQueue] = {}
        self._changed: set[Key] = set()
        """Admission queues in which a job may be admitted now."""
        self.stale: set[Key] = set()
        """Queues whose status may have changed; the status writer clears it."""

    def put(self, ifcjob: IfcJob, demand: SlotDemand, memory_bytes: int | None, cpu: str = "") -> None:
        """Update a job's demand; a job that was just granted a slot keeps it while its status still says pending.

        `cpu`: the limit of an attempt that is under way: the default of the queue may have changed since.
        """
        key = (ifcjob.metadata.namespace, ifcjob.metadata.name)
        queue = (ifcjob.metadata.namespace, ifcjob.spec.queue)
        job = (queue, ifcjob.metadata.uid)
        if demand is SlotDemand.NONE or self._jobs.get(key, job) != job:
            self.remove(key)
        if demand is SlotDemand.NONE:
            return
        self._jobs[key] = job
        admission = self._admission_queues.setdefault(queue, AdmissionQueue())
        resources = ifcjob.spec.resources
        request = request_of(resources.model_copy(update={"cpu": cpu}) if cpu else resources, memory_bytes)
        if demand is SlotDemand.ACTIVE:
            has_changed = admission.set_active(key, request)
        else:
            has_changed = admission.set_pending(PendingJob(key, order_of(ifcjob), request))
        if has_changed:
            self._changed.add(queue)
            self.stale.add(queue)

    def remove_earlier(self, key: Key, uid: str) -> None:
        """Remove the job of this name unless it has this uid."""
        if key in self._jobs and self._jobs[key][1] != uid:
            self.remove(key)

    def remove(self, key: Key) -> None:
        """Remove a job."""
        if key not in self._jobs:
            return
        queue, _ = self._jobs.pop(key)
        self._admission_queues[queue].remove(key)
        self._changed.add(queue)
        self.stale.add(queue)
        self._drop_if_unused(queue)

    def put_queue(self, queue: IfcQueue) -> bool:
        """Add or update an IfcQueue; True when its jobs must be reconciled.

        That is when it is new, or its policy, budget or pod defaults changed.
        A version older than the known one changes nothing.
        """
        key = (queue.metadata.namespace, queue.metadata.name)
        known = self._ifcqueues.get(key)
        if known is not None and known.metadata.uid == queue.metadata.uid and _version(known) > _version(queue):
            return False
        self._ifcqueues[key] = queue
        admission = self._admission_queues.setdefault(key, AdmissionQueue())
        if admission.spec != queue.spec:
            admission.set_spec(queue.spec)
            self._changed.add(key)
        self.stale.add(key)
        return known is None or _admission_fields(known) != _admission_fields(queue)

    def notifications_of(self, ifcjob: IfcJob) -> list[Notification]:
        """Return the notifications of a job: its own, and those of its queue that select it."""
        own = ifcjob.spec.notifications
        queue = self._ifcqueues.get((ifcjob.metadata.namespace, ifcjob.spec.queue))
        if queue is None or not queue.spec.notifications:
            return own
        labels = ifcjob.metadata.labels
        return own + [notification for notification in queue.spec.notifications if notification.selects(labels)]

    def remove_queue(self, key: Key) -> None:
        """Remove an IfcQueue; its pending jobs wait for a new one."""
        self._ifcqueues.pop(key, None)
        if (admission := self._admission_queues.get(key)) is not None:
            admission.set_spec(None)
            self._drop_if_unused(key)

    def admit(self, now: datetime) -> list[Key]:
        """Grant free slots and return the keys of the admitted jobs."""
        changed, self._changed = self._changed, set()
        admitted: list[Key] = []
        for queue in changed & self._admission_queues.keys():
            if granted := self._admission_queues[queue].admit(now, self._backfill_timeout):
                self.stale.add(queue)
                admitted += granted
        return admitted

    def recheck_backfill(self) -> None:
        """Re-evaluate backfill deadlines at the next `admit`."""
        self._changed |= {
            key for key, admission in self._admission_queues.items() if admission.pending and admission.spec is not None
        }

    def is_admitted(self, key: Key, uid: str) -> bool:
        """Whether the job with this uid has been granted a slot, and not an earlier one of its name."""
        if key not in self._jobs:
            return False
        queue, known_uid = self._jobs[key]
        return known_uid == uid and key in self._admission_queues[queue].active

    def seen(self, queue: Key) -> IfcQueue | None:
        """Return the newest known version of an IfcQueue."""
        return self._ifcqueues.get(queue)

    def exists(self, queue: Key) -> bool:
        """Whether an IfcQueue exists."""
        return queue in self._ifcqueues

    def admits(self, queue: Key) -> bool:
        """Whether an IfcQueue exists, is not held, and has slots, free ones or not."""
        admission = self._admission_queues.get(queue)
        return admission is not None and admission.starts_jobs

    def is_draining(self, queue: Key) -> bool:
        """Whether running attempts of a queue must stop."""
        known = self._ifcqueues.get(queue)
        return known is not None and known.spec.stop_policy == "HoldAndDrain"

    def pod_defaults(self, queue: Key) -> tuple[PodDefaults, ...]:
        """Return the defaults of runner pods that apply in a queue; the last one wins."""
        known = self._ifcqueues.get(queue)
        return self._pod_defaults if known is None else (*self._pod_defaults, known.spec.pod_defaults)

    def jobs_of(self, queue: Key) -> list[Key]:
        """Return the pending and active jobs of a queue."""
        admission = self._admission_queues.get(queue)
        return [*admission.pending, *admission.active] if admission else []

    def names(self) -> list[Key]:
        """Return the keys of all IfcQueues."""
        return list(self._ifcqueues)

    def too_large(self, queue: Key, resources: Resources, memory_bytes: int | None) -> str | None:
        """Explain why a queue can never admit a job; None when it can."""
        if (ifcqueue := self._ifcqueues.get(queue)) is None:
            return None
        budget = ifcqueue.spec.budget
        if capacity_of(budget).fits(request_of(resources, memory_bytes)):
            return None
        memory = byte_quantity(memory_bytes) if memory_bytes else "an unknown amount"
        requested = f"{resources.cpu} CPUs and {memory} of memory"
        allowed = f"{budget.cpu or 'any number of'} CPUs and {budget.memory or 'any amount'} of memory"
        return f"it requests {requested}; the whole budget of queue {queue[1]} is {allowed}"

    def _drop_if_unused(self, queue: Key) -> None:
        if queue not in self._ifcqueues and self._admission_queues[queue].is_empty:
            del self._admission_queues[queue]

    def status_of(self, queue: Key, now: datetime) -> IfcQueueStatus:
        """Return the status of an IfcQueue."""
        admission, ifcqueue = self._admission_queues[queue], self._ifcqueues[queue]
        pending, active = len(admission.pending), len(admission.active)
        status, reason, message = _active_condition(admission, ifcqueue)
        old = next((condition for condition in ifcqueue.status.conditions if condition.type == "Active"), None)
        condition = Condition(
            type="Active",
            status=status,
            reason=reason,
            message=message,
            last_transition_time=old.last_transition_time if old and old.status == status else now,
            observed_generation=ifcqueue.metadata.generation,
        )
        return IfcQueueStatus(
            slots=admission.slots,
            selector=f"{QUEUE_LABEL}={queue[1]}",
            pending=pending,
            active=active,
            demand=pending + active,
            oldest_pending_at=admission.oldest_pending_at(),
            conditions=[condition],
        )


def _version(queue: IfcQueue) -> int:
    return int(queue.metadata.resource_version or 0)


def _admission_fields(queue: IfcQueue) -> tuple[object, ...]:
    return queue.spec.stop_policy, queue.spec.budget, queue.spec.pod_defaults


def _active_condition(admission: AdmissionQueue, queue: IfcQueue) -> tuple[Literal["True", "False"], str, str]:
    """Return status, reason and message of the condition Active."""
    if queue.spec.stop_policy != "None":
        return "False", queue.spec.stop_policy, f"spec.stopPolicy is {queue.spec.stop_policy}"
    if admission.slots == 0:
        return "False", "NoSlots", f"spec.{'slots' if queue.spec.slots == 0 else 'maxSlots'} is 0"
    if admission.oversized:
        first, *others = sorted(name for _, name in admission.oversized)
        subject = f"{first} and {len(others)} more request" if others else f"{first} requests"
        return "True", "JobExceedsBudget", f"{subject} more than the whole budget"
    return "True", "Admitting", f"{len(admission.active)} of {admission.slots} slots are in use"
