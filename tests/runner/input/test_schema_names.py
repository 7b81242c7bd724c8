"""Schemas under other names are read as the nearest one, with a finding that names what is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ifcopenshell
import pytest

from ifcjob.failures import FailureReason
from ifcjob.file_format.step_schema import SUPPORTED, advice
from tests.support.step_text import END, GOOD, HEADER, engine_reads, inspected, refused
from tools.schema_signatures import FOLDER, signatures

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("schema", SUPPORTED)
def test_the_signatures_are_those_of_the_engine(schema: str) -> None:
    assert (FOLDER / f"{schema}.txt").read_text("ascii") == signatures(schema)


@pytest.mark.parametrize(
    ("written", "schema"),
    [
        ("IFC2X3_TC1", "IFC2X3"),
        ("IFC2X3_FINAL", "IFC2X3"),
        ("IFC2X_FINAL", "IFC2X3"),
        ("IFC2X2_FINAL", "IFC2X3"),
        ("IFC2X3 { 1 0 10303 }", "IFC2X3"),
        ("IFC4 ", "IFC4"),
        ("IFC4_ADD1", "IFC4"),
        ("IFC4_ADD2", "IFC4"),
        ("IFC4_ADD2_TC1", "IFC4"),
        ("IFC4X3", "IFC4X3_ADD2"),
        ("ifc4x3_add1", "IFC4X3_ADD2"),
        ("IFC4X3_TC1", "IFC4X3_ADD2"),
        *((f"IFC4X3_RC{number}", "IFC4X3_ADD2") for number in range(1, 5)),
        ("IFC4X1", "IFC4X3_ADD2"),
        ("IFC4X2", "IFC4X3_ADD2"),
    ],
)
def test_a_schema_under_another_name_is_read(tmp_path: Path, written: str, schema: str) -> None:
    result = inspected(tmp_path, GOOD.replace("'IFC4'", f"'{written}'"))
    (finding,) = result.findings
    assert finding.code == "NonStandardSchema"
    assert repr(written) in finding.message
    assert schema in finding.message
    assert (result.schema, result.schema_identifier, engine_reads(result.path)) == (schema, written, 3)


_DRAFT = (
    HEADER.replace("'IFC4'", "'IFC4X3_RC2'")
    + """DATA;
#1=IFCFACILITYPART('0000000000000000000001',$,'Part',$,$,$,$,$,.ELEMENT.,IFCROADPARTTYPEENUM(.ROADSEGMENT.),.LATERAL.);
#2=IFCROAD('0000000000000000000002',$,'Road',$,$,$,$,$,.ELEMENT.);
#3=IFCBEAMSTANDARDCASE('0000000000000000000003',$,'Beam',$,$,$,$,$,.BEAM.);
#4=IFCSTYLEDITEM($,(#5),$);
#5=IFCPRESENTATIONSTYLEASSIGNMENT((#6));
#6=IFCSURFACESTYLE('s',.BOTH.,());
#7=IFCALIGNMENT2DHORIZONTAL($,());
"""
    + END
)


def test_classes_of_a_draft_are_mapped_or_named_as_left_out(tmp_path: Path) -> None:
    result = inspected(tmp_path, _DRAFT)
    (finding,) = result.findings
    assert "IFCROAD (1)" in finding.message
    assert finding.message.endswith("lacks them: IFCALIGNMENT2DHORIZONTAL (1)")
    assert (finding.severity, finding.count) == ("error", 1)
    model = ifcopenshell.open(result.path, lazy=True)
    assert model.by_id(1).get_info()["PredefinedType"] == "ROADSEGMENT"
    assert model.by_id(1).UsageType == "LATERAL"
    assert model.by_id(1).is_a() == "IfcRoadPart"
    assert (model.by_id(2).is_a(), model.by_id(2).Name) == ("IfcRoad", "Road")
    assert (model.by_id(3).is_a(), model.by_id(3).PredefinedType) == ("IfcBeam", "BEAM")
    assert [style.is_a() for style in model.by_id(4).Styles] == ["IfcSurfaceStyle"]


@pytest.mark.parametrize("line", ["#8=IFCNOVELTY('x');", "#8=IFCWALL('0000000000000000000001',$,$);"])
def test_a_draft_with_a_class_that_fits_nowhere_is_refused(tmp_path: Path, line: str) -> None:
    failure = refused(tmp_path, _DRAFT.replace("#7=", line + "\n#7="))
    assert failure.reason == FailureReason.UNSUPPORTED_SCHEMA
    assert line[3:].partition("(")[0] in failure.message


def test_a_line_break_within_a_schema_identifier_is_refused() -> None:
    description, hint = advice("I\nFC4")
    assert description
    assert hint
