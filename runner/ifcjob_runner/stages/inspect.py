"""The inspect stage: check that the file is complete IFC in STEP text that the engine can read.

It runs before the engine opens the file, so that a wrong file fails within milliseconds with a clear message, and a
header that would crash the engine never reaches it. Content that the engine would drop silently becomes a finding.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.file_format.any_header import header_of
from ifcjob.file_format.step_header import StepHeader
from ifcjob.file_format.step_schema import choose_schema
from ifcjob.manifest import Finding
from ifcjob_runner.input.repair.corrected_copy import repair
from ifcjob_runner.input.step_scan import Scan, scan

HEAD_BYTES = 1024**2
"""The bytes in which a header must end."""
_WIDE = re.compile(rb"\xff\xfe|\xfe\xff|\x00\x00\xfe\xff|I\x00S\x00|\x00I\x00S", re.DOTALL)
"""The first bytes of UTF-16 and UTF-32."""


@dataclass(frozen=True)
class Inspected:
    """The facts about a file that need no engine."""

    path: Path
    """The file that the engines read: the file itself, or a copy."""
    schema: str
    """IFC2X3, IFC4 or IFC4X3_ADD2: the engine's name."""
    schema_identifier: str
    """The schema as the header writes it."""
    bytes: int
    """Size of the STEP text."""
    data_sections: int
    """DATA sections; the engine's lazy open reads only the first."""
    findings: list[Finding]
    """Problems that do not stop the run."""
    instances: int | None = None
    """The number of instances that an engine must read; None when that is not certain."""
    original_ids: list[int] = field(default_factory=list)
    """The original numbers of the instances that the copy renumbers."""
    first_new_id: int = 0
    """The new number of the first of them; the others follow."""
    is_corrected: bool = False
    """Whether statements of the file were rewritten."""


def inspect(path: Path, name: str, folder: Path, *, strict_schema: bool = False, thorough: bool = False) -> Inspected:
    """Check the file, called `name` in messages; raise RunFailure unless all of it can be read.

    A file that the engines would refuse or misread is corrected in a copy in `folder`. With `thorough` every statement
    is compared with the schema.
    """
    if path.stat().st_size == 0:
        raise RunFailure(FailureReason.NOT_AN_IFC_FILE, f"{name} is empty (0 bytes).")
    path, wide = _in_bytes(path, folder)
    size = path.stat().st_size
    header = _header(path, name)
    choice = choose_schema(header.schemas, name, strict=strict_schema)
    result = scan(path, header.end)
    _check_complete(result, name, size)
    repaired = repair(path, name, header, choice, result, folder / "corrected.ifc", thorough=thorough)
    return Inspected(
        path=repaired.path,
        schema=choice.engine,
        schema_identifier=choice.written,
        bytes=size,
        data_sections=max(1, result.data_sections),
        findings=[*wide, *_findings(result), *repaired.findings],
        instances=_instances(path, header.end, result) if repaired.has_all_instances else None,
        original_ids=repaired.original_ids,
        first_new_id=repaired.first_new_id,
        is_corrected=repaired.path != path,
    )


def _in_bytes(path: Path, folder: Path) -> tuple[Path, list[Finding]]:
    """Return the file, or a copy in UTF-8 of one whose characters have two or four bytes, and the finding."""
    with path.open("rb") as file:
        if not _WIDE.match(file.read(4)):
            return path, []
    from ifcjob_runner.input.repair.wide_text import in_utf8  # few files need it

    target = folder / "utf8.ifc"
    finding = in_utf8(path, target)
    return (path, []) if finding is None else (target, [finding])


def _instances(path: Path, header_end: int, result: Scan) -> int | None:
    if result.data_sections > 1:
        return None
    if not result.opened_comments:
        return result.structure.statements
    from ifcjob_runner.input.repair.statements import count_statements  # few files have comments

    return count_statements(path, header_end)


def _header(path: Path, name: str) -> StepHeader:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return header_of(head, name, is_whole=len(head) < HEAD_BYTES)


def _check_complete(result: Scan, name: str, size: int) -> None:
    if result.hole is not None:
        message = f"{name} has a hole of zero bytes at offset {result.hole}: its copy or download was interrupted."
        raise RunFailure(FailureReason.TRUNCATED_FILE, message)
    if not (result.has_end or result.has_data_end):
        message = f"{name} ends after {size} bytes without END-ISO-10303-21; it breaks off at: …{result.last_text}"
        raise RunFailure(FailureReason.TRUNCATED_FILE, message)


def _findings(result: Scan) -> list[Finding]:
    findings = []
    if not result.has_end:
        message = "The END-ISO-10303-21 line is missing or incomplete; the data before it is complete."
        findings.append(Finding(code="MissingEndLine", message=message))
    if result.nuls:
        message = f"{result.nuls} zero bytes in the text; entities that contain one may be lost."
        findings.append(Finding(code="ZeroBytes", severity="error", message=message, count=result.nuls))
    if result.data_sections > 1:
        message = f"The file has {result.data_sections} DATA sections; IFC allows one. All are read."
        findings.append(
            Finding(code="SeveralDataSections", severity="error", message=message, count=result.data_sections)
        )
    return findings
