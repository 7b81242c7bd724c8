"""Leader election by a Lease. Losing it ends the process, so that two replicas never lead at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
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
        """Give the Lease up, so that another replica can lead at once."""
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
    acquired = asyncio.Event()
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
        await _first(acquired.wait(), keeping)
        log.info("lease acquired", identity=identity)
        keeping.append(asyncio.create_task(fail(lock.expire()), name="lease deadline"))
        await _first(work(), keeping)
    except LeaseLost:
        acquired.clear()  # a lost Lease needs no release, which would wait for an API server that may be down
        raise
    finally:
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)
        if acquired.is_set():
            lock.renewed_at = None  # from here on another holder is not an error
            await lock.release()


async def _first(work: Awaitable[Any], keeping: "list[asyncio.Task[None]]") -> None:
    """Wait for the work or for the end of the lease, whichever comes first; cancel unfinished work."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task, *keeping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    for ended in (*keeping, task):
        if ended.done() and not ended.cancelled() and (error := ended.exception()) is not None:
            raise error
