"""Measure bars and compare them with their limits: one row per limit, and a row without a measurement fails."""

import contextlib
import json
import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import ifcopenshell

from bench.bars import IFCJOB, Bar, Basis, Growth, Limit, Line, MedianBar, Metric
from bench.engines import Setup, Work, command
from bench.measure import Command, CommandFailedError, Pairs, Usage, peak_memory, run, run_pairs
from bench.peer_builds import PeerMissingError
from bench.samples import CACHE, SampleMissingError, corpus, sample_of

MISSING = (CommandFailedError, PeerMissingError, SampleMissingError, OSError)


@dataclass(frozen=True)
class Row:
    """A limit and its measurement."""

    bar: str
    sample: str
    metric: Metric
    subject: float | None = None
    peer: float | None = None
    value: float | None = None
    """The number that the limit applies to."""
    spread: tuple[float, float] | None = None
    limit: Limit | None = None
    problem: str = ""
    """The reason why there is no value."""

    @property
    def passed(self) -> bool | None:
        """Return whether the limit holds; None if the number is only shown."""
        if self.limit is None or self.value is None:
            return False
        return None if self.limit.maximum is None else self.value <= self.limit.maximum


@dataclass
class Bench:
    """A series of measurements; keeps the peak memory of peers, which several bars need."""

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
            rows = [Row(bar.name, bar.sample, limit.metric, limit=limit, problem=str(error)) for limit in bar.limits]
        self.rows += rows
        return rows

    def _measured(self, bar: Bar) -> list[Row]:
        model = sample_of(bar.sample).path
        with _folder() as folder:
            cpus = _one_cpu() if bar.one_cpu else None
            subject = command(bar.subject, self.setup, model, folder / "ifcjob", cpus)
            peer = command(bar.peer, self.setup, model, folder / "peer", cpus) if bar.peer else None
            self.commands[bar.name] = tuple(str(argv) for argv in (subject, peer) if argv)
            rows = []
            if any(limit.metric is Metric.MEMORY for limit in bar.limits):
                rows += self._memory_rows(bar, subject, peer)
            if any(limit.metric is not Metric.MEMORY for limit in bar.limits):
                rows += self._time_rows(bar, subject, peer)
            return rows

    def _time_rows(self, bar: Bar, subject: Command, peer: Command | None) -> list[Row]:
        pairs = min(self.pairs, bar.max_pairs or self.pairs)
        timed = [limit for limit in bar.limits if limit.metric is not Metric.MEMORY]
        if peer is None:
            usages = [run(subject) for _ in range(pairs)]
            return [_amount_row(bar, limit, [_reader(bar, limit.metric)(usage) for usage in usages]) for limit in timed]
        runs = run_pairs(subject, peer, pairs)
        return [_pair_row(bar, limit, runs) for limit in timed]

    def _memory_rows(self, bar: Bar, subject: Command, peer: Command | None) -> list[Row]:
        limit = next(limit for limit in bar.limits if limit.metric is Metric.MEMORY)
        peak = float(peak_memory(subject))
        if bar.peer is None or peer is None:
            return [_amount_row(bar, limit, [peak])]
        key = (bar.peer, bar.sample)
        if key not in self._peaks:
            self._peaks[key] = peak_memory(peer)
        peer_peak = float(self._peaks[key])
        return [Row(bar.name, bar.sample, Metric.MEMORY, peak, peer_peak, peak / peer_peak, limit=limit)]

    def median(self, median: MedianBar) -> Row:
        """Add and return the row of the median of bars that were measured before."""
        values = [row.value for row in self.rows if row.bar.startswith(median.prefix) and row.metric is median.metric]
        measured = [value for value in values if value is not None]
        problem = "" if measured and len(measured) == len(values) else "some bars of this median were not measured"
        row = Row(
            bar=median.name,
            sample=f"{len(values)} models",
            metric=median.metric,
            value=None if problem else statistics.median(measured),
            limit=Limit(median.metric, Basis.RATIO, median.maximum),
            problem=problem,
        )
        self.rows.append(row)
        return row

    def grow(self, growth: Growth) -> Row:
        """Add and return the row of the CPU time per element, big file against small file, on one CPU."""
        limit = Limit(Metric.CPU, Basis.RATIO, growth.maximum)
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
        """Return CPU seconds per element; a big file is run once, a small one as often as usual."""
        model = sample_of(name)
        source = sample_of(name.partition("@")[0])
        elements = len(ifcopenshell.open(str(source.path)).by_type("IfcElement")) * model.copies
        with _folder() as folder:
            subject = command(IFCJOB, self.setup, model.path, folder / "ifcjob", _one_cpu())
            self.commands[f"cost per element, {name}"] = (str(subject),)
            runs = [run(subject).cpu_seconds for _ in range(self.pairs if model.copies == 1 else 1)]
        return statistics.median(runs) / elements

    def fit(self, line: Line) -> list[Row]:
        """Add and return the rows of the two parts; files that a program cannot convert are left out."""
        drawn, excess, problem = [], [], "fewer than two files with different numbers of elements"
        for path in sorted(corpus().glob("*.ifc")):
            if path.stat().st_size > line.max_bytes:
                continue
            try:
                elements, seconds = self._excess(line, path)
            except MISSING as error:
                problem = str(error)
            else:
                drawn.append(elements)
                excess.append(seconds)
        slope, fixed = (None, None) if len({*drawn}) < 2 else statistics.linear_regression(drawn, excess)
        parts = (("fixed", fixed, line.fixed_seconds), ("per-element", slope, line.seconds_per_element))
        rows = [
            Row(
                bar=f"{line.name}-{part}",
                sample=f"{len(drawn)} models",
                metric=Metric.WALL,
                value=value,
                limit=Limit(Metric.WALL, Basis.AMOUNT, maximum),
                problem=problem if value is None else "",
            )
            for part, value, maximum in parts
        ]
        self.rows += rows
        return rows

    def _excess(self, line: Line, path: Path) -> tuple[int, float]:
        """Return how many elements of a file are drawn, and the seconds by which ifcjob exceeds the peer."""
        with _folder() as folder:
            subject = command(IFCJOB, self.setup, path, folder / "ifcjob")
            runs = run_pairs(subject, command(line.peer, self.setup, path, folder / "peer"), self.pairs)
            manifest = json.loads((folder / "ifcjob" / path.stem / "manifest.json").read_text())
        ratio = runs.ratio(lambda usage: usage.wall_seconds)
        return manifest["coverage"]["emitted"], ratio.a - ratio.b


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Make a temporary folder for the output of one bar, on the disk of the cache."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="out-") as name:
        for side in ("ifcjob", "peer"):
            Path(name, side).mkdir()
        yield Path(name)


