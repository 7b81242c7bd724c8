"""Measure wall time, CPU time and memory of a command's process tree, or of two commands in turns.

Time and memory are measured in separate runs: reading the memory of a big process stops it for milliseconds.
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
    """The command failed, so there is nothing to compare."""


@dataclass(frozen=True)
class Command:
    """A program to measure."""

    argv: tuple[str, ...]
    cpus: frozenset[int] | None = None
    """The CPUs it may use; None for all."""
    product: Path | None = None
    """The file that the command writes and whose size is measured."""

    def __str__(self) -> str:
        """Return the command line for a shell."""
        pin = f"taskset -c {','.join(map(str, sorted(self.cpus)))} " if self.cpus else ""
        return pin + " ".join(self.argv)


@dataclass(frozen=True)
class Usage:
    """The resources that one run used."""

    wall_seconds: float
    cpu_seconds: float
    """User and system time of the command and of all its descendants."""
    product_bytes: int | None = None
    inner_seconds: dict[str, float] = field(default_factory=dict)
    """The seconds that the program reports in its last line: `{"seconds": {"properties": 0.1}}`."""


@dataclass(frozen=True)
class Ratio:
    """A measure of command A divided by that of command B."""

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
    """The runs of two commands, taken in turns."""

    a: tuple[Usage, ...]
    b: tuple[Usage, ...]

    def ratio(self, measure: Callable[[Usage], float]) -> Ratio:
        """Compare the commands by one measure."""
        left, right = [measure(usage) for usage in self.a], [measure(usage) for usage in self.b]
        ratios = [x / y for x, y in zip(left, right, strict=True)]
        a, b = statistics.median(left), statistics.median(right)
        return Ratio(a, b, a / b, min(ratios), max(ratios))


def run_pairs(a: Command, b: Command, pairs: int = 5) -> Pairs:
    """Run A and B in turns, alternating the order, so that neither gains from a warm machine."""
    usages: dict[Command, list[Usage]] = {a: [], b: []}
    for turn in range(pairs):
        for command in (a, b) if turn % 2 == 0 else (b, a):
            usages[command].append(run(command))
    return Pairs(tuple(usages[a]), tuple(usages[b]))


def run(command: Command) -> Usage:
    """Run a command once and measure its time; processes that outlive it are killed, and counted until then."""
    with started(command.argv, command.cpus) as running:
        _, status, usage = os.wait4(running.process.pid, 0)
        wall = time.perf_counter() - running.since
        running.process.returncode = os.waitstatus_to_exitcode(status)
        usages = [usage, *running.stop_and_reap_orphans()]
        output = running.output_text()
    _check(command, running.process.returncode, output)
    return Usage(
        wall_seconds=wall,
        cpu_seconds=sum(usage.ru_utime + usage.ru_stime for usage in usages),
        product_bytes=command.product.stat().st_size if command.product and command.product.exists() else None,
        inner_seconds=_inner_seconds(output),
    )


def peak_memory(command: Command) -> int:
    """Run a command once and return the peak memory of its process tree in bytes.

    Memory that processes share counts once (PSS). A peak shorter than the sampling interval may be missed.
    """
    peak = 0
    with started(command.argv, command.cpus) as running:
        while running.process.poll() is None:
            peak = max(peak, running.memory_bytes())
            time.sleep(SAMPLE_SECONDS)
        output = running.output_text()
    _check(command, running.process.returncode, output)
    return peak


def _check(command: Command, code: int, output: str) -> None:
    if code != 0:
        raise CommandFailedError(f"{command} ended with exit code {code}:\n{output[-2000:]}")


def _inner_seconds(output: str) -> dict[str, float]:
    """Read the seconds that a program reports in its last line, if any."""
    last = output.strip().rpartition("\n")[2]
    if not last.startswith("{"):
        return {}
    seconds = json.loads(last).get("seconds", {})
    return {str(name): float(value) for name, value in seconds.items()}
