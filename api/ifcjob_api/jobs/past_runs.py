"""Runs that the catalog knows, kept for a minute: the charts of a queue are read again every few seconds."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ifcjob_api.access.cache import AnswerCache
from ifcjob_catalog import Catalog, CatalogOutdated, CatalogUnavailable, PastRun

KEPT_SECONDS = 60.0
MOST_ANSWERS = 32
"""More than the queues of a page, which are read in turn; a full answer needs about 5 MB."""
PATIENCE_SECONDS = 2.0
"""Charts of the existing jobs do not wait longer for a catalog that is down."""


class PastRuns:
    """The runs of queues in past hours, of jobs that still exist, too."""

    def __init__(self) -> None:
        self._answers: AnswerCache[tuple[str, str, int], list[PastRun]] = AnswerCache(KEPT_SECONDS, MOST_ANSWERS)

    async def of(self, catalog: Catalog | None, namespace: str, queue: str, hours: int) -> Sequence[PastRun] | None:
        """Return the runs of a queue; None without a catalog that answers."""
        if catalog is None:
            return None
        since = datetime.now(UTC) - timedelta(hours=hours)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._answers.get(
                    (namespace, queue, hours), lambda: catalog.past_runs(namespace, queue, since)
                )
        except (CatalogUnavailable, CatalogOutdated, TimeoutError):
            return None
