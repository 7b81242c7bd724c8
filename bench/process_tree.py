"""Run a command and control its process tree: pin it to CPUs, kill it, reap it, and read its memory.

The tree of a command holds all descendants of this process that did not exist before, in any session or group: this
process adopts orphans.
"""

import contextlib
import ctypes
import os
import resource
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

TIMEOUT_SECONDS = 3600.0
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Running:
    """A running command whose output goes to a file."""

    process: "subprocess.Popen[bytes]"
    since: float
    output: IO[bytes]
    unrelated: frozenset[int]
    """Descendants of this process that existed before the command."""

    def output_text(self) -> str:
        """Return the output so far."""
        self.output.seek(0)
        return self.output.read().decode(errors="replace")

    def tree(self) -> list[psutil.Process]:
        """Return the command's processes that exist now."""
        return [process for process in psutil.Process().children(recursive=True) if process.pid not in self.unrelated]

    def memory_bytes(self) -> int:
        """Return the memory of the tree, with shared pages counted once; 0 if the tree changed meanwhile.

        If a process starts or ends during the reading, its shared pages would count twice.
        """
        pids = self._pids_with_memory()
        total = sum(_pss_bytes(pid) for pid in pids)
        return total if self._pids_with_memory() == pids else 0

    def _pids_with_memory(self) -> set[int]:
        """Return the processes of the tree that hold memory; a process that is ending holds none."""
        return {process.pid for process in self.tree() if _has_memory(process)}

    def stop(self) -> None:
        """Kill the tree."""
        for process in self.tree():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def stop_and_reap_orphans(self) -> Iterator[resource.struct_rusage]:
        """Kill the processes that outlive the command, and yield the usage of each."""
        while orphans := self.tree():
            self.stop()
            for process in orphans:
                # Until its parent is gone, it is not a child of this process.
                with contextlib.suppress(ChildProcessError):
                    yield os.wait4(process.pid, 0)[2]


@contextlib.contextmanager
def started(argv: Sequence[str], cpus: frozenset[int] | None) -> Iterator[Running]:
    """Start a command; none of its processes outlives the block."""
    # Adopt the orphans of the command, so that they can be killed and counted.
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    unrelated = frozenset(process.pid for process in psutil.Process().children(recursive=True))
    with tempfile.TemporaryFile() as output:
        with _pinned(cpus):
            since = time.perf_counter()
            process = subprocess.Popen(argv, stdout=output, stderr=subprocess.STDOUT)
        running = Running(process, since, output, unrelated)
        watchdog = threading.Timer(TIMEOUT_SECONDS, running.stop)
        watchdog.start()
        try:
            yield running
        finally:
            watchdog.cancel()
            if process.returncode is None:
                running.stop()
                process.wait()
            list(running.stop_and_reap_orphans())


@contextlib.contextmanager
def _pinned(cpus: frozenset[int] | None) -> Iterator[None]:
    """Pin this process for a moment: a child inherits the CPUs, and a preexec hook would cost it time."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _has_memory(process: psutil.Process) -> bool:
    try:
        return bool(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return False


def _pss_bytes(pid: int) -> int:
    """Return the proportional set size (PSS) of a process; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
