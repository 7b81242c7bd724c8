"""Notifications of IfcJobs: who receives which events, and the events of a status."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from ifcjob.base_type import ContractType
from ifcjob.cel_rules import rules
from ifcjob.patterns import LABEL_KEYS, HttpUrl, LabelValue, ObjectName
from ifcjob.status import IfcJobStatus

JobEvent = Literal["started", "succeeded", "degraded", "failed", "cancelled"]
_ENDS: tuple[JobEvent, ...] = ("succeeded", "degraded", "failed", "cancelled")
MAX_NOTIFICATIONS = 8


class SigningSecret(ContractType):
    """A Secret in the same namespace, whose values are signing secrets."""

    name: ObjectName
    """The Secret's name. Each of its values is a signing secret, `whsec_` and 24 to 64 bytes in Base64; a message has
    one signature per value, so that a receiver accepts the old and the new one while they are exchanged."""


class Notification(ContractType):
    """A web server that receives the events of IfcJobs."""

    url: HttpUrl
    """Where the events are posted; the operator's settings must allow its host."""
    events: list[JobEvent] = Field(default_factory=lambda: list(_ENDS), min_length=1, max_length=5)
    """The events to post. A job ends with exactly one of `succeeded`, `degraded`, `failed` and `cancelled`; `degraded`
    means that it succeeded and skipped elements."""
    secret_ref: SigningSecret
    """The Secret that signs them, as Standard Webhooks describes."""


class LabelSelector(ContractType):
    """Selects IfcJobs by their labels."""

    match_labels: dict[str, LabelValue] = Field(
        default_factory=dict, max_length=16, json_schema_extra=rules(LABEL_KEYS)
    )
    """Labels that an IfcJob must have; empty selects all."""


class QueueNotification(Notification):
    """A web server that receives the events of a queue's IfcJobs."""

    selector: LabelSelector = Field(default_factory=LabelSelector)
    """The IfcJobs of the queue whose events are posted; default: all."""

    def selects(self, labels: dict[str, str]) -> bool:
        """Return whether an IfcJob with these labels is selected."""
        return self.selector.match_labels.items() <= labels.items()


Notifications = Annotated[list[Notification], Field(max_length=MAX_NOTIFICATIONS)]
QueueNotifications = Annotated[list[QueueNotification], Field(max_length=MAX_NOTIFICATIONS)]


EventTimes = dict[JobEvent, datetime]


def events_of(status: IfcJobStatus) -> EventTimes:
    """Return the events that an IfcJob with this status has had, with their times."""
    events: EventTimes = {}
    if status.started_at is not None:
        events["started"] = status.started_at
    if status.finished_at is not None and status.is_finished:
        events[_end(status)] = status.finished_at
    return events


def _end(status: IfcJobStatus) -> JobEvent:
    if status.phase == "Failed":
        return "failed"
    if status.phase == "Cancelled":
        return "cancelled"
    degraded = status.condition("Degraded")
    return "degraded" if degraded is not None and degraded.status == "True" else "succeeded"
