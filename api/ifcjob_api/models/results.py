"""The results that make up the models: from the catalog, and from the IfcJobs in the cluster."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ifcjob.status import Result
from ifcjob_api.problems import Problem
from ifcjob_catalog import Catalog, CatalogOutdated, CatalogUnavailable


@dataclass(frozen=True)
class ModelResult:
    """The artifacts of one model: the result of a job that succeeded."""

    sha256: str
    """SHA-256 of the IFC file."""
    namespace: str
    job: str
    finished_at: datetime
    result: Result

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
        return [ModelResult(r.sha256, r.namespace, r.name, r.finished_at, r.result) for r in records]


def _unavailable(error: Exception) -> Problem:
    return Problem(503, "CatalogUnavailable", f"{error}: retry.", retry_after=5)
