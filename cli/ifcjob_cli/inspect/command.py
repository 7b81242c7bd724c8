"""`ifcjob inspect`: facts about files without a run; the exit code is that of the first failure."""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from ifcjob.failures import RunFailure
from ifcjob.file_format.any_header import header_of
from ifcjob.manifest import Finding
from ifcjob.report import Failure
from ifcjob.request import Source
from ifcjob_cli.display.refusals import refuse
from ifcjob_cli.run.items import Item, items_of
from ifcjob_cli.run.one_file import source_of
from ifcjob_cli.units import size_text
from ifcjob_runner.input.step_outline import Outline, outline
from ifcjob_runner.stages import fetch as fetching
from ifcjob_runner.stages import inspect as inspecting
from ifcjob_runner.workspace import Workspace

_SHOWN = 100
"""The most characters of the header's description, to which some tools add all their settings."""


@dataclass(frozen=True)
class Facts:
    """The facts about one file."""

    bytes: int
    step_bytes: int
    """Size of the STEP text, unpacked."""
    sha256: str
    schema: str
    """IFC2X3, IFC4 or IFC4X3_ADD2."""
    schema_identifier: str
    """The schema as the header writes it."""
    outline: Outline
    findings: list[Finding]


def inspect(arguments: argparse.Namespace) -> int:
    """Show the facts about all files."""
    code = 0
    with tempfile.TemporaryDirectory(prefix="ifcjob-") as scratch:
        try:
            items = items_of(arguments, Path(scratch))
        except RunFailure as failure:
            return refuse(failure, as_json=arguments.json)
        for number, item in enumerate(items):
            try:
                facts = _facts(item)
            except RunFailure as failure:
                code = code or failure.exit_code
                _show_failure(item, failure, as_json=arguments.json)
                continue
            if arguments.json:
                print(json.dumps(_document(item, facts), ensure_ascii=False, separators=(",", ":")))
            else:
                print("\n" * bool(number) + _text(item, facts, all_classes=arguments.all_classes))
    return code


def _facts(item: Item) -> Facts:
    source = Source.model_validate(source_of(item))
    with Workspace() as workspace:
        fetched = fetching.fetch(source, workspace, lambda _done, _total: None)
        inspected = inspecting.inspect(fetched.path, fetched.name, workspace.folder)
        with inspected.path.open("rb") as file:
            header = header_of(file.read(inspecting.HEAD_BYTES), fetched.name, is_whole=False)
        content = outline(inspected.path, header.end)
    return Facts(
        fetched.bytes,
        inspected.bytes,
        fetched.sha256,
        inspected.schema,
        inspected.schema_identifier,
        content,
        inspected.findings,
    )


def _show_failure(item: Item, failure: RunFailure, *, as_json: bool) -> None:
    if as_json:
        reported = Failure.of(failure).model_dump(mode="json", exclude_none=True)
        print(json.dumps({"source": item.source, "name": item.name, "failure": reported}, ensure_ascii=False))
    else:
        print(f"ifcjob: {item.name}: {failure.message}\n{failure.hint}", file=sys.stderr)


def _document(item: Item, facts: Facts) -> dict[str, object]:
    content = asdict(facts.outline)
    classes = content.pop("classes")
    names = {"originating_system": "originatingSystem"}
    return {
        "source": item.source,
        "name": item.name,
        "bytes": facts.bytes,
        "stepBytes": facts.step_bytes,
        "sha256": facts.sha256,
        "schema": facts.schema,
        "schemaIdentifier": facts.schema_identifier,
        "header": {names.get(key, key): value for key, value in content.items() if key != "applications"},
        "applications": facts.outline.applications,
        "instances": facts.outline.instances,
        "products": sum(facts.outline.products.values()),
        "classes": classes,
        "findings": [finding.model_dump(mode="json", by_alias=True) for finding in facts.findings],
    }


def _text(item: Item, facts: Facts, *, all_classes: bool) -> str:
    content = facts.outline
    unpacked = f", {size_text(facts.step_bytes)} unpacked" if facts.step_bytes != facts.bytes else ""
    written_as = f" (written as {facts.schema_identifier})" if facts.schema_identifier != facts.schema else ""
    rows = {
        "schema": facts.schema + written_as,
        "size": size_text(facts.bytes) + unpacked,
        "application": ", ".join(content.applications) or content.originating_system,
        "exporter": content.preprocessor,
        "written": content.timestamp,
        "author": ", ".join([*content.authors, *content.organizations]),
        "description": _shortened(", ".join(content.description)),
        "content": f"{content.instances:,} instances, {sum(content.products.values()):,} of them products",
    }
    lines = [item.name, *(f"  {name:<12} {value}" for name, value in rows.items() if value)]
    lines += [f"  {finding.severity:<12} {finding.code}: {finding.message}" for finding in facts.findings]
    classes = content.classes if all_classes else content.products
    width = max((len(f"{count:,}") for count in classes.values()), default=0)
    return "\n".join([*lines, "", *(f"  {count:>{width},}  {name}" for name, count in classes.items())])


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
