"""Runs that the catalog knows, kept for a minute: the charts of a queue are read again every few seconds."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ifcjob_api.access.cache import AnswerCache
from ifcjob_catalog import Catalog, CatalogOutdated, CatalogUnavailable, PastRun

KEPT_SECONDS = 60.0
MOST_ANSWERS = 32
"""More than the queues of a page, which are read in turn; a full answer needs about 5 MB."""
PATIENCE_SECONDS = 2.0
"""Charts of the existing jobs do not wait longer for a catalog that is down."""
REST_SECONDS = 10.0
"""How long a catalog that is down is not asked: each page of queues would wait for it."""


class PastRuns:
    """The runs of queues in past hours, of jobs that still exist, too."""

    def __init__(self) -> None:
        self._answers: AnswerCache[tuple[str, str, int], list[PastRun]] = AnswerCache(KEPT_SECONDS, MOST_ANSWERS)
        self._rests_until = 0.0

    async def of(self, catalog: Catalog | None, namespace: str, queue: str, hours: int) -> Sequence[PastRun] | None:
        """Return the runs of a queue; None without a catalog that answers."""
        if catalog is None or time.monotonic() < self._rests_until:
            return None
        since = datetime.now(UTC) - timedelta(hours=hours)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._answers.get(
                    (namespace, queue, hours), lambda: catalog.past_runs(namespace, queue, since)
                )
        except (CatalogUnavailable, CatalogOutdated, TimeoutError):
            self._rests_until = time.monotonic() + REST_SECONDS
            return None
