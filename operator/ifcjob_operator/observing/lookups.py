"""Looks up what a plan asks for about a file: is it there, what is known of its content, how much memory it will need.

Whatever does not answer in time is not known: the catalog and the cache make jobs faster, and never hold one up.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import structlog

from ifcjob import __version__
from ifcjob.failures import FailureReason
from ifcjob.report import Failure
from ifcjob.resource import HttpSource, IfcJob, JobSource, PvcSource, S3Source
from ifcjob.status import Attempt, ObservedInput, Result
from ifcjob_catalog import Catalog, CatalogOutdated, CatalogUnavailable, EarlierResult
from ifcjob_operator.applying.commit import commit
from ifcjob_operator.planning.content_key import content_keys
from ifcjob_operator.planning.destination import Destination, bucket_and_key, destination_of, no_output, no_store
from ifcjob_operator.planning.memory_advice import advise_memory
from ifcjob_operator.planning.observation import CachedResult, Committed, MemoryAdvice, ObservedPod
from ifcjob_operator.planning.outcome import failure_of
from ifcjob_operator.settings.fields import Settings
from ifcjob_operator.storage.http_source import WebSources
from ifcjob_operator.storage.s3 import ObjectStore

CATALOG_SECONDS = 5.0
CATALOG_RESTS_SECONDS = 10.0
"""Not asked for so long after it failed: thousands of jobs must not each wait for a database that is down."""
Answer = TypeVar("Answer")

log = structlog.get_logger()


class FactLookup:
    """Asks the object store, web servers and the catalog."""

    def __init__(self, store: ObjectStore | None, web: WebSources, catalog: Catalog | None, settings: Settings) -> None:
        self._store, self._web, self._catalog = store, web, catalog
        self._runner = f"{__version__}@{settings.runner_image}"
        self._max_memory = settings.max_memory
        self._catalog_rests_until = 0.0

    async def input(self, ifcjob: IfcJob) -> ObservedInput | Failure:
        """Is the file there, how large is it; a volume cannot be seen from here."""
        place = self._destination(ifcjob)
        if place is None:
            return Failure.of(no_output())
        if self._store is None and (place.scheme == "s3" or ifcjob.spec.source.s3 is not None):
            return Failure.of(no_store())
        found = await self._found(ifcjob.spec.source)
        if isinstance(found, Failure):
            return found
        demanded = ifcjob.spec.source.sha256
        if demanded and found.sha256 and found.sha256 != demanded:
            message = f"the store says {found.uri} has the SHA-256 {found.sha256}, but spec.source.sha256 is {demanded}"
            return failure_of(FailureReason.INPUT_CHANGED, message)
        sha256 = demanded or found.sha256 or await self._learned_sha256(found)
        return found.model_copy(update={"sha256": sha256})

    async def cached_result(
        self, ifcjob: IfcJob, found: ObservedInput, live_result: Callable[[str], EarlierResult | None]
    ) -> CachedResult:
        """Is there a former result where this job's artifacts would go, with its manifest still in the store."""
        keys = content_keys(ifcjob.metadata.namespace, ifcjob.spec, found, self._runner)
        place = self._destination(ifcjob)
        if ifcjob.spec.cache == "Use" and place is not None:
            for key in keys:
                async for known in self._known(key, live_result):
                    if known is not None and await self._fits(known.result, found, place):
                        return CachedResult(keys[0], known.result, known.input_sha256 or found.sha256)
        return CachedResult(keys[0] if keys else None)

    async def memory(self, ifcjob: IfcJob, found: ObservedInput) -> MemoryAdvice:
        """Return the memory limit of the first attempt."""
        resources, history = ifcjob.spec.resources, None
        if resources.memory == "auto" and found.bytes is not None:
            size, sha256 = found.bytes, found.sha256
            history = await self._ask_catalog(
                "memory", lambda catalog: catalog.memory_history(sha256=sha256, input_bytes=size, schema=None)
            )
        return advise_memory(found.bytes, found.uri, history, resources, self._max_memory)

    async def commit(self, ifcjob: IfcJob, attempt: Attempt, pods: tuple[ObservedPod, ...]) -> Committed | Failure:
        """Commit an attempt's manifest, and name its content by what was read."""
        report = next((pod.report for pod in pods if pod.report), None)
        done = await commit(self._store, ifcjob, attempt.number, report)
        if isinstance(done, Failure):
            return done
        seen = ifcjob.status.input or ObservedInput(uri="")
        read = seen.model_copy(update={"sha256": done.input_sha256 or None})
        keys = content_keys(ifcjob.metadata.namespace, ifcjob.spec, read, self._runner)
        return replace(done, content_key=keys[0] if keys else None)

    def _destination(self, ifcjob: IfcJob) -> Destination | None:
        return destination_of(ifcjob, 1, self._store.output_bucket if self._store else None)

    async def _found(self, source: JobSource) -> ObservedInput | Failure:
        match source.s3 or source.http or source.pvc:
            case S3Source() as s3:
                assert self._store is not None, "the caller has checked it"
                return await self._store.head(s3)
            case HttpSource() as http:
                return await self._web.head(http)
            case PvcSource() as claim:
                return ObservedInput(uri=f"pvc://{claim.claim_name}/{claim.path}")
            case _:
                raise AssertionError("a source has one of three kinds")

    async def _known(
        self, key: str, live_result: Callable[[str], EarlierResult | None]
    ) -> AsyncIterator[EarlierResult | None]:
        yield live_result(key)
        yield await self._ask_catalog("former result", lambda catalog: catalog.find_result(key))

    async def _learned_sha256(self, found: ObservedInput) -> str | None:
        if found.etag is None or found.bytes is None:
            return None
        uri, etag, size = found.uri, found.etag, found.bytes
        return await self._ask_catalog("checksum", lambda catalog: catalog.sha256_of(uri, etag, size))

    async def _fits(self, result: Result, found: ObservedInput, place: Destination) -> bool:
        """Tell whether a result may stand for this job's: same bucket, same size, and still there.

        On a volume nobody can tell. The size is compared because a SHA-256 that only the user says may be of another
        file; a run would notice.
        """
        bucket, key = bucket_and_key(result.manifest)
        if place.scheme != "s3" or self._store is None or not result.manifest.startswith(f"s3://{place.place}/"):
            return False
        sizes = (found.bytes, result.summary.input_bytes)
        return (None in sizes or sizes[0] == sizes[1]) and await self._store.exists(bucket, key)

    async def _ask_catalog(self, what: str, question: Callable[[Catalog], Awaitable[Answer | None]]) -> Answer | None:
        if self._catalog is None or time.monotonic() < self._catalog_rests_until:
            return None
        try:
            async with asyncio.timeout(CATALOG_SECONDS):
                return await question(self._catalog)
        except (CatalogUnavailable, CatalogOutdated, TimeoutError) as error:
            self._catalog_rests_until = time.monotonic() + CATALOG_RESTS_SECONDS
            log.warning("catalog not asked", about=what, error=str(error) or "no answer in time")
            return None
