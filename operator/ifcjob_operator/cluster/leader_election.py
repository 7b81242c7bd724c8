"""One replica leads: whoever holds the Lease. Losing it ends the process, so that there are never two."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import structlog
from kubernetes.aio import client
from kubernetes.aio.client.exceptions import ApiException
from kubernetes.aio.leaderelection.electionconfig import Config
from kubernetes.aio.leaderelection.leaderelection import LeaderElection
from kubernetes.aio.leaderelection.leaderelectionrecord import LeaderElectionRecord
from kubernetes.aio.leaderelection.resourcelock.leaselock import LeaseLock

from ifcjob_operator.cluster.client import Connection

LEASE_SECONDS, RENEW_SECONDS, RETRY_SECONDS = 12, 8, 2
"""A killed leader is followed within 14 seconds; one that has not renewed for 8 stops, 4 before another may lead."""
REQUEST_SECONDS = 3
NO_ANSWER = (aiohttp.ClientError, TimeoutError, OSError)

log = structlog.get_logger()


class LeaseLost(Exception):
    """Another replica leads, or may."""


class ResilientLeaseLock(LeaseLock):
    """The client's Lease lock, for API servers that do not answer: it raises then, or waits for five minutes."""

    renewed_at: float | None = None
    """When the last renewal that went well was sent; None: we do not lead."""

    async def get(self, name: str, namespace: str) -> Any:
        """Read the Lease; an API server that does not answer is one that refuses."""
        try:
            # Not wait_for, here and elsewhere: before Python 3.12 it drops a cancellation that comes with the answer.
            async with asyncio.timeout(REQUEST_SECONDS):
                found, record = await super().get(name, namespace)
        except NO_ANSWER as error:
            return False, ApiException(status=0, reason=repr(error))
        holder = record.holder_identity if isinstance(record, LeaderElectionRecord) else None
        if self.renewed_at is not None and holder not in (None, self.identity):
            # The client would go on trying until its deadline: two would lead meanwhile.
            raise LeaseLost(f"the Lease {namespace}/{name} is held by {holder}")
        return found, record

    async def create(self, name: str, namespace: str, election_record: LeaderElectionRecord) -> bool:
        """Create the Lease; the client's own way passes an argument that it refuses itself (release 37)."""
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
        """Let another replica lead at once."""
        is_read, _ = await self.get(self.name, self.namespace)  # renewing leaves an old version behind
        lease = self.lease_reference
        if not is_read or lease is None or lease.spec is None or lease.spec.holder_identity != self.identity:
            return
        lease.spec.holder_identity = None
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                await self.api_instance.replace_namespaced_lease(self.name, self.namespace, lease)
        except (ApiException, *NO_ANSWER) as error:
            log.warning("lease not released", error=repr(error))

    async def expire(self) -> None:
        """Return when no renewal has gone well for as long as we may go without."""
        assert self.renewed_at is not None, "it is held"
        while (left := self.renewed_at + RENEW_SECONDS - time.monotonic()) > 0:  # noqa: ASYNC110 - each renewal moves the end
            await asyncio.sleep(left)

    async def _renewing(self, request: Awaitable[bool]) -> bool:
        began = time.monotonic()
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                done = await request
        except NO_ANSWER:
            return False
        if done:
            self.renewed_at = began
        return done


async def lead(
    connection: Connection, namespace: str, name: str, identity: str, work: Callable[[], Awaitable[None]]
) -> None:
    """Wait for the Lease and do the work while holding it; LeaseLost when that cannot be renewed."""
    lock = ResilientLeaseLock(name, namespace, identity, connection.api_client)
    acquired = asyncio.Event()
    not_renewed = LeaseLost(f"the Lease {namespace}/{name} could not be renewed within {RENEW_SECONDS} s")

    async def hold() -> None:
        acquired.set()
        await asyncio.Event().wait()

    async def lose() -> None:
        raise not_renewed

    async def expire() -> None:
        await lock.expire()
        raise not_renewed

    election = LeaderElection(Config(lock, LEASE_SECONDS, RENEW_SECONDS, RETRY_SECONDS, hold, lose))
    keeping = [asyncio.create_task(election.run(), name="lease")]
    lost = False
    try:
        await _first(acquired.wait(), keeping)
        log.info("lease acquired", identity=identity)
        keeping.append(asyncio.create_task(expire(), name="lease deadline"))
        await _first(work(), keeping)
    except LeaseLost:
        lost = True  # what is no longer ours needs no release, and would wait for an API server that may be away
        raise
    finally:
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)
        if acquired.is_set() and not lost:
            lock.renewed_at = None  # whoever holds it now: reading it is no reason to fail
            await lock.release()


async def _first(work: Awaitable[Any], keeping: "list[asyncio.Task[None]]") -> None:
    """Wait for the work, or for the end of our leading, whichever comes first; unfinished work is cancelled."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task, *keeping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    for one in (*keeping, task):
        if one.done() and not one.cancelled() and (error := one.exception()) is not None:
            raise error
