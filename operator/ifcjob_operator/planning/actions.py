"""`Plan`: the decision about one IfcJob, as data that can be printed, compared and applied."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ifcjob.status import Attempt, IfcJobStatus
from ifcjob_operator.planning.observation import Fact


@dataclass(frozen=True)
class PlannedEvent:
    """A Kubernetes Event to emit once the status is written."""

    reason: str
    message: str
    type: Literal["Normal", "Warning"] = "Normal"


@dataclass(frozen=True)
class Plan:
    """The next step for one IfcJob; the empty plan means that nothing is to do.

    Effects are applied in the order of the fields. A crash after any of them leaves a state to continue from.
    """

    wanted_facts: frozenset[Fact] = frozenset()
    """Facts to look up before the next plan. Nothing else is set."""
    commit: int | None = None
    """The number of the attempt whose manifest to commit before the next plan. Nothing else is set."""
    delete_jobs: tuple[str, ...] = ()
    """Jobs to delete in the foreground, before the status is written."""
    status: IfcJobStatus | None = None
    """The complete new status; written only if the IfcJob has not changed since it was observed."""
    create_attempt: Attempt | None = None
    """The attempt whose Job and then Secret to create; `status` contains it already."""
    ensure_secret: bool = False
    """Create the Secret of the current attempt's Job, in case a crash prevented it, or renew its URLs."""
    wants_slot: bool = False
    """The IfcJob waits for a slot of its queue."""
    events: tuple[PlannedEvent, ...] = ()
    """Events to emit after the status is written."""
    delete_ifcjob: bool = False
    """Delete the IfcJob: its time to live is over."""
    recheck_at: datetime | None = None
    """Plan again at this time at the latest."""
    reason: str = ""
    """The reason for this plan, for the log."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done now."""
        return self == Plan(wants_slot=self.wants_slot, recheck_at=self.recheck_at, reason=self.reason)
