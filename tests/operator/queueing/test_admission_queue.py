"""Who gets a slot: rows for each rule, and properties against a naive account of the same rules."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ifcjob.ifcqueue import Budget, IfcQueueSpec
from ifcjob.resource import Resources
from ifcjob_operator.queueing.admission_queue import LOOK_BEHIND, Key, Line, Need, Room, Waiting, need_of, room_of
from tests.support.builders import NOW, ago
from tests.support.naive_line import NaiveLine

PATIENCE = timedelta(minutes=10)
GIB = 2**30


def a_waiting(name: str, *, memory: int = 1, priority: int = 0, age: float = 60) -> Waiting:
    """Make a waiting job; memory in GiB."""
    return Waiting(("bim", name), (-priority, ago(age), name), Need(1000, memory * GIB))


def a_line(*jobs: Waiting, slots: int = 10, memory: int | None = None, **spec: object) -> Line:
    """Make a queue with jobs; memory is its budget in GiB."""
    line = Line()
    budget = {"memory": f"{memory}Gi"} if memory else {}
    line.follow(IfcQueueSpec.model_validate({"slots": slots, "budget": budget} | spec))
    for job in jobs:
        line.wait(job)
    return line


def names(admitted: list[Key]) -> list[str]:
    """Return the names alone."""
    return [name for _, name in admitted]


def test_priority_then_age_then_name() -> None:
    line = a_line(
        a_waiting("young", age=1),
        a_waiting("b"),
        a_waiting("urgent", priority=5, age=0),
        a_waiting("old", age=600),
        a_waiting("a"),
        a_waiting("unloved", priority=-1, age=9_000),
    )
    assert names(line.admit(NOW, PATIENCE)) == ["urgent", "old", "a", "b", "young", "unloved"]


def test_slots_are_the_limit_and_each_that_is_given_back_is_given_away() -> None:
    line = a_line(*(a_waiting(f"j{n}", age=100 - n) for n in range(5)), slots=2)
    assert names(line.admit(NOW, PATIENCE)) == ["j0", "j1"]
    assert line.admit(NOW, PATIENCE) == []
    line.leave(("bim", "j0"))
    assert names(line.admit(NOW, PATIENCE)) == ["j2"]


def test_max_slots_bounds_what_an_autoscaler_asks_for() -> None:
    jobs = [a_waiting(f"j{n}") for n in range(5)]
    assert len(a_line(*jobs, slots=5, maxSlots=3).admit(NOW, PATIENCE)) == 3
    assert len(a_line(*jobs, slots=2, maxSlots=3).admit(NOW, PATIENCE)) == 2
    assert a_line(*jobs, slots=2, maxSlots=0).admit(NOW, PATIENCE) == []


def test_a_held_queue_and_one_that_is_not_there_admit_nothing() -> None:
    assert a_line(a_waiting("a"), stopPolicy="Hold").admit(NOW, PATIENCE) == []
    assert a_line(a_waiting("a"), stopPolicy="HoldAndDrain").admit(NOW, PATIENCE) == []
    line = a_line(a_waiting("a"))
    line.follow(None)
    assert line.admit(NOW, PATIENCE) == []


def test_fewer_slots_stop_nobody() -> None:
    line = a_line(*(a_waiting(f"j{n}", age=100 - n) for n in range(6)), slots=4)
    line.admit(NOW, PATIENCE)
    line.follow(IfcQueueSpec(slots=2))
    assert len(line.active) == 4
    for n in range(2):
        line.leave(("bim", f"j{n}"))
        assert line.admit(NOW, PATIENCE) == []
    line.leave(("bim", "j2"))
    assert names(line.admit(NOW, PATIENCE)) == ["j4"]


def test_a_retried_job_has_its_old_place() -> None:
    first, second = a_waiting("first", age=100), a_waiting("second", age=50)
    line = a_line(first, second, slots=1)
    line.admit(NOW, PATIENCE)
    line.hold(first.key, first.need)
    line.leave(first.key)
    line.wait(first)
    assert names(line.admit(NOW, PATIENCE)) == ["first"]


def test_an_attempt_that_ended_gives_its_slot_back_even_when_the_next_one_could_start_at_once() -> None:
    first, urgent = a_waiting("first"), a_waiting("urgent", priority=1)
    line = a_line(first, slots=1)
    line.admit(NOW, PATIENCE)
    assert not line.wait(first), "granted, not yet recorded: it keeps its slot"
    line.hold(first.key, first.need)
    line.wait(urgent)
    line.wait(first)
    assert names(line.admit(NOW, PATIENCE)) == ["urgent"]


def test_a_draining_queue_takes_back_what_it_has_granted() -> None:
    job = a_waiting("a")
    line = a_line(job)
    line.admit(NOW, PATIENCE)
    line.follow(IfcQueueSpec(stop_policy="HoldAndDrain"))
    assert line.wait(job)
    assert not line.active
    line.follow(IfcQueueSpec(slots=1))
    assert names(line.admit(NOW, PATIENCE)) == ["a"]


def test_a_job_that_comes_back_with_another_need_is_admitted_anew() -> None:
    line = a_line(a_waiting("a", memory=2), memory=4)
    line.admit(NOW, PATIENCE)
    assert line.wait(a_waiting("a", memory=4))
    line.hold(("bim", "b"), Need(1000, GIB))
    assert line.admit(NOW, PATIENCE) == []


def test_small_ones_pass_a_large_one_for_a_while() -> None:
    line = a_line(a_waiting("large", memory=4, age=900), memory=4)
    line.hold(("bim", "runs"), Need(1000, GIB))
    line.wait(a_waiting("small"))
    assert names(line.admit(NOW, PATIENCE)) == ["small"]
    line.wait(a_waiting("late", age=1))
    assert names(line.admit(NOW + PATIENCE - timedelta(seconds=1), PATIENCE)) == ["late"]
    line.wait(a_waiting("later", age=1))
    assert line.admit(NOW + PATIENCE, PATIENCE) == []
    for name in ("runs", "small"):
        line.leave(("bim", name))
        assert line.admit(NOW + PATIENCE, PATIENCE) == []
    line.leave(("bim", "late"))
    assert names(line.admit(NOW + PATIENCE, PATIENCE)) == ["large"]
    line.leave(("bim", "large"))
    assert names(line.admit(NOW + PATIENCE, PATIENCE)) == ["later"]


def test_the_while_begins_once_it_is_first_in_line() -> None:
    """Age alone is no reason: it may be old because everything was slow."""
    line = a_line(a_waiting("large", memory=4, age=90_000), memory=4)
    line.hold(("bim", "runs"), Need(1000, GIB))
    line.wait(a_waiting("small"))
    assert names(line.admit(NOW, PATIENCE)) == ["small"]


def test_a_job_keeps_its_patience_when_a_more_urgent_one_comes() -> None:
    line = a_line(a_waiting("large", memory=4), memory=4)
    line.hold(("bim", "runs"), Need(1000, GIB))
    assert line.admit(NOW, PATIENCE) == []
    line.wait(a_waiting("urgent", memory=4, priority=9))
    line.wait(a_waiting("small"))
    assert line.admit(NOW + PATIENCE, PATIENCE) == []
    line.wait(a_waiting("urgent small", priority=9))
    assert names(line.admit(NOW + PATIENCE, PATIENCE)) == ["urgent small"]


def test_only_the_first_in_line_becomes_impatient_and_starts_anew_when_it_has_left() -> None:
    line = a_line(a_waiting("large", memory=4, age=100), a_waiting("next", memory=4, age=50), memory=4)
    line.hold(("bim", "runs"), Need(1000, GIB))
    assert line.admit(NOW, PATIENCE) == []
    line.leave(("bim", "large"))
    line.wait(a_waiting("small", age=1))
    assert names(line.admit(NOW + PATIENCE, PATIENCE)) == ["small"], "next is first only now"
    line.wait(a_waiting("large", memory=4, age=100))
    line.wait(a_waiting("late", age=1))
    assert names(line.admit(NOW + 1.5 * PATIENCE, PATIENCE)) == ["late"]


def test_no_patience_means_strict_order() -> None:
    line = a_line(a_waiting("large", memory=4, age=100), a_waiting("small"), memory=4)
    line.hold(("bim", "runs"), Need(1000, GIB))
    assert line.admit(NOW, timedelta(0)) == []


def test_jobs_larger_than_the_whole_budget_block_nobody_however_many_they_are() -> None:
    huge = [a_waiting(f"huge{n}", memory=9, age=900) for n in range(LOOK_BEHIND * 3)]
    line = a_line(*huge, a_waiting("small"), memory=8)
    assert names(line.admit(NOW + 9 * PATIENCE, PATIENCE)) == ["small"]
    assert len(line.oversized) == len(huge)
    assert len(line.waiting) == len(huge)
    line.follow(IfcQueueSpec(budget=Budget(memory="16Gi")))
    assert not line.oversized
    assert names(line.admit(NOW, PATIENCE)) == ["huge0"]
    line.follow(IfcQueueSpec(budget=Budget(memory="8Gi")))
    assert len(line.oversized) == len(huge) - 1
    line.leave(("bim", "huge5"))
    assert len(line.oversized) == len(huge) - 2


def test_a_budget_is_used_up_to_the_last_millicpu() -> None:
    """Three tenths as floating-point numbers add up to more than 300m."""
    line = a_line(budget={"cpu": "300m"})
    for name in "abcd":
        line.wait(Waiting(("bim", name), (0, NOW, name), need_of(Resources(cpu="0.1"), "1Gi")))
    assert names(line.admit(NOW, PATIENCE)) == ["a", "b", "c"]


def test_needs_and_budgets_are_read_as_kubernetes_reads_them() -> None:
    assert need_of(Resources(cpu="1500m"), "512Mi") == Need(1500, 512 * 2**20)
    assert need_of(Resources(cpu="2"), None) == Need(2000, 0)
    assert room_of(Budget(cpu="1k", memory="1G")) == Room(1_000_000, 10**9)
    assert room_of(Budget()).holds(Need(10**9, 2**60))


# --- properties ---

SPECS = st.builds(
    lambda slots, most, cpu, memory: IfcQueueSpec(slots=slots, max_slots=most, budget=Budget(cpu=cpu, memory=memory)),
    st.integers(0, 6),
    st.none() | st.integers(0, 8),
    st.none() | st.integers(1, 8).map(str),
    st.none() | st.integers(1, 8).map(lambda gib: f"{gib}Gi"),
)
JOBS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 30), st.integers(1, 4), st.integers(1, 9)), max_size=12
).map(
    lambda rows: [
        Waiting(("bim", f"j{n:02}"), (-priority, ago(60 * age), f"j{n:02}"), Need(1000 * cpus, gib * GIB))
        for n, (priority, age, cpus, gib) in enumerate(rows)
    ]
)


def _filled(spec: IfcQueueSpec, jobs: list[Waiting]) -> Line:
    line = Line()
    line.follow(spec)
    for job in jobs:
        line.wait(job)
    return line


@given(SPECS, JOBS)
def test_never_more_than_slots_and_budget(spec: IfcQueueSpec, jobs: list[Waiting]) -> None:
    line = _filled(spec, jobs)
    line.admit(NOW, PATIENCE)
    assert len(line.active) <= min(spec.slots, spec.slots if spec.max_slots is None else spec.max_slots)
    cpus = sum(need.millicpus for need in line.active.values())
    memory = sum(need.memory_bytes for need in line.active.values())
    assert room_of(spec.budget).holds(Need(cpus, memory))


@given(st.integers(0, 8), JOBS)
def test_without_a_budget_no_slot_stays_free_and_order_is_strict(slots: int, jobs: list[Waiting]) -> None:
    admitted = _filled(IfcQueueSpec(slots=slots), jobs).admit(NOW, PATIENCE)
    assert admitted == [job.key for job in sorted(jobs, key=lambda job: job.order)][:slots]


@given(SPECS, JOBS)
def test_who_is_passed_over_does_not_fit(spec: IfcQueueSpec, jobs: list[Waiting]) -> None:
    """Of two jobs with the same need, the later one never starts before the earlier."""
    line = _filled(spec, jobs)
    line.admit(NOW, PATIENCE)
    for one in jobs:
        for other in jobs:
            if one.need == other.need and one.order < other.order and other.key in line.active:
                assert one.key in line.active


@given(SPECS, JOBS, st.integers(1, 3))
def test_nobody_starves(spec: IfcQueueSpec, jobs: list[Waiting], lasts: int) -> None:
    """However many small, younger jobs keep coming, who fits the budget at all gets in once its patience is over."""
    spec = spec.model_copy(update={"slots": max(1, spec.slots), "max_slots": None})
    line, minute = _filled(spec, jobs), timedelta(minutes=1)
    able = {job.key for job in jobs if room_of(spec.budget).holds(job.need)}
    ends: dict[Key, int] = {}
    served: set[Key] = set()
    for step in range(len(jobs) * (10 + lasts) + 1):
        for key in [key for key, end in ends.items() if end <= step]:
            line.leave(key)
            del ends[key]
        # Younger than everybody, and never more urgent.
        for n in range(2):
            name = f"stream-{step:05}-{n}"
            line.wait(Waiting(("bim", name), (0, NOW + step * minute, name), Need(1000, GIB)))
        for key in line.admit(NOW + step * minute, PATIENCE):
            ends[key] = step + lasts
            served.add(key)
    assert able <= served


CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(0, 9), st.integers(0, 2), st.integers(1, 9)),
        st.tuples(st.just("hold"), st.integers(0, 9), st.integers(1, 9)),
        st.tuples(st.just("leave"), st.integers(0, 9)),
        st.tuples(st.just("follow"), SPECS, st.sampled_from(["None", "None", "None", "Hold", "HoldAndDrain"])),
        st.tuples(st.just("pass"), st.integers(1, 700)),
        st.tuples(st.just("admit")),
    ),
    max_size=60,
)


@given(SPECS, CHANGES)
def test_as_a_naive_account_of_the_rules(spec: IfcQueueSpec, changes: list[tuple]) -> None:  # type: ignore[type-arg]
    line, naive, now = _filled(spec, []), NaiveLine(spec), NOW
    for change in [*changes, ("admit",)]:
        match change:
            case ("wait", number, priority, gib):
                key = ("bim", f"j{number}")
                job = Waiting(key, (-priority, ago(number * 60), key[1]), Need(1000, gib * GIB))
                line.wait(job)
                naive.wait(job)
            case ("hold", number, gib):
                line.hold(("bim", f"j{number}"), Need(1000, gib * GIB))
                naive.hold(("bim", f"j{number}"), Need(1000, gib * GIB))
            case ("leave", number):
                line.leave(("bim", f"j{number}"))
                naive.leave(("bim", f"j{number}"))
            case ("follow", spec, policy):
                naive.spec = spec.model_copy(update={"stop_policy": policy})
                line.follow(naive.spec)
            case ("pass", seconds):
                now += timedelta(seconds=seconds)
            case _:
                assert line.admit(now, PATIENCE) == naive.admit(now, PATIENCE)
        assert (line.waiting, line.active) == (naive.waiting, naive.active)
        assert line.oversized == naive.oversized
        assert line.oldest() == naive.oldest
