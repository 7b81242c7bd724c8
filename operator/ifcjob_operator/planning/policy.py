"""The few numbers `plan` decides with; the operator's settings make one of these."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Policy:
    """What an administrator may tune about decisions."""

    max_memory: str = "64Gi"
    """Where raising the memory ends, unless the IfcJob says otherwise."""
    ttl_seconds: int | None = None
    """Finished IfcJobs are deleted after this time, unless they say otherwise; None: never."""
    max_infra_restarts: int = 10
    """Attempts lost to drains, evictions and nodes, before it is the cluster that must be mended."""
    create_grace: timedelta = timedelta(seconds=60)
    """An attempt whose Job is missing this soon was recorded by an operator that died before it created the Job."""
    lost_pod_grace: timedelta = timedelta(seconds=60)
    """A pod this long past the end of its deletion is on a node that is lost."""
    image_pull_grace: timedelta = timedelta(seconds=300)
    """Registries have bad minutes."""
    progress_interval: timedelta = timedelta(seconds=10)
    """Progress is written at most this often."""
    waiting_shown_after: timedelta = timedelta(seconds=3)
    """A pod that has not started by then is asked why."""
    min_recheck: timedelta = timedelta(seconds=5)
    """First wait before something that cannot be watched is looked at again; grows with its age."""
    max_recheck: timedelta = timedelta(seconds=30)
    """Longest such wait."""

    def recheck_after(self, age: timedelta) -> timedelta:
        """Return how long to wait before looking again at something that has lasted for `age`."""
        return min(max(age / 2, self.min_recheck), self.max_recheck)
