"""Sections of result pages, each between two markers: `make bench` keeps those that other commands write."""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

API_TITLE = "# The API, measured\n"
"""Of bench/api/RESULTS.md."""
_SECTION = re.compile(r"<!-- (\w+): begin -->\n.*?<!-- \1: end -->\n", re.DOTALL)


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


def table(rows: Sequence[Row]) -> str:
    """Return the rows below their heads."""
    return "\n".join(("| metric | value | limit | |", "|---|---:|---:|---|", *map(str, rows)))


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share of the values lies; at least one value, `share` below 1."""
    return sorted(values)[int(share * len(values))]


def parser_of(document: str | None, *, seconds: float | None = None) -> argparse.ArgumentParser:
    """Return the parser of a program that writes a section: its docstring as the help, and --output.

    A program that runs for a time has --seconds, by default as many as are named here.
    """
    parser = argparse.ArgumentParser(description=document, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, help="the page whose section is replaced (default: none)")
    if seconds is not None:
        parser.add_argument("--seconds", type=float, default=seconds, help="length of the run (default: %(default)g)")
    return parser


def report(rows: Sequence[Row], page: Path | None, text: Callable[[], str], title: str = "") -> int:
    """Print the rows, write the section if a page is named, and return the exit code: 1 when a limit does not hold."""
    for row in rows:
        sys.stdout.write(f"{row}\n")
    if page:
        write_section(page, text(), title)
    return int(any(row.holds is False for row in rows))


def write_section(page: Path, text: str, title: str = "") -> None:
    """Replace the section of a page that has the same markers as `text`, or append it; a new page gets the title."""
    old = page.read_text(encoding="utf-8") if page.exists() else title
    begin = text.partition("\n")[0]
    before, _, rest = old.partition(begin)
    after = rest.partition(begin.replace(": begin", ": end"))[2].lstrip("\n")
    gap = "\n" if after else ""
    page.write_text(f"{before.rstrip()}\n\n{text}{gap}{after}", encoding="utf-8")


def existing_sections(page: Path) -> str:
    """Return the sections of a page, or nothing."""
    old = page.read_text(encoding="utf-8") if page.exists() else ""
    return "".join(f"\n{match[0]}" for match in _SECTION.finditer(old))
