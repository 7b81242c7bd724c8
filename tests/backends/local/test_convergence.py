"""The operator's property holds on the local API server, with the Job controller and kubelet of `ifcjob serve`."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.operator.test_convergence import Convergence
from tests.support.local_cluster import LocalSimulatedCluster


class LocalConvergence(Convergence):
    """The same rules and invariants."""

    make_cluster = LocalSimulatedCluster

    def teardown(self) -> None:
        """Stop all faults: the IfcJob must finish, and a finished IfcJob must leave nothing to do."""
        try:
            super().teardown()
        finally:
            if hasattr(self, "cluster"):
                assert isinstance(self.cluster, LocalSimulatedCluster)
                self.cluster.close()


LocalConvergence.TestCase.settings = settings(
    max_examples=100,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestLocalConvergence = LocalConvergence.TestCase
