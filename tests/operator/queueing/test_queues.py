"""The queues as the operator uses them: job by job, and what they say of themselves."""

import sys
from typing import Any

import pytest

from ifcjob.conditions import IFCQUEUE_CONDITIONS
from ifcjob.ifcqueue import IfcQueue, IfcQueueStatus
from ifcjob.resource import Resources
from ifcjob_backends.cluster.objects import Key
from ifcjob_operator.queueing.queues import Queues
from ifcjob_operator.queueing.slot_demand import SlotDemand
from tests.support.builders import GIB, NOW, UID, ago, later
from tests.support.queues import BACKFILL_TIMEOUT, DEFAULT, a_job, a_queue, add_pending, queues_of


def counts(queues: Queues, queue: Key = DEFAULT) -> tuple[int, int]:
    """Return pending and active."""
    status = queues.status_of(queue, NOW)
    assert status.demand == status.pending + status.active
    return status.pending, status.active


def test_queues_and_namespaces_are_independent() -> None:
    first, namesake, nightly = a_queue(slots=1), a_queue(namespace="other", slots=1), a_queue("nightly", slots=1)
    queues = queues_of(first, namesake, nightly)
    add_pending(queues, a_job("a"), a_job("b"), a_job("a", namespace="other"), a_job("c", queue="nightly"))
    assert set(queues.admit(NOW)) == {("bim", "a"), ("other", "a"), ("bim", "c")}
    queues.remove(("other", "a"))
    assert queues.admit(NOW) == []
    assert counts(queues) == (1, 1)
    assert counts(queues, ("other", "default")) == (0, 0)


def test_a_job_may_be_seen_before_its_queue() -> None:
    queues = Queues(BACKFILL_TIMEOUT)
    add_pending(queues, a_job("a"))
    assert queues.admit(NOW) == []
    assert not queues.exists(DEFAULT)
    assert queues.put_queue(a_queue()), "new: its jobs look again"
    assert queues.admit(NOW) == [("bim", "a")]


@pytest.mark.parametrize("active_comes_first", [True, False])
def test_active_jobs_count_after_a_restart_in_any_order(*, active_comes_first: bool) -> None:
    queues = queues_of(a_queue(slots=2))
    if not active_comes_first:
        add_pending(queues, a_job("waits"))
    for name in ("r1", "r2", "r3"):
        queues.put(a_job(name), SlotDemand.ACTIVE, GIB)
    add_pending(queues, a_job("waits"))
    assert queues.admit(NOW) == []
    assert counts(queues) == (1, 3)


def test_a_granted_job_stays_admitted_until_it_needs_no_slot() -> None:
    queues = queues_of(a_queue(slots=1))
    add_pending(queues, a_job("a"), a_job("b"))
    assert queues.admit(NOW) == [("bim", "a")]
    add_pending(queues, a_job("a"))
    assert queues.is_admitted(("bim", "a"), UID)
    assert not queues.is_admitted(("bim", "b"), UID)
    queues.put(a_job("a"), SlotDemand.ACTIVE, GIB)
    assert queues.is_admitted(("bim", "a"), UID)
    assert queues.admit(NOW) == []
    queues.put(a_job("a"), SlotDemand.NONE, None)
    assert not queues.is_admitted(("bim", "a"), UID)
    assert queues.admit(NOW) == [("bim", "b")]


def test_a_retry_is_admitted_by_its_age_and_its_new_request() -> None:
    queues = queues_of(a_queue(slots=1, budget={"memory": "4Gi"}))
    add_pending(queues, a_job("old", age=99), a_job("young", age=1))
    assert queues.admit(NOW) == [("bim", "old")]
    queues.put(a_job("old", age=99), SlotDemand.ACTIVE, GIB)
    queues.put(a_job("old", age=99), SlotDemand.PENDING, 2 * GIB)
    assert queues.admit(NOW) == [("bim", "old")]
    queues.put(a_job("old", age=99), SlotDemand.ACTIVE, 2 * GIB)
    queues.put(a_job("old", age=99), SlotDemand.PENDING, 8 * GIB)
    assert queues.admit(NOW) == [("bim", "young")]
    assert queues.too_large(DEFAULT, Resources(), 8 * GIB)


