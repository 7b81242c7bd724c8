"""Observes one IfcJob: the cache and the queues each time, facts only when a plan wants them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from ifcjob.report import Failure
from ifcjob.resource import IfcJob
from ifcjob.status import ObservedInput
from ifcjob_catalog import EarlierResult
from ifcjob_operator.cluster.api import Cluster
from ifcjob_operator.cluster.objects import observed_pod
from ifcjob_operator.observing.cache import Cache
from ifcjob_operator.observing.entry import Entry
from ifcjob_operator.planning.attempts import next_memory_bytes
from ifcjob_operator.planning.observation import (
    CachedResult,
    Committed,
    Fact,
    MemoryAdvice,
    Observed,
    ObservedJob,
    ObservedPod,
)
from ifcjob_operator.planning.pod_defaults import with_default_resources
from ifcjob_operator.queueing.queues import Queues
from ifcjob_operator.queueing.slot_demand import SlotDemand, slot_demand


class FactSource(Protocol):
    """Looks up facts about a source and its earlier results; failures are values."""

    async def input(self, ifcjob: IfcJob) -> ObservedInput | Failure:
        """Return the source's size and identity."""

    async def cached_result(
        self, ifcjob: IfcJob, source: ObservedInput, live_result: Callable[[str], EarlierResult | None], /
    ) -> CachedResult:
        """Find an earlier result for the same content.

        `live_result` returns the result under a content key of an IfcJob that still exists.
        """

    async def published(self, ifcjob: IfcJob, attempt: int, /) -> bool | Failure:
        """Return whether an attempt has published its manifest."""

    async def memory(self, ifcjob: IfcJob, source: ObservedInput, /) -> MemoryAdvice:
        """Return the memory limit of the first attempt."""


class HistoryView(Protocol):
    """The part of the history that plans depend on."""

    def is_recorded(self, uid: str) -> bool:
        """Whether a finished IfcJob is in the catalog."""


@dataclass
class PassFacts:
    """Facts for one pass; the next pass looks them up again."""

    pods: tuple[ObservedPod, ...] | None = None
    job_checked: bool = False
    create_error: str | None = None
    input: Failure | None = None
    published: bool | Failure | None = None
    commit: Committed | Failure | None = None