def _one_cpu() -> frozenset[int]:
    return frozenset({max(os.sched_getaffinity(0))})


def _reader(bar: Bar, metric: Metric) -> Callable[[Usage], float]:
    """Return the function that reads a metric from a run."""
    match metric:
        case Metric.WALL:
            return lambda usage: usage.wall_seconds
        case Metric.CPU:
            return lambda usage: usage.cpu_seconds
        case Metric.BYTES:
            return _product_bytes
        case Metric.INNER:
            return lambda usage: _inner_seconds(usage, bar.inner)
        case Metric.MEMORY:
            raise ValueError("memory is measured in a separate run")


def _inner_seconds(usage: Usage, name: str) -> float:
    if name not in usage.inner_seconds:
        raise CommandFailedError(f"the command did not report its seconds for {name}")
    return usage.inner_seconds[name]


def _product_bytes(usage: Usage) -> float:
    if usage.product_bytes is None:
        raise CommandFailedError("the command did not write a GLB")
    return float(usage.product_bytes)


def _amount_row(bar: Bar, limit: Limit, values: list[float]) -> Row:
    median = statistics.median(values)
    return Row(bar.name, bar.sample, limit.metric, median, None, median, (min(values), max(values)), limit)


def _pair_row(bar: Bar, limit: Limit, runs: Pairs) -> Row:
    ratio = runs.ratio(_reader(bar, limit.metric))
    if limit.basis is Basis.DIFFERENCE:
        return Row(bar.name, bar.sample, limit.metric, ratio.a, ratio.b, ratio.a - ratio.b, None, limit)
    return Row(bar.name, bar.sample, limit.metric, ratio.a, ratio.b, ratio.value, (ratio.low, ratio.high), limit)
