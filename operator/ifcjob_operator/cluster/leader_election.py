"""Leader election by a Lease. Losing it ends the process, so that two replicas never lead at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp
import structlog
from kubernetes.aio import client
from kubernetes.aio.client.exceptions import ApiException
from kubernetes.aio.leaderelection.electionconfig import Config
from kubernetes.aio.leaderelection.leaderelection import LeaderElection
from kubernetes.aio.leaderelection.leaderelectionrecord import LeaderElectionRecord
from kubernetes.aio.leaderelection.resourcelock.leaselock import LeaseLock

from ifcjob_backends.cluster.client import Connection
from ifcjob_backends.tasks import end_tasks

NO_ANSWER = (aiohttp.ClientError, TimeoutError, OSError)

log = structlog.get_logger()


class LeaseLost(Exception):
    """Another replica leads, or may lead."""


@dataclass(frozen=True)
class LeaseTiming:
    """In seconds: a killed leader is replaced within 14; one that cannot renew stops before another may lead."""

    lease: float = 12
    renew: float = 8
    retry: float = 2
    request: float = 3


class ResilientLeaseLock(LeaseLock):
    """The client's Lease lock with a timeout: the client raises for an API server that is down, or waits 5 minutes."""

    renewed_at: float | None = None
    """When the last successful renewal was sent; None: this replica does not lead."""

    def __init__(self, name: str, namespace: str, identity: str, api: Any, timing: LeaseTiming | None = None) -> None:
        super().__init__(name, namespace, identity, api)
        self._timing = timing or LeaseTiming()
        self._renewal: asyncio.Task[bool] | None = None
        """The last request to take or renew the Lease: it may take it although the election was cancelled."""

    async def get(self, name: str, namespace: str) -> Any:
        """Read the Lease; no answer counts as a refusal."""
        try:
            # Not wait_for: before Python 3.12 it drops a cancellation that arrives together with the answer.
            async with asyncio.timeout(self._timing.request):
                is_read, record = await super().get(name, namespace)
        except NO_ANSWER as error:
            return False, ApiException(status=0, reason=repr(error))
        holder = record.holder_identity if isinstance(record, LeaderElectionRecord) else None
        if self.renewed_at is not None and holder not in (None, self.identity):
            # The client would retry until its deadline, and two replicas would lead meanwhile.
            raise LeaseLost(f"the Lease {namespace}/{name} is held by {holder}")
        return is_read, record

    async def create(self, name: str, namespace: str, election_record: LeaderElectionRecord) -> bool:
        """Create the Lease; the client's own method passes an argument that the client rejects (release 37)."""
        lease = client.V1Lease(
            metadata=client.V1ObjectMeta(name=name),
            spec=self.update_lease(election_record),
        )
        return await self._renewing(self._created(namespace, lease))

    async def update(self, name: str, namespace: str, updated_record: LeaderElectionRecord) -> bool:
        """Take or renew the Lease."""
        return await self._renewing(super().update(name, namespace, updated_record))

    async def _created(self, namespace: str, lease: client.V1Lease) -> bool:
        try:
            self.lease_reference = await self.api_instance.create_namespaced_lease(namespace, lease)
        except ApiException:  # another replica was faster
            return False
        return True

    async def release(self) -> None:
        """Give the Lease up, also one that an unanswered request has taken: another replica can lead at once."""
        if self._renewal is None:
            return
        await self._renewal  # not longer than a request
        self.renewed_at = None  # from here on another holder is not an error
        is_read, _ = await self.get(self.name, self.namespace)  # renewing leaves an outdated version in the lock
        lease = self.lease_reference
        if not is_read or lease is None or lease.spec is None or lease.spec.holder_identity != self.identity:
            return
        lease.spec.holder_identity = None
        try:
            async with asyncio.timeout(self._timing.request):
                await self.api_instance.replace_namespaced_lease(self.name, self.namespace, lease)
        except (ApiException, *NO_ANSWER) as error:
            log.warning("lease not released", error=repr(error))

    async def expire(self) -> None:
        """Return when the last successful renewal is older than the renew deadline."""
        assert self.renewed_at is not None, "it is held"
        while (left := self.renewed_at + self._timing.renew - time.monotonic()) > 0:  # noqa: ASYNC110 - each renewal moves the deadline
            await asyncio.sleep(left)

    async def _renewing(self, request: Awaitable[bool]) -> bool:
        self._renewal = asyncio.create_task(self._answered(request), name="lease renewal")
        return await asyncio.shield(self._renewal)

    async def _answered(self, request: Awaitable[bool]) -> bool:
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._timing.request):
                done = await request
        except NO_ANSWER:
            return False
        if done:
            self.renewed_at = began
        return done


async def lead(
    connection: Connection,
    namespace: str,
    name: str,
    identity: str,
    work: Callable[[], Awaitable[None]],
    timing: LeaseTiming | None = None,
) -> None:
    """Wait for the Lease and work while holding it; LeaseLost when it cannot be renewed."""
    timing = timing or LeaseTiming()
    lock = ResilientLeaseLock(name, namespace, identity, connection.api_client, timing)
    acquired, is_lost = asyncio.Event(), False
    not_renewed = LeaseLost(f"the Lease {namespace}/{name} could not be renewed within {timing.renew} s")

    async def hold() -> None:
        acquired.set()
        await asyncio.Event().wait()

    async def fail(expired: Awaitable[None] | None = None) -> None:
        if expired is not None:
            await expired
        raise not_renewed

    election = LeaderElection(Config(lock, timing.lease, timing.renew, timing.retry, hold, fail))
    keeping = [asyncio.create_task(election.run(), name="lease")]
    try:
        # A replica that has lost the Lease stops before another one may lead.
        stop_seconds = timing.lease - timing.renew
        await _first(acquired.wait(), keeping, stop_seconds)
        log.info("lease acquired", identity=identity)
        keeping.append(asyncio.create_task(fail(lock.expire()), name="lease deadline"))
        await _first(work(), keeping, stop_seconds)
    except LeaseLost:
        is_lost = True  # it needs no release, which would wait for an API server that may be down
        raise
    finally:
        await end_tasks(keeping)
        if not is_lost:
            await lock.release()


async def lead_one(
    connection: Connection,
    namespace: str,
    names: Sequence[str],
    identity: str,
    work: Callable[[int], Awaitable[None]],
    timing: LeaseTiming | None = None,
) -> None:
    """Wait for any of the Leases, and work with its number while holding it; see `lead`."""
    held: list[int] = []
    elections: list[asyncio.Task[None]] = []

    async def work_once(number: int) -> None:
        if held:  # two Leases became free at the same time: return gives this one back
            return
        held.append(number)
        await end_tasks([task for other, task in enumerate(elections) if other != number])
        await work(number)

    for number, name in enumerate(names):
        election = lead(connection, namespace, name, identity, partial(work_once, number), timing)
        elections.append(asyncio.create_task(election, name=f"election {name}"))
    try:
        ended, _ = await asyncio.wait(elections, return_when=asyncio.FIRST_COMPLETED)
        for task in [elections[number] for number in held] or ended:
            await task
    finally:
        await end_tasks(elections)


async def _first(work: Awaitable[Any], keeping: "list[asyncio.Task[None]]", stop_seconds: float) -> None:
    """Wait for the work or for the end of the lease, whichever comes first; cancel unfinished work."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task, *keeping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if not task.done():
            await end_tasks([task], stop_seconds)
    for ended in (*keeping, task):
        if ended.done() and not ended.cancelled() and (error := ended.exception()) is not None:
            raise error
