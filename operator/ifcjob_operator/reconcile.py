"""One IfcJob at a time: observe, plan, look up what the plan asks for, plan again, apply; then its queue is told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from ifcjob.failures import RunFailure
from ifcjob.queue import IfcQueue
from ifcjob.report import Failure
from ifcjob.resource import API_VERSION, IfcJob
from ifcjob.status import Attempt, ObservedInput, Result
from ifcjob_operator.apply import Applied, Requests, apply
from ifcjob_operator.attempts import memory_limit, under_way
from ifcjob_operator.cluster import Cluster, Key
from ifcjob_operator.connection import ClusterError, Conflict, NotFound, Refused
from ifcjob_operator.history import History
from ifcjob_operator.job_manifest import PodSettings
from ifcjob_operator.observed import Committed, Former, Look, MemoryAdvice, Observed, ObservedPod
from ifcjob_operator.parse import InvalidIfcJob, observed_pod
from ifcjob_operator.plan import plan
from ifcjob_operator.planned import Plan
from ifcjob_operator.policy import Policy
from ifcjob_operator.queues import Queues
from ifcjob_operator.standing import Standing, standing
from ifcjob_operator.store import Entry, Store
from ifcjob_operator.transitions import Transitions

ROUNDS = 6
"""A plan asks for facts at most a few times; more is a bug."""
REFUSED_AGAIN = timedelta(seconds=15)

DEFAULT = "default"
"""The queue that is made when it is first named."""

log = structlog.get_logger()


class Lookup(Protocol):
    """Facts about a file and its former results; failures are values."""

    async def input(self, ifcjob: IfcJob) -> ObservedInput | Failure:
        """Is the file there, how large is it."""

    async def former(self, ifcjob: IfcJob, found: ObservedInput, near: Callable[[str], Result | None]) -> Former:
        """Is there a former result; `near` knows those of IfcJobs that are still there, by content key."""

    async def memory(self, ifcjob: IfcJob, found: ObservedInput) -> MemoryAdvice:
        """Return the memory limit of the first attempt."""

    async def commit(self, ifcjob: IfcJob, attempt: Attempt, pods: tuple[ObservedPod, ...]) -> Committed | Failure:
        """Commit an attempt's manifest."""


@dataclass
class Moment:
    """What was looked up for this pass only."""

    pods: tuple[ObservedPod, ...] | None = None
    job_checked: bool = False
    create_error: str | None = None
    input: Failure | None = None
    commit: Committed | Failure | None = None


