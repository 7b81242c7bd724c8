"""Conditions of an IfcJob, the phase derived from them, and the one way a new status comes about (`Draft`)."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Self

from ifcjob.resource import IfcJob
from ifcjob.status import Attempt, Condition, ConditionType, IfcJobStatus, Phase

MESSAGE_CHARACTERS = 2048


class ConditionReason(StrEnum):
    """Reasons of conditions that are no failures; those have the names of the failure table."""

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
    """Sum the conditions up in one word for people."""
    said = {condition.type: condition for condition in conditions}
    holds = {kind for kind, condition in said.items() if condition.status == "True"}
    if "Complete" in holds:
        return "Succeeded"
    if "Failed" in holds:
        return "Cancelled" if said["Failed"].reason == ConditionReason.CANCELLED else "Failed"
    if "Running" in said and said["Running"].status != "False":
        return "Running"
    if "Admitted" in holds:
        return "Starting"
    if "Admitted" in said and said["Admitted"].reason == ConditionReason.SUSPENDED:
        return "Suspended"
    return "Queued"


class Draft:
    """A new status in the making: it starts as the observed one and ends with its phase and generation set."""

    def __init__(self, ifcjob: IfcJob, now: datetime) -> None:
        self._old = ifcjob.status
        self._generation = ifcjob.metadata.generation
        self._now = now
        self._conditions = {condition.type: condition for condition in ifcjob.status.conditions}
        self._changes: dict[str, Any] = {}

    def say(
        self, kind: ConditionType, status: Literal["True", "False", "Unknown"], reason: str, message: str = ""
    ) -> Self:
        """Set a condition; its transition time changes only with its status."""
        old = self._conditions.get(kind)
        cut = message if len(message) <= MESSAGE_CHARACTERS else message[: MESSAGE_CHARACTERS - 1] + "…"
        self._conditions[kind] = Condition(
            type=kind,
            status=status,
            reason=str(reason),
            message=cut,
            last_transition_time=old.last_transition_time if old and old.status == status else self._now,
            observed_generation=self._generation,
        )
        return self

    def put(self, **fields: Any) -> Self:
        """Set fields of the status."""
        self._changes |= fields
        return self

    def change_attempt(self, **fields: Any) -> Self:
        """Set fields of the last attempt."""
        attempts: list[Attempt] = self._changes.get("attempts", self._old.attempts)
        return self.put(attempts=[*attempts[:-1], attempts[-1].model_copy(update=fields)])

    def finish(self, kind: Literal["Complete", "Failed"], reason: str, message: str, **fields: Any) -> Self:
        """Say the last word about a job: no slot is held, and nothing is to come."""
        if "Admitted" in self._conditions:
            self.say("Admitted", "False", ConditionReason.FINISHED)
        if kind == "Failed":
            self._conditions.pop("Complete", None)
        self.say(kind, "True", reason, message)
        self.put(next_attempt_at=None, next_memory=None, progress=None)
        return self.put(finished_at=self._now, **fields)

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

    def age(self, kind: ConditionType) -> float:
        """Return for how many seconds a condition has been as it is."""
        said = self._conditions.get(kind)
        return (self._now - said.last_transition_time).total_seconds() if said else 0.0

    def changed(self) -> IfcJobStatus | None:
        """Return the new status when it says anything new.

        A job in a queue has no status for as long as there is nothing to say: not even a generation.
        """
        new = self.status()
        if not self._old.observed_generation and not new.conditions:
            return None
        return None if new == self._old else new
