"""Output of lists and objects: tables for people, JSON and YAML for programs."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ifcjob_cli import units

PHASE_STYLES = {"Succeeded": "green", "Failed": "red", "Running": "cyan", "Cancelled": "dim", "Suspended": "yellow"}


def print_data(data: Any, form: str) -> None:
    """Print JSON or YAML."""
    if form == "yaml":
        import yaml  # only this form needs it

        yaml.safe_dump(data, sys.stdout, sort_keys=False, allow_unicode=True)
    else:
        print(json.dumps(data, indent=2, ensure_ascii=False))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """Print a table without borders, as kubectl does; texts of files are not read as markup."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        no_wrap = column != columns[-1]
        table.add_column(column, justify="right" if column in right else "left", no_wrap=no_wrap, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, width=None if sys.stdout.isatty() else 200).print(table)


def plain(text: str | None) -> str:
    """Return a text of a file or a server for a cell: without markup and control characters."""
    return escape("".join(letter if letter.isprintable() else " " for letter in text or ""))


def phase_text(phase: str, *, degraded: bool = False) -> str:
    """Return a phase in its colour."""
    style = "yellow" if degraded else PHASE_STYLES.get(phase)
    text = f"{phase} (degraded)" if degraded else phase
    return f"[{style}]{text}[/]" if style else text


def age_text(time: datetime | None) -> str:
    """Return the time since a moment, such as `3m`."""
    if time is None:
        return ""
    seconds = max(0, int((datetime.now(UTC) - time).total_seconds()))
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def size_text(size: int | None) -> str:
    """Return a size, such as `4.7 MB`."""
    return "" if size is None else units.size_text(size)
