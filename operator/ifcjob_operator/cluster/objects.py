"""Cluster objects as JSON → the narrow views that plans use; unknown fields and values are ignored."""

import re
from datetime import datetime

from pydantic import ValidationError

from ifcjob.base_type import first_problem
from ifcjob.labels import ATTEMPT_LABEL
from ifcjob.report import RunReport
from ifcjob.resource import IfcJob
from ifcjob_backends.cluster.objects import Json
from ifcjob_operator.planning.observation import ObservedJob, ObservedPod

CONTAINER = "runner"


class InvalidIfcJob(Exception):
    """This release cannot read an IfcJob: another release wrote it, or an older CRD accepted it."""


def ifcjob_of(item: Json) -> IfcJob:
    """Parse an IfcJob; InvalidIfcJob names the first invalid field."""
    try:
        return IfcJob.model_validate(item)
    except ValidationError as error:
        problem = first_problem(error)
        raise InvalidIfcJob(f"{problem.path}: {problem.message}") from error


def observed_job(item: Json) -> ObservedJob:
    """Return the view of an attempt's Job."""
    metadata, status = item["metadata"], item.get("status") or {}
    ended = {
        condition["type"]: condition for condition in status.get("conditions") or () if condition["status"] == "True"
    }
    failed = ended.get("Failed") or {}
    attempt = (metadata.get("labels") or {}).get(ATTEMPT_LABEL, "0")
    return ObservedJob(
        name=metadata["name"],
        uid=metadata["uid"],
        attempt=int(attempt) if attempt.isdecimal() else 0,
        created_at=datetime.fromisoformat(metadata["creationTimestamp"]),
        complete="Complete" in ended,
        failed="Failed" in ended,
        failed_reason=failed.get("reason"),
        failed_message=failed.get("message"),
        active=status.get("active") or 0,
        ready=status.get("ready") or 0,
        terminating=status.get("terminating") or 0,
        deleting="deletionTimestamp" in metadata,
    )


def observed_pod(item: Json) -> ObservedPod:
    """Return the view of an attempt's pod."""
    metadata, status = item["metadata"], item.get("status") or {}
    conditions = {condition["type"]: condition for condition in status.get("conditions") or ()}
    # By name: a service mesh adds containers, and its own may be the first.
    states = {entry["name"]: entry.get("state") or {} for entry in status.get("containerStatuses") or ()}
    state = states.pop(CONTAINER, {})
    waiting, running, ended = (state.get(name) or {} for name in ("waiting", "running", "terminated"))
    scheduled = conditions.get("PodScheduled") or {}
    return ObservedPod(
        name=metadata["name"],
        phase=status.get("phase") or "Unknown",
        node=(item.get("spec") or {}).get("nodeName"),
        created_at=_time(metadata.get("creationTimestamp")),
        scheduled_at=_time(scheduled.get("lastTransitionTime")) if scheduled.get("status") == "True" else None,
        deletion_at=_time(metadata.get("deletionTimestamp")),
        started_at=_time(running.get("startedAt") or ended.get("startedAt")),
        finished_at=_time(ended.get("finishedAt")),
        exit_code=ended.get("exitCode"),
        sidecars_run=any("terminated" not in other for other in states.values()),
        oom_killed=ended.get("reason") == "OOMKilled",
        disrupted=(conditions.get("DisruptionTarget") or {}).get("status") == "True",
        reason=status.get("reason"),
        message=status.get("message"),
        waiting_reason=waiting.get("reason"),
        waiting_message=waiting.get("message"),
        unschedulable=scheduled.get("message") if scheduled.get("reason") == "Unschedulable" else None,
        report=_report(ended.get("message")),
    )


def _report(message: str | None) -> RunReport | None:
    """Parse the termination message; a killed run leaves none, or half of one."""
    if not message or not re.match(r"\s*\{", message):
        return None
    try:
        return RunReport.model_validate_json(message)
    except ValidationError:
        return None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
