"""Start a command with all its children under watch: bound to processors, stopped together, waited for, weighed.

The family of a command is every descendant of this process that was not there before, whatever session or group it
went into: this process adopts orphans, so none gets away.
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
    """A command under way, its output in a file."""

    process: "subprocess.Popen[bytes]"
    since: float
    output: IO[bytes]
    strangers: frozenset[int]
    """Descendants of this process that have nothing to do with the command."""

    def said(self) -> str:
        """Return all it has printed."""
        self.output.seek(0)
        return self.output.read().decode(errors="replace")

    def family(self) -> list[psutil.Process]:
        """Return the processes of the command that exist now."""
        return [each for each in psutil.Process().children(recursive=True) if each.pid not in self.strangers]

    def memory_bytes(self) -> int:
        """Return the memory of the family, shared pages counted once; 0 when that cannot be told.

        A process that ends or starts while the others are read would count what it shares twice.
        """
        holders = self._holders()
        total = sum(_pss_bytes(pid) for pid in holders)
        return total if self._holders() == holders else 0

    def _holders(self) -> set[int]:
        """Return who of the family has memory; one that is ending has none."""
        return {each.pid for each in self.family() if _has_memory(each)}

    def stop(self) -> None:
        """Kill the family."""
        for each in self.family():
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()

    def stop_and_reap_orphans(self) -> Iterator[resource.struct_rusage]:
        """Kill what is left after the command itself has ended, and tell what each used."""
        while left := self.family():
            self.stop()
            for each in left:
                # Not our child yet: its own parent has to go first.
                with contextlib.suppress(ChildProcessError):
                    yield os.wait4(each.pid, 0)[2]


@contextlib.contextmanager
def started(argv: Sequence[str], cpus: frozenset[int] | None) -> Iterator[Running]:
    """Start a command, its output in a file, and let none of its processes outlive the block."""
    # Become the parent of what a command leaves behind, so that it can be found, stopped and counted.
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    strangers = frozenset(each.pid for each in psutil.Process().children(recursive=True))
    with tempfile.TemporaryFile() as output:
        with _pinned(cpus):
            since = time.perf_counter()
            process = subprocess.Popen(argv, stdout=output, stderr=subprocess.STDOUT)
        running = Running(process, since, output, strangers)
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
    """Bind this process for a moment: a child inherits the binding, and a preexec hook would cost it time."""
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
    """Return the memory of a process, what it shares divided among the sharers; 0 when it has just ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
