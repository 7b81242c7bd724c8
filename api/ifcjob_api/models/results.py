"""The results that make up the models: from the catalog, and from the IfcJobs in the cluster."""

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from ifcjob.status import Result
from ifcjob_api.live.entries import JobEntry
from ifcjob_api.live.file_names import file_name, recorded_file_name
from ifcjob_api.live.state import Live
from ifcjob_api.problems import Problem
from ifcjob_catalog import Catalog, CatalogOutdated, CatalogUnavailable

MAX_DECODED = 20_000


@dataclass(frozen=True)
class ModelResult:
    """The artifacts of one model: the result of a job that succeeded."""

    sha256: str
    """SHA-256 of the IFC file."""
    namespace: str
    job: str
    finished_at: datetime
    result: Result
    file_name: str | None = None
    """The file as users know it."""

    @property
    def age(self) -> tuple[float, str]:
        """The place among all models: by the end of the job, then by checksum."""
        return self.finished_at.timestamp(), self.sha256


class ResultSource(Protocol):
    """Knows the results of jobs that succeeded. Raises Problem 503 when it cannot answer."""

    async def namespaces(self) -> Collection[str]:
        """Return the namespaces that may have results."""

    async def newest(self, namespaces: Collection[str], sha256: str | None = None) -> Sequence[ModelResult]:
        """Return the newest result per model in these namespaces; only of one model with `sha256`."""


class CatalogResults:
    """The results in the catalog, also those of IfcJobs that the cluster has forgotten."""

    def __init__(self, catalog: Catalog, limit: int = 10_000) -> None:
        """Return at most `limit` models, the newest."""
        self._catalog, self._limit = catalog, limit

    async def namespaces(self) -> Collection[str]:
        """Return the namespaces with results."""
        try:
            return await self._catalog.result_namespaces()
        except (CatalogUnavailable, CatalogOutdated) as error:
            raise _unavailable(error) from None

    async def newest(self, namespaces: Collection[str], sha256: str | None = None) -> Sequence[ModelResult]:
        """Return the newest result per model."""
        try:
            records = await self._catalog.newest_results(namespaces, sha256, limit=self._limit)
        except (CatalogUnavailable, CatalogOutdated) as error:
            raise _unavailable(error) from None
        return [
            ModelResult(
                r.sha256,
                r.namespace,
                r.name,
                r.finished_at,
                r.result,
                recorded_file_name(r.annotations, r.source_uri),
            )
            for r in records
        ]


class IfcJobResults:
    """The results of the IfcJobs in the cluster, from the replica's memory."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._decoded: OrderedDict[tuple[str, int], ModelResult | None] = OrderedDict()

    async def namespaces(self) -> Collection[str]:
        """Return the namespaces with IfcJobs."""
        self._live.require_synced()
        return self._live.jobs.namespaces()

    async def newest(self, namespaces: Collection[str], sha256: str | None = None) -> Sequence[ModelResult]:
        """Return the newest result per model."""
        newest: dict[str, JobEntry] = {}
        for namespace in namespaces:
            for entry in self._live.jobs.all(namespace):
                if entry.phase == "Succeeded" and entry.sha256 and sha256 in (None, entry.sha256):
                    other = newest.get(entry.sha256)
                    if other is None or (entry.finished, entry.uid) > (other.finished, other.uid):
                        newest[entry.sha256] = entry
        return [result for entry in newest.values() if (result := self._decode(entry)) is not None]

    def _decode(self, entry: JobEntry) -> ModelResult | None:
        """Return the result of an IfcJob; decoded once per version."""
        key = (entry.uid, entry.version)
        if key not in self._decoded:
            item = entry.object()
            status = item.get("status") or {}
            result = Result.model_validate(status["result"]) if status.get("result") else None
            finished_at = datetime.fromtimestamp(entry.finished, UTC)
            namespace, name = entry.key
            model = ModelResult(entry.sha256, namespace, name, finished_at, result, file_name(item)) if result else None
            self._decoded[key] = model
            while len(self._decoded) > MAX_DECODED:
                self._decoded.popitem(last=False)
        return self._decoded[key]


def _unavailable(error: Exception) -> Problem:
    return Problem(503, "CatalogUnavailable", f"{error}: retry.", retry_after=5)
