"""How an IfcJob stands to its queue: the queue's own view, made from the IfcJob alone."""

from datetime import datetime
from enum import StrEnum

from ifcjob.resource import IfcJob
from ifcjob_operator.planning.attempts import under_way
from ifcjob_operator.planning.status_draft import ConditionReason


class SlotDemand(StrEnum):
    """What an IfcJob wants from its queue."""

    PENDING = "Pending"
    """It would start if it had a slot."""
    ACTIVE = "Active"
    """It has a slot: an attempt of it is under way."""
    NONE = "None"
    """Neither: finished, suspended, cancelled, backing off, or waiting for something that is no slot."""


def slot_demand(ifcjob: IfcJob, now: datetime) -> SlotDemand:
    """Say whether a job waits for a slot, holds one, or neither; an attempt that is being stopped still holds its."""
    status, spec = ifcjob.status, ifcjob.spec
    if status.is_finished:
        return SlotDemand.NONE
    if under_way(status) is not None:
        return SlotDemand.ACTIVE
    if ifcjob.metadata.deletion_timestamp or spec.cancel or spec.suspend:
        return SlotDemand.NONE
    if status.next_attempt_at and status.next_attempt_at > now:
        return SlotDemand.NONE
    admitted, accepted = status.condition("Admitted"), status.condition("Accepted")
    if admitted and admitted.reason == ConditionReason.WAITING_FOR_IDENTICAL:
        return SlotDemand.NONE
    # A slot would be wasted on a file nobody can reach.
    if accepted and accepted.status == "Unknown":
        return SlotDemand.NONE
    return SlotDemand.PENDING
