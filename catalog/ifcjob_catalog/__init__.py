"""The catalog: the history of IfcJobs in PostgreSQL, or in SQLite on one machine."""

from ifcjob_catalog.catalog import Catalog
from ifcjob_catalog.errors import (
    CatalogOutdated,
    CatalogTlsFailed,
    CatalogUnavailable,
    InvalidDatabaseUrl,
    RecordsRefused,
)
from ifcjob_catalog.history import HistoryQuery
from ifcjob_catalog.model_queries import RecordedResult
from ifcjob_catalog.notifications.delivery import Delivery, Tried, deliveries
from ifcjob_catalog.past_runs import PastRun
from ifcjob_catalog.queries import EarlierResult, MemoryHistory
from ifcjob_catalog.rows import JobRecord

__all__ = [
    "Catalog",
    "CatalogOutdated",
    "CatalogTlsFailed",
    "CatalogUnavailable",
    "Delivery",
    "EarlierResult",
    "HistoryQuery",
    "InvalidDatabaseUrl",
    "JobRecord",
    "MemoryHistory",
    "PastRun",
    "RecordedResult",
    "RecordsRefused",
    "Tried",
    "deliveries",
]
