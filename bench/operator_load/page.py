"""The operator's section of bench/RESULTS.md, between two markers; `make bench` keeps it."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from bench.sections import Row, table

BEGIN, END = "<!-- operator: begin -->", "<!-- operator: end -->"


def section(rows: list[Row]) -> str:
    """Return the section's text."""
    day = datetime.now(UTC).date()
    return f"""{BEGIN}
## The operator

Written by `python -m bench.operator_load`; do not edit. etcd, kube-apiserver, kube-controller-manager and
kube-scheduler are real and share the machine's {os.cpu_count()} cores ({platform.machine()}) with the operator. kwok
simulates nodes and pods; each pod runs for 5 s. Sources and outputs are PVCs: no object store and no database are
involved. The client limits of kube-controller-manager are raised (`--kube-api-qps=1000`), except in the row with stock
limits. Measured {day}.

{table(rows)}
{END}
"""


def write_rows(page: Path, label: str, rows: list[Row]) -> None:
    """Replace the rows of the operator's table whose label starts with `label`, or append them."""
    lines = [line for line in page.read_text(encoding="utf-8").splitlines() if not line.startswith(f"| {label}")]
    end = lines.index(END)
    page.write_text("\n".join([*lines[:end], *map(str, rows), *lines[end:]]) + "\n", encoding="utf-8")
