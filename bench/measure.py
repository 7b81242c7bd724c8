"""Measure commands: wall time, processor time and memory of the whole process tree, two commands in turns.

Time and memory are never measured in the same run: reading the memory of a big process stops it for milliseconds.
"""

import json
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench.process_tree import started

SAMPLE_SECONDS = 0.02


class CommandFailedError(Exception):
    """The command did not do its work, so there is nothing to compare."""


@dataclass(frozen=True)
class Command:
    """A program to measure."""

    argv: tuple[str, ...]
    cpus: frozenset[int] | None = None
    """Processors it may use; None for all."""
    product: Path | None = None
    """The file whose size may be compared, if the command writes it."""

    def __str__(self) -> str:
        """Return the line to type in a shell."""
        pin = f"taskset -c {','.join(map(str, sorted(self.cpus)))} " if self.cpus else ""
        return pin + " ".join(self.argv)


@dataclass(frozen=True)
class Usage:
    """What one run took."""

    wall_seconds: float
    cpu_seconds: float
    """User and system time of the command and of every process it started."""
    product_bytes: int | None = None
    inner_seconds: dict[str, float] = field(default_factory=dict)
    """What the program itself reports in its last line: `{"seconds": {"properties": 0.1}}`."""


@dataclass(frozen=True)
class Ratio:
    """A measure of A divided by the same measure of B."""

    a: float
    """Median of A."""
    b: float
    """Median of B."""
    value: float
    """Median of A divided by median of B."""
    low: float
    """The smallest ratio of a pair."""
    high: float
    """The largest ratio of a pair."""


@dataclass(frozen=True)
class Pairs:
    """Runs of two commands, taken in turns."""

    a: tuple[Usage, ...]
    b: tuple[Usage, ...]

    def ratio(self, measure: Callable[[Usage], float]) -> Ratio:
        """Compare the two by one measure."""
        left, right = [measure(usage) for usage in self.a], [measure(usage) for usage in self.b]
        each = [x / y for x, y in zip(left, right, strict=True)]
        a, b = statistics.median(left), statistics.median(right)
        return Ratio(a, b, a / b, min(each), max(each))


def run_pairs(a: Command, b: Command, pairs: int = 5) -> Pairs:
    """Run A and B in turns; who goes first changes, so that neither gains from a machine that warms up."""
    taken: dict[Command, list[Usage]] = {a: [], b: []}
    for turn in range(pairs):
        for command in (a, b) if turn % 2 == 0 else (b, a):
            taken[command].append(run(command))
    return Pairs(tuple(taken[a]), tuple(taken[b]))


def run(command: Command) -> Usage:
    """Run a command once and measure its time.

    Processes it leaves behind are stopped, and counted up to then.
    """
    with started(command.argv, command.cpus) as running:
        _, status, own = os.wait4(running.process.pid, 0)
        wall = time.perf_counter() - running.since
        running.process.returncode = os.waitstatus_to_exitcode(status)
        usages = [own, *running.stop_and_reap_orphans()]
        said = running.said()
    _check(command, running.process.returncode, said)
    return Usage(
        wall_seconds=wall,
        cpu_seconds=sum(usage.ru_utime + usage.ru_stime for usage in usages),
        product_bytes=command.product.stat().st_size if command.product and command.product.exists() else None,
        inner_seconds=_inner_seconds(said),
    )


def peak_memory(command: Command) -> int:
    """Run a command once and return the most memory its process tree held at a time, in bytes.

    Memory shared by several processes counts once (PSS). A peak shorter than the sampling interval may be missed.
    """
    peak = 0
    with started(command.argv, command.cpus) as running:
        while running.process.poll() is None:
            peak = max(peak, running.memory_bytes())
            time.sleep(SAMPLE_SECONDS)
        said = running.said()
    _check(command, running.process.returncode, said)
    return peak


def _check(command: Command, code: int, said: str) -> None:
    if code != 0:
        raise CommandFailedError(f"{command} ended with {code}:\n{said[-2000:]}")


def _inner_seconds(said: str) -> dict[str, float]:
    """Read the seconds a program reports about itself in the last line; none is fine."""
    last = said.strip().rpartition("\n")[2]
    if not last.startswith("{"):
        return {}
    seconds = json.loads(last).get("seconds", {})
    return {str(name): float(value) for name, value in seconds.items()}
