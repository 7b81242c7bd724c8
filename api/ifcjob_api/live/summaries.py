"""Short forms of IfcJobs and IfcQueues for lists and events, made from JSON without parsing the whole resource."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from ifcjob.base_type import ContractType
from ifcjob.status import JobProgress, Phase
from ifcjob_api.live.annotations import FILE_NAME, OWNER
from ifcjob_backends.cluster.objects import Json, KubeObject

_BY_RELEVANCE = ("Failed", "Complete", "Running", "Admitted", "Accepted")


class JobSummary(ContractType):
    """An IfcJob in a list."""

    namespace: str
    """Its namespace."""
    name: str
    """Its name."""
    uid: str
    """Unique across time."""
    resource_version: str
    """Changes with every write."""
    phase: Phase
    """Phase for people."""
    reason: str | None = None
    """Reason of the most relevant condition; for a failed job, a reason of the failure table."""
    message: str | None = None
    """Message of that condition."""
    progress: JobProgress | None = None
    """Progress of the running attempt."""
    file_name: str | None = None
    """The file's name."""
    input_bytes: int | None = None
    """Size of the file."""
    sha256: str | None = None
    """Checksum of the file, once known."""
    owner: str | None = None
    """The user who created it through the API."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Its labels."""
    queue: str
    """Its queue."""
    priority: int = 0
    """Its priority."""
    attempts: int = 0
    """Number of the last attempt."""
    degraded: bool = False
    """Whether elements are missing from the GLB."""
    cache_hit: bool = False
    """Whether the result is that of an earlier job."""
    created_at: datetime | None = None
    """When it was created."""
    started_at: datetime | None = None
    """When its first attempt started."""
    finished_at: datetime | None = None
    """When it succeeded, failed or was cancelled."""


class QueueSummary(ContractType):
    """An IfcQueue with its load."""

    namespace: str
    """Its namespace."""
    name: str
    """Its name."""
    resource_version: str
    """Changes with every write."""
    slots: int
    """Requested maximum number of running jobs."""
    max_slots: int | None = None
    """Upper limit of `slots`."""
    slots_in_effect: int = 0
    """The slots that the operator uses now."""
    stop_policy: Literal["None", "Hold", "HoldAndDrain"] = "None"
    """`Hold` admits nothing new; `HoldAndDrain` also stops the running attempts."""
    pending: int = 0
    """Number of jobs that wait for a slot."""
    active: int = 0
    """Number of jobs that are admitted and not finished."""
    demand: int = 0
    """pending + active."""
    oldest_pending_at: datetime | None = None
    """Creation time of the oldest pending job."""
    reason: str | None = None
    """Reason of the condition `Active`."""
    message: str | None = None
    """Message of the condition `Active`."""


def job_summary(item: Json) -> KubeObject:
    """Return the JSON of an IfcJob's JobSummary."""
    metadata, spec, status = item["metadata"], item.get("spec") or {}, item.get("status") or {}
    annotations = metadata.get("annotations") or {}
    observed, attempts = status.get("input") or {}, status.get("attempts") or ()
    conditions = {condition["type"]: condition for condition in status.get("conditions") or ()}
    relevant: Json = next((conditions[kind] for kind in _BY_RELEVANCE if kind in conditions), {})
    phase = status.get("phase") or "Queued"
    explanation = status.get("failure") if phase == "Failed" else None
    explanation = explanation or relevant
    return _without_unset(
        {
            "namespace": metadata["namespace"],
            "name": metadata["name"],
            "uid": metadata["uid"],
            "resourceVersion": metadata["resourceVersion"],
            "phase": phase,
            "reason": explanation.get("reason"),
            "message": explanation.get("message"),
            "progress": status.get("progress") if phase == "Running" else None,
            "fileName": annotations.get(FILE_NAME) or _file_name(spec.get("source") or {}),
            "inputBytes": observed.get("bytes"),
            "sha256": observed.get("sha256"),
            "owner": annotations.get(OWNER),
            "labels": metadata.get("labels") or {},
            "queue": spec.get("queue") or "default",
            "priority": spec.get("priority") or 0,
            "attempts": attempts[-1]["number"] if attempts else 0,
            "degraded": (conditions.get("Degraded") or {}).get("status") == "True",
            "cacheHit": bool(status.get("cacheHit")),
            "createdAt": metadata.get("creationTimestamp"),
            "startedAt": status.get("startedAt"),
            "finishedAt": status.get("finishedAt"),
        }
    )


def queue_summary(item: Json) -> KubeObject:
    """Return the JSON of an IfcQueue's QueueSummary."""
    metadata, spec, status = item["metadata"], item.get("spec") or {}, item.get("status") or {}
    active: Json = next((row for row in status.get("conditions") or () if row["type"] == "Active"), {})
    return _without_unset(
        {
            "namespace": metadata["namespace"],
            "name": metadata["name"],
            "resourceVersion": metadata["resourceVersion"],
            "slots": spec.get("slots", 10),
            "maxSlots": spec.get("maxSlots"),
            "slotsInEffect": status.get("slots", 0),
            "stopPolicy": spec.get("stopPolicy", "None"),
            "pending": status.get("pending", 0),
            "active": status.get("active", 0),
            "demand": status.get("demand", 0),
            "oldestPendingAt": status.get("oldestPendingAt"),
            "reason": active.get("reason"),
            "message": active.get("message"),
        }
    )


def _file_name(source: Json) -> str | None:
    places = (source.get("s3") or {}).get("key"), (source.get("http") or {}).get("url")
    place = next((place for place in (*places, (source.get("pvc") or {}).get("path")) if place), None)
    return place.partition("?")[0].rstrip("/").rpartition("/")[2] if place else None


def _without_unset(values: dict[str, Any]) -> KubeObject:
    return {name: value for name, value in values.items() if value is not None}
