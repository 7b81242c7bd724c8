"""Read a file line by line in forked processes, so that a line that kills the engine costs that line and not the run.

A process that waits is a checkpoint: when the process that it has forked dies, it forks another one, which continues
from there without the line that was being read. A lost line repeats the work since the last checkpoint, not all of it.
The file must be opened eagerly: processes that share a lazily opened file would share its read position.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ifcjob_runner.data.attribute_access import read_argument, step_id
from ifcjob_runner.geometry.skip_reasons import DEADLINE_EXCEEDED, ENGINE_CRASHED
from ifcjob_runner.processes.heartbeat import IDLE, WALL_FACTOR, Heartbeat
from ifcjob_runner.processes.parents import die_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ifcjob_runner.data.attribute_access import File, Instance, Value

MAX_LOST = 1000
"""The most lines that are left out of one file."""
MAX_STALLED = 10
"""The most deaths, one after another, that came no further than an earlier one: the lines are not their cause."""
MAX_CHECKPOINTS = 200
"""The most processes that wait at the same time."""
CHECKPOINT_SECONDS = 1.0
"""The time between two checkpoints; a tenth of it after a line was lost, since others like it may follow."""
LINE_SECONDS = 30.0
"""The most CPU time for one line of data, which takes microseconds."""
_DIED = "the engine died at this line"
_GAVE_UP = 70


def limit_time(seconds: float) -> None:
    """Have the kernel end this process after so many CPU seconds, or WALL_FACTOR times that; 0 removes the limit."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, seconds * WALL_FACTOR)


class Retries:
    """The lines of one file while they are read: the current one, and those that are left out."""

    def __init__(self, page: Path, deadline: float) -> None:
        """Keep the current line in `page`; end a process that reads a line for `deadline` seconds."""
        self.lost: dict[int, str] = {}
        """Why lines are left out, from `skip_reasons`, by STEP id."""
        self._current = Heartbeat(page)
        self._deadline = deadline
        self._checkpoints = 0
        self._last_checkpoint = 0.0
        self._lost_at_checkpoint = 0
        self.watching = False
        """Whether `read` gives each line a deadline, and leaves it out when it is lost."""

    def run(self, work: Callable[[], None]) -> None:
        """Do the work in another process; this one ends when the work cannot be finished."""
        if self._fork():
            work()
            os._exit(0)

    def rows(self, instances: Sequence[Instance]) -> Iterator[Instance]:
        """Yield the instances, each with a deadline until the next is requested; leave out lost lines."""
        outer = self._current.read().shape
        try:
            for instance in instances:
                self._save()
                number = step_id(instance)
                if number not in self.lost:
                    self._begin(number)
                    yield instance
        finally:
            self._begin(outer)

    def read(self, instance: Instance, number: int) -> Value:
        """Return an attribute; raise RuntimeError for a lost line, as the engine does for a broken one."""
        line = step_id(instance)
        if line and self.watching:  # 0 is a value, a part of the line that was read before
            if line in self.lost:
                raise RuntimeError(_DIED)
            self._begin(line)
        return read_argument(instance, number)

    def stop_watching(self) -> None:
        """Have `read` do no more than read."""
        self.watching = False
        self._begin(IDLE)

    def _begin(self, line: int) -> None:
        self._current.follow(line)
        limit_time(0 if line == IDLE else self._deadline)

    def _save(self) -> None:
        """Leave a checkpoint when enough work was done since the last one."""
        lost_since = len(self.lost) > self._lost_at_checkpoint
        interval = CHECKPOINT_SECONDS / 10 if lost_since else CHECKPOINT_SECONDS
        if self._checkpoints == MAX_CHECKPOINTS or time.monotonic() - self._last_checkpoint < interval:
            return
        self._checkpoints += 1
        if not self._fork():
            os._exit(0)

    def _fork(self) -> bool:
        """Return True in a new process; in this one, wait until a new process has finished, and return False."""
        limit_time(0)
        furthest = stalled = 0
        while True:
            parent = os.getpid()
            pid = os.fork()
            if pid == 0:
                die_with(parent)
                self._last_checkpoint, self._lost_at_checkpoint = time.monotonic(), len(self.lost)
                return True
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            if status == 0:
                return False
            if status == -signal.SIGKILL:  # the kernel, for lack of memory, whatever line it read
                os.kill(parent, signal.SIGKILL)
            last = self._current.read()
            line, stalled = last.shape, 0 if last.finished >= furthest else stalled + 1
            furthest = max(furthest, last.finished)
            if status > 0 or line == IDLE or len(self.lost) == MAX_LOST or stalled == MAX_STALLED:
                os._exit(status if status > 0 else _GAVE_UP)
            late = -status in (signal.SIGPROF, signal.SIGALRM)
            self.lost[line] = DEADLINE_EXCEEDED if late else ENGINE_CRASHED


class WatchedFile:
    """An opened file that yields the instances of a class through `Retries.rows`; else like the file."""

    def __init__(self, file: File, retries: Retries) -> None:
        self._file, self._retries = file, retries

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def by_type(self, ifc_class: str, *, include_subtypes: bool = True) -> Sequence[Instance]:
        """Return the instances of a class, and of its subclasses unless they are not wanted."""
        return _WatchedRows(self._file.by_type(ifc_class, include_subtypes=include_subtypes), self._retries)


class _WatchedRows(Sequence["Instance"]):
    def __init__(self, instances: Sequence[Instance], retries: Retries) -> None:
        self._instances, self._retries = instances, retries

    def __len__(self) -> int:
        return len(self._instances)

    def __getitem__(self, index: Any) -> Any:
        return self._instances[index]

    def __iter__(self) -> Iterator[Instance]:
        return self._retries.rows(self._instances)
