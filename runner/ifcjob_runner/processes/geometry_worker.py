"""A geometry process as the supervisor knows it: what it has been handed, and what it left when it died."""

from dataclasses import dataclass, field
from pathlib import Path

from ifcjob_runner.processes.engine import Child
from ifcjob_runner.processes.heartbeat import Heartbeat


@dataclass(eq=False)
class Worker:
    """One geometry process."""

    child: Child
    name: str
    """Of its store and its heartbeat in the workspace."""
    heartbeat: Heartbeat
    lite: bool
    """Whether it runs ifclite, on one batch, or OpenCASCADE, on many."""
    batch: list[int] = field(default_factory=list)
    """The shapes it has in hand."""
    ready: bool = False
    """Whether it has opened the file."""
    killed_by_us: bool = False
    kill_reason: str | None = None
    """Why the shape in work was too much; None when it was not the shape's fault."""

    @property
    def is_mesher(self) -> bool:
        """Whether it is there for OpenCASCADE work, now or once it is ready."""
        return not self.lite and not self.killed_by_us and not self.child.connection.closed

    @property
    def takes_work(self) -> bool:
        """Whether it waits for OpenCASCADE work."""
        return self.is_mesher and self.ready and not self.batch

    def kill(self, reason: str | None) -> None:
        """Kill it on purpose."""
        self.killed_by_us, self.kill_reason = True, reason
        self.child.kill()


def stored_shapes(store: Path) -> set[int]:
    """Return the shapes a process had stored before it died."""
    index = store.with_suffix(".index")
    if not index.exists():
        return set()
    return {int(line[1 : line.index(b",")]) for line in index.read_bytes().split(b"\n")[:-1]}
