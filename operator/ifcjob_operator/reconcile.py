"""Reconciles one IfcJob at a time: observe, plan, apply, until the plan is applied; then updates its queue entry."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from ifcjob.failures import RunFailure
from ifcjob.report import Failure
from ifcjob.resource import IfcJob
from ifcjob_backends.cluster.errors import Conflict, NamespaceTerminating, NotFound, Refused
from ifcjob_backends.cluster.objects import Key, KubeObject
from ifcjob_operator.applying.apply import Applied, Applier
from ifcjob_operator.applying.history import History
from ifcjob_operator.applying.invalid_ifcjob import report_invalid
from ifcjob_operator.applying.transitions import note_transition
from ifcjob_operator.cluster.api import Cluster
from ifcjob_operator.cluster.objects import InvalidIfcJob
from ifcjob_operator.observing.cache import Cache
from ifcjob_operator.observing.entry import Entry
from ifcjob_operator.observing.observe import Observer, PassFacts
from ifcjob_operator.plan import plan
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.attempts import demanded_memory_bytes, under_way
from ifcjob_operator.planning.observation import Observed
from ifcjob_operator.planning.policy import Policy
from ifcjob_operator.queueing.default_queue import ensure_default_queue
from ifcjob_operator.queueing.queues import Queues
from ifcjob_operator.queueing.slot_demand import slot_demand
from ifcjob_operator.queueing.terminating import TerminatingNamespaces
from ifcjob_operator.repeated import RepeatedWarnings

MAX_LOOKUP_ROUNDS = 6
"""A pass looks up facts or commits a few times at most; more is a bug."""
REJECTED_RETRY_DELAY = timedelta(seconds=15)

log = structlog.get_logger()


@dataclass
class Reconciler:
    """Brings IfcJobs to their end, in steps that are safe to repeat."""

    observer: Observer
    cache: Cache
    queues: Queues
    cluster: Cluster
    applier: Applier
    history: History | None
    policy: Policy
    wake: Callable[[Key], None]
    """Have an IfcJob reconciled soon."""
    recheck: Callable[[Key, datetime | None], None]
    """Have an IfcJob reconciled at a time."""
    notify: Callable[[IfcJob, KubeObject], None] | None = None
    """Take note of an IfcJob before and after a plan; None when the history does."""
    terminating: TerminatingNamespaces = field(default_factory=TerminatingNamespaces)
    warnings: RepeatedWarnings = field(default_factory=RepeatedWarnings)

    async def reconcile(self, key: Key) -> None:
        """Bring one IfcJob one step closer to its spec. Safe to call at any time, any number of times."""
        entry = self.cache.get(key)
        if entry is None:
            self.queues.remove(key)
            self.recheck(key, None)
            self.terminating.discard(key)
        else:
            self.queues.remove_earlier(key, entry.uid)  # also when this one is unreadable
            try:
                if not self.terminating.has(key, entry.uid):
                    await ensure_default_queue(self.cluster, self.queues, entry.ifcjob)
                await self._run_pass(entry)
            except NamespaceTerminating:
                self.terminating.add(key, entry.uid)
            except InvalidIfcJob as error:
                await self._report_invalid(entry, str(error))
            except Conflict:
                await self._refresh(entry)
        self.admit()

    def admit(self) -> None:
        """Grant free slots."""
        for key in self.queues.admit(datetime.now(UTC)):
            if (entry := self.cache.get(key)) is not None:
                entry.granted_at = time.monotonic()
            self.wake(key)

    async def _run_pass(self, entry: Entry) -> None:
        """Observe, plan, apply; again after looking up facts or committing, whose results the next plan needs."""
        pass_facts = PassFacts()
        for _ in range(MAX_LOOKUP_ROUNDS):
            observed = self.observer.observe(entry, pass_facts)
            decision = plan(observed, self.policy, datetime.now(UTC))
            if decision.wanted_facts:
                await self.observer.look_up(entry, decision.wanted_facts, pass_facts)
                continue
            if self.cache.get(entry.key) is not entry:  # it was deleted meanwhile, and maybe recreated
                return self.wake(entry.key)
            if decision.create_attempt is not None and self.terminating.has(entry.key, entry.uid):
                return None
            applied = await self._apply(entry, decision, observed)
            if applied is None:
                return None
            if applied.commit is None:
                return self._after(entry, decision, observed, applied)
            if isinstance(applied.commit, Failure):
                entry.facts.report = None  # the end of its pod decides; else each wake would commit again
            pass_facts.commit = applied.commit
        raise RuntimeError(f"the plan for {'/'.join(entry.key)} wants facts endlessly: {decision}")

    async def _apply(self, entry: Entry, decision: Plan, observed: Observed) -> Applied | None:
        """Apply a plan; None when it could not be applied and a later pass tries again."""
        try:
            return await self.applier.apply(decision, observed)
        except NotFound:
            await self._refresh(entry)
        except RunFailure as error:
            # The source has changed since it was looked up: the next pass looks it up again.
            failure = Failure.of(error)
            entry.facts.input = None if failure.retryable else failure
            self._warn(entry, "request not made", error.message)
            self.recheck(entry.key, datetime.now(UTC) + REJECTED_RETRY_DELAY)
        except NamespaceTerminating:
            raise
        except Refused as error:
            # A quota, an admission policy or a name that is taken: a user can fix it, so it is tried again.
            self._warn(entry, "job refused", error.message)
            is_first, entry.facts.refused = entry.facts.refused is None, error.message
            if is_first:
                await self._refresh(entry)  # wakes it: the next pass writes the message into the status
            self.recheck(entry.key, datetime.now(UTC) + REJECTED_RETRY_DELAY)
        return None

    def _after(self, entry: Entry, decision: Plan, observed: Observed, applied: Applied) -> None:
        """Update cache, metrics, queue and timer after a plan was applied."""
        self._update_cache(entry, applied)
        if self.notify is not None and applied.ifcjob is not None:
            self.notify(observed.ifcjob, applied.ifcjob)
        note_transition(observed.ifcjob, decision, applied, observed, entry.granted_at)
        if decision.create_attempt is not None and applied.job is not None:
            entry.granted_at = None
        if entry.is_finished and observed.posted_report is not None:
            entry.job_ends_by = datetime.now(UTC) + self.policy.job_end_grace
        self.update_queue(entry)
        # The plan was made before its own renewal of URLs, and knows nothing of the next one.
        times = [at for at in (decision.recheck_at, applied.renew_urls_at) if at is not None]
        self.recheck(entry.key, min(times, default=None))
        if applied.ifcjob is not None and (entry.is_finished or not _job_events_suffice(entry)):
            # The new status requires a next step, such as a deletion, and the watch may not report our own write.
            self.wake(entry.key)
        if not entry.is_under_way:
            entry.forget_parsed()

    def _update_cache(self, entry: Entry, applied: Applied) -> None:
        facts = entry.facts
        if applied.secret_ensured:
            facts.refused = None
        if applied.ifcjob is not None:
            self._take_ifcjob(applied.ifcjob)
        if applied.job is not None:
            self.cache.take_job(applied.job)
        if applied.secret_ensured and not entry.is_finished:
            facts.secret_of = entry.ifcjob.status.attempts[-1].number
            facts.renew_urls_at = applied.renew_urls_at
        if entry.is_finished and not entry.has_woken_duplicates:
            self._wake_duplicates(entry)

    def _wake_duplicates(self, entry: Entry) -> None:
        """Have IfcJobs that waited for this one look up a cached result again.

        Thousands may wait. Without a result to reuse, only one of them could run: the others wait for that one.
        """
        entry.has_woken_duplicates = True
        for other in self.cache.forget_looked_up(entry, self.observer.may_start, first_only=entry.result is None):
            self.wake(other.key)

    def update_queue(self, entry: Entry) -> None:
        """Put an IfcJob's demand into its queue; one whose pod is about to end keeps its slot until then."""
        if entry.pod_ends_soon:
            return
        ifcjob = self.observer.resolve(entry)
        memory_bytes = demanded_memory_bytes(ifcjob, self.observer.advice(entry, ifcjob))
        attempt = under_way(ifcjob.status)
        cpu = attempt.cpu_limit if attempt else ""
        self.queues.put(ifcjob, slot_demand(ifcjob, datetime.now(UTC)), memory_bytes, cpu)

    async def _report_invalid(self, entry: Entry, error: str) -> None:
        """Report once why an IfcJob cannot be read, and leave it alone."""
        if entry.facts.refused == error:
            return
        entry.facts.refused = error
        log.warning("ifcjob unreadable", ifcjob="/".join(entry.key), uid=entry.uid, error=error)
        await report_invalid(self.cluster, entry.item, error)

    def _warn(self, entry: Entry, event: str, error: str) -> None:
        self.warnings.warn(entry.uid, event, error, ifcjob="/".join(entry.key), uid=entry.uid)

    async def _refresh(self, entry: Entry) -> None:
        """Read an IfcJob again that is newer than its cached version."""
        item = await self.cluster.ifcjob(entry.key)
        if item is None:
            self.cache.drop_ifcjob(entry.item)
        else:
            self._take_ifcjob(item)
        self.wake(entry.key)

    def _take_ifcjob(self, item: KubeObject) -> None:
        """Keep a version that the watch may not deliver again, in the cache and in the history."""
        if self.cache.take_ifcjob(item) is not None and self.history is not None:
            self.history.note(item)


def _job_events_suffice(entry: Entry) -> bool:
    """Whether an attempt is starting or running, so that events of its Job trigger the next step."""
    running = entry.ifcjob.status.condition("Running") if entry.is_under_way else None
    return running is not None and running.status != "Unknown"
