"""What `plan` returns: data that can be printed, compared and applied. The empty plan means nothing is to do."""

from dataclasses import dataclass, field
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
    """What to do for one IfcJob, in the order of the fields: a crash after any of them leaves a state to go on from."""

    wanted_facts: frozenset[Fact] = frozenset()
    """Facts to look up; then plan again. Nothing else is set beside it."""
    commit: int | None = None
    """Commit the manifest of this attempt, then plan again. Nothing else is set beside it."""
    delete_jobs: tuple[str, ...] = ()
    """Jobs to delete in the foreground, before the status says so."""
    status: IfcJobStatus | None = None
    """The whole new status; written only if the IfcJob has not changed since it was observed."""
    create_attempt: Attempt | None = None
    """Create this attempt's Job, and then its Secret; `status` has it already."""
    ensure_secret: bool = False
    """Create the Secret of the current attempt's Job again, in case a crash came between."""
    wants_slot: bool = False
    """It waits for a slot of its queue, which takes only jobs that say so."""
    events: tuple[PlannedEvent, ...] = ()
    """Emitted after the status was written."""
    delete_ifcjob: bool = False
    """Its time to live is over."""
    recheck_at: datetime | None = None
    """Plan again at this time, whatever happens until then."""
    notes: dict[str, str] = field(default_factory=dict)
    """Why, for the log line."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done now."""
        return self == Plan(wants_slot=self.wants_slot, recheck_at=self.recheck_at, notes=self.notes)
