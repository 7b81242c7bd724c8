"""The inspect stage: check that the file is complete IFC in STEP text that the engine can read.

It runs before the engine opens the file, so that a wrong file fails within milliseconds with a clear message, and a
header that would crash the engine never reaches it. Content that the engine would drop silently becomes a finding.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.manifest import Finding
from ifcjob_runner.input.other_formats import other_format
from ifcjob_runner.input.step_header import HeaderError, HeaderWithoutEndError, StepHeader, read_header
from ifcjob_runner.input.step_scan import Scan, scan
from ifcjob_runner.input.step_schema import engine_schema

_HEAD = 1024**2


@dataclass(frozen=True)
class Inspected:
    """The facts about a file that need no engine."""

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


def inspect(path: Path, name: str) -> Inspected:
    """Check the file, called `name` in messages; raise RunFailure unless the engine can read all of it."""
    size = path.stat().st_size
    if size == 0:
        raise RunFailure(FailureReason.NOT_AN_IFC_FILE, f"{name} is empty (0 bytes).")
    header = _header(path, name)
    schema = engine_schema(header.schemas, name)
    result = scan(path, header.end)
    _check_complete(result, name, size)
    return Inspected(schema, header.schemas[0], size, max(1, result.data_sections), _findings(result))


def _header(path: Path, name: str) -> StepHeader:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    try:
        return read_header(head)
    except HeaderError as error:
        if other := other_format(head[:4096], name):
            raise RunFailure(FailureReason.NOT_AN_IFC_FILE, f"{name} is {other.name}.", hint=other.hint) from error
        if isinstance(error, HeaderWithoutEndError) and len(head) < _HEAD:
            message = f"{name} ends after {len(head)} bytes, within its header."
            raise RunFailure(FailureReason.TRUNCATED_FILE, message) from error
        if not re.search(rb"ISO-10303-21|FILE_SCHEMA|#\d+\s*=", head, re.IGNORECASE):
            message = f"{name} is not IFC in STEP text; it begins with {head[:40].decode('latin-1')!a}."
            raise RunFailure(FailureReason.NOT_AN_IFC_FILE, message) from error
        message = f"{name} is STEP text, but its header cannot be read: {error}."
        raise RunFailure(FailureReason.NOT_AN_IFC_FILE, message) from error


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
    if result.non_ascii:
        encoding = "UTF-8" if result.is_utf8 else "Latin-1 or another 8-bit encoding"
        wrong = f"{result.non_ascii} bytes of text are {encoding}"
        message = f"{wrong} instead of STEP's \\X2\\…\\X0\\ escapes; the engine leaves them out."
        findings.append(Finding(code="NonAsciiText", message=message, count=result.non_ascii))
    if result.nuls:
        message = f"{result.nuls} zero bytes in the text; entities that contain one may be lost."
        findings.append(Finding(code="ZeroBytes", severity="error", message=message, count=result.nuls))
    if result.data_sections > 1:
        message = f"The file has {result.data_sections} DATA sections; IFC allows one, and only the first is read."
        findings.append(
            Finding(code="SeveralDataSections", severity="error", message=message, count=result.data_sections)
        )
    return findings
