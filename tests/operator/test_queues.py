"""All queues together: kept up to date change by change, they say what counting everything again would say."""

from __future__ import annotations

import time
from collections import deque
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ifcjob.queue import IfcQueue
from ifcjob.resource import IfcJob, Resources
from ifcjob_operator.admission import Key, order_of
from ifcjob_operator.queues import Queues
from ifcjob_operator.standing import Standing
from tests.support.builders import NOW, ago

PATIENCE = timedelta(minutes=10)
WAITING, HOLDING, IDLE = Standing.WAITING, Standing.HOLDING, Standing.IDLE


def a_job(name: str, queue: str = "default", *, age: float = 60, cpu: str = "1", priority: int = 0) -> IfcJob:
    """Make an IfcJob in a queue."""
    metadata = {"name": name, "namespace": "bim", "uid": f"uid-{name}", "creation_timestamp": ago(age)}
    spec = {
        "source": {"s3": {"bucket": "models", "key": "house.ifc"}},
        "queue": queue,
        "priority": priority,
        "resources": {"cpu": cpu},
    }
    return IfcJob.model_validate({"metadata": metadata, "spec": spec})


def a_queue(name: str = "default", *, uid: str = "q1", version: str = "1", **spec: Any) -> IfcQueue:
    """Make an IfcQueue."""
    metadata = {"name": name, "namespace": "bim", "uid": uid, "resource_version": version, "generation": 3}
    return IfcQueue.model_validate({"metadata": metadata, "spec": spec})


def the_queues(*queues: IfcQueue) -> Queues:
    """Make queues."""
    made = Queues(PATIENCE)
    for queue in queues:
        made.put_queue(queue)
    return made


def names(admitted: list[Key]) -> list[str]:
    """Return the names alone."""
    return sorted(name for _, name in admitted)


def test_a_job_waits_for_a_queue_that_is_not_there_yet() -> None:
    queues = the_queues()
    queues.put(a_job("a", "night"), WAITING, "1Gi")
    assert queues.admit(NOW) == []
    assert not queues.exists(("bim", "night"))
    assert queues.put_queue(a_queue("night"))
    assert queues.jobs_of(("bim", "night")) == [("bim", "a")]
    assert names(queues.admit(NOW)) == ["a"]
    assert queues.is_admitted(("bim", "a"))


def test_queues_do_not_share_slots_and_namespaces_do_not_share_queues() -> None:
    queues = the_queues(a_queue("day", slots=1), a_queue("night", slots=1))
    for name, queue in (("a", "day"), ("b", "day"), ("c", "night")):
        queues.put(a_job(name, queue), WAITING, "1Gi")
    other = a_job("a", "day")
    queues.put(other.model_copy(update={"metadata": other.metadata.model_copy(update={"namespace": "x"})}), WAITING, "")
    assert names(queues.admit(NOW)) == ["a", "c"]


def test_a_granted_slot_is_kept_until_the_job_says_otherwise() -> None:
    queues, job = the_queues(a_queue(slots=1)), a_job("a")
    queues.put(job, WAITING, "1Gi")
    queues.put(a_job("b", age=1), WAITING, "1Gi")
    assert names(queues.admit(NOW)) == ["a"]
    queues.put(job, WAITING, "1Gi")
    assert queues.admit(NOW) == []
    assert queues.is_admitted(("bim", "a"))
    queues.put(job, IDLE, None)
    assert not queues.is_admitted(("bim", "a"))
    assert names(queues.admit(NOW)) == ["b"]


def test_jobs_that_hold_slots_after_a_restart_count_even_beyond_the_slots() -> None:
    queues = the_queues(a_queue(slots=2))
    for name in "abc":
        queues.put(a_job(name), HOLDING, "1Gi")
    queues.put(a_job("d"), WAITING, "1Gi")
    assert queues.admit(NOW) == []
    for name in "ab":
        queues.remove(("bim", name))
    assert names(queues.admit(NOW)) == ["d"]


def test_an_older_version_of_a_queue_changes_nothing_and_a_new_one_of_its_name_does() -> None:
    queues = the_queues(a_queue(slots=5, version="10"))
    assert not queues.put_queue(a_queue(slots=1, version="9"))
    assert queues.status_of(("bim", "default"), NOW).slots == 5
    queues.put_queue(a_queue(slots=7, version="11"))
    assert queues.status_of(("bim", "default"), NOW).slots == 7
    queues.put_queue(a_queue(slots=1, version="2", uid="q2"))
    assert queues.status_of(("bim", "default"), NOW).slots == 1


