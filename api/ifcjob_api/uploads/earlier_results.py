"""The newest job of a namespace that has processed the same content."""

from dataclasses import dataclass

from ifcjob_api.live.state import Live
from ifcjob_catalog import Catalog, CatalogOutdated, CatalogUnavailable, HistoryQuery


@dataclass(frozen=True)
class EarlierResult:
    """A job that has succeeded."""

    name: str
    uid: str
    is_deleted: bool
    """Whether only the history still has it."""


async def earlier_result(live: Live, catalog: Catalog | None, namespace: str, sha256: str) -> EarlierResult | None:
    """Return the newest one that the cluster or the history knows; the history may be unavailable."""
    matches = [entry for entry in live.jobs.all(namespace) if entry.sha256 == sha256 and entry.phase == "Succeeded"]
    if matches:
        newest = max(matches, key=lambda entry: entry.finished)
        return EarlierResult(newest.key[1], newest.uid, is_deleted=False)
    if catalog is None:
        return None
    try:
        page = await catalog.history(namespace, HistoryQuery(phases=("Succeeded",), sha256=sha256, limit=1))
    except (CatalogUnavailable, CatalogOutdated):
        return None
    return EarlierResult(page[0]["name"], page[0]["uid"], is_deleted=True) if page else None
