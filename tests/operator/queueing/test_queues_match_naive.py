"""All queues together, compared with naive queues after random changes."""

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ifcjob_backends.cluster.objects import Key
from ifcjob_operator.queueing.admission_queue import PendingJob, order_of, request_of
from ifcjob_operator.queueing.queues import Queues
from ifcjob_operator.queueing.slot_demand import SlotDemand
from tests.support.builders import GIB, NOW, UID
from tests.support.naive_queue import NaiveQueue
from tests.support.queues import BACKFILL_TIMEOUT, a_job, a_queue

NUMBERS = st.integers(0, 9)
QUEUES = st.sampled_from([("bim", "default"), ("bim", "nightly"), ("other", "default")])
UIDS = [UID, UID, UID, "another"]
"""The uid changes seldom: most changes are of the same job."""
MEMORY = st.sampled_from([GIB, 2 * GIB, 5 * GIB, 9 * GIB])


class QueuesMatchNaiveQueues(RuleBasedStateMachine):
    """Apply random changes to both and compare them."""

    def __init__(self) -> None:
        super().__init__()
        self.queues = Queues(BACKFILL_TIMEOUT)
        self.naive: dict[Key, NaiveQueue] = {}
        self.queue_of: dict[Key, Key] = {}
        self.uid_of: dict[Key, str] = {}
        self.existing: set[Key] = set()
        self.now: datetime = NOW

    def admission(self, queue: Key) -> NaiveQueue:
        """Return the naive queue."""
        return self.naive.setdefault(queue, NaiveQueue())

    def forget(self, key: Key) -> None:
        """Remove a job from its queue."""
        for admission in self.naive.values():
            admission.remove(key)
        self.queue_of.pop(key, None)
        self.uid_of.pop(key, None)

    @rule(
        queue=QUEUES,
        number=NUMBERS,
        priority=st.integers(0, 1),
        memory=MEMORY,
        demand=st.sampled_from(SlotDemand),
        uid=st.sampled_from(UIDS),
    )
    def put(self, queue: Key, number: int, priority: int, memory: int, demand: SlotDemand, uid: str) -> None:
        """Change or recreate a job."""
        job = a_job(f"j{number}", namespace=queue[0], age=60 * number, priority=priority, queue=queue[1])
        job.metadata.uid = uid
        key, request = (queue[0], f"j{number}"), request_of(job.spec.resources, memory)
        self.queues.put(job, demand, memory)
        if demand is SlotDemand.NONE or (self.queue_of.get(key, queue), self.uid_of.get(key, uid)) != (queue, uid):
            self.forget(key)
        if demand is SlotDemand.NONE:
            return
        self.queue_of[key], self.uid_of[key] = queue, uid
        if demand is SlotDemand.ACTIVE:
            self.admission(queue).set_active(key, request)
        else:
            self.admission(queue).set_pending(PendingJob(key, order_of(job), request))

    @rule(queue=QUEUES, number=NUMBERS)
    def remove(self, queue: Key, number: int) -> None:
        """Delete a job."""
        self.queues.remove((queue[0], f"j{number}"))
        self.forget((queue[0], f"j{number}"))

    @rule(
        queue=QUEUES,
        slots=st.integers(0, 5),
        max_slots=st.none() | st.integers(0, 5),
        memory=st.none() | st.sampled_from(["4Gi", "8Gi"]),
        policy=st.sampled_from(["None", "None", "None", "Hold", "HoldAndDrain"]),
    )
    def put_queue(self, queue: Key, slots: int, max_slots: int | None, memory: str | None, policy: str) -> None:
        """Create or change a queue."""
        spec = {"slots": slots, "maxSlots": max_slots, "budget": {"memory": memory}, "stopPolicy": policy}
        ifcqueue = a_queue(queue[1], queue[0], **spec)
        self.queues.put_queue(ifcqueue)
        self.admission(queue).spec = ifcqueue.spec
        self.existing.add(queue)

    @rule(queue=QUEUES)
    def remove_queue(self, queue: Key) -> None:
        """Delete a queue."""
        self.queues.remove_queue(queue)
        self.admission(queue).spec = None
        self.existing.discard(queue)

    @rule(seconds=st.integers(0, 900))
    def admit(self, seconds: int) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)
        self.queues.recheck_backfill()
        admitted = self.queues.admit(self.now)
        assert len(admitted) == len(set(admitted))
        assert set(admitted) == {
            key for admission in self.naive.values() for key in admission.admit(self.now, BACKFILL_TIMEOUT)
        }

    @rule()
    def admit_at_once(self) -> None:
        """Admit from changed queues only."""
        admitted = self.queues.admit(self.now)
        assert set(admitted) == {
            key for admission in self.naive.values() for key in admission.admit(self.now, BACKFILL_TIMEOUT)
        }

    @invariant()
    def both_agree(self) -> None:
        """Compare both."""
        assert set(self.queues.names()) == self.existing
        for key in [(namespace, f"j{n}") for namespace in ("bim", "other") for n in range(10)]:
            is_active = any(key in admission.active for admission in self.naive.values())
            for uid in UIDS:
                assert self.queues.is_admitted(key, uid) == (is_active and self.uid_of[key] == uid)
        for queue in self.existing:
            admission, status = self.admission(queue), self.queues.status_of(queue, self.now)
            assert (status.slots, status.pending, status.active) == (
                admission.slots,
                len(admission.pending),
                len(admission.active),
            )
            assert status.oldest_pending_at == admission.oldest_pending_at
            assert set(self.queues.jobs_of(queue)) == {*admission.pending, *admission.active}


QueuesMatchNaiveQueues.TestCase.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
TestQueuesMatchNaiveQueues = QueuesMatchNaiveQueues.TestCase