@dataclass
class Observer:
    """Gathers observations from the cache, the queues, the cluster and the fact source."""

    cache: Cache
    queues: Queues
    cluster: Cluster
    fact_source: FactSource
    history: HistoryView | None

    def observe(self, entry: Entry, pass_facts: PassFacts) -> Observed:
        """Return the observation of an IfcJob, with the facts known so far."""
        ifcjob, facts = self.resolve(entry), entry.facts
        last = ifcjob.status.attempts[-1] if ifcjob.status.attempts else None
        current = last.job_name if last else None
        queue = (entry.key[0], ifcjob.spec.queue)
        cached, advice = facts.cached_result, self.advice(entry, ifcjob)
        if cached is not None:
            cached = CachedResult(
                cached.content_key, cached.result, cached.input_sha256, self._identical_under_way(entry)
            )
        return Observed(
            ifcjob=ifcjob,
            pod_defaults=self.queues.pod_defaults(queue),
            job=entry.job(current) if current else None,
            job_checked=pass_facts.job_checked,
            older_jobs=_older_jobs(entry, last.number if last else 0),
            admitted=self.queues.is_admitted(entry.key, entry.uid),
            queue_missing=not self.queues.exists(queue),
            queue_draining=self.queues.is_draining(queue),
            too_large=self.queues.too_large(queue, ifcjob.spec.resources, next_memory_bytes(ifcjob, advice)),
            secret_ensured=last is not None and facts.secret_of == last.number,
            renew_urls_at=facts.renew_urls_at if last and facts.secret_of == last.number else None,
            pods=pass_facts.pods,
            create_error=pass_facts.create_error or facts.refused,
            input=facts.input or pass_facts.input,
            cached_result=cached,
            memory=advice,
            published=pass_facts.published,
            commit=pass_facts.commit,
            posted_report=facts.report if last and facts.report_of == last.number else None,
            job_ends_by=entry.job_ends_by,
            progress=facts.progress if last and facts.progress_of == last.number else None,
            history_written=self.history is None or self.history.is_recorded(entry.uid),
        )

    def resolve(self, entry: Entry) -> IfcJob:
        """Return an IfcJob with the default resources of its queue and of the operator."""
        ifcjob = entry.ifcjob
        return with_default_resources(ifcjob, self.queues.pod_defaults((entry.key[0], ifcjob.spec.queue)))

    def advice(self, entry: Entry, ifcjob: IfcJob) -> MemoryAdvice | None:
        """Return the memory advised; None when the defaults of the resources have changed since."""
        return entry.facts.memory if entry.facts.memory_of == ifcjob.spec.resources else None

    async def look_up(self, entry: Entry, requested: frozenset[Fact], pass_facts: PassFacts) -> None:
        """Look up facts; those that stay valid are kept in the entry, the others in `pass_facts`."""
        ifcjob, facts = self.resolve(entry), entry.facts
        if Fact.JOB in requested:
            name = ifcjob.status.attempts[-1].job_name
            item = await self.cluster.job((entry.key[0], name))
            if item is None:
                self.cache.forget_job(entry.key, name)
            else:
                self.cache.take_job(item)
            pass_facts.job_checked = True
        if Fact.PODS in requested:
            await self._look_up_pods(entry, pass_facts)
        if Fact.PUBLISHED in requested:
            pass_facts.published = await self.fact_source.published(ifcjob, ifcjob.status.attempts[-1].number)
        if Fact.INPUT in requested:
            source = await self.fact_source.input(ifcjob)
            if isinstance(source, Failure) and source.retryable:  # the next pass asks the store again
                facts.input, pass_facts.input = None, source
            else:
                facts.input, pass_facts.input = source, None
            if isinstance(source, ObservedInput):
                facts.memory = await self.fact_source.memory(ifcjob, source)
                facts.memory_of = ifcjob.spec.resources
        if Fact.CACHED_RESULT in requested and isinstance(facts.input, ObservedInput):
            facts.cached_result = await self.fact_source.cached_result(ifcjob, facts.input, self.cache.result_for)
            if facts.cached_result.content_key and entry.offers:
                self.cache.index(entry, facts.cached_result.content_key)

    async def _look_up_pods(self, entry: Entry, pass_facts: PassFacts) -> None:
        name = entry.ifcjob.status.attempts[-1].job_name
        pass_facts.pods = tuple(observed_pod(pod) for pod in await self.cluster.pods_of((entry.key[0], name)))
        job = entry.job(name)
        if not pass_facts.pods and job is not None and not job.has_ended:
            pass_facts.create_error = await self.cluster.create_error(entry.key[0], job.uid)

    def _identical_under_way(self, entry: Entry) -> str | None:
        """Return the name of an identical IfcJob that is active, or pending and before this one.

        One that may start does not wait for one whose queue starts none. Of those that may not start, all but one wait,
        so that a held queue with thousands of them costs no more per IfcJob than a few.
        """
        now = datetime.now(UTC)
        may_start = self.may_start(entry)
        for other in self.cache.not_waiting_with_same_content(entry):
            if other.key[0] != entry.key[0]:
                continue
            demand = slot_demand(other.ifcjob, now)
            is_before = demand is SlotDemand.PENDING and self._order(other) < self._order(entry)
            if demand is SlotDemand.ACTIVE or (is_before and (not may_start or self.may_start(other))):
                return other.key[1]
        return None

    def may_start(self, entry: Entry) -> bool:
        """Whether the queue of an IfcJob starts jobs."""
        return self.queues.admits((entry.key[0], entry.ifcjob.spec.queue))

    def _order(self, entry: Entry) -> tuple[bool, bool, str, str]:
        """Return the order in which identical IfcJobs start: strict, so that no two wait for each other.

        First those with a slot, then those that do not wait for another one, then the oldest.
        """
        is_admitted = self.queues.is_admitted(entry.key, entry.uid)
        return not is_admitted, entry.waits_for_identical, entry.created_at, entry.key[1]


def _older_jobs(entry: Entry, attempt: int) -> tuple[ObservedJob, ...]:
    """Return the Jobs of earlier attempts that have not ended; of a finished IfcJob, those of all attempts.

    An attempt is in the status before its Job exists: a Job above the last attempt shows that the cached IfcJob is old.
    """
    running = (job for _, job in entry.jobs.values() if not job.has_ended)
    return tuple(job for job in running if entry.is_finished or job.attempt < attempt)
