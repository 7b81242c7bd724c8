"""Short forms of IfcJobs and IfcQueues for lists and events, made from JSON without parsing the whole resource."""

from typing import Any

from ifcjob_api.live.annotations import OWNER
from ifcjob_api.live.file_names import file_name
from ifcjob_backends.cluster.objects import Json, KubeObject

_BY_RELEVANCE = ("Failed", "Complete", "Running", "Admitted", "Accepted")


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
            "fileName": file_name(item),
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


def _without_unset(values: dict[str, Any]) -> KubeObject:
    return {name: value for name, value in values.items() if value is not None}
