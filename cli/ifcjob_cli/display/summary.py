"""Terminal output per file: its row in the table, its line, its failure."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ifcjob.report import CoverageCounts
from ifcjob_cli.display.results import FileResult
from ifcjob_cli.units import number_text, size_text, time_text

_WIDE = 110
"""Terminal width, without the names of files, from which each value has its own column; else two values share one."""


def table(results: list[FileResult], width: int) -> Table:
    """Return a table with one row per file; on narrow terminals two values share a column, one above the other."""
    wide = width >= _WIDE + min(40, max(len(result.name) for result in results))
    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_lines=not wide and len(results) > 1)
    rows = [list(_values(result)) for result in results]
    for index, group in enumerate(rows[0]):
        side: Literal["left", "right"] = "left" if index in (0, 5) else "right"
        headings = [heading for heading, _ in group]
        for heading in headings if wide else ["\n".join(headings)]:
            shown.add_column(heading, justify=side, overflow="fold" if index == 0 else "ellipsis", no_wrap=index > 0)
    for row in rows:
        texts = [[text for _, text in group] for group in row]
        shown.add_row(
            *(text for group in texts for text in group) if wide else (Text("\n").join(group) for group in texts)
        )
    return shown


def line(result: FileResult) -> Text:
    """Return the result of a file in one line."""
    if result.is_existing:
        return Text.assemble(_mark(result), " ", (result.name, "bold"), f"  unchanged, skipped: {result.folder}/")
    facts = result.report.summary
    noun = "element" if facts.elements == 1 else "elements"
    parts = [facts.schema_name or "", f"{number_text(facts.elements)} {noun}", time_text(result.report.seconds)]
    if facts.coverage:
        doubtful = f", {facts.coverage.doubtful:,} doubtful" if facts.coverage.doubtful else ""
        parts.insert(2, f"{_coverage_text(facts.coverage)} with geometry{doubtful}")
    text = Text.assemble(_mark(result), " ", (result.name, "bold"), "  ")
    return text.append(" · ".join(part for part in parts if part), "dim")


def failure(result: FileResult, log: Path | None) -> RenderableType:
    """Return the failure of a file with its hint and the path of the log."""
    cause = result.report.failure
    assert cause
    rows = Table.grid(padding=(0, 1))
    rows.add_row(_mark(result), Text.assemble((result.name, "bold"), "  ", (cause.reason, "bold red")))
    rows.add_row("", Text(cause.message))
    rows.add_row("", Text(cause.hint, "cyan"))
    if cause.element:
        rows.add_row("", Text(f"Element: {cause.element}"))
    if log:
        rows.add_row("", Text(f"Log: {log}", "dim"))
    return rows


def _values(result: FileResult) -> Iterator[list[tuple[str, Text]]]:
    """Yield the values of a row in groups that share a column on narrow terminals."""
    report, facts = result.report, result.report.summary
    sizes = facts.artifact_bytes
    glb = size_text(sizes["model.glb"]) if "model.glb" in sizes else "–"
    coverage = Text(_coverage_text(facts.coverage), _coverage_style(facts.coverage))
    findings = Text(number_text(None if report.failure else facts.findings), "yellow" if facts.findings else "")
    memory = size_text(report.peak_memory_bytes) if report.peak_memory_bytes else "–"
    outcome = report.failure.reason.value if report.failure else "Degraded" if report.degraded else report.outcome
    outcome = "Unchanged" if result.is_existing else outcome
    yield [("File", Text.assemble(_mark(result), " ", result.name)), ("Schema", Text(facts.schema_name or "–"))]
    yield [("Elements", Text(number_text(facts.elements))), ("Triangles", Text(number_text(facts.triangles)))]
    yield [("Coverage", coverage), ("Findings", findings)]
    yield [("GLB", Text(glb)), ("All files", Text(size_text(sum(sizes.values())) if sizes else "–"))]
    seconds = "–" if result.is_existing else time_text(report.seconds)
    yield [("Time", Text(seconds)), ("Memory", Text(memory))]
    yield [("Outcome", Text(outcome, _style(result)))]


def _mark(result: FileResult) -> Text:
    sign = "✗" if result.report.failure else "!" if result.report.degraded else "✓"
    return Text(sign, _style(result))


def _style(result: FileResult) -> str:
    return "bold red" if result.report.failure else "bold yellow" if result.report.degraded else "bold green"


def _coverage_text(coverage: CoverageCounts | None) -> str:
    """Return the coverage in percent, never rounded up to 100 %."""
    if coverage is None or not coverage.expected:
        return "–"
    percent = 100 * coverage.emitted / coverage.expected
    return f"{percent:.0f} %" if percent == 100 else f"{min(percent, 99.9):.1f} %"


def _coverage_style(coverage: CoverageCounts | None) -> str:
    if coverage is None or not coverage.expected:
        return ""
    missing = 1 - coverage.emitted / coverage.expected
    return "green" if missing <= 0 else "yellow" if missing < 0.05 else "red"
