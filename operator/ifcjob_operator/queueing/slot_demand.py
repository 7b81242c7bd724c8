"""Pure: what an IfcJob demands of its queue, derived from the IfcJob alone."""

from datetime import datetime
from enum import StrEnum

from ifcjob.resource import IfcJob
from ifcjob_operator.planning.attempts import under_way
from ifcjob_operator.planning.status_draft import ConditionReason


class SlotDemand(StrEnum):
    """The demand of an IfcJob, in the words of the IfcQueue's status."""

    PENDING = "Pending"
    """It starts when it gets a slot."""
    ACTIVE = "Active"
    """It holds a slot: an attempt is under way."""
    NONE = "None"
    """Neither: finished, suspended, cancelled, backing off, or waiting for something other than a slot."""


def slot_demand(ifcjob: IfcJob, now: datetime) -> SlotDemand:
    """Return an IfcJob's demand; an attempt that is being stopped still holds its slot."""
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
    # A slot would be wasted while the source cannot be reached.
    if accepted and accepted.status == "Unknown":
        return SlotDemand.NONE
    return SlotDemand.PENDING
