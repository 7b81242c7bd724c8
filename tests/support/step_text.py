"""A minimal STEP file as text, and its variations, read by the inspect stage and by the real engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ifcopenshell
import pytest

from ifcjob.failures import RunFailure
from ifcjob_runner.stages.inspect import Inspected, inspect
from tests.support.plain_step import END

if TYPE_CHECKING:
    from pathlib import Path

HEADER = """ISO-10303-21;
HEADER;
FILE_DESCRIPTION(('ViewDefinition [CoordinationView]'),'2;1');
FILE_NAME('a.ifc','2024-05-01T12:00:00',('An author'),('An office'),'','','');
FILE_SCHEMA(('IFC4'));
ENDSEC;
"""
DATA = """DATA;
#1=IFCPERSON($,'Ada',$,$,$,$,$,$);
#2=IFCORGANIZATION($,'An office',$,$,$);
#3=IFCPERSONANDORGANIZATION(#1,#2,$);
"""
GOOD = HEADER + DATA + END
CUT = HEADER + DATA[:-20]


def inspected(tmp_path: Path, content: str | bytes, name: str = "a.ifc", *, strict_schema: bool = False) -> Inspected:
    """Inspect a file of this content."""
    path = tmp_path / "input"
    path.write_bytes(content.encode("latin-1") if isinstance(content, str) else content)
    return inspect(path, name, tmp_path, strict_schema=strict_schema)


def refused(tmp_path: Path, content: str | bytes, name: str = "a.ifc", *, strict_schema: bool = False) -> RunFailure:
    """Return the failure of inspecting a file of this content."""
    with pytest.raises(RunFailure) as caught:
        inspected(tmp_path, content, name, strict_schema=strict_schema)
    assert name in caught.value.message
    assert caught.value.hint
    return caught.value


def engine_reads(path: Path) -> int | None:
    """Count the entities the real engine reads; None when it refuses the file."""
    try:
        return len(list(ifcopenshell.open(path, format=".ifc", lazy=True)))
    except ifcopenshell.Error:
        return None
