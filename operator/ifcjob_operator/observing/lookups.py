"""Looks up the facts that a plan wants about a file: its existence and size, cached results, the memory it needs.

A catalog that does not answer in time counts as empty: it makes jobs faster, and never delays one.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from ifcjob.destination import Destination, bucket_and_key, destination_of
from ifcjob.failures import FailureReason, RunFailure
from ifcjob.quantity import as_bytes
from ifcjob.report import Failure
from ifcjob.resource import HttpSource, IfcJob, PvcSource, S3Source
from ifcjob.status import ObservedInput, Result
from ifcjob_catalog import Catalog, CatalogOutdated, CatalogUnavailable, EarlierResult
from ifcjob_operator.planning.content_key import content_keys, runner_id
from ifcjob_operator.planning.memory_advice import advise_memory
from ifcjob_operator.planning.missing_output import no_output, no_store
from ifcjob_operator.planning.observation import CachedResult, MemoryAdvice
from ifcjob_operator.planning.outcome import failure_of
from ifcjob_operator.repeated import RepeatedWarnings
from ifcjob_operator.settings.fields import Settings
from ifcjob_operator.storage.documents import has_published
from ifcjob_operator.storage.http_source import WebSources
from ifcjob_operator.storage.stores import Stores

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class CatalogTiming:
    """In seconds."""

    answer: float = 5.0
    rest: float = 10.0
    """How long a failed catalog is not asked: thousands of jobs must not each wait for a database that is down."""


class FactLookup:
    """Looks facts up in the object store, web servers and the catalog."""

    def __init__(
        self,
        stores: Stores,
        web: WebSources,
        catalog: Catalog | None,
        settings: Settings,
        timing: CatalogTiming | None = None,
    ) -> None:
        self._stores, self._web, self._catalog = stores, web, catalog
        self._timing = timing or CatalogTiming()
        self._runner = runner_id(settings.runner_image)
        self._max_memory_bytes = as_bytes(settings.max_memory)
        self._catalog_rests_until = 0.0
        self._warnings = RepeatedWarnings()

    async def input(self, ifcjob: IfcJob) -> ObservedInput | Failure:
        """Return the file's size and checksum, or a Failure; a volume cannot be read by the operator."""
        place = self._destination(ifcjob)
        if place is None:
            return Failure.of(no_output())
        if self._stores.default is None and place.scheme == "s3":
            return Failure.of(no_store())
        observed = await self._observed(ifcjob)
        if isinstance(observed, Failure):
            return observed
        required = ifcjob.spec.source.sha256
        if required and observed.sha256 and observed.sha256 != required:
            message = (
                f"the store says {observed.uri} has the SHA-256 {observed.sha256}, but spec.source.sha256 is {required}"
            )
            return failure_of(FailureReason.INPUT_CHANGED, message)
        sha256 = required or observed.sha256 or await self._learned_sha256(observed)
        return observed.model_copy(update={"sha256": sha256})

    async def cached_result(
        self, ifcjob: IfcJob, observed: ObservedInput, live_result: Callable[[str], EarlierResult | None]
    ) -> CachedResult:
        """Return a cached result in the bucket of this job's artifacts, if its manifest still exists."""
        keys = content_keys(ifcjob.metadata.namespace, ifcjob.spec, observed, self._runner)
        place = self._destination(ifcjob)
        if ifcjob.spec.cache == "Use" and place is not None:
            for key in keys:
                async for known in self._known(key, live_result):
                    if known is not None and await self._fits(known.result, observed, place):
                        return CachedResult(keys[0], known.result, known.input_sha256 or observed.sha256)
        return CachedResult(keys[0] if keys else None)

    async def published(self, ifcjob: IfcJob, attempt: int) -> bool | Failure:
        """Return whether an attempt has published its manifest in the object store."""
        return await has_published(self._stores.default, ifcjob, attempt)

    async def memory(self, ifcjob: IfcJob, observed: ObservedInput) -> MemoryAdvice:
        """Return the memory limit of the first attempt."""
        resources, history = ifcjob.spec.resources, None
        if resources.memory == "auto" and observed.bytes is not None:
            size, sha256 = observed.bytes, observed.sha256
            history = await self._ask_catalog(
                "memory", lambda catalog: catalog.memory_history(sha256=sha256, input_bytes=size, schema=None)
            )
        return advise_memory(observed.bytes, observed.uri, history, resources, self._max_memory_bytes)

    def _destination(self, ifcjob: IfcJob) -> Destination | None:
        return destination_of(ifcjob, 1, self._stores.default.output_bucket if self._stores.default else None)

    async def _observed(self, ifcjob: IfcJob) -> ObservedInput | Failure:
        source = ifcjob.spec.source
        match source.s3 or source.http or source.pvc:
            case S3Source() as s3:
                try:
                    return await self._stores.of_source(ifcjob, s3).head(s3)
                except RunFailure as error:
                    return Failure.of(error)
            case HttpSource() as http:
                return await self._web.head(http)
            case PvcSource() as pvc:
                return ObservedInput(uri=f"pvc://{pvc.claim_name}/{pvc.path}")
            case _:
                raise AssertionError("a source has one of three kinds")

    async def _known(
        self, key: str, live_result: Callable[[str], EarlierResult | None]
    ) -> AsyncIterator[EarlierResult | None]:
        yield live_result(key)
        yield await self._ask_catalog("former result", lambda catalog: catalog.find_result(key))

    async def _learned_sha256(self, observed: ObservedInput) -> str | None:
        if observed.etag is None or observed.bytes is None:
            return None
        uri, etag, size = observed.uri, observed.etag, observed.bytes
        return await self._ask_catalog("checksum", lambda catalog: catalog.sha256_of(uri, etag, size))

    async def _fits(self, result: Result, observed: ObservedInput, place: Destination) -> bool:
        """Return whether a cached result can serve this job: same bucket and input size, manifest still there.

        A volume cannot be checked. The size is compared because a SHA-256 that only the user states may belong to
        another file; a run would notice.
        """
        bucket, key = bucket_and_key(result.manifest)
        if (
            place.scheme != "s3"
            or self._stores.default is None
            or not result.manifest.startswith(f"s3://{place.place}/")
        ):
            return False
        sizes = (observed.bytes, result.summary.input_bytes)
        return (None in sizes or sizes[0] == sizes[1]) and await self._stores.default.exists(bucket, key)

    async def _ask_catalog(self, what: str, question: Callable[[Catalog], Awaitable[Answer | None]]) -> Answer | None:
        if self._catalog is None or time.monotonic() < self._catalog_rests_until:
            return None
        try:
            async with asyncio.timeout(self._timing.answer):
                return await question(self._catalog)
        except (CatalogUnavailable, CatalogOutdated, TimeoutError) as error:
            self._catalog_rests_until = time.monotonic() + self._timing.rest
            self._warnings.warn("", "catalog unavailable", str(error) or "no answer in time", about=what)
            return None
