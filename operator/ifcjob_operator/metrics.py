"""Prometheus metrics of the operator; no label names a single object. docs/reference/metrics.md lists them all."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

from ifcjob.failures import FailureReason

disable_created_metrics()  # type: ignore[no-untyped-call]  # nobody uses the creation times
KINDS = (Counter, Gauge, Histogram)
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600)
BYTES = tuple(2.0**power for power in range(16, 36, 2))

FINISHED = Counter(
    "ifcjob_finished",
    "Finished IfcJobs by outcome and failure reason.",
    ["outcome", "reason"],
    registry=REGISTRY,
)
ATTEMPTS = Counter("ifcjob_attempts", "Ended attempts by reason.", ["reason"], registry=REGISTRY)
DURATION = Histogram(
    "ifcjob_duration_seconds",
    "Time from the creation of an IfcJob to its end.",
    ["outcome"],
    buckets=SECONDS,
    registry=REGISTRY,
)
STAGE_DURATION = Histogram(
    "ifcjob_stage_duration_seconds",
    "Duration of a stage, as reported by runners.",
    ["stage"],
    buckets=SECONDS,
    registry=REGISTRY,
)
INPUT_BYTES = Histogram("ifcjob_input_bytes", "Size of processed files.", buckets=BYTES, registry=REGISTRY)
ELEMENTS = Counter("ifcjob_elements", "Elements in processed files.", registry=REGISTRY)
COVERAGE = Histogram(
    "ifcjob_coverage_ratio",
    "Share of the elements with a body that are in the GLB.",
    buckets=(0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 1),
    registry=REGISTRY,
)
MEMORY_USE = Histogram(
    "ifcjob_memory_use_ratio",
    "Peak memory of an attempt divided by its limit.",
    buckets=(0.1, 0.25, 0.5, 0.75, 0.9, 1),
    registry=REGISTRY,
)
CACHE_HITS = Counter("ifcjob_cache_hits", "IfcJobs that reused an earlier result.", registry=REGISTRY)
ADMISSION = Histogram(
    "ifcjob_admission_seconds", "Time from the granted slot to the created Job.", buckets=SECONDS, registry=REGISTRY
)
QUEUE_SLOTS = Gauge("ifcjob_queue_slots", "Slots of a queue.", ["namespace", "queue"], registry=REGISTRY)
QUEUE_PENDING = Gauge(
    "ifcjob_queue_pending", "IfcJobs that wait for a slot of a queue.", ["namespace", "queue"], registry=REGISTRY
)
QUEUE_ACTIVE = Gauge(
    "ifcjob_queue_active", "IfcJobs that hold a slot of a queue.", ["namespace", "queue"], registry=REGISTRY
)
QUEUE_DEMAND = Gauge(
    "ifcjob_queue_demand", "Pending and active IfcJobs of a queue.", ["namespace", "queue"], registry=REGISTRY
)
QUEUE_OLDEST = Gauge(
    "ifcjob_queue_oldest_pending_seconds",
    "Waiting time of the IfcJob that has waited longest.",
    ["namespace", "queue"],
    registry=REGISTRY,
)
QUEUE_ADMITTING = Gauge(
    "ifcjob_queue_admitting",
    "1 while a queue admits jobs; 0 while it is held or has no slots.",
    ["namespace", "queue"],
    registry=REGISTRY,
)
RECONCILES = Counter("ifcjob_reconciles", "Reconciliations by result.", ["result"], registry=REGISTRY)
RECONCILE_DURATION = Histogram(
    "ifcjob_reconcile_duration_seconds", "Duration of a reconciliation.", buckets=SECONDS, registry=REGISTRY
)
API_REQUESTS = Counter(
    "ifcjob_kubernetes_requests",
    "Requests to the Kubernetes API by status code; 0: no answer.",
    ["verb", "resource", "code"],
    registry=REGISTRY,
)
STORE_REQUESTS = Counter(
    "ifcjob_store_requests",
    "Requests to the object store by status; 0: no answer or only server errors after all tries.",
    ["method", "status"],
    registry=REGISTRY,
)
HTTP_REQUESTS = Counter(
    "ifcjob_http_requests", "Requests to this operator.", ["route", "method", "status"], registry=REGISTRY
)
WORK_QUEUE = Gauge("ifcjob_work_queue_length", "IfcJobs in the work queue.", registry=REGISTRY)
KNOWN = Gauge("ifcjob_known", "IfcJobs in the operator's cache.", registry=REGISTRY)
LEADING = Gauge("ifcjob_leading", "1 while this replica is the leader.", registry=REGISTRY)
WATCH_AGE = Gauge(
    "ifcjob_watch_age_seconds",
    "Time since a watch last received an event or bookmark.",
    ["resource"],
    registry=REGISTRY,
)
LOOP_LAG = Gauge("ifcjob_loop_lag_seconds", "Delay of a one-second timer in the event loop.", registry=REGISTRY)
RESYNC_MISSES = Counter("ifcjob_resync_misses", "Changes that a watch missed and a resync found.", registry=REGISTRY)
HISTORY_WAITING = Gauge("ifcjob_history_waiting", "IfcJobs whose history is not yet written.", registry=REGISTRY)
HISTORY_FAILURES = Counter(
    "ifcjob_history_failures", "Failed writes of the history; each is retried.", registry=REGISTRY
)
NOTIFICATIONS = Counter(
    "ifcjob_notifications",
    "Tries of notifications by result: delivered, failed (tried again later) or given_up.",
    ["result"],
    registry=REGISTRY,
)
NOTIFICATIONS_GIVEN_UP = Gauge(
    "ifcjob_notifications_given_up", "Notifications that were given up and not sent again.", registry=REGISTRY
)

# Start at zero: `rate` ignores the first failure of a kind when its series begins with it.
FINISHED.labels("Succeeded", "")
FINISHED.labels("Cancelled", "")
ATTEMPTS.labels("Succeeded")
for _result in ("delivered", "failed", "given_up"):
    NOTIFICATIONS.labels(_result)
for _reason in FailureReason:
    FINISHED.labels("Failed", _reason)
    ATTEMPTS.labels(_reason)