@dataclass
class Reconciler:
    """Brings IfcJobs to their ends, each step safe to repeat."""

    store: Store
    queues: Queues
    cluster: Cluster
    lookup: Lookup
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
        entry = self.store.get(key)
        if entry is None:
            self.queues.remove(key)
            self.recheck(key, None)
        else:
            try:
                await self._step(entry)
            except InvalidIfcJob as error:
                log.exception("ifcjob unreadable", ifcjob="/".join(key), uid=entry.uid, error=str(error))
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
        if self.store.get(entry.key) is not entry:
            return self.wake(entry.key)
        before = observed.ifcjob
        try:
            applied = await apply(decided, observed, self.cluster, self.requests, self.pods)
        except NotFound:
            return await self._refresh(entry)
        except RunFailure as error:
            # The source is not as it was when it was looked at: look again, and say what is found.
            failure = error.as_failure()
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
        self._take_in(entry, applied, observed)
        self.transitions.note(before, decided, applied, observed)
        self._tell_queue(entry)
        self.recheck(entry.key, decided.recheck_at)
        if applied.ifcjob is not None and not entry.is_finished and decided.create_attempt is None:
            # What is said first is done next, such as stopping; no watch tells us of our own write.
            self.wake(entry.key)
        return None

    async def _decide(self, entry: Entry) -> tuple[Plan, Observed]:
        moment = Moment()
        for _ in range(ROUNDS):
            observed = self._observe(entry, moment)
            decided = plan(observed, self.policy, datetime.now(UTC))
            if decided.look:
                await self._look(entry, decided.look, moment)
            elif decided.commit is not None:
                attempt = observed.ifcjob.status.attempts[-1]
                moment.commit = await self.lookup.commit(observed.ifcjob, attempt, moment.pods or ())
            else:
                return decided, observed
        raise RuntimeError(f"the plan for {'/'.join(entry.key)} asks for facts without end: {decided}")

    def _observe(self, entry: Entry, moment: Moment) -> Observed:
        ifcjob, facts = entry.ifcjob, entry.facts
        last = ifcjob.status.attempts[-1] if ifcjob.status.attempts else None
        current = last.job_name if last else None
        queue = (entry.key[0], ifcjob.spec.queue)
        former = facts.former
        if former is not None:
            former = Former(former.content_key, former.result, former.input_sha256, self._goes_first(entry))
        return Observed(
            ifcjob=ifcjob,
            job=entry.job(current) if current else None,
            job_checked=moment.job_checked,
            older_jobs=tuple(job for name, (_, job) in entry.jobs.items() if name != current and not job.has_ended),
            admitted=self.queues.is_admitted(entry.key),
            queue_missing=not self.queues.exists(queue),
            queue_draining=self.queues.is_draining(queue),
            too_large=self.queues.too_large(queue, ifcjob.spec.resources, memory_limit(ifcjob, facts.memory)),
            secret_ensured=last is not None and facts.secret_of == last.number,
            pods=moment.pods,
            create_error=moment.create_error or facts.refused,
            input=facts.input or moment.input,
            former=former,
            memory=facts.memory,
            commit=moment.commit,
            progress=facts.progress if last and facts.progress_of == last.number else None,
            recorded=self.history is None or self.history.is_recorded(entry.uid),
        )

    async def _look(self, entry: Entry, wanted: frozenset[Look], moment: Moment) -> None:
        ifcjob, facts = entry.ifcjob, entry.facts
        if Look.JOB in wanted:
            name = ifcjob.status.attempts[-1].job_name
            item = await self.cluster.job((entry.key[0], name))
            if item is None:
                self.store.forget_job(entry.key, name)
            else:
                self.store.take_job(item)
            moment.job_checked = True
        if Look.PODS in wanted:
            await self._look_at_pods(entry, moment)
        if Look.INPUT in wanted:
            found = await self.lookup.input(ifcjob)
            # A store that did not answer is asked again next time.
            facts.input, moment.input = (
                (None, found) if isinstance(found, Failure) and found.retryable else (found, None)
            )
            if isinstance(found, ObservedInput):
                facts.memory = await self.lookup.memory(ifcjob, found)
        if Look.FORMER in wanted and isinstance(facts.input, ObservedInput):
            facts.former = await self.lookup.former(ifcjob, facts.input, self.store.result_for)
            if facts.former.content_key and entry.offers:
                self.store.index(entry, facts.former.content_key)

    async def _look_at_pods(self, entry: Entry, moment: Moment) -> None:
        name = entry.ifcjob.status.attempts[-1].job_name
        moment.pods = tuple(observed_pod(pod) for pod in await self.cluster.pods_of((entry.key[0], name)))
        job = entry.job(name)
        if not moment.pods and job is not None and not job.has_ended:
            moment.create_error = await self.cluster.create_error(entry.key[0], job.uid)

    def _goes_first(self, entry: Entry) -> str | None:
        """Name an identical IfcJob that is under way, or waits and is older."""
        now = datetime.now(UTC)
        for other in self.store.alike(entry):
            if other.is_finished or other.key[0] != entry.key[0]:
                continue
            stands = standing(other.ifcjob, now)
            if stands is Standing.HOLDING or self.queues.is_admitted(other.key):
                return other.key[1]
            if stands is Standing.WAITING and _age(other) < _age(entry):
                return other.key[1]
        return None

    def _take_in(self, entry: Entry, applied: Applied, observed: Observed) -> None:
        facts, commit = entry.facts, observed.commit
        if applied.secret_ensured:
            facts.refused = None
        if applied.ifcjob is not None:
            if self.history is not None:
                self.history.note(applied.ifcjob, commit.manifest if isinstance(commit, Committed) else None)
            self.store.take_ifcjob(applied.ifcjob)
        if applied.job is not None:
            self.store.take_job(applied.job)
        if applied.secret_ensured and not entry.is_finished:
            facts.secret_of = entry.ifcjob.status.attempts[-1].number
        if entry.is_finished:
            self._wake_alike(entry)

    def _wake_alike(self, entry: Entry) -> None:
        """Let those that waited for this one look again for a result."""
        for other in self.store.alike(entry):
            if not other.is_finished and under_way(other.ifcjob.status) is None:
                other.facts.former = None
                self.wake(other.key)

    def _tell_queue(self, entry: Entry) -> None:
        ifcjob = entry.ifcjob
        if (attempt := under_way(ifcjob.status)) is not None:
            limit: str | None = attempt.memory_limit
        else:
            limit = memory_limit(ifcjob, entry.facts.memory)
        self.queues.put(ifcjob, standing(ifcjob, datetime.now(UTC)), limit)

    async def _ensure_default_queue(self, ifcjob: IfcJob) -> None:
        namespace, is_default = ifcjob.metadata.namespace, ifcjob.spec.queue == DEFAULT
        if is_default and not ifcjob.status.is_finished and not self.queues.exists((namespace, DEFAULT)):
            await ensure_default_queue(self.cluster, self.queues, namespace)

    async def _refresh(self, entry: Entry) -> None:
        """Read an IfcJob that has changed behind our back."""
        item = await self.cluster.ifcjob(entry.key)
        if item is None:
            self.store.drop_ifcjob(entry.item)
        else:
            self.store.take_ifcjob(item)
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


def _age(entry: Entry) -> tuple[str, str]:
    metadata = entry.item["metadata"]
    return metadata["creationTimestamp"], metadata["name"]