def test_a_job_recreated_in_another_queue_leaves_the_first() -> None:
    queues = queues_of(a_queue(slots=1), a_queue("nightly", slots=1))
    add_pending(queues, a_job("a"))
    queues.admit(NOW)
    recreated = a_job("a", queue="nightly")
    recreated.metadata.uid = "another"
    add_pending(queues, recreated, a_job("b"))
    assert set(queues.admit(NOW)) == {("bim", "a"), ("bim", "b")}
    assert counts(queues) == (0, 1)


@pytest.mark.parametrize("demand", [SlotDemand.ACTIVE, SlotDemand.PENDING], ids=["active", "granted"])
def test_a_job_recreated_under_its_name_does_not_inherit_the_slot(demand: SlotDemand) -> None:
    queues, former, recreated = queues_of(a_queue(slots=1)), a_job("a", age=99), a_job("a", age=1)
    recreated.metadata.uid = "another"
    add_pending(queues, former)
    assert queues.admit(NOW) == [("bim", "a")]
    queues.put(former, demand, GIB)
    add_pending(queues, a_job("b"))
    assert not queues.is_admitted(("bim", "a"), "another")
    add_pending(queues, recreated)
    assert counts(queues) == (2, 0)
    assert queues.admit(NOW) == [("bim", "b")], "it is older"
    assert not queues.is_admitted(("bim", "a"), "another")
    assert not queues.is_admitted(("bim", "a"), UID)


def test_an_unreadable_job_under_the_name_of_an_active_one_frees_its_slot() -> None:
    queues = queues_of(a_queue(slots=1))
    queues.put(a_job("a"), SlotDemand.ACTIVE, GIB)
    add_pending(queues, a_job("b"))
    queues.remove_earlier(("bim", "a"), UID)
    assert queues.admit(NOW) == []
    queues.remove_earlier(("bim", "a"), "another")
    assert queues.admit(NOW) == [("bim", "b")]


def test_draining_makes_all_granted_jobs_pending_again() -> None:
    queues = queues_of(a_queue(slots=2))
    jobs = [a_job(f"j{n}") for n in range(3)]
    add_pending(queues, *jobs)
    queues.admit(NOW)
    queues.put(jobs[0], SlotDemand.ACTIVE, GIB)
    assert queues.put_queue(a_queue(slots=2, stopPolicy="HoldAndDrain"))
    assert queues.is_draining(DEFAULT)
    add_pending(queues, *jobs)
    assert queues.admit(NOW) == []
    assert counts(queues) == (3, 0)
    assert queues.put_queue(a_queue(slots=1))
    assert queues.admit(NOW) == [("bim", "j0")]


def test_which_queue_changes_reconcile_its_jobs() -> None:
    queues = queues_of(a_queue(slots=1))
    add_pending(queues, a_job("a"), a_job("b"))
    queues.admit(NOW)
    assert sorted(queues.jobs_of(DEFAULT)) == [("bim", "a"), ("bim", "b")]
    assert not queues.put_queue(a_queue(slots=1))
    assert not queues.put_queue(a_queue(slots=2)), "an autoscaler at work wakes nobody but who is admitted"
    assert queues.admit(NOW) == [("bim", "b")]
    assert queues.put_queue(a_queue(slots=2, budget={"memory": "1Gi"})), "it may be too little for them"


def test_an_older_version_of_a_queue_is_ignored_but_a_recreated_queue_is_not() -> None:
    def version(number: int, uid: str, slots: int) -> IfcQueue:
        queue = a_queue(slots=slots)
        queue.metadata.uid, queue.metadata.resource_version = uid, str(number)
        return queue

    queues = queues_of(version(10, "first", 5))
    assert not queues.put_queue(version(9, "first", 1))
    assert queues.status_of(DEFAULT, NOW).slots == 5
    queues.put_queue(version(11, "first", 7))
    assert queues.status_of(DEFAULT, NOW).slots == 7
    queues.put_queue(version(2, "second", 1))
    assert queues.status_of(DEFAULT, NOW).slots == 1


