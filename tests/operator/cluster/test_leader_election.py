"""Leader election on a real API server: a replica leads soon, and never two at a time."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from kubernetes.aio.leaderelection.resourcelock.leaselock import LeaseLock

from ifcjob_operator.cluster.kubernetes_cluster import KubernetesCluster
from ifcjob_operator.cluster.leader_election import LeaseLost, LeaseTiming, ResilientLeaseLock, lead, lead_one
from tests.support.async_tests import finish, until, until_awaited
from tests.support.faulty_api_server import Fault, FaultyApiServer
from tests.support.stubborn import Stubborn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tools.cluster.control_plane import ControlPlane

NAME = "operator"
QUICK = LeaseTiming(lease=3, renew=2, retry=1, request=0.8)
"""The client refuses shorter times."""


class Candidate:
    """A replica that wants to lead; it notes when it did."""

    def __init__(self, cluster: KubernetesCluster, namespace: str, identity: str, timing: LeaseTiming = QUICK) -> None:
        self.began: float | None = None
        self.ended: float | None = None
        self.stop = asyncio.Event()
        self.task = asyncio.create_task(lead(cluster, namespace, NAME, identity, self._work, timing))

    async def _work(self) -> None:
        self.began = time.monotonic()
        try:
            await self.stop.wait()
        finally:
            self.ended = time.monotonic()

    async def leads(self, seconds: float) -> None:
        """Wait until it does."""
        await until(lambda: self.began is not None or self.task.done(), seconds)
        assert not self.task.done(), self.task

    async def dies(self) -> None:
        """End it, without a word to the others if `release` was taken away."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@asynccontextmanager
async def candidates(namespace: str) -> AsyncIterator[tuple[Candidate, Candidate]]:
    """Start two candidates, of which the first leads."""
    async with KubernetesCluster() as cluster, KubernetesCluster() as another:
        first = Candidate(cluster, namespace, "first")
        await first.leads(5)
        second = Candidate(another, namespace, "second")
        try:
            yield first, second
        finally:
            await first.dies()
            await second.dies()


def test_lease_times_exclude_two_leaders_and_bound_the_time_without_one() -> None:
    timing = LeaseTiming()
    assert timing.renew + timing.retry < timing.lease
    assert timing.lease + timing.retry + timing.request < 20


def test_a_second_replica_waits_while_the_lease_is_renewed(namespace: str) -> None:
    async def main() -> None:
        async with candidates(namespace) as (first, second):
            await asyncio.sleep(QUICK.lease + 1)
            assert first.ended is None
            assert second.began is None

    finish(main())