def test_jobs_look_again_when_policy_or_budget_change_and_only_then() -> None:
    queues = the_queues(a_queue(version="1"))
    assert not queues.put_queue(a_queue(slots=3, version="2"))
    assert queues.put_queue(a_queue(slots=3, version="3", stopPolicy="HoldAndDrain"))
    assert queues.is_draining(("bim", "default"))
    assert queues.put_queue(a_queue(version="4", budget={"cpu": "2"}))
    assert not queues.is_draining(("bim", "default"))


def test_a_queue_that_is_removed_and_made_again_finds_its_jobs() -> None:
    queues, key = the_queues(a_queue(slots=1)), ("bim", "default")
    queues.put(a_job("runs"), HOLDING, "1Gi")
    queues.put(a_job("waits"), WAITING, "1Gi")
    queues.remove_queue(key)
    assert not queues.exists(key)
    queues.remove(("bim", "runs"))
    assert queues.admit(NOW) == []
    queues.put_queue(a_queue(slots=1, uid="q2"))
    assert names(queues.admit(NOW)) == ["waits"]


def test_what_is_left_of_queues_that_are_gone_is_forgotten() -> None:
    queues = the_queues()
    for n in range(100):
        queues.put(a_job("a", f"q{n}"), WAITING, "1Gi")
        queues.put_queue(a_queue(f"q{n}"))
        queues.remove_queue(("bim", f"q{n}"))
        queues.remove(("bim", "a"))
    assert queues._lines == {}
    assert queues._queue_of == {}


def test_a_job_larger_than_the_whole_budget_is_named_with_the_numbers() -> None:
    queues, key = the_queues(a_queue(budget={"cpu": "2", "memory": "4Gi"})), ("bim", "default")
    assert queues.too_large(key, Resources(cpu="2"), "4Gi") is None
    assert queues.too_large(key, Resources(cpu="3"), "1Gi") == (
        "it requests 3 CPUs and 1Gi of memory; the whole budget of queue default is 2 CPUs and 4Gi of memory"
    )
    assert queues.too_large(("bim", "none"), Resources(cpu="3"), "1Gi") is None
    queues.put(a_job("huge", cpu="3"), WAITING, "1Gi")
    queues.put(a_job("small", age=1), WAITING, "1Gi")
    assert names(queues.admit(NOW)) == ["small"]
    condition = queues.status_of(key, NOW).conditions[0]
    assert (condition.status, condition.reason) == ("True", "JobExceedsBudget")
    assert "such as huge" in condition.message


def test_the_status_says_what_is_there() -> None:
    queues, key = the_queues(a_queue(slots=2, maxSlots=1)), ("bim", "default")
    for name, age in (("a", 100), ("b", 50), ("c", 10)):
        queues.put(a_job(name, age=age), WAITING, "1Gi")
    queues.admit(NOW)
    status = queues.status_of(key, NOW)
    assert (status.slots, status.pending, status.active, status.demand) == (1, 2, 1, 3)
    assert status.oldest_pending_at == ago(50)
    assert status.selector == "ifcjob.io/queue=default"
    (condition,) = status.conditions
    assert (condition.type, condition.status, condition.reason) == ("Active", "True", "Admitting")
    assert (condition.message, condition.observed_generation) == ("1 of 1 slots are taken", 3)


def test_the_status_says_why_nothing_is_admitted() -> None:
    for spec, reason, told in (
        ({"stopPolicy": "Hold"}, "Hold", "spec.stopPolicy is Hold"),
        ({"slots": 0}, "NoSlots", "spec.slots is 0"),
        ({"maxSlots": 0}, "NoSlots", "spec.maxSlots is 0"),
    ):
        (condition,) = the_queues(a_queue(**spec)).status_of(("bim", "default"), NOW).conditions
        assert (condition.status, condition.reason, condition.message) == ("False", reason, told)


def test_a_condition_keeps_the_time_it_began() -> None:
    queues = the_queues(a_queue())
    began = queues.status_of(("bim", "default"), ago(500))
    seen = a_queue(version="2").model_copy(update={"status": began})
    queues.put_queue(seen)
    assert queues.status_of(("bim", "default"), NOW).conditions[0].last_transition_time == ago(500)
    held = a_queue(version="3", stopPolicy="Hold").model_copy(update={"status": began})
    queues.put_queue(held)
    assert queues.status_of(("bim", "default"), NOW).conditions[0].last_transition_time == NOW


