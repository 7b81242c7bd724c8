"""All queues together, whatever happens in whatever order, against a naive account of their rules."""

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ifcjob_operator.queueing.admission_queue import Key, Waiting, need_of, order_of
from ifcjob_operator.queueing.queues import Queues
from ifcjob_operator.queueing.slot_demand import SlotDemand
from tests.support.builders import NOW
from tests.support.naive_line import NaiveLine
from tests.support.queues import PATIENCE, a_job, a_queue

NUMBERS = st.integers(0, 9)
QUEUES = st.sampled_from([("bim", "default"), ("bim", "nightly"), ("other", "default")])
MEMORY = st.sampled_from(["1Gi", "2Gi", "5Gi", "9Gi"])


class AsIfCountedAnew(RuleBasedStateMachine):
    """Whatever happens in whatever order, the queues stand as a naive account says."""

    def __init__(self) -> None:
        super().__init__()
        self.queues = Queues(PATIENCE)
        self.naive: dict[Key, NaiveLine] = {}
        self.queue_of: dict[Key, Key] = {}
        self.existing: set[Key] = set()
        self.now: datetime = NOW

    def line(self, queue: Key) -> NaiveLine:
        """Return the naive account of a queue."""
        return self.naive.setdefault(queue, NaiveLine())

    def forget(self, key: Key) -> None:
        """Forget a job wherever it is."""
        for line in self.naive.values():
            line.leave(key)
        self.queue_of.pop(key, None)

    @rule(queue=QUEUES, number=NUMBERS, priority=st.integers(0, 1), memory=MEMORY, demand=st.sampled_from(SlotDemand))
    def put(self, queue: Key, number: int, priority: int, memory: str, demand: SlotDemand) -> None:
        """A job has changed, or another of its name has come."""
        job = a_job(f"j{number}", namespace=queue[0], age=60 * number, priority=priority, queue=queue[1])
        key, need = (queue[0], f"j{number}"), need_of(job.spec.resources, memory)
        self.queues.put(job, demand, memory)
        if demand is SlotDemand.NONE or self.queue_of.get(key, queue) != queue:
            self.forget(key)
        if demand is SlotDemand.NONE:
            return
        self.queue_of[key] = queue
        if demand is SlotDemand.ACTIVE:
            self.line(queue).hold(key, need)
        else:
            self.line(queue).wait(Waiting(key, order_of(job), need))

    @rule(queue=QUEUES, number=NUMBERS)
    def remove(self, queue: Key, number: int) -> None:
        """A job is gone."""
        self.queues.remove((queue[0], f"j{number}"))
        self.forget((queue[0], f"j{number}"))

    @rule(
        queue=QUEUES,
        slots=st.integers(0, 5),
        most=st.none() | st.integers(0, 5),
        memory=st.none() | st.sampled_from(["4Gi", "8Gi"]),
        policy=st.sampled_from(["None", "None", "None", "Hold", "HoldAndDrain"]),
    )
    def put_queue(self, queue: Key, slots: int, most: int | None, memory: str | None, policy: str) -> None:
        """A queue is new or has changed."""
        spec = {"slots": slots, "maxSlots": most, "budget": {"memory": memory}, "stopPolicy": policy}
        made = a_queue(queue[1], queue[0], **spec)
        self.queues.put_queue(made)
        self.line(queue).spec = made.spec
        self.existing.add(queue)

    @rule(queue=QUEUES)
    def remove_queue(self, queue: Key) -> None:
        """A queue is gone."""
        self.queues.remove_queue(queue)
        self.line(queue).spec = None
        self.existing.discard(queue)

    @rule(seconds=st.integers(0, 900))
    def admit(self, seconds: int) -> None:
        """Time has passed."""
        self.now += timedelta(seconds=seconds)
        self.queues.look_again()
        admitted = self.queues.admit(self.now)
        assert len(admitted) == len(set(admitted))
        assert set(admitted) == {key for line in self.naive.values() for key in line.admit(self.now, PATIENCE)}

    @rule()
    def admit_at_once(self) -> None:
        """Something has changed; what has not is not looked at."""
        admitted = self.queues.admit(self.now)
        assert set(admitted) == {key for line in self.naive.values() for key in line.admit(self.now, PATIENCE)}

    @invariant()
    def it_adds_up(self) -> None:
        """Compare the accounts."""
        assert set(self.queues.names()) == self.existing
        for key in [(namespace, f"j{n}") for namespace in ("bim", "other") for n in range(10)]:
            assert self.queues.is_admitted(key) == any(key in line.active for line in self.naive.values())
        for queue in self.existing:
            line, status = self.line(queue), self.queues.status_of(queue, self.now)
            assert (status.slots, status.pending, status.active) == (line.slots, len(line.waiting), len(line.active))
            assert status.oldest_pending_at == line.oldest
            assert set(self.queues.jobs_of(queue)) == {*line.waiting, *line.active}


AsIfCountedAnew.TestCase.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
TestAsIfCountedAnew = AsIfCountedAnew.TestCase
