"""Measure bars and judge them: one row per limit, a missing measurement is a failed row."""

import contextlib
import os
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import ifcopenshell

from bench.bars import IFCJOB, Bar, Growth, Judge, Limit, Metric, Together
from bench.engines import Setup, Work, command
from bench.measure import Command, CommandFailedError, Pairs, Usage, peak_memory, run, run_pairs
from bench.samples import CACHE, SampleMissingError, sample_of

MISSING = (CommandFailedError, SampleMissingError, OSError, KeyError, subprocess.CalledProcessError)


@dataclass(frozen=True)
class Row:
    """One limit and what was measured."""

    bar: str
    sample: str
    metric: Metric
    ours: float | None = None
    peer: float | None = None
    value: float | None = None
    """What the limit is about: the ratio, the difference or the amount."""
    spread: tuple[float, float] | None = None
    limit: Limit | None = None
    problem: str = ""
    """Why there is no value."""

    @property
    def passed(self) -> bool | None:
        """Tell whether the limit holds; None when the number is only shown."""
        if self.limit is None or self.value is None:
            return False
        return None if self.limit.most is None else self.value <= self.limit.most


@dataclass
class Bench:
    """A series of measurements; remembers the peaks of peers, which several bars ask for."""

    setup: Setup
    pairs: int
    rows: list[Row] = field(default_factory=list)
    commands: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _peaks: dict[tuple[Work, str], int] = field(default_factory=dict)

    def measure(self, bar: Bar) -> list[Row]:
        """Measure one bar and return its new rows."""
        try:
            rows = self._measured(bar)
        except MISSING as error:
            rows = [Row(bar.name, bar.sample, each.metric, limit=each, problem=str(error)) for each in bar.limits]
        self.rows += rows
        return rows

    def _measured(self, bar: Bar) -> list[Row]:
        model = sample_of(bar.sample).path
        with _folder() as folder:
            cpus = _one_cpu() if bar.one_cpu else None
            ours = command(bar.ours, self.setup, model, folder / "ours", cpus)
            peer = command(bar.peer, self.setup, model, folder / "peer", cpus) if bar.peer else None
            self.commands[bar.name] = tuple(str(each) for each in (ours, peer) if each)
            rows = []
            if any(limit.metric is Metric.MEMORY for limit in bar.limits):
                rows += self._memory_rows(bar, ours, peer)
            if any(limit.metric is not Metric.MEMORY for limit in bar.limits):
                rows += self._time_rows(bar, ours, peer)
            return rows

    def _time_rows(self, bar: Bar, ours: Command, peer: Command | None) -> list[Row]:
        pairs = min(self.pairs, bar.most_pairs or self.pairs)
        timed = [limit for limit in bar.limits if limit.metric is not Metric.MEMORY]
        if peer is None:
            usages = [run(ours) for _ in range(pairs)]
            return [_amount_row(bar, limit, [_reader(bar, limit.metric)(usage) for usage in usages]) for limit in timed]
        runs = run_pairs(ours, peer, pairs)
        return [_pair_row(bar, limit, runs) for limit in timed]

    def _memory_rows(self, bar: Bar, ours: Command, peer: Command | None) -> list[Row]:
        limit = next(limit for limit in bar.limits if limit.metric is Metric.MEMORY)
        own = float(peak_memory(ours))
        if bar.peer is None or peer is None:
            return [_amount_row(bar, limit, [own])]
        known = (bar.peer, bar.sample)
        if known not in self._peaks:
            self._peaks[known] = peak_memory(peer)
        other = float(self._peaks[known])
        return [Row(bar.name, bar.sample, Metric.MEMORY, own, other, own / other, limit=limit)]

    def together(self, median: Together) -> Row:
        """Add and return the row about the median of bars measured before."""
        values = [row.value for row in self.rows if row.bar.startswith(median.prefix) and row.metric is median.metric]
        known = [value for value in values if value is not None]
        problem = "" if known and len(known) == len(values) else "not every bar it is the median of was measured"
        row = Row(
            bar=median.name,
            sample=f"{len(values)} models",
            metric=median.metric,
            value=None if problem else statistics.median(known),
            limit=Limit(median.metric, Judge.RATIO, median.most),
            problem=problem,
        )
        self.rows.append(row)
        return row

    def grow(self, growth: Growth) -> Row:
        """Add and return the row about the cost of an element in a big file against a small one, on one processor."""
        limit = Limit(Metric.CPU, Judge.RATIO, growth.most)
        sample = f"{growth.small} → {growth.big}"
        try:
            costs = [self._cost_per_element(name) for name in (growth.big, growth.small)]
        except MISSING as error:
            row = Row(growth.name, sample, Metric.CPU, limit=limit, problem=str(error))
        else:
            row = Row(growth.name, sample, Metric.CPU, costs[0], costs[1], costs[0] / costs[1], limit=limit)
        self.rows.append(row)
        return row

    def _cost_per_element(self, name: str) -> float:
        """Return processor seconds an element; a big file is run once, a small one as often as usual."""
        model = sample_of(name)
        source = sample_of(name.partition("@")[0])
        elements = len(ifcopenshell.open(str(source.path)).by_type("IfcElement")) * model.copies
        with _folder() as folder:
            ours = command(IFCJOB, self.setup, model.path, folder / "ours", _one_cpu())
            self.commands[f"cost per element, {name}"] = (str(ours),)
            runs = [run(ours).cpu_seconds for _ in range(self.pairs if model.copies == 1 else 1)]
        return statistics.median(runs) / elements


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Make a folder for the products of one bar, on the disk of the cache."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="out-") as name:
        for side in ("ours", "peer"):
            Path(name, side).mkdir()
        yield Path(name)


def _one_cpu() -> frozenset[int]:
    return frozenset({max(os.sched_getaffinity(0))})


def _reader(bar: Bar, metric: Metric) -> Callable[[Usage], float]:
    """Return how to read a metric from a run."""
    match metric:
        case Metric.WALL:
            return lambda usage: usage.wall_seconds
        case Metric.CPU:
            return lambda usage: usage.cpu_seconds
        case Metric.BYTES:
            return _product_bytes
        case Metric.INNER:
            return lambda usage: usage.inner_seconds[bar.inner]
        case Metric.MEMORY:
            raise ValueError("memory is measured in a run of its own")


def _product_bytes(usage: Usage) -> float:
    if usage.product_bytes is None:
        raise CommandFailedError("the command has written no GLB")
    return float(usage.product_bytes)


def _amount_row(bar: Bar, limit: Limit, values: list[float]) -> Row:
    median = statistics.median(values)
    return Row(bar.name, bar.sample, limit.metric, median, None, median, (min(values), max(values)), limit)


def _pair_row(bar: Bar, limit: Limit, runs: Pairs) -> Row:
    ratio = runs.ratio(_reader(bar, limit.metric))
    if limit.judge is Judge.DIFFERENCE:
        return Row(bar.name, bar.sample, limit.metric, ratio.a, ratio.b, ratio.a - ratio.b, None, limit)
    return Row(bar.name, bar.sample, limit.metric, ratio.a, ratio.b, ratio.value, (ratio.low, ratio.high), limit)
