"""Write what was measured as a Markdown page."""

import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from bench.bars import Judge, Metric
from bench.engines import machine, versions
from bench.judge import Bench, Row
from bench.samples import BENCH, CACHE, corpus

INTRODUCTION = """# How fast and how small

Written by `make bench`; do not edit.
A and B run in turns on the same machine; the numbers are medians, the spread is the smallest and the largest ratio of
a pair. CPU is user and system time of the whole process tree. Peak memory is the largest sum over all processes of a
tree, shared pages counted once, sampled in a run of its own.
"""


def page(bench: Bench) -> str:
    """Return the whole page."""
    engines = ", ".join(f"{name} {version}" for name, version in versions().items())
    lines = [
        INTRODUCTION,
        f"- Machine: {machine()}",
        f"- Engines: {engines}",
        f"- Measured: {datetime.now(UTC):%Y-%m-%d}, {bench.pairs} pairs where no other number is said",
        "",
        "## Results",
        "",
        "| bar | model | what | ours | peer | value | spread | limit | |",
        "|---|---|---|---:|---:|---:|---:|---:|---|",
        *(_line(row) for row in bench.rows),
        "",
        *_failures(bench.rows),
        "## Commands",
        "",
        *(line for name, commands in bench.commands.items() for line in _commands(name, commands)),
    ]
    return "\n".join(lines)


def _line(row: Row) -> str:
    value = _value(row)
    spread = " to ".join(f"{each:.2f}" for each in row.spread) if row.spread and _is_ratio(row) else ""
    limit = f"≤ {_of_limit(row, row.limit.most)}" if row.limit and row.limit.most is not None else ""
    ours, peer = _amount(row, row.ours), _amount(row, row.peer)
    cells = (row.bar, row.sample, row.metric.value, ours, peer, value, spread, limit, verdict(row))
    return f"| {' | '.join(cells)} |"


def verdict(row: Row) -> str:
    """Return the word for how a row ended."""
    if row.problem:
        return "**not measured**"
    return {True: "pass", False: "**FAIL**", None: ""}[row.passed]


def _value(row: Row) -> str:
    return "" if row.value is None else _of_limit(row, row.value)


def _of_limit(row: Row, value: float) -> str:
    return f"{value:.3f}" if _is_ratio(row) else _amount(row, value)


def _is_ratio(row: Row) -> bool:
    return row.limit is not None and row.limit.judge is Judge.RATIO


def _amount(row: Row, value: float | None) -> str:
    if value is None:
        return ""
    match row.metric:
        case Metric.MEMORY:
            return f"{value / (1 << 20):,.0f} MiB"
        case Metric.BYTES:
            return f"{value / 1000:,.0f} kB"
        case Metric.WALL | Metric.CPU | Metric.INNER:
            return f"{value * 1000:.1f} ms" if abs(value) < 0.1 else f"{value:.2f} s"


def _failures(rows: Iterable[Row]) -> list[str]:
    """Return the section with what does not hold, or with the good news."""
    failed = [row for row in rows if row.passed is False]
    if not failed:
        return ["Every limit holds.", ""]
    lines = ["## What does not hold", ""]
    for row in failed:
        reason = " ".join(row.problem.split())[:400] or f"{_value(row)} instead of ≤ {_limit_text(row)}"
        lines.append(f"- **{row.bar}** ({row.metric.value}): {_without_machine(reason)}")
    return [*lines, ""]


def _limit_text(row: Row) -> str:
    return _of_limit(row, row.limit.most) if row.limit and row.limit.most is not None else ""


def _commands(name: str, commands: tuple[str, ...]) -> list[str]:
    return [f"### {name}", "", "```", *(_without_machine(command) for command in commands), "```", ""]


def _without_machine(text: str) -> str:
    """Leave out where things lie on this machine."""
    programs = Path(sys.executable).parent
    places = {str(CACHE): "$CACHE", str(corpus()): "$IFCJOB_CORPUS", f"{programs}/": "", f"{BENCH.parent}/": ""}
    for place, name in places.items():
        text = text.replace(place, name)
    return re.sub(r"\$CACHE/out-\w+", "OUT", text)
