"""The operator's section of bench/RESULTS.md, between two marks; `make bench` leaves it as it is."""

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

BEGIN, END = "<!-- operator: begin -->", "<!-- operator: end -->"


@dataclass(frozen=True)
class Row:
    """One figure, and its limit if it has one."""

    what: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False

    @property
    def holds(self) -> bool | None:
        """Tell whether the limit holds."""
        if self.limit is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        limit = "" if self.limit is None else f"{sign} {self.limit:,g} {self.unit}".strip()
        verdict = {True: "pass", False: "**FAIL**", None: ""}[self.holds]
        return f"| {self.what} | {_number(self.value)} {self.unit} | {limit} | {verdict} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:.3g}"


def section(rows: list[Row]) -> str:
    """Return the section's text."""
    table = "\n".join(map(str, rows))
    day = datetime.now(UTC).date()
    return f"""{BEGIN}
## The operator

Written by `python -m bench.operator_load`; do not edit. etcd, kube-apiserver, controller manager and scheduler are real and
share the machine's {os.cpu_count()} cores ({platform.machine()}) with the operator; kwok plays nodes and pods, which
run for 5 s. Sources and outputs are volumes: no object store and no database take part. The controller manager's client
limits are raised (`--kube-api-qps=1000`), but for the last row. Measured {day}.

| what | value | limit | |
|---|---:|---:|---|
{table}
{END}
"""


def write_section(page: Path, text: str) -> None:
    """Replace the section in a page, or add it at the end."""
    old = page.read_text(encoding="utf-8") if page.exists() else ""
    before, _, rest = old.partition(BEGIN)
    after = rest.partition(END)[2].lstrip("\n")
    page.write_text(f"{before.rstrip()}\n\n{text}{after}", encoding="utf-8")


def write_rows(page: Path, what: str, rows: list[Row]) -> None:
    """Replace the rows of the operator's table that begin with `what`, or add them."""
    lines = [line for line in page.read_text(encoding="utf-8").splitlines() if not line.startswith(f"| {what}")]
    end = lines.index(END)
    page.write_text("\n".join([*lines[:end], *map(str, rows), *lines[end:]]) + "\n", encoding="utf-8")


def kept(page: Path) -> str:
    """Return a page's operator section, for whoever writes the rest of it."""
    old = page.read_text(encoding="utf-8") if page.exists() else ""
    if BEGIN not in old:
        return ""
    return f"\n{BEGIN}{old.partition(BEGIN)[2].partition(END)[0]}{END}\n"