def test_jobs_of_a_deleted_queue_wait_for_a_new_one_of_its_name() -> None:
    queues = queues_of(a_queue(slots=1))
    add_pending(queues, a_job("a"), a_job("b"))
    queues.admit(NOW)
    queues.remove_queue(DEFAULT)
    assert not queues.exists(DEFAULT)
    assert queues.names() == []
    queues.remove(("bim", "a"))
    assert queues.admit(NOW) == []
    queues.put_queue(a_queue(slots=1))
    assert queues.admit(NOW) == [("bim", "b")]


def test_deleted_queues_and_jobs_leave_nothing_behind() -> None:
    queues = Queues(BACKFILL_TIMEOUT)
    for n in range(5):
        name = f"q{n}"
        queues.put_queue(a_queue(name))
        add_pending(queues, a_job("a", queue=name))
        queues.admit(NOW)
        queues.remove_queue(("bim", name))
        queues.remove(("bim", "a"))
        queues.admit(NOW)
    queues.put_queue(a_queue())
    queues.remove_queue(DEFAULT)
    queues.remove_queue(("bim", "never seen"))
    queues.remove(("bim", "never seen"))
    assert not queues._admission_queues
    assert not queues._jobs


def test_the_backfill_timeout_needs_no_event_to_take_effect() -> None:
    queues = queues_of(a_queue(budget={"memory": "4Gi"}))
    add_pending(queues, a_job("runs"))
    queues.admit(NOW)
    add_pending(queues, a_job("large", age=50), memory=4 * GIB)
    assert queues.admit(NOW) == []
    queues.recheck_backfill()
    assert queues.admit(NOW + BACKFILL_TIMEOUT) == []
    add_pending(queues, a_job("small", age=1))
    assert queues.admit(NOW + BACKFILL_TIMEOUT) == []
    queues.remove(("bim", "runs"))
    assert queues.admit(NOW + BACKFILL_TIMEOUT) == [("bim", "large")]


# --- what a queue says of itself ---


def active(queues: Queues) -> tuple[str, str, str]:
    """Return the condition of the default queue."""
    (condition,) = queues.status_of(DEFAULT, NOW).conditions
    assert condition.type == "Active"
    assert condition.observed_generation == 3
    assert (condition.status, condition.reason) in {(row.status, row.reason) for row in IFCQUEUE_CONDITIONS["Active"]}
    return condition.status, condition.reason, condition.message


def test_the_status_counts_the_jobs_and_shows_the_oldest_pending_one() -> None:
    queues = queues_of(a_queue(slots=2, maxSlots=9))
    add_pending(queues, a_job("a", age=10), a_job("b", age=30), a_job("c", age=20), a_job("d", age=40, priority=-1))
    queues.admit(NOW)
    assert queues.status_of(DEFAULT, NOW) == IfcQueueStatus(
        slots=2,
        selector="ifcjob.io/queue=default",
        pending=2,
        active=2,
        demand=4,
        oldest_pending_at=ago(40),
        conditions=queues.status_of(DEFAULT, NOW).conditions,
    )
    assert active(queues) == ("True", "Admitting", "2 of 2 slots are in use")


