"""One IfcJob at a time: observe, plan, look up what the plan asks for, plan again, apply; then its queue is told."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.ifcqueue import IfcQueue
from ifcjob.report import Failure
from ifcjob.resource import API_VERSION, IfcJob
from ifcjob.status import Condition
from ifcjob_operator.applying.apply import Applied, Requests, apply
from ifcjob_operator.applying.history import History
from ifcjob_operator.applying.job_manifest import PodSettings
from ifcjob_operator.applying.transitions import Transitions
from ifcjob_operator.cluster.api import Cluster
from ifcjob_operator.cluster.client import ClusterError, Conflict, NotFound, Refused
from ifcjob_operator.cluster.objects import InvalidIfcJob, Key
from ifcjob_operator.observing.cache import Cache
from ifcjob_operator.observing.entry import Entry
from ifcjob_operator.observing.observe import Observer, PassFacts
from ifcjob_operator.plan import plan
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.attempts import memory_limit, under_way
from ifcjob_operator.planning.observation import Observed
from ifcjob_operator.planning.policy import Policy
from ifcjob_operator.queueing.queues import Queues
from ifcjob_operator.queueing.slot_demand import slot_demand

ROUNDS = 6
"""A plan asks for facts at most a few times; more is a bug."""
REFUSED_AGAIN = timedelta(seconds=15)

DEFAULT = "default"
"""The queue that is made when it is first named."""

log = structlog.get_logger()


@dataclass
class Reconciler:
    """Brings IfcJobs to their ends, each step safe to repeat."""

    observer: Observer
    cache: Cache
    queues: Queues
    cluster: Cluster
    requests: Requests
    history: History | None
    policy: Policy
    pods: PodSettings
    transitions: Transitions
    wake: Callable[[Key], None]
    """Have an IfcJob reconciled soon."""
    recheck: Callable[[Key, datetime | None], None]
    """Have an IfcJob reconciled at a time."""

    async def reconcile(self, key: Key) -> None:
        """Bring one IfcJob one step closer to its spec. Safe to call at any time, any number of times."""
        entry = self.cache.get(key)
        if entry is None:
            self.queues.remove(key)
            self.recheck(key, None)
        else:
            try:
                await self._step(entry)
            except InvalidIfcJob as error:
                await self._say_unreadable(entry, str(error))
            except Conflict:
                await self._refresh(entry)
        self.admit()

    def admit(self) -> None:
        """Give free slots away."""
        for key in self.queues.admit(datetime.now(UTC)):
            self.transitions.granted(key)
            self.wake(key)

    async def _step(self, entry: Entry) -> None:
        await self._ensure_default_queue(entry.ifcjob)
        decided, observed = await self._decide(entry)
        if self.cache.get(entry.key) is not entry:
            return self.wake(entry.key)
        before = observed.ifcjob
        try:
            applied = await apply(decided, observed, self.cluster, self.requests, self.pods)
        except NotFound:
            return await self._refresh(entry)
        except RunFailure as error:
            # The source is not as it was when it was looked at: look again, and say what is found.
            failure = Failure.of(error)
            entry.facts.input = None if failure.retryable else failure
            log.warning("request not made", ifcjob="/".join(entry.key), uid=entry.uid, error=error.message)
            self.recheck(entry.key, datetime.now(UTC) + REFUSED_AGAIN)
            return None
        except Refused as error:
            # A quota, an admission policy or a name that is taken: a person can mend it, and it is tried again.
            entry.facts.refused = error.message
            log.warning("job refused", ifcjob="/".join(entry.key), uid=entry.uid, error=error.message)
            await self._refresh(entry)
            self.recheck(entry.key, datetime.now(UTC) + REFUSED_AGAIN)
            return None
        self._take_in(entry, applied)
        self.transitions.note(before, decided, applied, observed)
        self._tell_queue(entry)
        self.recheck(entry.key, decided.recheck_at)
        if applied.ifcjob is not None and (entry.is_finished or not _goes_by_itself(entry.ifcjob)):
            # What is said first is done next, such as stopping, or deleting what has finished; no watch tells us of
            # our own write.
            self.wake(entry.key)
        return None

    async def _decide(self, entry: Entry) -> tuple[Plan, Observed]:
        pass_facts = PassFacts()
        for _ in range(ROUNDS):
            observed = self.observer.observe(entry, pass_facts)
            decided = plan(observed, self.policy, datetime.now(UTC))
            if decided.wanted_facts:
                await self.observer.look_up(entry, decided.wanted_facts, pass_facts)
            elif decided.commit is not None:
                attempt = observed.ifcjob.status.attempts[-1]
                pass_facts.commit = await self.observer.fact_source.commit(
                    observed.ifcjob, attempt, pass_facts.pods or ()
                )
            else:
                return decided, observed
        raise RuntimeError(f"the plan for {'/'.join(entry.key)} asks for facts without end: {decided}")

    def _take_in(self, entry: Entry, applied: Applied) -> None:
        facts = entry.facts
        if applied.secret_ensured:
            facts.refused = None
        if applied.ifcjob is not None:
            if self.history is not None:
                self.history.note(applied.ifcjob)
            self.cache.take_ifcjob(applied.ifcjob)
        if applied.job is not None:
            self.cache.take_job(applied.job)
        if applied.secret_ensured and not entry.is_finished:
            facts.secret_of = entry.ifcjob.status.attempts[-1].number
        if entry.is_finished:
            self._wake_duplicates(entry)

    def _wake_duplicates(self, entry: Entry) -> None:
        """Let those that waited for this one look again for a result."""
        for other in self.cache.with_same_content(entry):
            if under_way(other.ifcjob.status) is None:
                other.facts.cached_result = None
                self.wake(other.key)

    def _tell_queue(self, entry: Entry) -> None:
        ifcjob = entry.ifcjob
        if (attempt := under_way(ifcjob.status)) is not None:
            limit: str | None = attempt.memory_limit
        else:
            limit = memory_limit(ifcjob, entry.facts.memory)
        self.queues.put(ifcjob, slot_demand(ifcjob, datetime.now(UTC)), limit)

    async def _ensure_default_queue(self, ifcjob: IfcJob) -> None:
        namespace, is_default = ifcjob.metadata.namespace, ifcjob.spec.queue == DEFAULT
        if is_default and not ifcjob.status.is_finished and not self.queues.exists((namespace, DEFAULT)):
            await ensure_default_queue(self.cluster, self.queues, namespace)

    async def _say_unreadable(self, entry: Entry, error: str) -> None:
        """Say once of an IfcJob that another release has written what is wrong with it, and leave it alone."""
        if entry.facts.refused == error:
            return
        entry.facts.refused = error
        log.warning("ifcjob unreadable", ifcjob="/".join(entry.key), uid=entry.uid, error=error)
        condition = Condition(
            type="Accepted",
            status="False",
            reason=FailureReason.INVALID_REQUEST,
            message=f"this release of the operator cannot read it: {error}",
            last_transition_time=datetime.now(UTC),
            observed_generation=entry.item["metadata"].get("generation", 0),
        )
        others = [one for one in (entry.item.get("status") or {}).get("conditions") or () if one["type"] != "Accepted"]
        said = {"conditions": [*others, condition.model_dump(mode="json", by_alias=True)]}
        with suppress(NotFound):
            await self.cluster.patch_status(entry.key, entry.item["metadata"]["resourceVersion"], said)

    async def _refresh(self, entry: Entry) -> None:
        """Read an IfcJob that has changed behind our back."""
        item = await self.cluster.ifcjob(entry.key)
        if item is None:
            self.cache.drop_ifcjob(entry.item)
        else:
            self.cache.take_ifcjob(item)
        self.wake(entry.key)


async def ensure_default_queue(cluster: Cluster, queues: Queues, namespace: str) -> None:
    """Make a namespace's default queue, or find that somebody has."""
    wanted = {"apiVersion": API_VERSION, "kind": "IfcQueue", "metadata": {"name": DEFAULT, "namespace": namespace}}
    try:
        item = await cluster.create_queue(namespace, wanted)
    except ClusterError:
        found = await cluster.ifcqueue((namespace, DEFAULT))
        if found is None:
            raise
        item = found
    queues.put_queue(IfcQueue.model_validate(item))


def _goes_by_itself(ifcjob: IfcJob) -> bool:
    """Tell whether an attempt starts or runs, so that its Job tells us when there is something to do."""
    running = ifcjob.status.condition("Running")
    return under_way(ifcjob.status) is not None and running is not None and running.status != "Unknown"
