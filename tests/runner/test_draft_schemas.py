"""Files of drafts and withdrawn schemas: what the nearest schema lacks is mapped, or named with what depended on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from tests.runner.malformed import BAD, GOOD, two_walls
from tests.support.runs import Finished, run_file

if TYPE_CHECKING:
    from pathlib import Path

STRATUM = "#70=IFC{}STRATUM('0000000000000000000070',$,'Clay',$,$,$,$,$)"


def run_draft(tmp_path: Path, schema: str, extra: str = "") -> Finished:
    """Run the two walls as a file of `schema` with more lines."""
    path = two_walls(tmp_path, extra=extra)
    path.write_text(path.read_text().replace("'IFC4'", f"'{schema}'"))
    finished = run_file(path, tmp_path / "out")
    assert finished.report.outcome == "Succeeded", finished.report.failure
    return finished


def classes(finished: Finished) -> dict[str, str]:
    table = pq.read_table(finished.folder / "elements.parquet", columns=["global_id", "class"]).to_pylist()
    return {row["global_id"]: row["class"] for row in table}


def message(finished: Finished) -> str:
    (finding,) = [f for f in finished.manifest["findings"] if f["code"] == "NonStandardSchema"]
    text: str = finding["message"]
    return text


@pytest.mark.parametrize("schema", ["IFC4X3_RC1", "IFC4X3_RC2", "IFC4X3_RC3", "IFC4X3_RC4"])
@pytest.mark.parametrize("kind", ["SOLID", "VOID", "WATER"])
def test_a_stratum_of_a_release_candidate_is_a_product(tmp_path: Path, schema: str, kind: str) -> None:
    finished = run_draft(tmp_path, schema, STRATUM.format(kind))
    assert f"IFC{kind}STRATUM (1)" in message(finished)
    assert classes(finished)["0000000000000000000070"] == "IfcGeotechnicalStratum"


@pytest.mark.parametrize(
    ("schema", "line"),
    [
        ("IFC4X1", "#70=IFCLINESEGMENT2D(#33,0.,10.)"),
        ("IFC4X2", "#70=IFCCIRCULARARCSEGMENT2D(#33,0.,10.,5.,.T.)"),
        ("IFC4X3_RC1", "#70=IFCTRANSITIONCURVESEGMENT2D(#33,0.,10.,$,5.,.T.,.T.,.BLOSSCURVE.)"),
        ("IFC4X3_RC2", "#70=IFCBLOSSCURVE(#32,10.,1.)"),
        ("IFC4X3_RC3", "#70=IFCVIENNESEBEND(#32,1.,1.,1.)"),
        ("IFC4X3_RC4", "#70=IFCCOSINE(#32,1.,1.)"),
    ],
)
def test_a_curve_that_only_a_draft_has_is_counted(tmp_path: Path, schema: str, line: str) -> None:
    finished = run_draft(tmp_path, schema, line)
    name = line[4:].partition("(")[0]
    assert message(finished).endswith(f"lacks them: {name} (1)")
    assert set(classes(finished)) >= {GOOD, BAD}


def test_an_element_on_a_dropped_curve_is_skipped(tmp_path: Path) -> None:
    path = two_walls(
        tmp_path,
        item="IFCSECTIONEDSOLIDHORIZONTAL(#70,(),(),.T.)",
        extra="#70=IFCALIGNMENTCURVE($,$,$)",
    )
    path.write_text(path.read_text().replace("'IFC4'", "'IFC4X1'"))
    finished = run_file(path, tmp_path / "out")
    assert "IFCALIGNMENTCURVE (1)" in message(finished)
    assert [skipped["globalId"] for skipped in finished.manifest["coverage"]["skipped"]] == [BAD]


def test_an_element_with_a_dropped_placement_is_skipped(tmp_path: Path) -> None:
    path = two_walls(tmp_path)
    content = path.read_text().replace("#51=IFCLOCALPLACEMENT($,#52)", "#51=IFCLINEARSPANPLACEMENT($,#52,$,$,$,$)")
    path.write_text(content.replace("'IFC4'", "'IFC4X3_RC1'"))
    finished = run_file(path, tmp_path / "out")
    assert "IFCLINEARSPANPLACEMENT (1)" in message(finished)
    assert [skipped["globalId"] for skipped in finished.manifest["coverage"]["skipped"]] == [BAD]


def test_a_dropped_class_with_a_global_id_and_a_dropped_value_are_named(tmp_path: Path) -> None:
    door = "#70=IFCDOORSTYLE('0000000000000000000070',$,'D',$,$,$,$,$,.DOUBLE_DOOR_SLIDING.,.WOOD.,.F.,.F.)"
    alignment = "#71=IFCALIGNMENT('0000000000000000000071',$,'A',$,$,$,$,#33,$)"
    finished = run_draft(tmp_path, "IFC4X1", f"{door}\n{alignment}")
    (finding,) = [f for f in finished.manifest["findings"] if f["code"] == "NonStandardSchema"]
    assert finding["globalIds"] == ["0000000000000000000070"]
    assert finding["message"].endswith("values left out: attribute 8 of IFCALIGNMENT (1)")
    assert (finding["severity"], finding["count"]) == ("error", 2)


@pytest.mark.parametrize("schema", ["IFC2X_FINAL", "IFC2X2_FINAL", "IFC2X2_ADD1", "IFC2X3_RC1"])
def test_a_file_older_than_ifc2x3_keeps_its_products(tmp_path: Path, schema: str) -> None:
    path = two_walls(tmp_path)
    content = re.sub(r"(=IFCWALL\(.*),\$\);", r"\1);", path.read_text())
    path.write_text(content.replace("'IFC4'", f"'{schema}'"))
    finished = run_file(path, tmp_path / "out")
    assert finished.report.outcome == "Succeeded", finished.report.failure
    assert "is read as IFC2X3" in message(finished)
    assert set(classes(finished)) >= {GOOD, BAD}
