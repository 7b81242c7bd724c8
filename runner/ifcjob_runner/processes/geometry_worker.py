"""A geometry child as the scheduler sees it: its batch, and the shapes it stored before it ended."""

from dataclasses import dataclass, field
from pathlib import Path

from ifcjob_runner.processes.engine_process import Child
from ifcjob_runner.processes.heartbeat import Heartbeat


@dataclass(eq=False)
class Worker:
    """One geometry child."""

    child: Child
    name: str
    """Of its store and its heartbeat in the workspace."""
    heartbeat: Heartbeat
    lite: bool
    """Whether it runs ifclite, on one batch, or OpenCASCADE, on many."""
    batch: list[int] = field(default_factory=list)
    """The shapes it has not reported yet."""
    begun: set[int] = field(default_factory=set)
    """Of its batch, the shapes that ifclite has begun."""
    ready: bool = False
    """Whether it has opened the file."""
    killed_by_us: bool = False
    kill_reason: str | None = None
    """Why its current shape is skipped; None when it was killed for another reason than its shape."""

    @property
    def is_mesher(self) -> bool:
        """Whether it takes OpenCASCADE work, now or once it is ready."""
        return not self.lite and not self.killed_by_us and not self.child.connection.closed

    @property
    def takes_work(self) -> bool:
        """Whether it waits for a batch now."""
        return self.is_mesher and self.ready and not self.batch

    def kill(self, reason: str | None) -> None:
        """Kill it, and remember that it did not crash."""
        self.killed_by_us, self.kill_reason = True, reason
        self.child.kill()


def stored_shapes(store: Path) -> set[int]:
    """Return the shapes that a child stored before it ended."""
    index = store.with_suffix(".index")
    if not index.exists():
        return set()
    return {int(line[1 : line.index(b",")]) for line in index.read_bytes().split(b"\n")[:-1]}
