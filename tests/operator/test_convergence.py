"""Whatever happens in between: an IfcJob ends, no attempt is made twice, no two run at once, one result is committed.

Hypothesis plays the cluster: pods start, succeed, fail, run out of memory, are drained; nodes are lost and found; Jobs
are deleted by hand; the store fails; people cancel, suspend, resume, delete; slots come and go; the operator sees it
late and dies between any two effects, and effects of a former leader arrive when its successor is long at work.

Two things are left out, since the status cannot tell them apart from an operator that died before it created the Job:
somebody deletes a Job in the first minute of its attempt, before the status says that its container runs; and somebody
deletes a Job whose creation by a former leader is still on its way. A former leader creates no Secret, which is what
keeps the pods of its Jobs from running.
"""

from collections.abc import Iterator
from contextlib import suppress

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ifcjob.conditions import ANY_FAILURE, IFCJOB_CONDITIONS
from ifcjob.failures import FailureReason
from ifcjob_operator.planning.attempts import under_way
from ifcjob_operator.planning.policy import Policy
from tests.support.builders import an_ifcjob
from tests.support.simulated_cluster import Conflict, SimulatedCluster
from tests.support.simulated_operator import Effect, SimulatedOperator

ROUNDS = 400
START_DEADLINE = 500_000
"""Longer than any test: whatever keeps a pod from starting must not be what ends a job."""
MOODS = ["patient", "patient", "patient", "cancels", "deletes"]
"""What people do in the end: most jobs must live long enough to meet more than one trouble."""
TROUBLES = ["run_out_of_memory", "drain_node", "lose_node", "find_node_again", "kill_deleted"]
REASONS = frozenset(map(str, FailureReason))
REPORTED = ["STORAGE_UNAVAILABLE", "OUT_OF_MEMORY", "INTERRUPTED", "NOT_AN_IFC_FILE", "CRASHED", "DEADLINE_EXCEEDED"]


