"""Decide whether a STEP file must be rewritten for the engines, and do so."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ifcjob.file_format.step_schema import SchemaChoice, unsupported

if TYPE_CHECKING:
    from pathlib import Path

    from ifcjob.file_format.step_header import StepHeader
    from ifcjob.manifest import Finding
    from ifcjob_runner.input.repair.rewrite import Rewritten
    from ifcjob_runner.input.step_scan import Scan

_SAMPLES = 2000
_CLASS = re.compile(rb"#\d+\s*=\s*(\w+)\s*\(")
_TEXT = re.compile(rb"'((?:[^']|'')*+)'")


@dataclass(frozen=True)
class Repaired:
    """The file that the engines read."""

    path: Path
    findings: list[Finding] = field(default_factory=list)
    original_ids: list[int] = field(default_factory=list)
    """The original numbers of renumbered instances."""
    first_new_id: int = 0
    """The new number of the first of them; the others follow."""
    has_all_instances: bool = True
    """Whether it has as many instances as the file."""


def repair(
    path: Path, name: str, header: StepHeader, choice: SchemaChoice, scan: Scan, target: Path, *, thorough: bool
) -> Repaired:
    """Return the file itself when the engines can read it as it is, else a copy in `target`."""
    is_standard = header.start is None and choice.is_exact
    if is_standard and not (scan.is_damaged or scan.has_large_numbers or thorough):
        return Repaired(path)
    # Few files need these.
    from ifcjob_runner.input.repair.rewrite import Plan, Rewriter

    is_strict = thorough or scan.nuls > 0 or scan.numbers.are_suspicious
    is_draft = not choice.is_same and not (choice.is_edition and _has_known_classes(path, choice.engine))
    pages = _code_pages(path, header.end) if scan.non_ascii else []
    plan = Plan(
        schema=choice.engine,
        header=_header(path, header, choice),
        header_end=header.end,
        page=pages[0] if pages else None,
        is_draft=is_draft,
        is_damaged=scan.is_damaged or scan.has_large_numbers,
        has_odd_escapes=scan.has_odd_escapes,
        is_broken=scan.has_broken_structure,
        in_blocks=not (is_draft or is_strict or scan.has_large_numbers or scan.has_broken_structure),
        strict=is_strict,
    )
    rewriter = Rewriter(path, plan)
    survey = rewriter.survey().survey
    if survey.unknown:
        classes = ", ".join(sorted(survey.unknown)[:10])
        raise unsupported(choice.written, name, f", and {choice.engine} has nothing for {classes}")
    rewritten = rewriter.write(target)
    findings = _findings(header, choice, pages, rewritten)
    if not findings and not scan.nuls:  # the slow look found nothing
        target.unlink()
        return Repaired(path)
    is_complete = not (survey.losses or survey.dropped or survey.styles)
    return Repaired(target, findings, rewritten.original_ids, rewritten.first_new_id, is_complete)


def _findings(header: StepHeader, choice: SchemaChoice, pages: list[str], rewritten: Rewritten) -> list[Finding]:
    from ifcjob_runner.input.repair.findings import (
        code_page_finding,
        header_finding,
        rewriting_findings,
        schema_finding,
    )

    findings = [header_finding(header.problems)] if header.problems else []
    if not choice.is_exact:
        findings.append(schema_finding(choice, rewritten.survey))
    if pages and (count := rewritten.texts.text_bytes):
        findings.append(code_page_finding(pages, count))
    findings.extend(rewriting_findings(rewritten))
    return findings


def _header(path: Path, header: StepHeader, choice: SchemaChoice) -> bytes:
    """Return the header with the engine's name of the schema, and as many line ends as it has."""
    with path.open("rb") as file:
        text = file.read(header.end)
    schema = b"'" + choice.engine.encode() + b"'"
    if header.start is not None:
        breaks = text.count(b"\n") or text.count(b"\r")
        return header.start + b"FILE_SCHEMA((" + schema + b"));ENDSEC;" + b"\n" * breaks
    first, last = header.schema_span
    return text if choice.is_exact else text[:first] + schema + text[last:]


def _has_known_classes(path: Path, schema: str) -> bool:
    """Return whether the schema has every class that begins a line of the file."""
    from ifcjob_runner.input.repair.classes import classes_of

    classes: set[bytes] = set()
    with path.open("rb") as file:
        rest = b""
        while chunk := file.read(1024**2):
            classes.update(_CLASS.findall(rest + chunk))
            rest = chunk[-200:]
    return {name.decode("latin-1").upper() for name in classes} <= classes_of(schema).keys()


def _code_pages(path: Path, header_end: int) -> list[str]:
    """Return the code page of the texts, and others that fit nearly as well."""
    from ifcjob_runner.input.repair.code_pages import is_mostly_utf8, likely_pages

    samples: list[bytes] = []
    with path.open("rb") as file:
        header = file.read(header_end).decode("latin-1")
        file.seek(0)
        for line in file:
            if not line.isascii():
                samples.extend(text for text in _TEXT.findall(line) if not text.isascii())
            if len(samples) >= _SAMPLES:
                break
    try:
        b"\n".join(samples).decode("utf-8")
    except UnicodeDecodeError:
        return ["utf-8"] if is_mostly_utf8(samples) else likely_pages(samples, header)
    return ["utf-8"]
