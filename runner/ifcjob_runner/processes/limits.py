"""Keep a run within its memory and its deadline, and remember the highest memory it used."""

import time
from collections.abc import Callable

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.request import Limits
from ifcjob_runner.processes.cgroup import available_cpus, available_memory, memory_in_use, memory_limit

# The kernel kills at the limit without a reason; stop a little before it, with a report.
STOP_SHARE = 0.94
SHRINK_SHARE = 0.9
"""Of the bytes up to there; above this share the run continues with fewer processes."""
CODE_BYTES = 48 << 20
"""The part of a cgroup's limit that the engines' own code needs, 40 to 80 MiB. With less, the kernel drops the code and
reads it from the disk again and again, and the run crawls for minutes before it is killed."""
BYTES_PER_INPUT_BYTE = 6
"""Memory of one mesher per byte of the file, measured 4 to 6; decides how many fit within a limit."""
HUGE_FILE_BYTES = 200_000_000
"""Above it, an open file takes so much memory that few processes have it open while ifclite runs."""


class Limiter:
    """Measures the processes of one run and stops it at its limits."""

    def __init__(self, limits: Limits, pids: Callable[[], list[int]], *, is_clone: bool = False) -> None:
        self._pids, self._is_clone = pids, is_clone
        self._began = time.monotonic()
        self._deadline = limits.deadline_seconds
        cgroup = memory_limit()
        self.memory_limit = min(filter(None, (limits.memory_bytes, cgroup)), default=None)
        self._room = _room(self.memory_limit, cgroup)
        self._requested_workers = limits.workers
        self.workers = limits.workers or available_cpus()
        self.is_tight = False
        """Whether few processes should have the file open while ifclite runs; known after `fit_workers`."""
        self.peak_bytes = 0
        self._peak_pinned = 0
        self._next_measurement = 0.0

    def fit_workers(self, input_bytes: int) -> None:
        """Use fewer workers than CPUs when the memory limit cannot hold them; for a huge file also without a limit."""
        room = self._room
        if room is None and input_bytes > HUGE_FILE_BYTES:
            room = available_memory()
        if room is None:
            return
        fitting = int(room * SHRINK_SHARE / (input_bytes * BYTES_PER_INPUT_BYTE + 120e6))
        self.is_tight = fitting < min(self.workers, 2)
        if self._requested_workers is None:
            self.workers = max(1, min(self.workers, fitting))

    def check(self, shrink: Callable[[], object] | None = None) -> None:
        """Raise OutOfMemory or DeadlineExceeded at a limit; near the memory limit, call `shrink` to end a process."""
        now = time.monotonic()
        if self._deadline is not None and now - self._began > self._deadline:
            raise RunFailure(
                FailureReason.DEADLINE_EXCEEDED, f"the run did not end within its deadline of {self._deadline:g} s"
            )
        if now < self._next_measurement:
            return
        cpu_began = time.thread_time()
        memory = memory_in_use(self._pids(), forked_from_others=self._is_clone)
        self.peak_bytes = max(self.peak_bytes, memory.total)
        in_use = memory.pinned
        self._peak_pinned = max(self._peak_pinned, in_use)
        # Measuring takes milliseconds per GB; keep that below two per cent. Count CPU time only: where memory is short,
        # a measurement waits for the disk, and the next one must follow soon.
        self._next_measurement = now + max(0.04, 50 * (time.thread_time() - cpu_began))
        if self._room is None or in_use < SHRINK_SHARE * self._room:
            return
        if in_use >= self._room:
            raise self.out_of_memory(f"the run held {mib(in_use)}")
        if shrink is not None:
            shrink()

    def out_of_memory(self, event: str) -> RunFailure:
        """Return the failure, with the peak and the limit in its message."""
        limit = f", its limit is {mib(self.memory_limit)}" if self.memory_limit else ""
        return RunFailure(FailureReason.OUT_OF_MEMORY, f"{event}; its peak was {mib(self._peak_pinned)}{limit}")


def _room(limit: int | None, cgroup: int | None) -> float | None:
    """Return how many bytes the processes may allocate."""
    if limit is None:
        return None
    return STOP_SHARE * limit if cgroup is None else min(STOP_SHARE * limit, cgroup - CODE_BYTES)


def mib(value: int) -> str:
    """Format a number of bytes as a memory limit."""
    return f"{value / 2**20:.0f} MiB"
