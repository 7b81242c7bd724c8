"""Terminal output for a single file: seconds per stage, findings, skipped and doubtful elements, artifacts."""

import sys
from collections.abc import Sequence

from pydantic import ValidationError
from rich.bar import Bar
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ifcjob.failures import RunFailure
from ifcjob.manifest import MANIFEST, Finding, Manifest
from ifcjob.report import Doubtful, Skipped, StageTime
from ifcjob_cli.display.results import FileResult
from ifcjob_cli.units import size_text, time_text

_SHOWN = 5
"""The most findings, skipped and doubtful elements that are shown without `--verbose`; the manifest lists all."""

PURPOSES = {
    "metadata.json": "header, units, georeference, counts per class",
    "spatial-tree.json": "site, storeys, spaces and their elements",
    "elements.parquet": "one row per element: class, name, storey, size",
    "properties.parquet": "all properties, quantities and materials",
    "elements.csv": "the elements for spreadsheets",
    "properties.csv": "the properties for spreadsheets",
    "properties.xlsx": "the properties for Excel",
    "properties.ndjson": "the properties, one JSON object per line",
    "relations.parquet": "groups, ports, voids, documents and other relations",
    "model.sqlite": "all of these tables as one SQLite file",
    "model.duckdb": "all of these tables as one DuckDB file",
    "model.glb": "the 3D model for the web",
    "manifest.json": "input, options, checksums, findings",
}
"""Short description per artifact."""


def details(result: FileResult, *, verbose: bool = False) -> RenderableType:
    """Return the details of one file: seconds per stage, findings, skipped and doubtful elements, artifacts."""
    shown = sys.maxsize if verbose else _SHOWN
    parts: list[RenderableType] = []
    if result.report.stages:
        parts += [Text("Stages", "bold"), _indented(_stages(result.report.stages))]
    manifest = manifest_of(result)
    if manifest and manifest.findings:
        parts += [
            Text(f"Findings in the file ({len(manifest.findings):,})", "bold"),
            _indented(_findings(manifest.findings, shown)),
        ]
    coverage = manifest.coverage if manifest and manifest.coverage else result.report
    if not result.report.failure:
        parts += _elements("Elements without geometry", coverage.skipped, shown)
        parts += _elements("Elements with doubtful geometry", coverage.doubtful, shown)
    if manifest and result.folder:
        parts += [
            Text.assemble(("Artifacts", "bold"), f"  {result.folder}/"),
            _indented(_artifacts(manifest)),
        ]
    return Group(*parts)


def manifest_of(result: FileResult) -> Manifest | None:
    """Return the manifest of a successful run; None if it cannot be read, then fewer details are shown."""
    if result.report.failure:
        return None
    try:
        return Manifest.model_validate_json(result.read_manifest() or b"")
    except (RunFailure, ValidationError):
        return None


def _stages(stages: list[StageTime]) -> Table:
    longest = max(stage.seconds for stage in stages) or 1.0
    shown = Table.grid(padding=(0, 2))
    for stage in stages:
        bar = Bar(longest, 0, stage.seconds, width=30, color="cyan")
        shown.add_row(stage.name.replace("_", " "), Text(time_text(stage.seconds), justify="right"), bar)
    return shown


def _findings(findings: list[Finding], most: int) -> RenderableType:
    shown = Table.grid(padding=(0, 2))
    for finding in findings[:most]:
        style = {"info": "dim", "warning": "yellow", "error": "red"}[finding.severity]
        times = f"{finding.count:,}×" if finding.count > 1 else ""
        ids = " ".join(finding.global_ids[:2]) + (" …" if len(finding.global_ids) > 2 else "")
        shown.add_row(Text(finding.code, style), Text(times), Text.assemble(finding.message, " ", (ids, "dim")))
    return _with_rest(shown, len(findings), most)


def _elements(title: str, elements: Sequence[Skipped | Doubtful], most: int) -> list[RenderableType]:
    if not elements:
        return []
    shown = Table.grid(padding=(0, 2))
    for element in elements[:most]:
        shown.add_row(Text(element.global_id), Text(element.ifc_class), Text(element.reason, "yellow"))
    return [Text(f"{title} ({len(elements):,})", "bold"), _indented(_with_rest(shown, len(elements), most))]


def _artifacts(manifest: Manifest) -> Table:
    sizes = {artifact.name: artifact.bytes for artifact in manifest.artifacts}
    sizes[MANIFEST] = len(manifest.to_json().encode())
    shown = Table.grid(padding=(0, 2))
    shown.add_column(no_wrap=True)
    shown.add_column(justify="right", no_wrap=True)
    for name, size in sizes.items():
        shown.add_row(Text(name), size_text(size), Text(PURPOSES.get(name, ""), "dim"))
    return shown


def _with_rest(shown: Table, count: int, most: int) -> RenderableType:
    if count <= most:
        return shown
    return Group(shown, Text(f"… and {count - most:,} more in manifest.json", "dim"))


def _indented(part: RenderableType) -> Padding:
    return Padding(part, (0, 0, 1, 2))
