"""Write the measurements as a Markdown page."""

import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from bench.bars import Basis, Metric
from bench.engines import machine, versions
from bench.judge import Bench, Row
from bench.samples import BENCH, CACHE, corpus

INTRODUCTION = """# How fast and how small

Written by `make bench`; do not edit.
ifcjob and its peer run in turns on the same machine. Times are medians; the spread is the smallest and the largest
ratio of a pair. CPU is the user and system time of the whole process tree. Peak memory is the largest sum over all
processes of the tree; shared pages count once, and memory is sampled in a separate run. Sizes, memory and big-500 take
one run, big-100 at most three.
"""


def page(bench: Bench) -> str:
    """Return the whole page."""
    engines = ", ".join(f"{name} {version}" for name, version in versions().items())
    lines = [
        INTRODUCTION,
        f"- Machine: {machine()}",
        f"- Engines: {engines}",
        f"- Measured: {datetime.now(UTC):%Y-%m-%d}, {bench.pairs} runs per program and bar",
        "",
        "## Results",
        "",
        "| bar | model | metric | ifcjob | peer | value | spread | limit | |",
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
    spread = " to ".join(f"{bound:.2f}" for bound in row.spread) if row.spread and _is_ratio(row) else ""
    limit = f"≤ {_of_limit(row, row.limit.maximum)}" if row.limit and row.limit.maximum is not None else ""
    subject, peer = _amount(row, row.subject), _amount(row, row.peer)
    cells = (row.bar, row.sample, row.metric.value, subject, peer, value, spread, limit, verdict(row))
    return f"| {' | '.join(cells)} |"


def verdict(row: Row) -> str:
    """Return the last column of a row."""
    if row.problem:
        return "**not measured**"
    return {True: "pass", False: "**FAIL**", None: ""}[row.passed]


def _value(row: Row) -> str:
    return "" if row.value is None else _of_limit(row, row.value)


def _of_limit(row: Row, value: float) -> str:
    return f"{value:.3f}" if _is_ratio(row) else _amount(row, value)


def _is_ratio(row: Row) -> bool:
    return row.limit is not None and row.limit.basis is Basis.RATIO


def _amount(row: Row, value: float | None) -> str:
    if value is None:
        return ""
    match row.metric:
        case Metric.MEMORY:
            return f"{value / (1 << 20):,.0f} MiB"
        case Metric.BYTES:
            return f"{value / 1000:,.0f} kB"
        case Metric.WALL | Metric.CPU | Metric.INNER:
            if abs(value) < 0.001:
                return f"{value * 1000:.3f} ms"
            return f"{value * 1000:.1f} ms" if abs(value) < 0.1 else f"{value:.2f} s"


def _failures(rows: Iterable[Row]) -> list[str]:
    """Return the section with the rows that failed."""
    failed = [row for row in rows if row.passed is False]
    if not failed:
        return ["Every limit holds.", ""]
    lines = ["## Limits that do not hold", ""]
    for row in failed:
        reason = problem_text(row) or f"{_value(row)} instead of ≤ {_limit_text(row)}"
        lines.append(f"- **{row.bar}** ({row.metric.value}): {reason}")
    return [*lines, ""]


def problem_text(row: Row) -> str:
    """Return the problem in one line, without paths of this machine; a long one keeps its start and its end."""
    text = _without_machine(" ".join(row.problem.split()))
    return text if len(text) <= 400 else f"{text[:150]} … {text[-250:]}"


def _limit_text(row: Row) -> str:
    return _of_limit(row, row.limit.maximum) if row.limit and row.limit.maximum is not None else ""


def _commands(name: str, commands: tuple[str, ...]) -> list[str]:
    return [f"### {name}", "", "```", *(_without_machine(command) for command in commands), "```", ""]


def _without_machine(text: str) -> str:
    """Replace the paths of this machine."""
    programs = Path(sys.executable).parent
    places = {str(CACHE): "$CACHE", str(corpus()): "$IFCJOB_CORPUS", f"{programs}/": "", f"{BENCH.parent}/": ""}
    for place, name in places.items():
        text = text.replace(place, name)
    return re.sub(r"\$CACHE/out-\w+", "OUT", text)
