"""`StatusDraft`, which builds every new status; the reasons of conditions; and the phase derived from them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, Self

from ifcjob.report import Failure
from ifcjob.resource import IfcJob
from ifcjob.status import Attempt, Condition, ConditionType, IfcJobStatus, Phase
from ifcjob_operator.planning.actions import Plan, PlannedEvent
from ifcjob_operator.planning.outcome import Outcome

MAX_MESSAGE_CHARACTERS = 2048


class ConditionReason(StrEnum):
    """Reasons of conditions; the reasons of failures are those of the failure table."""

    ACCEPTED = "Accepted"
    ADMITTED = "Admitted"
    WAITING_FOR_SLOT = "WaitingForSlot"
    WAITING_FOR_IDENTICAL = "WaitingForIdentical"
    QUEUE_NOT_FOUND = "QueueNotFound"
    QUEUE_DRAINING = "QueueDraining"
    EXCEEDS_BUDGET = "ExceedsBudget"
    BACKING_OFF = "BackingOff"
    RESTARTING = "Restarting"
    SUSPENDED = "Suspended"
    FINISHED = "Finished"
    STARTING = "Starting"
    POD_NOT_CREATED = "PodNotCreated"
    QUOTA_EXCEEDED = "QuotaExceeded"
    LIMIT_RANGE_VIOLATED = "LimitRangeViolated"
    UNSCHEDULABLE = "Unschedulable"
    IMAGE_PULL_FAILED = "ImagePullFailed"
    CONTAINER_NOT_CREATED = "ContainerNotCreated"
    RUNNING = "Running"
    NODE_LOST = "NodeLost"
    NOT_RUNNING = "NotRunning"
    SUCCEEDED = "Succeeded"
    CACHE_HIT = "CacheHit"
    CANCELLED = "Cancelled"


def phase_of(conditions: Sequence[Condition]) -> Phase:
    """Derive the phase from the conditions."""
    by_type = {condition.type: condition for condition in conditions}
    true_types = {kind for kind, condition in by_type.items() if condition.status == "True"}
    if "Complete" in true_types:
        return "Succeeded"
    if "Failed" in true_types:
        return "Cancelled" if by_type["Failed"].reason == ConditionReason.CANCELLED else "Failed"
    if "Running" in by_type and by_type["Running"].status != "False":
        return "Running"
    if "Admitted" in true_types:
        return "Starting"
    if "Admitted" in by_type and by_type["Admitted"].reason == ConditionReason.SUSPENDED:
        return "Suspended"
    return "Queued"


class StatusDraft:
    """Builds a new status from the observed one; sets its phase and generation."""

    def __init__(self, ifcjob: IfcJob, now: datetime) -> None:
        self._old = ifcjob.status
        self._generation = ifcjob.metadata.generation
        self._now = now
        self._conditions = {condition.type: condition for condition in ifcjob.status.conditions}
        self._changes: dict[str, Any] = {}

    def set_condition(
        self, kind: ConditionType, status: Literal["True", "False", "Unknown"], reason: str, message: str = ""
    ) -> Self:
        """Set a condition; its transition time changes only with its status."""
        old = self._conditions.get(kind)
        text = message if len(message) <= MAX_MESSAGE_CHARACTERS else message[: MAX_MESSAGE_CHARACTERS - 1] + "…"
        self._conditions[kind] = Condition(
            type=kind,
            status=status,
            reason=str(reason),
            message=text,
            last_transition_time=old.last_transition_time if old and old.status == status else self._now,
            observed_generation=self._generation,
        )
        return self

    def set_fields(self, **fields: Any) -> Self:
        """Set fields of the status."""
        self._changes |= fields
        return self

    def update_attempt(self, **fields: Any) -> Self:
        """Set fields of the last attempt."""
        attempts: list[Attempt] = self._changes.get("attempts", self._old.attempts)
        return self.set_fields(attempts=[*attempts[:-1], attempts[-1].model_copy(update=fields)])

    def finish(self, kind: Literal["Complete", "Failed"], reason: str, message: str, **fields: Any) -> Self:
        """Set the terminal condition, and Finished for those who wait for any end; the slot is released."""
        if "Admitted" in self._conditions:
            self.set_condition("Admitted", "False", ConditionReason.FINISHED)
        if kind == "Failed":
            self._conditions.pop("Complete", None)
        self.set_condition(kind, "True", reason, message)
        self.set_condition("Finished", "True", reason)
        self.set_fields(next_attempt_at=None, next_memory=None, progress=None)
        return self.set_fields(finished_at=self._now, **fields)

    def status(self) -> IfcJobStatus:
        """Return the new status."""
        conditions = list(self._conditions.values())
        return self._old.model_copy(
            update={
                **self._changes,
                "conditions": conditions,
                "phase": phase_of(conditions),
                "observed_generation": self._generation,
            }
        )

    def condition_age(self, kind: ConditionType) -> timedelta:
        """Return the time since a condition's last transition."""
        condition = self._conditions.get(kind)
        return self._now - condition.last_transition_time if condition else timedelta(0)

    def changed(self) -> IfcJobStatus | None:
        """Return the new status if it differs from the observed one.

        A pending IfcJob without conditions gets no status at all: not even a generation.
        """
        new = self.status()
        if not self._old.observed_generation and not new.conditions:
            return None
        return None if new == self._old else new


def end_attempt(draft: StatusDraft, outcome: Outcome, now: datetime, reason: str | None = None) -> StatusDraft:
    """Record the end of the current attempt."""
    pod, report, reason = outcome.pod, outcome.report, reason or outcome.reason
    status = draft.status()
    attempt = status.attempts[-1]
    fields: dict[str, object] = {
        "reason": reason,
        "exit_code": outcome.exit_code,
        "finished_at": (pod and pod.finished_at) or now,
    }
    started_at = (pod and pod.started_at) or attempt.started_at
    if report and started_at is None:
        age = (now - attempt.admitted_at).total_seconds()
        # A report may say anything.
        started_at = now - timedelta(seconds=max(0.0, min(age, report.seconds)))
    if started_at is not None:
        fields["started_at"] = started_at
        draft.set_fields(started_at=status.started_at or started_at)
    if report:
        fields |= {"peak_memory_bytes": report.peak_memory_bytes or None, "cpu_seconds": report.cpu_seconds}
    draft.update_attempt(**fields).set_fields(progress=None)
    message = f"attempt {attempt.number} ended: {reason}"
    if outcome.failure:
        message = f"{message}: {outcome.failure.message}"
    return draft.set_condition("Running", "False", ConditionReason.NOT_RUNNING, message)


def fail(failure: Failure, draft: StatusDraft) -> Plan:
    """Finish an IfcJob as failed."""
    draft.finish("Failed", failure.reason, f"{failure.message} ({failure.hint})", failure=failure)
    event = PlannedEvent(str(failure.reason), failure.message, "Warning")
    return Plan(status=draft.status(), events=(event,), reason=str(failure.reason))