def test_only_queues_whose_state_may_have_changed_are_stale() -> None:
    queues = the_queues(a_queue("day"), a_queue("night"))
    queues.stale.clear()
    queues.put(a_job("a", "day"), WAITING, "1Gi")
    assert queues.stale == {("bim", "day")}
    queues.stale.clear()
    queues.put(a_job("a", "day"), WAITING, "1Gi")
    assert queues.stale == set()
    queues.admit(NOW)
    assert queues.stale == {("bim", "day")}


def test_a_job_that_changes_its_priority_changes_its_place() -> None:
    queues = the_queues(a_queue(slots=1))
    queues.put(a_job("a", age=100), WAITING, "1Gi")
    queues.put(a_job("b", age=1), WAITING, "1Gi")
    queues.put(a_job("b", age=1, priority=1), WAITING, "1Gi")
    assert names(queues.admit(NOW)) == ["b"]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 7), st.sampled_from("xy"), st.sampled_from(list(Standing))),
        st.tuples(st.just("remove"), st.integers(0, 7)),
        st.tuples(st.just("queue"), st.sampled_from("xy"), st.integers(0, 4)),
        st.tuples(st.just("gone"), st.sampled_from("xy")),
        st.tuples(st.just("admit")),
    ),
    max_size=60,
)


@given(STEPS)
def test_as_counting_everything_again(steps: list[tuple[Any, ...]]) -> None:
    """Without budgets, what is admitted follows from who waits, who holds, and the slots."""
    queues = Queues(PATIENCE)
    stands: dict[str, tuple[str, Standing, bool]] = {}
    slots: dict[str, int] = {}
    for version, step in enumerate([*steps, ("admit",)]):
        match step:
            case ("put", number, queue, standing):
                name = f"j{number}"
                queues.put(a_job(name, queue, age=number), standing, "1Gi")
                former, was_queue = stands.get(name), stands.get(name, ("",))[0]
                granted = former is not None and former[2] and was_queue == queue and standing is WAITING
                stands.pop(name, None)
                if standing is not IDLE:
                    stands[name] = (queue, HOLDING if granted else standing, granted)
            case ("remove", number):
                queues.remove(("bim", f"j{number}"))
                stands.pop(f"j{number}", None)
            case ("queue", queue, number):
                queues.put_queue(a_queue(queue, slots=number, version=str(version)))
                slots[queue] = number
            case ("gone", queue):
                queues.remove_queue(("bim", queue))
                slots.pop(queue, None)
            case _:
                expected = set()
                for queue, most in slots.items():
                    active = sum(q == queue and stand is HOLDING for q, stand, _ in stands.values())
                    line = [name for name, (q, stand, _) in stands.items() if q == queue and stand is WAITING]
                    line.sort(key=lambda name: order_of(a_job(name, age=int(name[1:]))))
                    expected |= set(line[: max(0, most - active)])
                assert {name for _, name in queues.admit(NOW)} == expected
                for name in expected:
                    stands[name] = (stands[name][0], HOLDING, True)
        for name in (f"j{number}" for number in range(8)):
            assert queues.is_admitted(("bim", name)) == (name in stands and stands[name][1] is HOLDING)
        for queue in slots:
            status = queues.status_of(("bim", queue), NOW)
            inside = [stand for q, stand, _ in stands.values() if q == queue]
            assert (status.pending, status.active) == (inside.count(WAITING), inside.count(HOLDING))


def test_ten_thousand_jobs_with_a_budget_are_cheap() -> None:
    """Each job comes, is admitted, holds and leaves, one after the other."""
    queues = the_queues(a_queue(slots=1000, budget={"cpu": "1500", "memory": "4Ti"}))
    jobs = [a_job(f"j{n:05}", age=20_000 - n, cpu=("1", "2", "500m")[n % 3]) for n in range(10_000)]
    by_key = {("bim", job.metadata.name): job for job in jobs}
    started = time.process_time()
    for job in jobs:
        queues.put(job, WAITING, "1Gi")
    active, served = deque(queues.admit(NOW)), 0
    while active:
        key = active.popleft()
        queues.put(by_key[key], HOLDING, "1Gi")
        queues.remove(key)
        served += 1
        active += queues.admit(NOW)
        queues.look_again()
        active += queues.admit(NOW)
    spent = time.process_time() - started
    print(f"{served} IfcJobs through a queue in {spent:.2f} s of CPU")  # noqa: T201
    assert served == len(jobs)
    assert spent < 10