class Convergence(RuleBasedStateMachine):
    """One IfcJob among everything that can happen to it."""

    @initialize(
        retries=st.integers(0, 2),
        restarts=st.integers(0, 2),
        memory=st.sampled_from(["auto", "2Gi"]),
        mood=st.sampled_from(MOODS),
    )
    def submit(self, retries: int, restarts: int, memory: str, mood: str) -> None:
        self.mood, self.policy = mood, Policy(max_memory="4Gi", max_infra_restarts=restarts)
        ifcjob = an_ifcjob(
            retry={"limit": retries}, resources={"memory": memory}, start_deadline_seconds=START_DEADLINE
        )
        self.cluster = SimulatedCluster(ifcjob)
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
        """Hand over to another leader in the middle of a reconcile, the rest of which comes later."""
        self.late.append(self._apply_some(effects))
        self.operator.is_former = True
        self._start()

    @precondition(lambda self: self.late)
    @rule()
    def late_effects(self) -> None:
        with suppress(Conflict):
            for _, effect in self.late.pop():
                effect()

    @rule(steps=st.integers(1, 3))
    def all_goes_well(self, steps: int) -> None:
        """Take the straight path for a while."""
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

    @rule(seen=st.booleans())
    def pods_succeed(self, *, seen: bool) -> None:
        self.cluster.end_pods(seen=seen)

    @rule(reason=st.sampled_from([FailureReason[name] for name in REPORTED]), seen=st.booleans())
    def pods_fail(self, reason: FailureReason, *, seen: bool) -> None:
        self.cluster.end_pods(reason=reason, seen=seen)

    @rule(trouble=st.sampled_from(TROUBLES))
    def trouble(self, trouble: str) -> None:
        getattr(self.cluster, trouble)()

    @precondition(lambda self: not self.late)
    @rule(in_background=st.booleans())
    def job_is_deleted_by_hand(self, *, in_background: bool) -> None:
        for name in list(self.cluster.jobs):
            if self.cluster.is_known(name, self.policy.create_grace):
                self.cluster.delete_job(name, in_background=in_background)

    @rule(is_up=st.booleans())
    def store(self, *, is_up: bool) -> None:
        self.cluster.store_is_up = is_up

    # People.

    @rule(suspend=st.booleans())
    def suspend(self, *, suspend: bool) -> None:
        self.cluster.change_spec(suspend=suspend)

    @precondition(lambda self: self.mood == "cancels")
    @rule()
    def cancel(self) -> None:
        self.cluster.change_spec(cancel=True)

    @precondition(lambda self: self.mood == "deletes")
    @rule()
    def delete(self) -> None:
        self.cluster.delete()

    # What must hold.

    @invariant()
    def no_two_attempts_run_at_once(self) -> None:
        assert len(self.cluster.running()) <= 1

    @invariant()
    def no_attempt_is_made_or_run_twice(self) -> None:
        assert all(count == 1 for count in self.cluster.created.values())
        assert all(count == 1 for count in self.cluster.ran.values())

    @invariant()
    def at_most_one_commit(self) -> None:
        assert len(self.cluster.commits) <= 1

    @invariant()
    def tries_are_bounded(self) -> None:
        status, spec = self.cluster.ifcjob.status, self.cluster.ifcjob.spec
        assert status.retries <= spec.retry.limit
        assert status.infra_restarts <= self.policy.max_infra_restarts

    @invariant()
    def conditions_are_those_of_the_contract(self) -> None:
        for said in self.cluster.ifcjob.status.conditions:
            rows = [row for row in IFCJOB_CONDITIONS[said.type] if row.status == said.status]
            known = {row.reason for row in rows}
            assert said.reason in known or (ANY_FAILURE in known and said.reason in REASONS), said

    def teardown(self) -> None:
        """Let the cluster calm down: the job must end, and its end must leave nothing to do."""
        if not hasattr(self, "cluster"):
            return
        self.cluster.store_is_up = True
        if self.cluster.ifcjob.spec.suspend:
            self.cluster.change_spec(suspend=False)
        before = self.cluster.ifcjob
        self._calm_down()
        self.tries_are_bounded()
        if self.cluster.is_gone:
            return
        status = self.cluster.ifcjob.status
        assert (status.phase == "Succeeded") <= (len(self.cluster.commits) == 1)
        assert under_way(status) is None
        if before.spec.cancel and not before.status.is_finished and under_way(before.status) is None:
            assert status.phase == "Cancelled"
        self.operator.catch_up()
        self.operator.reconcile()  # takes note of a spec that changed after the end
        _, decided = self.operator.decide()
        assert decided.is_empty, decided

    def _calm_down(self) -> None:
        for count in range(ROUNDS):
            if self.cluster.is_gone or (self.cluster.has_settled() and not self.late):
                return
            if self.late:
                self.late_effects()
            self.operator.admitted, self.operator.draining = under_way(self.cluster.ifcjob.status) is None, False
            self.operator.catch_up()
            self.operator.reconcile()
            self.cluster.run_controllers()
            self.cluster.start_pods()
            self.no_two_attempts_run_at_once()
            self.no_attempt_is_made_or_run_twice()
            self.at_most_one_commit()
            self.conditions_are_those_of_the_contract()
            if count % 4 == 3:
                self.cluster.end_pods()
            self.cluster.pass_time(2 if count < 20 else 60)
        raise AssertionError(f"does not end: {self.cluster.ifcjob.status.to_json()}")

    def _apply_some(self, effects: int) -> Iterator[Effect]:
        """Carry out the first effects of a reconcile and return the rest."""
        rest = self.operator.effects()
        with suppress(Conflict):
            for _, (_, effect) in zip(range(effects), rest, strict=False):
                effect()
            return rest
        return iter(())

    def _start(self) -> None:
        """Start another process, to which the queue grants what it granted the one before."""
        former, self.operator = self.operator, SimulatedOperator(self.cluster, self.policy)
        self.operator.admitted, self.operator.draining = former.admitted, former.draining


Convergence.TestCase.settings = settings(
    max_examples=1500,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestConvergence = Convergence.TestCase
