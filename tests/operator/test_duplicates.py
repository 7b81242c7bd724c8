"""IfcJobs with the same content: one runs, the others wait for it, and thousands cost no more per IfcJob than a few."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from typing import TYPE_CHECKING, Any, cast

import pytest

from ifcjob_operator.applying.apply import Applied
from ifcjob_operator.observing import content_index
from ifcjob_operator.observing.cache import Cache
from ifcjob_operator.observing.observe import Observer, PassFacts
from ifcjob_operator.planning.observation import CachedResult
from ifcjob_operator.planning.policy import Policy
from ifcjob_operator.reconcile import Reconciler
from tests.support.builders import (
    COMMITTED,
    NOW,
    a_condition,
    a_job,
    a_report,
    a_status,
    ago,
    an_ifcjob,
    finished,
    manifest_of,
    running,
)
from tests.support.queues import a_queue, add_pending, queues_of
from tests.support.simple_requests import SomeFacts

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from ifcjob.ifcqueue import IfcQueue
    from ifcjob.resource import IfcJob
    from ifcjob_operator.observing.entry import Entry
    from ifcjob_operator.planning.actions import Plan
    from ifcjob_operator.planning.observation import Observed
    from ifcjob_operator.queueing.queues import Queues

WAITS = a_status(a_condition("Admitted", "False", "WaitingForIdentical"))


class DuplicateFacts(SomeFacts):
    """All sources have the same content; counts the look-ups."""

    def __init__(self) -> None:
        self.lookups = 0

    async def cached_result(self, *arguments: Any) -> CachedResult:
        self.lookups += 1
        known = arguments[-1](COMMITTED.content_key)
        return CachedResult(COMMITTED.content_key, known.result if known else None)


class StatusApplier:
    """Applies statuses and commits only."""

    version = 100

    async def apply(self, plan: Plan, observed: Observed) -> Applied:
        if plan.commit is not None:
            return Applied(commit=COMMITTED)
        if plan.status is None:
            return Applied()
        self.version += 1
        written = observed.ifcjob.model_copy(update={"status": plan.status})
        return Applied(ifcjob=manifest_of(written, resourceVersion=str(self.version)))


class Duplicates:
    """An operator with IfcJobs of the same content, of which one runs."""

    def __init__(self, waiting: int, **spec: Any) -> None:
        self.cache, self.queues, self.facts = Cache(), queues_of(a_queue(slots=0)), DuplicateFacts()
        self.work: deque[tuple[str, str]] = deque()
        self.first = self.take("house", an_ifcjob(status=running()))
        self.first.jobs[a_job().name] = (1, a_job(ready=1))
        for number in range(waiting):
            self.take(f"copy-{number}", an_ifcjob(f"copy-{number}", status=WAITS, **spec))
        self.reconciler = Reconciler(
            observer=Observer(self.cache, self.queues, cast("Any", None), self.facts, None),
            cache=self.cache,
            queues=self.queues,
            cluster=cast("Any", None),
            applier=cast("Any", StatusApplier()),
            history=None,
            policy=Policy(),
            wake=lambda key: None if key in self.work else self.work.append(key),
            recheck=lambda _key, _time: None,
        )

    def take(self, name: str, ifcjob: IfcJob, version: int = 7) -> Entry:
        """Take in an IfcJob and index its content."""
        entry = self.cache.take_ifcjob(manifest_of(ifcjob, uid=f"uid-{name}", resourceVersion=str(version)))
        assert entry is not None
        self.cache.index(entry, COMMITTED.content_key or "")
        return entry

    async def look_up(self) -> None:
        """Have all IfcJobs look up facts, and wait for the first."""
        self.work.extend(entry.key for entry in self.cache)
        await self.drain()

    async def drain(self) -> None:
        """Reconcile until nothing is left to do."""
        while self.work:
            await self.reconciler.reconcile(self.work.popleft())

    async def publish(self) -> None:
        """Have the first one report its success, and reconcile until nothing is left to do."""
        self.first.facts.report, self.first.facts.report_of = a_report(), 1
        self.work.append(self.first.key)
        await self.drain()

    def reason(self, name: str) -> str | None:
        """Return the reason of an IfcJob's condition Admitted."""
        entry = self.cache.get(("bim", name))
        condition = entry.ifcjob.status.condition("Admitted") if entry else None
        return condition.reason if condition else None


def index_calls_of(function: Callable[[], None]) -> int:
    """Return the number of calls inside the index of contents: a measure of its work without a clock.

    A generator counts once per value.
    """
    calls = 0

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal calls
        calls += event == "call" and frame.f_code.co_filename == content_index.__file__

    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(None)
    return calls


