"""One pass of the reconciler: how plans, look-ups and effects follow each other."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from ifcjob.failures import FailureReason
from ifcjob_operator.applying.apply import Applied
from ifcjob_operator.observing.cache import Cache
from ifcjob_operator.observing.observe import Observer
from ifcjob_operator.planning.outcome import failure_of
from ifcjob_operator.planning.policy import Policy
from ifcjob_operator.queueing.queues import Queues
from ifcjob_operator.queueing.slot_demand import SlotDemand
from ifcjob_operator.reconcile import Reconciler
from tests.support.builders import (
    COMMITTED,
    GIB,
    a_job,
    a_pod,
    a_report,
    an_ifcjob,
    later,
    manifest_of,
    observed,
    running,
)
from tests.support.queues import a_queue
from tests.support.simple_requests import SomeFacts

if TYPE_CHECKING:
    from collections.abc import Callable

    from ifcjob.report import Failure
    from ifcjob.resource import IfcJob
    from ifcjob_operator.observing.entry import Entry
    from ifcjob_operator.observing.observe import PassFacts
    from ifcjob_operator.planning.actions import Plan
    from ifcjob_operator.planning.observation import Committed, Fact, Observed

KEY = ("bim", "house")


class FakeObserver:
    """Observes an attempt whose Job is complete."""

    def resolve(self, entry: Entry) -> IfcJob:
        return entry.ifcjob

    def advice(self, *_: object) -> None:
        return None

    def observe(self, _entry: Entry, pass_facts: PassFacts) -> Observed:
        ifcjob = an_ifcjob(status=running())
        return observed(ifcjob, job=a_job(complete=True), pods=pass_facts.pods, commit=pass_facts.commit)

    async def look_up(self, _entry: Entry, _requested: frozenset[Fact], pass_facts: PassFacts) -> None:
        pass_facts.pods = (a_pod("Succeeded", report=a_report()),)


class FakeApplier:
    """Records plans; `on_commit` runs during the commit."""

    def __init__(self, on_commit: Callable[[], None] = lambda: None) -> None:
        self.plans: list[Plan] = []
        self.on_commit = on_commit

    async def apply(self, plan: Plan, _observed: Observed) -> Applied:
        self.plans.append(plan)
        if plan.commit is None:
            return Applied()
        self.on_commit()
        return Applied(commit=COMMITTED)


def a_reconciler(applier: FakeApplier, observer: Any = None) -> tuple[Reconciler, list[tuple[str, str]]]:
    """Return a reconciler that knows one IfcJob, and the keys it wakes."""
    cache, woken = Cache(), list[tuple[str, str]]()
    cache.take_ifcjob(manifest_of(an_ifcjob(status=running(), queue="night")))
    queues = Queues(timedelta(minutes=10))
    reconciler = Reconciler(
        observer=observer or cast("Any", FakeObserver()),
        cache=cache,
        queues=queues,
        cluster=cast("Any", None),
        applier=cast("Any", applier),
        history=None,
        policy=Policy(),
        wake=woken.append,
        recheck=lambda _key, _time: None,
    )
    return reconciler, woken


def test_the_commit_is_applied_before_the_status_that_names_its_result() -> None:
    applier = FakeApplier()
    asyncio.run(a_reconciler(applier)[0].reconcile(KEY))
    commit, success = applier.plans
    assert (commit.commit, commit.status) == (1, None)
    assert success.status is not None
    assert (success.status.phase, success.status.result) == ("Succeeded", COMMITTED.result)


def test_a_new_operator_repeats_a_commit_after_a_crash() -> None:
    def die() -> None:
        raise KeyboardInterrupt

    first, second = FakeApplier(on_commit=die), FakeApplier()
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(a_reconciler(first)[0].reconcile(KEY))
    asyncio.run(a_reconciler(second)[0].reconcile(KEY))
    assert [plan.commit for plan in (*first.plans, *second.plans)] == [1, 1, None]


def test_nothing_is_written_for_an_ifcjob_that_is_deleted_during_the_commit() -> None:
    def delete() -> None:
        entry = reconciler.cache.get(KEY)
        assert entry is not None
        reconciler.cache.drop_ifcjob(entry.item)

    applier = FakeApplier(on_commit=delete)
    reconciler, woken = a_reconciler(applier)
    asyncio.run(reconciler.reconcile(KEY))
    assert [plan.commit for plan in applier.plans] == [1]
    assert woken == [KEY]


def test_an_ifcjob_recreated_between_two_passes_waits_for_a_slot_of_its_own() -> None:
    applier = FakeApplier()
    reconciler, woken = a_reconciler(applier)
    reconciler.queues.put_queue(a_queue("night", slots=1))
    reconciler.observer = Observer(reconciler.cache, reconciler.queues, cast("Any", None), SomeFacts(), None)
    former, other = an_ifcjob(queue="night", status=running()), an_ifcjob("other", queue="night")
    reconciler.queues.put(former, SlotDemand.ACTIVE, GIB)
    reconciler.queues.put(other, SlotDemand.PENDING, GIB)
    entry = reconciler.cache.get(KEY)
    assert entry is not None
    entry.failures, entry.granted_at = 5, 1.0

    metadata = {"uid": "another", "resourceVersion": "9", "creationTimestamp": later(9).isoformat()}
    entry = reconciler.cache.take_ifcjob(manifest_of(an_ifcjob(queue="night"), **metadata))
    assert entry is not None
    assert (entry.failures, entry.granted_at) == (0, None)
    asyncio.run(reconciler.reconcile(KEY))
    assert [plan.create_attempt for plan in applier.plans] == [None]
    assert woken == [("bim", "other")], "the slot is free"
    assert not reconciler.queues.is_admitted(KEY, "another")


def test_a_plan_that_wants_facts_endlessly_is_an_error() -> None:
    class Forgetful(FakeObserver):
        async def look_up(self, _entry: Entry, _requested: frozenset[Fact], _pass_facts: PassFacts) -> None:
            return

    reconciler, _ = a_reconciler(FakeApplier(), observer=Forgetful())
    with pytest.raises(RuntimeError, match="wants facts endlessly"):
        asyncio.run(reconciler.reconcile(KEY))


class WritingApplier(FakeApplier):
    """Commits with this result, and writes statuses."""

    def __init__(self, committed: Committed | Failure) -> None:
        super().__init__()
        self.committed = committed

    async def apply(self, plan: Plan, observed: Observed) -> Applied:
        applied = await super().apply(plan, observed)
        if applied.commit is not None:
            return Applied(commit=self.committed)
        if plan.status is None:
            return applied
        return Applied(ifcjob=manifest_of(an_ifcjob(queue="night", status=plan.status), resourceVersion="9"))


def a_reconciler_with_a_report(applier: FakeApplier, number: int = 1) -> tuple[Reconciler, Entry]:
    """Return a reconciler of an IfcJob in `night` whose attempt of this number has posted its report."""
    reconciler, _ = a_reconciler(applier)
    reconciler.queues.put_queue(a_queue("night", slots=1))
    reconciler.observer = Observer(reconciler.cache, reconciler.queues, cast("Any", None), SomeFacts(), None)
    running_one = manifest_of(an_ifcjob(queue="night", status=running(number=number)), resourceVersion="8")
    entry = reconciler.cache.take_ifcjob(running_one)
    assert entry is not None
    job = a_job(number, ready=1)
    entry.jobs[job.name] = (1, job)
    entry.facts.report, entry.facts.report_of = a_report(), number
    reconciler.update_queue(entry)
    return reconciler, entry


def test_a_posted_report_whose_commit_fails_is_not_committed_again() -> None:
    applier = WritingApplier(failure_of(FailureReason.STORAGE_UNAVAILABLE, "no answer"))
    reconciler, _ = a_reconciler_with_a_report(applier)
    for _ in range(2):
        asyncio.run(reconciler.reconcile(KEY))
    assert [plan.commit for plan in applier.plans] == [1, None, None]


def test_an_older_job_on_a_lost_node_does_not_keep_the_slot() -> None:
    reconciler, entry = a_reconciler_with_a_report(WritingApplier(COMMITTED), number=2)
    rechecks = list[datetime | None]()
    reconciler.recheck = lambda _key, at: rechecks.append(at)
    older = a_job(1, deleting=True)
    entry.jobs[older.name] = (1, older)
    asyncio.run(reconciler.reconcile(KEY))
    assert entry.is_finished
    del entry.jobs[a_job(2).name]
    asyncio.run(reconciler.reconcile(KEY))
    assert entry.job_ends_by is not None
    assert rechecks[-1] == entry.job_ends_by
    assert reconciler.queues.is_admitted(KEY, entry.uid), "as long as its pod may run"
    entry.job_ends_by = datetime.now(UTC)
    asyncio.run(reconciler.reconcile(KEY))
    assert not reconciler.queues.is_admitted(KEY, entry.uid)


def test_the_next_renewal_of_urls_is_scheduled_by_the_one_before() -> None:
    due, later_on = datetime.now(UTC) - timedelta(seconds=1), datetime.now(UTC) + timedelta(minutes=10)
    ends = iter([due, due, later_on])

    class Renewing(FakeApplier):
        async def apply(self, plan: Plan, observed: Observed) -> Applied:
            await super().apply(plan, observed)
            return Applied(secret_ensured=True, renew_urls_at=next(ends))

    applier, rechecks = Renewing(), list[datetime | None]()
    reconciler, entry = a_reconciler_with_a_report(applier)
    entry.facts.report = None
    reconciler.policy = Policy(renews_urls=True)
    reconciler.recheck = lambda _key, at: rechecks.append(at)
    for _ in range(3):
        asyncio.run(reconciler.reconcile(KEY))
    assert [plan.ensure_secret for plan in applier.plans] == [True] * 3
    assert rechecks == [due, due, later_on]
