"""Keep a run within its memory and its deadline, and remember the highest memory it used."""

import time
from collections.abc import Callable

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.request import Limits
from ifcjob_runner.resources import available_cpus, memory_in_use, memory_limit

# The kernel kills at the limit, without a word; stop a little before it, with a report.
STOP_SHARE = 0.94
SHRINK_SHARE = 0.85
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
        self._asked_workers = limits.workers
        self.workers = limits.workers or available_cpus()
        self.peak_bytes = 0
        self._peak_pinned = 0
        self._next_look = 0.0

    def fit_workers(self, input_bytes: int) -> None:
        """Use fewer workers than CPUs when the memory limit could not hold them."""
        if self.memory_limit is not None and self._asked_workers is None:
            fitting = int(self.memory_limit * SHRINK_SHARE / (input_bytes * BYTES_PER_INPUT_BYTE + 120e6))
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
        memory = memory_in_use(self._pids())
        self.peak_bytes = max(self.peak_bytes, memory.total)
        in_use = memory.pinned
        self._peak_pinned = max(self._peak_pinned, in_use)
        # Looking costs milliseconds per GB of process; keep that below two per cent.
        self._next_look = now + max(0.04, 50 * (time.monotonic() - now))
        if self.memory_limit is None or in_use < SHRINK_SHARE * self.memory_limit:
            return
        if in_use >= STOP_SHARE * self.memory_limit:
            raise self.out_of_memory(f"the run held {_mib(in_use)}")
        shrink()

    def out_of_memory(self, what: str) -> RunFailure:
        """Return the failure, with the peak and the limit in its message."""
        limit = f", its limit is {_mib(self.memory_limit)}" if self.memory_limit else ""
        return RunFailure(FailureReason.OUT_OF_MEMORY, f"{what}; its peak was {_mib(self._peak_pinned)}{limit}")


def _mib(value: int) -> str:
    return f"{value / 2**20:.0f} MiB"
