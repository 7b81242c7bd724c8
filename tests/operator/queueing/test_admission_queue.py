"""Admission: a test per rule, and properties compared with the naive queue."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ifcjob.ifcqueue import Budget, IfcQueueSpec
from ifcjob.resource import Resources
from ifcjob_backends.cluster.objects import Key
from ifcjob_operator.queueing.admission_queue import (
    MAX_BACKFILL_CANDIDATES,
    AdmissionQueue,
    Capacity,
    PendingJob,
    ResourceRequest,
    capacity_of,
    request_of,
)
from tests.support.builders import NOW, ago
from tests.support.naive_queue import NaiveQueue

BACKFILL_TIMEOUT = timedelta(minutes=10)
GIB = 2**30


def pending_job(name: str, *, memory: int = 1, priority: int = 0, age: float = 60) -> PendingJob:
    """Make a waiting job; memory in GiB."""
    return PendingJob(("bim", name), (-priority, ago(age), name), ResourceRequest(1000, memory * GIB))


def a_queue(*jobs: PendingJob, slots: int = 10, memory: int | None = None, **spec: object) -> AdmissionQueue:
    """Make a queue with jobs; memory is its budget in GiB."""
    queue = AdmissionQueue()
    budget = {"memory": f"{memory}Gi"} if memory else {}
    queue.set_spec(IfcQueueSpec.model_validate({"slots": slots, "budget": budget} | spec))
    for job in jobs:
        queue.set_pending(job)
    return queue


def names(admitted: list[Key]) -> list[str]:
    """Return the names alone."""
    return [name for _, name in admitted]


def test_priority_then_age_then_name() -> None:
    queue = a_queue(
        pending_job("young", age=1),
        pending_job("b"),
        pending_job("urgent", priority=5, age=0),
        pending_job("old", age=600),
        pending_job("a"),
        pending_job("unloved", priority=-1, age=9_000),
    )
    assert names(queue.admit(NOW, BACKFILL_TIMEOUT)) == ["urgent", "old", "a", "b", "young", "unloved"]


def test_slots_limit_active_jobs_and_a_freed_slot_admits_the_next_job() -> None:
    queue = a_queue(*(pending_job(f"j{n}", age=100 - n) for n in range(5)), slots=2)
    assert names(queue.admit(NOW, BACKFILL_TIMEOUT)) == ["j0", "j1"]
    assert queue.admit(NOW, BACKFILL_TIMEOUT) == []
    queue.remove(("bim", "j0"))
    assert names(queue.admit(NOW, BACKFILL_TIMEOUT)) == ["j2"]


def test_max_slots_bounds_the_slots_an_autoscaler_sets() -> None:
    jobs = [pending_job(f"j{n}") for n in range(5)]
    assert len(a_queue(*jobs, slots=5, maxSlots=3).admit(NOW, BACKFILL_TIMEOUT)) == 3
    assert len(a_queue(*jobs, slots=2, maxSlots=3).admit(NOW, BACKFILL_TIMEOUT)) == 2
    assert a_queue(*jobs, slots=2, maxSlots=0).admit(NOW, BACKFILL_TIMEOUT) == []


def test_held_and_missing_queues_admit_nothing() -> None:
    assert a_queue(pending_job("a"), stopPolicy="Hold").admit(NOW, BACKFILL_TIMEOUT) == []
    assert a_queue(pending_job("a"), stopPolicy="HoldAndDrain").admit(NOW, BACKFILL_TIMEOUT) == []
    queue = a_queue(pending_job("a"))
    queue.set_spec(None)
    assert queue.admit(NOW, BACKFILL_TIMEOUT) == []


def test_fewer_slots_stop_no_active_job() -> None:
    queue = a_queue(*(pending_job(f"j{n}", age=100 - n) for n in range(6)), slots=4)
    queue.admit(NOW, BACKFILL_TIMEOUT)
    queue.set_spec(IfcQueueSpec(slots=2))
    assert len(queue.active) == 4
    for n in range(2):
        queue.remove(("bim", f"j{n}"))
        assert queue.admit(NOW, BACKFILL_TIMEOUT) == []
    queue.remove(("bim", "j2"))
    assert names(queue.admit(NOW, BACKFILL_TIMEOUT)) == ["j4"]


def test_a_retried_job_keeps_its_place() -> None:
    first, second = pending_job("first", age=100), pending_job("second", age=50)
    queue = a_queue(first, second, slots=1)
    queue.admit(NOW, BACKFILL_TIMEOUT)
    queue.set_active(first.key, first.request)
    queue.remove(first.key)
    queue.set_pending(first)
    assert names(queue.admit(NOW, BACKFILL_TIMEOUT)) == ["first"]


def test_an_ended_attempt_frees_its_slot_even_when_the_next_one_could_start() -> None:
    first, urgent = pending_job("first"), pending_job("urgent", priority=1)
    queue = a_queue(first, slots=1)
    queue.admit(NOW, BACKFILL_TIMEOUT)
    assert not queue.set_pending(first), "granted, not yet recorded: it keeps its slot"
    queue.set_active(first.key, first.request)
    queue.set_pending(urgent)
    queue.set_pending(first)
    assert names(queue.admit(NOW, BACKFILL_TIMEOUT)) == ["urgent"]


def test_a_draining_queue_revokes_granted_slots() -> None:
    job = pending_job("a")
    queue = a_queue(job)
    queue.admit(NOW, BACKFILL_TIMEOUT)
    queue.set_spec(IfcQueueSpec(stop_policy="HoldAndDrain"))
    assert queue.set_pending(job)
    assert not queue.active
    queue.set_spec(IfcQueueSpec(slots=1))
    assert names(queue.admit(NOW, BACKFILL_TIMEOUT)) == ["a"]


def test_a_job_with_a_changed_request_must_be_admitted_again() -> None:
    queue = a_queue(pending_job("a", memory=2), memory=4)
    queue.admit(NOW, BACKFILL_TIMEOUT)
    assert queue.set_pending(pending_job("a", memory=4))
    queue.set_active(("bim", "b"), ResourceRequest(1000, GIB))
    assert queue.admit(NOW, BACKFILL_TIMEOUT) == []


def test_small_jobs_pass_a_large_one_until_the_backfill_timeout() -> None:
    queue = a_queue(pending_job("large", memory=4, age=900), memory=4)
    queue.set_active(("bim", "runs"), ResourceRequest(1000, GIB))
    queue.set_pending(pending_job("small"))
    assert names(queue.admit(NOW, BACKFILL_TIMEOUT)) == ["small"]
    queue.set_pending(pending_job("late", age=1))
    assert names(queue.admit(NOW + BACKFILL_TIMEOUT - timedelta(seconds=1), BACKFILL_TIMEOUT)) == ["late"]
    queue.set_pending(pending_job("later", age=1))
    assert queue.admit(NOW + BACKFILL_TIMEOUT, BACKFILL_TIMEOUT) == []
    for name in ("runs", "small"):
        queue.remove(("bim", name))
        assert queue.admit(NOW + BACKFILL_TIMEOUT, BACKFILL_TIMEOUT) == []
    queue.remove(("bim", "late"))
    assert names(queue.admit(NOW + BACKFILL_TIMEOUT, BACKFILL_TIMEOUT)) == ["large"]
    queue.remove(("bim", "large"))
    assert names(queue.admit(NOW + BACKFILL_TIMEOUT, BACKFILL_TIMEOUT)) == ["later"]


def test_the_backfill_timeout_starts_when_a_job_is_first_in_order() -> None:
    """Age alone is not a reason: a job may be old because everything was slow."""
    queue = a_queue(pending_job("large", memory=4, age=90_000), memory=4)
    queue.set_active(("bim", "runs"), ResourceRequest(1000, GIB))
    queue.set_pending(pending_job("small"))
    assert names(queue.admit(NOW, BACKFILL_TIMEOUT)) == ["small"]


def test_a_more_urgent_job_does_not_reset_the_backfill_timeout() -> None:
    queue = a_queue(pending_job("large", memory=4), memory=4)
    queue.set_active(("bim", "runs"), ResourceRequest(1000, GIB))
    assert queue.admit(NOW, BACKFILL_TIMEOUT) == []
    queue.set_pending(pending_job("urgent", memory=4, priority=9))
    queue.set_pending(pending_job("small"))
    assert queue.admit(NOW + BACKFILL_TIMEOUT, BACKFILL_TIMEOUT) == []
    queue.set_pending(pending_job("urgent small", priority=9))
    assert names(queue.admit(NOW + BACKFILL_TIMEOUT, BACKFILL_TIMEOUT)) == ["urgent small"]


def test_only_the_first_job_blocks_backfill_and_its_timeout_restarts_after_it_left() -> None:
    queue = a_queue(pending_job("large", memory=4, age=100), pending_job("next", memory=4, age=50), memory=4)
    queue.set_active(("bim", "runs"), ResourceRequest(1000, GIB))
    assert queue.admit(NOW, BACKFILL_TIMEOUT) == []
    queue.remove(("bim", "large"))
    queue.set_pending(pending_job("small", age=1))
    assert names(queue.admit(NOW + BACKFILL_TIMEOUT, BACKFILL_TIMEOUT)) == ["small"], "next is first only now"
    queue.set_pending(pending_job("large", memory=4, age=100))
    queue.set_pending(pending_job("late", age=1))
    assert names(queue.admit(NOW + 1.5 * BACKFILL_TIMEOUT, BACKFILL_TIMEOUT)) == ["late"]


def test_a_backfill_timeout_of_zero_means_strict_order() -> None:
    queue = a_queue(pending_job("large", memory=4, age=100), pending_job("small"), memory=4)
    queue.set_active(("bim", "runs"), ResourceRequest(1000, GIB))
    assert queue.admit(NOW, timedelta(0)) == []


def test_jobs_larger_than_the_whole_budget_block_no_other_job() -> None:
    huge = [pending_job(f"huge{n}", memory=9, age=900) for n in range(MAX_BACKFILL_CANDIDATES * 3)]
    queue = a_queue(*huge, pending_job("small"), memory=8)
    assert names(queue.admit(NOW + 9 * BACKFILL_TIMEOUT, BACKFILL_TIMEOUT)) == ["small"]
    assert len(queue.oversized) == len(huge)
    assert len(queue.pending) == len(huge)
    queue.set_spec(IfcQueueSpec(budget=Budget(memory="16Gi")))
    assert not queue.oversized
    assert names(queue.admit(NOW, BACKFILL_TIMEOUT)) == ["huge0"]
    queue.set_spec(IfcQueueSpec(budget=Budget(memory="8Gi")))
    assert len(queue.oversized) == len(huge) - 1
    queue.remove(("bim", "huge5"))
    assert len(queue.oversized) == len(huge) - 2


def test_a_budget_is_used_up_to_the_last_millicpu() -> None:
    """Three tenths as floating-point numbers add up to more than 300m."""
    queue = a_queue(budget={"cpu": "300m"})
    for name in "abcd":
        queue.set_pending(PendingJob(("bim", name), (0, NOW, name), request_of(Resources(cpu="0.1"), GIB)))
    assert names(queue.admit(NOW, BACKFILL_TIMEOUT)) == ["a", "b", "c"]


def test_requests_and_budgets_are_read_as_kubernetes_reads_them() -> None:
    assert request_of(Resources(cpu="1500m"), 512 * 2**20) == ResourceRequest(1500, 512 * 2**20)
    assert request_of(Resources(cpu="2"), None) == ResourceRequest(2000, 0)
    assert capacity_of(Budget(cpu="1k", memory="1G")) == Capacity(1_000_000, 10**9)
    assert capacity_of(Budget()).fits(ResourceRequest(10**9, 2**60))


# --- properties ---

SPECS = st.builds(
    lambda slots, max_slots, cpu, memory: IfcQueueSpec(
        slots=slots, max_slots=max_slots, budget=Budget(cpu=cpu, memory=memory)
    ),
    st.integers(0, 6),
    st.none() | st.integers(0, 8),
    st.none() | st.integers(1, 8).map(str),
    st.none() | st.integers(1, 8).map(lambda gib: f"{gib}Gi"),
)
JOBS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 30), st.integers(1, 4), st.integers(1, 9)), max_size=12
).map(
    lambda rows: [
        PendingJob(("bim", f"j{n:02}"), (-priority, ago(60 * age), f"j{n:02}"), ResourceRequest(1000 * cpus, gib * GIB))
        for n, (priority, age, cpus, gib) in enumerate(rows)
    ]
)


def _filled(spec: IfcQueueSpec, jobs: list[PendingJob]) -> AdmissionQueue:
    queue = AdmissionQueue()
    queue.set_spec(spec)
    for job in jobs:
        queue.set_pending(job)
    return queue


@given(SPECS, JOBS)
def test_active_jobs_never_exceed_slots_or_budget(spec: IfcQueueSpec, jobs: list[PendingJob]) -> None:
    queue = _filled(spec, jobs)
    queue.admit(NOW, BACKFILL_TIMEOUT)
    assert len(queue.active) <= min(spec.slots, spec.slots if spec.max_slots is None else spec.max_slots)
    cpus = sum(request.millicpus for request in queue.active.values())
    memory = sum(request.memory_bytes for request in queue.active.values())
    assert capacity_of(spec.budget).fits(ResourceRequest(cpus, memory))


@given(st.integers(0, 8), JOBS)
def test_without_a_budget_all_slots_are_used_in_strict_order(slots: int, jobs: list[PendingJob]) -> None:
    admitted = _filled(IfcQueueSpec(slots=slots), jobs).admit(NOW, BACKFILL_TIMEOUT)
    assert admitted == [job.key for job in sorted(jobs, key=lambda job: job.order)][:slots]


@given(SPECS, JOBS)
def test_a_job_that_is_passed_does_not_fit(spec: IfcQueueSpec, jobs: list[PendingJob]) -> None:
    """Of two jobs with the same request, the later one never starts before the earlier."""
    queue = _filled(spec, jobs)
    queue.admit(NOW, BACKFILL_TIMEOUT)
    for first in jobs:
        for second in jobs:
            if first.request == second.request and first.order < second.order and second.key in queue.active:
                assert first.key in queue.active


@given(SPECS, JOBS, st.integers(1, 3))
def test_no_job_starves(spec: IfcQueueSpec, jobs: list[PendingJob], lasts: int) -> None:
    """However many small, younger jobs keep coming, every job that fits the budget is admitted."""
    spec = spec.model_copy(update={"slots": max(1, spec.slots), "max_slots": None})
    queue, minute = _filled(spec, jobs), timedelta(minutes=1)
    able = {job.key for job in jobs if capacity_of(spec.budget).fits(job.request)}
    ends: dict[Key, int] = {}
    served: set[Key] = set()
    for step in range(len(jobs) * (10 + lasts) + 1):
        for key in [key for key, end in ends.items() if end <= step]:
            queue.remove(key)
            del ends[key]
        # Younger than everybody, and never more urgent.
        for n in range(2):
            name = f"stream-{step:05}-{n}"
            queue.set_pending(PendingJob(("bim", name), (0, NOW + step * minute, name), ResourceRequest(1000, GIB)))
        for key in queue.admit(NOW + step * minute, BACKFILL_TIMEOUT):
            ends[key] = step + lasts
            served.add(key)
    assert able <= served


CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("set_pending"), st.integers(0, 9), st.integers(0, 2), st.integers(1, 9)),
        st.tuples(st.just("set_active"), st.integers(0, 9), st.integers(1, 9)),
        st.tuples(st.just("remove"), st.integers(0, 9)),
        st.tuples(st.just("set_spec"), SPECS, st.sampled_from(["None", "None", "None", "Hold", "HoldAndDrain"])),
        st.tuples(st.just("pass"), st.integers(1, 700)),
        st.tuples(st.just("admit")),
    ),
    max_size=60,
)


@given(SPECS, CHANGES)
def test_a_queue_admits_the_same_jobs_as_the_naive_queue(spec: IfcQueueSpec, changes: list[tuple]) -> None:  # type: ignore[type-arg]
    queue, naive, now = _filled(spec, []), NaiveQueue(spec), NOW
    for change in [*changes, ("admit",)]:
        match change:
            case ("set_pending", number, priority, gib):
                key = ("bim", f"j{number}")
                job = PendingJob(key, (-priority, ago(number * 60), key[1]), ResourceRequest(1000, gib * GIB))
                queue.set_pending(job)
                naive.set_pending(job)
            case ("set_active", number, gib):
                queue.set_active(("bim", f"j{number}"), ResourceRequest(1000, gib * GIB))
                naive.set_active(("bim", f"j{number}"), ResourceRequest(1000, gib * GIB))
            case ("remove", number):
                queue.remove(("bim", f"j{number}"))
                naive.remove(("bim", f"j{number}"))
            case ("set_spec", spec, policy):
                naive.spec = spec.model_copy(update={"stop_policy": policy})
                queue.set_spec(naive.spec)
            case ("pass", seconds):
                now += timedelta(seconds=seconds)
            case _:
                assert queue.admit(now, BACKFILL_TIMEOUT) == naive.admit(now, BACKFILL_TIMEOUT)
        assert (queue.pending, queue.active) == (naive.pending, naive.active)
        assert queue.oversized == naive.oversized
        assert queue.oldest_pending_at() == naive.oldest_pending_at
