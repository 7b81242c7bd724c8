"""Keep a run within its memory and its deadline, and remember the highest memory it used."""

import time
from collections.abc import Callable

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.request import Limits
from ifcjob_runner.processes.cgroup import available_cpus, memory_in_use, memory_limit

# The kernel kills at the limit, without a word; stop a little before it, with a report.
STOP_SHARE = 0.94
SHRINK_SHARE = 0.9
"""Of the room up to there; from here on with fewer processes."""
CODE_BYTES = 48 << 20
"""Of a cgroup's limit, what the engines' own code needs, 40 to 80 MiB: with less the kernel drops it and reads it again
from the disk, over and over, and the run crawls for minutes before it is killed."""
BYTES_PER_INPUT_BYTE = 6
"""Memory of one geometry process for each byte of the file, measured 4 to 6; decides how many fit a limit."""


class Limiter:
    """Measures the processes of one run and stops it at its limits."""

    def __init__(self, limits: Limits, pids: Callable[[], list[int]], log: Callable[[str], None]) -> None:
        self._pids, self.log_traceback = pids, log
        self._began = time.monotonic()
        self._deadline = limits.deadline_seconds
        cgroup = memory_limit()
        self.memory_limit = min(filter(None, (limits.memory_bytes, cgroup)), default=None)
        self._room = _room(self.memory_limit, cgroup)
        self._asked_workers = limits.workers
        self.workers = limits.workers or available_cpus()
        self.peak_bytes = 0
        self._peak_pinned = 0
        self._next_look = 0.0

    def fit_workers(self, input_bytes: int) -> None:
        """Use fewer workers than CPUs when the memory limit could not hold them."""
        if self._room is not None and self._asked_workers is None:
            fitting = int(self._room * SHRINK_SHARE / (input_bytes * BYTES_PER_INPUT_BYTE + 120e6))
            self.workers = max(1, min(self.workers, fitting))

    def check(self, shrink: Callable[[], bool]) -> None:
        """Raise OutOfMemory or DeadlineExceeded when it is time; first try to get by with fewer processes."""
        now = time.monotonic()
        if self._deadline is not None and now - self._began > self._deadline:
            raise RunFailure(
                FailureReason.DEADLINE_EXCEEDED, f"the run did not end within its deadline of {self._deadline:g} s"
            )
        if now < self._next_look:
            return
        cpu_began = time.thread_time()
        memory = memory_in_use(self._pids())
        self.peak_bytes = max(self.peak_bytes, memory.total)
        in_use = memory.pinned
        self._peak_pinned = max(self._peak_pinned, in_use)
        # Looking costs milliseconds per GB of process; keep that below two per cent. It is CPU time that counts:
        # where memory is short a look waits for the disk, and the next one must come soon.
        self._next_look = now + max(0.04, 50 * (time.thread_time() - cpu_began))
        if self._room is None or in_use < SHRINK_SHARE * self._room:
            return
        if in_use >= self._room:
            raise self.out_of_memory(f"the run held {mib(in_use)}")
        shrink()

    def out_of_memory(self, what: str) -> RunFailure:
        """Return the failure, with the peak and the limit in its message."""
        limit = f", its limit is {mib(self.memory_limit)}" if self.memory_limit else ""
        return RunFailure(FailureReason.OUT_OF_MEMORY, f"{what}; its peak was {mib(self._peak_pinned)}{limit}")


def _room(limit: int | None, cgroup: int | None) -> float | None:
    """Return how many bytes the processes may allocate."""
    if limit is None:
        return None
    return STOP_SHARE * limit if cgroup is None else min(STOP_SHARE * limit, cgroup - CODE_BYTES)


def mib(value: int) -> str:
    """Write a number of bytes as people read memory limits."""
    return f"{value / 2**20:.0f} MiB"