def test_the_work_per_duplicate_does_not_grow_with_their_number() -> None:
    def calls(number: int) -> int:
        duplicates = Duplicates(number)
        asyncio.run(duplicates.look_up())
        work = index_calls_of(lambda: asyncio.run(duplicates.publish()))
        assert all(entry.ifcjob.status.phase == "Succeeded" for entry in duplicates.cache)
        assert duplicates.facts.lookups == 2 * number
        return work

    few, many = calls(20), calls(160)
    assert many < 1.5 * 8 * few, "a binary search grows a little"


def test_a_result_wakes_one_of_those_that_run_all_the_same() -> None:
    duplicates = Duplicates(3, cache="Refresh")
    asyncio.run(duplicates.look_up())
    asyncio.run(duplicates.publish())
    assert duplicates.facts.lookups == 4, "one look-up each, and another one of the first"
    assert [duplicates.reason(f"copy-{number}") for number in range(3)] == [
        "WaitingForSlot", "WaitingForIdentical", "WaitingForIdentical",
    ]  # fmt: skip


def test_a_failure_wakes_one_of_those_that_wait_and_the_others_wait_for_it() -> None:
    duplicates = Duplicates(3)
    asyncio.run(duplicates.look_up())
    duplicates.take("house", an_ifcjob(status=finished("Failed", "InvalidIfcFile")), version=50)
    duplicates.work.append(duplicates.first.key)
    for _ in range(2):  # also when the finished one is reconciled again
        asyncio.run(duplicates.reconciler.reconcile(duplicates.first.key))
    duplicates.work.popleft()
    assert list(duplicates.work) == [("bim", "copy-0")]
    asyncio.run(duplicates.drain())
    assert duplicates.facts.lookups == 4
    assert duplicates.reason("copy-0") == "WaitingForSlot"
    asyncio.run(duplicates.reconciler.reconcile(("bim", "copy-1")))
    assert duplicates.reason("copy-1") == "WaitingForIdentical"
    assert duplicates.facts.lookups == 4


@pytest.mark.parametrize(
    ("granted", "waiting", "starts"),
    [
        pytest.param(["castor", "pollux"], [], "castor", id="both have a slot: the older"),
        pytest.param(["pollux"], [], "pollux", id="the one with a slot"),
        pytest.param([], ["castor"], "pollux", id="the one that does not wait"),
        pytest.param([], [], "castor", id="the older"),
    ],
)
def test_of_two_identical_ifcjobs_exactly_one_waits(granted: list[str], waiting: list[str], starts: str) -> None:
    queues = queues_of(a_queue(slots=len(granted)))
    ifcjobs = {name: an_ifcjob(name, status=WAITS if name in waiting else None) for name in ("pollux", "castor")}
    for name, created in (("castor", ago(600)), ("pollux", ago(500))):
        ifcjobs[name].metadata.uid, ifcjobs[name].metadata.creation_timestamp = name, created
    add_pending(queues, *(ifcjobs[name] for name in granted))
    queues.admit(NOW)
    other = ({"castor", "pollux"} - {starts}).pop()
    assert under_way(queues, *ifcjobs.values()) == {other: starts, starts: None}


@pytest.mark.parametrize(
    "queues",
    [(a_queue("held", stopPolicy="Hold"), a_queue()), (a_queue("held", slots=0), a_queue()), (a_queue(),)],
    ids=["held", "without slots", "gone"],
)
def test_nobody_waits_for_an_ifcjob_of_a_queue_that_starts_none(queues: tuple[IfcQueue, ...]) -> None:
    castor, pollux = an_ifcjob("castor", queue="held"), an_ifcjob("pollux")
    castor.metadata.uid, castor.metadata.creation_timestamp = "castor", ago(600)
    assert under_way(queues_of(*queues), castor, pollux) == {"castor": None, "pollux": None}


def test_all_but_one_wait_in_a_queue_that_starts_none() -> None:
    ifcjobs = [an_ifcjob(name) for name in ("a", "b", "c")]
    for ifcjob in ifcjobs:
        ifcjob.metadata.uid = ifcjob.metadata.name
    seen = under_way(queues_of(a_queue(stopPolicy="Hold")), *ifcjobs)
    assert list(seen.values()).count(None) == 1, "else each would look at each other one"


def under_way(queues: Queues, *ifcjobs: IfcJob) -> dict[str, str | None]:
    """Return for which other one each of these IfcJobs of the same content waits."""
    cache = Cache()
    observer = Observer(cache, queues, cast("Any", None), SomeFacts(), None)
    for ifcjob in ifcjobs:
        entry = cache.take_ifcjob(manifest_of(ifcjob))
        assert entry is not None
        entry.facts.cached_result = CachedResult("content")
        cache.index(entry, "content")
    seen = {entry.key[1]: observer.observe(entry, PassFacts()).cached_result for entry in cache}
    return {name: cached.under_way if cached else None for name, cached in seen.items()}
