"""The numbers that `plan` decides with; made from the operator's settings."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Policy:
    """Limits and waiting times."""

    max_memory_bytes: int = 64 * 2**30
    """The largest memory limit, unless the IfcJob sets its own."""
    ttl_seconds: int | None = None
    """Finished IfcJobs are deleted after this time, unless they set their own; None: never."""
    max_infra_restarts: int = 10
    """Attempts that may be lost to drains, evictions and nodes before the IfcJob fails."""
    create_grace: timedelta = timedelta(seconds=60)
    """While an attempt is this young, a missing Job means that the operator died before it created the Job."""
    lost_pod_grace: timedelta = timedelta(seconds=60)
    """A pod that exists this long after its grace period is on a lost node."""
    job_end_grace: timedelta = timedelta(seconds=10)
    """A Job whose run has reported its success ends by itself within this time, or is deleted."""
    image_pull_grace: timedelta = timedelta(seconds=300)
    """Pull errors are retried this long: registries have short outages."""
    progress_interval: timedelta = timedelta(seconds=10)
    """Progress is written at most this often."""
    renews_urls: bool = False
    """Presigned URLs end with the session of the operator's credentials, so that pods may need later ones."""
    waiting_shown_after: timedelta = timedelta(seconds=3)
    """A pod that has not started after this time is looked up, to explain why."""
    min_recheck: timedelta = timedelta(seconds=5)
    """The first interval between checks of something that cannot be watched; it grows with the condition's age."""
    max_recheck: timedelta = timedelta(seconds=30)
    """The longest such interval."""

    def recheck_after(self, age: timedelta) -> timedelta:
        """Return the interval until the next check of a condition of this age."""
        return min(max(age / 2, self.min_recheck), self.max_recheck)
