"""One pass of the reconciler: how plans, look-ups and effects follow each other."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from ifcjob_operator.applying.apply import Applied
from ifcjob_operator.applying.transitions import Transitions
from ifcjob_operator.observing.cache import Cache
from ifcjob_operator.planning.policy import Policy
from ifcjob_operator.queueing.queues import Queues
from ifcjob_operator.reconcile import Reconciler
from tests.support.builders import COMMITTED, a_job, a_pod, a_report, an_ifcjob, observed, running

if TYPE_CHECKING:
    from collections.abc import Callable

    from ifcjob_operator.observing.entry import Entry
    from ifcjob_operator.observing.observe import PassFacts
    from ifcjob_operator.planning.actions import Plan
    from ifcjob_operator.planning.observation import Fact, Observed

KEY = ("bim", "house")


class FakeObserver:
    """Observes an attempt whose Job is complete."""

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
    manifest = an_ifcjob(status=running(), queue="night").model_dump(mode="json", by_alias=True, exclude_none=True)
    cache.take_ifcjob(manifest)
    queues = Queues(timedelta(minutes=10))
    reconciler = Reconciler(
        observer=observer or cast("Any", FakeObserver()),
        cache=cache,
        queues=queues,
        cluster=cast("Any", None),
        applier=cast("Any", applier),
        history=None,
        policy=Policy(),
        transitions=Transitions(),
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
    applier = FakeApplier(on_commit=lambda: reconciler.cache.drop_ifcjob(reconciler.cache.get(KEY).item))  # type: ignore[union-attr]
    reconciler, woken = a_reconciler(applier)
    asyncio.run(reconciler.reconcile(KEY))
    assert [plan.commit for plan in applier.plans] == [1]
    assert woken == [KEY]


def test_a_plan_that_wants_facts_endlessly_is_an_error() -> None:
    class Forgetful(FakeObserver):
        async def look_up(self, _entry: Entry, _requested: frozenset[Fact], _pass_facts: PassFacts) -> None:
            return

    reconciler, _ = a_reconciler(FakeApplier(), observer=Forgetful())
    with pytest.raises(RuntimeError, match="wants facts endlessly"):
        asyncio.run(reconciler.reconcile(KEY))
