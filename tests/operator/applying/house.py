"""An IfcJob on a real API server whose answers can be lost, for tests of effects."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ifcjob.request import Output, RunRequest, Source
from ifcjob_operator.applying.apply import Applied, Applier
from ifcjob_operator.applying.job_manifest import PodSettings
from ifcjob_operator.cluster.objects import ifcjob_of
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.attempts import next_attempt
from ifcjob_operator.planning.observation import Committed, Observed
from tests.support.builders import (
    GIB,
    INPUT,
    a_status,
)

if TYPE_CHECKING:
    from ifcjob.report import Failure, RunReport
    from ifcjob.resource import IfcJob
    from ifcjob.status import Attempt
    from ifcjob_operator.applying.runner_policy import RunnerPolicy
    from ifcjob_operator.cluster.api import Cluster
    from tests.support.faulty_api_server import FaultyApiServer

SETTINGS = PodSettings(image="registry.example.com/ifcjob/runner:0.2.0")
WRITES = ("POST", "PATCH", "DELETE", "PUT")


class House:
    """An IfcJob `house` on a server that misbehaves as told."""

    def __init__(self, cluster: Cluster, server: FaultyApiServer, namespace: str) -> None:
        self.cluster = cluster
        self.server = server
        self.namespace = namespace

    async def ifcjob(self) -> IfcJob:
        item = await self.cluster.ifcjob((self.namespace, "house"))
        assert item is not None
        return ifcjob_of(item)

    async def apply(self, decision: Plan, ifcjob: IfcJob, requests: Any = None, **observed: Any) -> Applied:
        applier = Applier(self.cluster, requests or request_of, no_commit, SETTINGS)
        return await applier.apply(decision, Observed(ifcjob, **observed))

    async def start(self, runner_policy: RunnerPolicy | None = None) -> tuple[Plan, Applied]:
        """Record and create the first attempt."""
        ifcjob = await self.ifcjob()
        decision = first_attempt(ifcjob)
        applier = Applier(self.cluster, request_of, no_commit, SETTINGS, runner_policy)
        return decision, await applier.apply(decision, Observed(ifcjob))

    async def all(self, path: str) -> list[dict[str, Any]]:
        return [item async for item in self.cluster.pages(f"{path.format(self.namespace)}")]

    async def jobs(self) -> list[dict[str, Any]]:
        return await self.all("/apis/batch/v1/namespaces/{}/jobs")

    async def secrets(self) -> list[dict[str, Any]]:
        return await self.all("/api/v1/namespaces/{}/secrets")

    @property
    def writes(self) -> list[str]:
        """All writes, also failed ones, in order."""
        start = f"/namespaces/{self.namespace}/"
        return [f"{method} {path.partition(start)[2]}" for method, path in self.server.seen if method in WRITES]


def first_attempt(ifcjob: IfcJob) -> Plan:
    attempt = next_attempt(ifcjob, GIB, datetime.now(UTC))
    status = a_status(attempts=[attempt], input=INPUT, admitted_at=attempt.admitted_at, phase="Starting")
    return Plan(status=status, create_attempt=attempt)


async def no_commit(_ifcjob: IfcJob, _attempt: int, _report: RunReport | None) -> Committed | Failure:
    raise AssertionError("the plan does not commit")


async def request_of(ifcjob: IfcJob, attempt: Attempt) -> RunRequest:
    """Make a request that shows what it was made of."""
    assert ifcjob.status.attempts[-1] == attempt
    uploads = {"manifest.json": f"https://s3.example.com/{attempt.job_name}"}
    return RunRequest(source=Source(uri="https://s3.example.com/house.ifc"), output=Output(uploads=uploads))