def test_a_killed_leader_is_replaced_when_its_lease_expires(namespace: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(_: ResilientLeaseLock) -> None:
        return

    async def main() -> None:
        async with candidates(namespace) as (first, second):
            await asyncio.sleep(0.5)
            monkeypatch.setattr(ResilientLeaseLock, "release", silent)
            await first.dies()
            killed = time.monotonic()
            await second.leads(8)
            assert second.began is not None
            assert 1 < second.began - killed < QUICK.lease + 3 * QUICK.retry

    finish(main())


def test_a_leader_that_stops_in_order_is_replaced_at_once(namespace: str) -> None:
    async def main() -> None:
        async with candidates(namespace) as (first, second):
            await asyncio.sleep(0.5)
            first.stop.set()
            await first.task
            stopped = time.monotonic()
            await second.leads(8)
            assert second.began is not None
            assert second.began - stopped < 3 * QUICK.retry

    finish(main())


def test_a_leader_that_cannot_renew_stops_before_another_leads(
    api_server: ControlPlane, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with KubernetesCluster() as near, FaultyApiServer(api_server, tmp_path) as bad_network:
            monkeypatch.setenv("KUBECONFIG", str(bad_network.kubeconfig))
            async with KubernetesCluster() as far:
                first = Candidate(far, namespace, "first")
                await first.leads(5)
                second = Candidate(near, namespace, "second")
                await asyncio.sleep(1)
                await bad_network.stop()
                with pytest.raises(LeaseLost, match="could not be renewed"):
                    await first.task
                await second.leads(8)
                assert first.ended is not None
                assert second.began is not None
                assert first.ended < second.began
                await second.dies()

    finish(main())


def test_a_leader_survives_a_short_disturbance(
    api_server: ControlPlane, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    timing = replace(QUICK, lease=9, renew=6)

    async def main() -> None:
        async with FaultyApiServer(api_server, tmp_path) as bad_network:
            monkeypatch.setenv("KUBECONFIG", str(bad_network.kubeconfig))
            put = ("PUT", f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{NAME}")
            async with KubernetesCluster() as cluster:
                candidate = Candidate(cluster, namespace, "first", timing)
                await candidate.leads(5)
                for fault in (
                    Fault("PUT", "/leases/", lost="after"),
                    Fault("GET", "/leases/", status=502, body=b"<html>a proxy's page</html>"),
                    Fault("GET", "/leases/", delay=2 * QUICK.request),
                ):
                    bad_network.faults.append(fault)
                    await until(lambda: not bad_network.faults)
                renewals = bad_network.seen.count(put)
                await until(lambda: bad_network.seen.count(put) > renewals + 1)
                assert not candidate.task.done(), candidate.task
                await candidate.dies()

    finish(main())


def test_a_leader_whose_lease_another_holds_stops_at_once(
    api_server: ControlPlane, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    released: list[str] = []

    async def release(lease: ResilientLeaseLock) -> None:
        released.append(lease.identity)

    async def main() -> None:
        monkeypatch.setattr(ResilientLeaseLock, "release", release)
        async with KubernetesCluster() as cluster:
            candidate = Candidate(cluster, namespace, "first")
            await candidate.leads(5)
            taken = '{"spec": {"holderIdentity": "somebody else"}}'
            command = ["-n", namespace, "patch", "lease", NAME, "--type=merge", "-p", taken]
            patched = await asyncio.to_thread(api_server.kubectl, *command)
            assert patched.returncode == 0, patched.stderr
            began = time.monotonic()
            with pytest.raises(LeaseLost):
                await candidate.task
            assert time.monotonic() - began < QUICK.renew
            assert released == []

    finish(main())


def test_work_that_ignores_its_cancellation_does_not_delay_the_loss_of_the_lease(namespace: str) -> None:
    async def main() -> None:
        stubborn = Stubborn()
        async with KubernetesCluster() as cluster:
            leading = asyncio.create_task(lead(cluster, namespace, NAME, "first", stubborn.wait, QUICK))
            await asyncio.sleep(2)
            path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{NAME}"
            await cluster.ask("PATCH", path, {"spec": {"holderIdentity": "another"}})
            with pytest.raises(LeaseLost):
                await asyncio.wait_for(leading, QUICK.retry + QUICK.lease + 3)
            assert stubborn.cancellations == 1
            stubborn.released.set()

    finish(main())


def test_an_error_of_the_work_ends_the_leadership(namespace: str) -> None:
    async def broken() -> None:
        raise ValueError("says the test")

    async def main() -> None:
        async with KubernetesCluster() as cluster:
            with pytest.raises(ValueError, match="says the test"):
                await lead(cluster, namespace, NAME, "first", broken, QUICK)
            follower = Candidate(cluster, namespace, "second")
            await follower.leads(2)
            await follower.dies()

    finish(main())


def test_a_second_lease_that_an_unanswered_request_takes_is_released(
    api_server: ControlPlane, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leases = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
    put = ("PUT", f"{leases}/{NAME}-1")
    began, stop = asyncio.Event(), asyncio.Event()

    async def work(number: int) -> None:
        assert number == 0
        began.set()
        await stop.wait()

    async def main() -> None:
        async with FaultyApiServer(api_server, tmp_path, Fault(*put, delay=0.5)) as slow:
            monkeypatch.setenv("KUBECONFIG", str(slow.kubeconfig))
            async with KubernetesCluster() as cluster:
                names = [NAME, f"{NAME}-1"]
                for name in names:
                    await cluster.ask("POST", leases, {"metadata": {"name": name}})
                leading = asyncio.create_task(lead_one(cluster, namespace, names, "first", work))
                await began.wait()
                await until(lambda: slow.seen.count(put) == 2)
                await until_awaited(lambda: _is_free(cluster, put[1]), 3)
                assert not await _is_free(cluster, f"{leases}/{NAME}")
                stop.set()
                await leading

    finish(main())


async def _is_free(cluster: KubernetesCluster, lease: str) -> bool:
    return "holderIdentity" not in (await cluster.ask("GET", lease))["spec"]


def test_a_cancellation_together_with_an_answer_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = asyncio.Event()

    async def answer(*_: object) -> tuple[bool, None]:
        await answered.wait()
        return True, None

    async def renew(lease: ResilientLeaseLock) -> None:
        while True:
            await lease.get(NAME, "default")
            await asyncio.sleep(1)

    async def main() -> None:
        monkeypatch.setattr(LeaseLock, "get", answer)
        renewing = asyncio.create_task(renew(ResilientLeaseLock(NAME, "default", "first", None)))
        await asyncio.sleep(0)
        answered.set()
        await asyncio.sleep(0)
        renewing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(renewing, 5)

    finish(main())
