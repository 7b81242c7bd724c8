"""A simulated operator process: observes through a cache that lags, plans, and applies effect by effect."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from ifcjob.failures import FailureReason
from ifcjob.report import Failure
from ifcjob.resource import IfcJob
from ifcjob.status import Attempt, IfcJobStatus
from ifcjob_operator.plan import plan
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.attempts import under_way
from ifcjob_operator.planning.observation import CachedResult, Committed, Fact, MemoryAdvice, Observed, ObservedJob
from ifcjob_operator.planning.outcome import failure_of
from ifcjob_operator.planning.policy import Policy

from .builders import GIB, INPUT, a_report
from .simulated_cluster import Conflict, SimulatedCluster, snapshot

Effect = tuple[str, Callable[[], None]]
MAX_LOOKUP_ROUNDS = 6


@dataclass
class SimulatedOperator:
    """One operator process, from its start to its crash."""

    cluster: SimulatedCluster
    policy: Policy
    ifcjob: IfcJob = field(init=False)
    jobs: dict[str, ObservedJob] = field(init=False)
    secrets: set[str] = field(default_factory=set)
    admitted: bool = False
    draining: bool = False
    report_of: int = 0
    """The attempt that has posted its report to this process."""
    has_lost_lease: bool = False
    """Its remaining effects may arrive at any later time, but it creates no Secret."""

    def __post_init__(self) -> None:
        self.catch_up()

    def catch_up(self) -> None:
        """Update the cache to the current state of the cluster."""
        self.ifcjob, self.jobs = self.cluster.ifcjob, snapshot(self.cluster)

    def decide(self, observed: Observed | None = None) -> tuple[Observed, Plan]:
        """Observe and plan, looking up the facts that the plan wants."""
        observed = observed or self._observe()
        for _ in range(MAX_LOOKUP_ROUNDS):
            decision = plan(observed, self.policy, self.cluster.now)
            if not decision.wanted_facts:
                return observed, decision
            observed = self._look_up(observed, decision.wanted_facts)
        raise AssertionError(f"the plan wants facts endlessly: {decision.wanted_facts}")

    def effects(self) -> Iterator[Effect]:
        """Yield the effects of one pass; each must be applied before the next one is requested."""
        observed, decision = self.decide()
        if decision.commit is not None:
            committed_attempt = decision.commit
            results: list[Committed | Failure] = []
            yield "commit", lambda: results.append(self.cluster.commit(committed_attempt))
            if isinstance(results[0], Failure):
                self.report_of, observed = 0, replace(observed, posted_report=None)
            observed, decision = self.decide(replace(observed, commit=results[0]))
            assert decision.commit is None
        for name in decision.delete_jobs:
            yield "delete job", partial(self._delete, name)
        if decision.status is not None:
            status = decision.status
            yield "status", lambda: self._patch(observed, status)
        if (attempt := decision.create_attempt) is not None:
            yield "create job", lambda: self._create(attempt)
            yield "create secret", lambda: self._secret(attempt.job_name)
        elif decision.ensure_secret and observed.job:
            yield "create secret", partial(self._secret, observed.job.name)
        if decision.delete_ifcjob:
            yield "delete ifcjob", self.cluster.delete

    def reconcile(self) -> None:
        """Apply all effects of one pass; a conflict ends it."""
        for _, effect in self.effects():
            try:
                effect()
            except Conflict:
                self.catch_up()
                return

    def _observe(self) -> Observed:
        attempts = self.ifcjob.status.attempts
        last = attempts[-1] if attempts else None
        store_is_up = self.cluster.store_is_up
        return Observed(
            self.ifcjob,
            job=self.jobs.get(last.job_name) if last else None,
            older_jobs=tuple(job for job in self.jobs.values() if last and job.attempt < last.number),
            admitted=self.admitted,
            queue_draining=self.draining,
            secret_ensured=bool(last and last.job_name in self.secrets),
            input=INPUT if store_is_up else failure_of(FailureReason.STORAGE_UNAVAILABLE, "the store does not answer"),
            cached_result=CachedResult(),
            memory=MemoryAdvice(GIB, "formula"),
            posted_report=a_report() if last and self.report_of == last.number else None,
        )

    def _look_up(self, observed: Observed, facts: frozenset[Fact]) -> Observed:
        attempt = under_way(self.ifcjob.status)
        assert attempt is not None
        if Fact.JOB in facts:
            job = self.cluster.jobs.get(attempt.job_name)
            observed = replace(observed, job=self.cluster.observed_job(job) if job else None, job_checked=job is None)
        if Fact.PUBLISHED in facts:
            down = failure_of(FailureReason.STORAGE_UNAVAILABLE, "the store does not answer")
            published = attempt.number in self.cluster.published if self.cluster.store_is_up else down
            observed = replace(observed, published=published)
        if Fact.PODS in facts:
            pods = tuple(pod.observed() for pod in self.cluster.pods_of(attempt.job_name))
            observed = replace(observed, pods=pods)
        return observed

    def _delete(self, name: str) -> None:
        self.cluster.delete_job(name)

    def _patch(self, observed: Observed, status: IfcJobStatus) -> None:
        self.cluster.patch_status(int(observed.ifcjob.metadata.resource_version), status)
        self.ifcjob = self.cluster.ifcjob

    def _create(self, attempt: Attempt) -> None:
        job = self.cluster.create_job(attempt, is_late=self.has_lost_lease)
        self.jobs[job.name] = self.cluster.observed_job(job)

    def _secret(self, name: str) -> None:
        job = self.cluster.jobs.get(name)
        if job is not None and not self.has_lost_lease:
            self.cluster.create_secret(job)
            self.secrets.add(name)
