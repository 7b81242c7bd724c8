"""Property: every IfcJob ends, no attempt is created twice, no two run at once, and at most one result is committed.

Hypothesis drives the cluster: pods start, report, succeed, fail, run out of memory, are drained, and may have a sidecar
that keeps them running; nodes are lost and recovered; users delete Jobs, cancel, suspend, resume and delete; the object
store fails; slots are granted and revoked; the operator observes with a delay and dies between any two effects; and
effects of a previous leader arrive much later.

Two cases are excluded, because the status cannot tell them from an operator that died before it created the Job: a user
deletes a Job in the first minute of its attempt, before the status says that its container runs; and a user deletes a
Job whose creation by a previous leader is still under way. A previous leader creates no Secret, which keeps the pods of
its Jobs from running.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ifcjob.conditions import ANY_FAILURE, IFCJOB_CONDITIONS
from ifcjob.failures import FailureReason
from ifcjob.resource import IfcJob
from ifcjob_operator.planning.attempts import under_way
from ifcjob_operator.planning.policy import Policy
from tests.support.builders import GIB, an_ifcjob
from tests.support.simulated_cluster import Conflict, SimulatedCluster
from tests.support.simulated_operator import Effect, SimulatedOperator

MAX_PASSES = 400
START_DEADLINE = 500_000
"""Longer than any test: the start deadline must not end an IfcJob."""
USERS = ["patient", "patient", "patient", "cancels", "deletes"]
"""Most users are patient: their IfcJobs live long enough to meet several faults."""
FAULTS = ["run_out_of_memory", "drain_node", "lose_node", "find_node_again", "kill_deleted"]
REASONS = frozenset(map(str, FailureReason))
REPORTED = ["STORAGE_UNAVAILABLE", "OUT_OF_MEMORY", "INTERRUPTED", "NOT_AN_IFC_FILE", "CRASHED", "DEADLINE_EXCEEDED"]


class Convergence(RuleBasedStateMachine):
    """One IfcJob and every event that can affect it."""

    make_cluster: Callable[[IfcJob], SimulatedCluster] = SimulatedCluster

    @initialize(
        retries=st.integers(0, 2),
        restarts=st.integers(0, 2),
        memory=st.sampled_from(["auto", "2Gi"]),
        user=st.sampled_from(USERS),
        sidecars=st.booleans(),
    )
    def submit(self, retries: int, restarts: int, memory: str, user: str, *, sidecars: bool) -> None:
        self.user, self.policy = user, Policy(max_memory_bytes=4 * GIB, max_infra_restarts=restarts)
        ifcjob = an_ifcjob(
            retry={"limit": retries}, resources={"memory": memory}, start_deadline_seconds=START_DEADLINE
        )
        self.cluster = self.make_cluster(ifcjob)
        self.cluster.injects_sidecars = sidecars
        self.operator = SimulatedOperator(self.cluster, self.policy)
        self.late: list[Iterator[Effect]] = []

    # The operator.

    @rule()
    def reconcile(self) -> None:
        self.operator.reconcile()

    @rule(effects=st.integers(0, 3))
    def crash(self, effects: int) -> None:
        self._apply_some(effects)
        self._start()

    @rule(effects=st.integers(0, 2))
    def lose_the_lease(self, effects: int) -> None:
        """Hand over to another leader in the middle of a pass; its remaining effects come later."""
        self.late.append(self._apply_some(effects))
        self.operator.has_lost_lease = True
        self._start()

    @precondition(lambda self: self.late)
    @rule()
    def late_effects(self) -> None:
        with suppress(Conflict):
            for _, effect in self.late.pop():
                effect()

    @rule(steps=st.integers(1, 3))
    def all_goes_well(self, steps: int) -> None:
        """Let everything succeed for a while."""
        self.operator.admitted = True
        for _ in range(steps):
            self.operator.catch_up()
            self.operator.reconcile()
            self.cluster.run_controllers()
            self.cluster.start_pods()
            self.no_two_attempts_run_at_once()

    @rule()
    def watches_catch_up(self) -> None:
        self.operator.catch_up()

    # The queue.

    @rule(admitted=st.booleans(), draining=st.sampled_from([False, False, True]))
    def queue(self, *, admitted: bool, draining: bool) -> None:
        self.operator.admitted, self.operator.draining = admitted, draining

    # The cluster.

    @rule(seconds=st.sampled_from([1, 4, 20, 61, 400]))
    def time_passes(self, seconds: int) -> None:
        self.cluster.pass_time(seconds)

    @rule()
    def controllers(self) -> None:
        self.cluster.run_controllers()

    @rule()
    def pods_start(self) -> None:
        self.cluster.start_pods()

    @rule(has_report=st.booleans())
    def pods_succeed(self, *, has_report: bool) -> None:
        self.cluster.end_pods(has_report=has_report)

    @rule(reason=st.sampled_from([FailureReason[name] for name in REPORTED]), has_report=st.booleans())
    def pods_fail(self, reason: FailureReason, *, has_report: bool) -> None:
        self.cluster.end_pods(reason=reason, has_report=has_report)

    @rule()
    def runs_report_success(self) -> None:
        """Publish and report to the operator, which loses it when it dies; the pods end later, or fail."""
        for pod in self.cluster.publish():
            self.operator.report_of = pod.attempt

    @rule(fault=st.sampled_from(FAULTS))
    def fault(self, fault: str) -> None:
        getattr(self.cluster, fault)()

    @precondition(lambda self: not self.late)
    @rule(in_background=st.booleans())
    def user_deletes_job(self, *, in_background: bool) -> None:
        for name in list(self.cluster.jobs):
            if self.cluster.is_known(name, self.policy.create_grace):
                self.cluster.delete_job(name, in_background=in_background)

    @rule(is_up=st.booleans())
    def store(self, *, is_up: bool) -> None:
        self.cluster.store_is_up = is_up

    # Users.

    @rule(suspend=st.booleans())
    def suspend(self, *, suspend: bool) -> None:
        self.cluster.change_spec(suspend=suspend)

    @precondition(lambda self: self.user == "cancels")
    @rule()
    def cancel(self) -> None:
        self.cluster.change_spec(cancel=True)

    @precondition(lambda self: self.user == "deletes")
    @rule()
    def delete(self) -> None:
        self.cluster.delete()

    # Invariants.

    @invariant()
    def no_two_attempts_run_at_once(self) -> None:
        assert len(self.cluster.running()) <= 1

    @invariant()
    def no_attempt_is_created_or_run_twice(self) -> None:
        assert all(count == 1 for count in self.cluster.created.values())
        assert all(count == 1 for count in self.cluster.ran.values())

    @invariant()
    def at_most_one_commit(self) -> None:
        assert len(self.cluster.commits) <= 1

    @invariant()
    def attempts_are_bounded(self) -> None:
        status, spec = self.cluster.ifcjob.status, self.cluster.ifcjob.spec
        assert status.retries <= spec.retry.limit
        assert status.infra_restarts <= self.policy.max_infra_restarts

    @invariant()
    def conditions_are_those_of_the_contract(self) -> None:
        for condition in self.cluster.ifcjob.status.conditions:
            rows = [row for row in IFCJOB_CONDITIONS[condition.type] if row.status == condition.status]
            known = {row.reason for row in rows}
            assert condition.reason in known or (ANY_FAILURE in known and condition.reason in REASONS), condition

    def teardown(self) -> None:
        """Stop all faults: the IfcJob must finish, and a finished IfcJob must leave nothing to do."""
        if not hasattr(self, "cluster"):
            return
        self.cluster.store_is_up = True
        if self.cluster.ifcjob.spec.suspend:
            self.cluster.change_spec(suspend=False)
        before = self.cluster.ifcjob
        self._recover()
        self.attempts_are_bounded()
        if self.cluster.is_deleted:
            return
        status = self.cluster.ifcjob.status
        assert (status.phase == "Succeeded") <= (len(self.cluster.commits) == 1)
        assert under_way(status) is None
        if before.spec.cancel and not before.status.is_finished and under_way(before.status) is None:
            assert status.phase == "Cancelled"
        self.operator.catch_up()
        self.operator.reconcile()  # updates observedGeneration after a late change of the spec
        _, decision = self.operator.decide()
        assert decision.is_empty, decision

    def _recover(self) -> None:
        for count in range(MAX_PASSES):
            if self.cluster.is_deleted or (self.cluster.has_settled() and not self.late):
                return
            if self.late:
                self.late_effects()
            self.operator.admitted, self.operator.draining = under_way(self.cluster.ifcjob.status) is None, False
            self.operator.catch_up()
            self.operator.reconcile()
            self.cluster.run_controllers()
            self.cluster.start_pods()
            self.no_two_attempts_run_at_once()
            self.no_attempt_is_created_or_run_twice()
            self.at_most_one_commit()
            self.conditions_are_those_of_the_contract()
            if count % 4 == 3:
                self.cluster.end_pods()
            self.cluster.pass_time(2 if count < 20 else 60)
        raise AssertionError(f"does not end: {self.cluster.ifcjob.status.to_json()}")

    def _apply_some(self, effects: int) -> Iterator[Effect]:
        """Apply the first effects of a pass and return the rest."""
        rest = self.operator.effects()
        with suppress(Conflict):
            for _, (_, effect) in zip(range(effects), rest, strict=False):
                effect()
            return rest
        return iter(())

    def _start(self) -> None:
        """Start another process; the queue grants it the same slot as the previous one."""
        previous, self.operator = self.operator, SimulatedOperator(self.cluster, self.policy)
        self.operator.admitted, self.operator.draining = previous.admitted, previous.draining


Convergence.TestCase.settings = settings(
    max_examples=1500,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestConvergence = Convergence.TestCase