def test_the_status_of_an_empty_queue() -> None:
    status = queues_of(a_queue(slots=5, maxSlots=3)).status_of(DEFAULT, NOW)
    assert (status.slots, status.pending, status.active, status.oldest_pending_at) == (3, 0, 0, None)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"stopPolicy": "Hold"}, ("False", "Hold", "spec.stopPolicy is Hold")),
        ({"stopPolicy": "HoldAndDrain"}, ("False", "HoldAndDrain", "spec.stopPolicy is HoldAndDrain")),
        ({"slots": 0}, ("False", "NoSlots", "spec.slots is 0")),
        ({"maxSlots": 0}, ("False", "NoSlots", "spec.maxSlots is 0")),
    ],
)
def test_the_condition_explains_why_a_queue_admits_nothing(
    spec: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    assert active(queues_of(a_queue(**spec))) == expected


def test_queue_and_job_both_report_a_job_that_exceeds_the_budget() -> None:
    queues = queues_of(a_queue(budget={"memory": "4Gi"}))
    add_pending(queues, a_job("huge", age=99), memory=8 * GIB)
    add_pending(queues, a_job("small"))
    assert queues.admit(NOW) == [("bim", "small")]
    add_pending(queues, a_job("larger"), memory=9 * GIB)
    assert active(queues)[2] == "huge and 1 more request more than the whole budget"
    queues.remove(("bim", "larger"))
    assert active(queues) == (
        "True",
        "JobExceedsBudget",
        "huge requests more than the whole budget",
    )
    assert queues.too_large(DEFAULT, Resources(cpu="2"), 8 * GIB) == (
        "it requests 2 CPUs and 8Gi of memory; the whole budget of queue default is any number of CPUs and"
        " 4Gi of memory"
    )
    assert queues.too_large(DEFAULT, Resources(cpu="2"), 4 * GIB) is None
    assert queues.too_large(DEFAULT, Resources(cpu="2"), None) is None
    assert queues.too_large(("bim", "none"), Resources(cpu="2"), 8 * GIB) is None
    queues.put_queue(a_queue(budget={"memory": "16Gi"}))
    assert queues.admit(NOW) == [("bim", "huge")]
    assert active(queues)[1] == "Admitting"


def test_the_condition_keeps_its_transition_time_while_its_status_stays() -> None:
    queue = a_queue(slots=1)
    queues = queues_of(queue)
    first = queues.status_of(DEFAULT, NOW)
    assert first.conditions[0].last_transition_time == NOW
    queues.put_queue(queue.model_copy(update={"status": first}))
    assert queues.status_of(DEFAULT, later(60)) == first
    held = a_queue(slots=1, stopPolicy="Hold").model_copy(update={"status": first})
    queues.put_queue(held)
    assert queues.status_of(DEFAULT, later(60)).conditions[0].last_transition_time == later(60)


def test_only_changed_queues_are_stale() -> None:
    queues = queues_of(a_queue(), a_queue("nightly"))
    queues.stale.clear()
    add_pending(queues, a_job("a"))
    assert queues.stale == {DEFAULT}
    queues.stale.clear()
    add_pending(queues, a_job("a"))
    assert queues.stale == set()
    queues.admit(NOW)
    assert queues.stale == {DEFAULT}
    queues.stale.clear()
    queues.put(a_job("a"), SlotDemand.ACTIVE, GIB)
    assert queues.stale == set(), "it was counted when it was granted its slot"
    queues.put(a_job("a"), SlotDemand.NONE, None)
    assert queues.stale == {DEFAULT}


@pytest.mark.parametrize("memory", [None, "1000Gi"])
def test_updating_a_job_costs_the_same_among_nine_thousand_jobs_as_among_three(memory: str | None) -> None:
    """In calls of functions, the same on every machine: nothing goes through all jobs."""

    def cost(jobs: int) -> float:
        queues = queues_of(a_queue(slots=1000, budget={"memory": memory} if memory else {}))
        jobs_by_age = [a_job(f"j{n:05}", age=jobs - n) for n in range(jobs)]
        calls, finished = 0, 0

        def count(*_: object) -> None:
            nonlocal calls
            calls += 1

        sys.setprofile(count)
        try:
            for job in jobs_by_age:
                queues.put(job, SlotDemand.PENDING, 2 * GIB)
                queues.admit(NOW)
            while running := [key for key in queues.jobs_of(DEFAULT) if queues.is_admitted(key, UID)]:
                finished += len(running)
                for key in running:
                    queues.put(jobs_by_age[int(key[1][1:])], SlotDemand.ACTIVE, 2 * GIB)
                    queues.put(jobs_by_age[int(key[1][1:])], SlotDemand.NONE, None)
                    queues.admit(NOW)
        finally:
            sys.setprofile(None)
        assert finished == jobs
        return calls / jobs

    few, many = cost(3000), cost(9000)
    assert many < 1.3 * few, (few, many)
