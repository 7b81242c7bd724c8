"""The operator's section of bench/RESULTS.md, between two markers; `make bench` keeps it."""

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

BEGIN, END = "<!-- operator: begin -->", "<!-- operator: end -->"


@dataclass(frozen=True)
class Row:
    """A number and its limit, if it has one."""

    label: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False

    @property
    def holds(self) -> bool | None:
        """Return whether the limit holds; None without a limit."""
        if self.limit is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        limit = "" if self.limit is None else f"{sign} {self.limit:,g} {self.unit}".strip()
        verdict = {True: "pass", False: "**FAIL**", None: ""}[self.holds]
        return f"| {self.label} | {_number(self.value)} {self.unit} | {limit} | {verdict} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:.3g}"


def section(rows: list[Row]) -> str:
    """Return the section's text."""
    table = "\n".join(map(str, rows))
    day = datetime.now(UTC).date()
    return f"""{BEGIN}
## The operator

Written by `python -m bench.operator_load`; do not edit. etcd, kube-apiserver, kube-controller-manager and
kube-scheduler are real and share the machine's {os.cpu_count()} cores ({platform.machine()}) with the operator. kwok
simulates nodes and pods; each pod runs for 5 s. Sources and outputs are PVCs: no object store and no database are
involved. The client limits of kube-controller-manager are raised (`--kube-api-qps=1000`), except in the row with stock
limits. Measured {day}.

| metric | value | limit | |
|---|---:|---:|---|
{table}
{END}
"""


def write_rows(page: Path, label: str, rows: list[Row]) -> None:
    """Replace the rows of the operator's table whose label starts with `label`, or append them."""
    lines = [line for line in page.read_text(encoding="utf-8").splitlines() if not line.startswith(f"| {label}")]
    end = lines.index(END)
    page.write_text("\n".join([*lines[:end], *map(str, rows), *lines[end:]]) + "\n", encoding="utf-8")
