"""A flat model has the buildings of several files in one project, and no bodies in common."""

from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.util.placement
import pytest

from bench.flat import GROWTH, merge
from bench.samples import sample_of
from bench.step_text import GRID_METRES
from tests.support.plain_step import file_with

BUILDING = """#1=IFCPROJECT('0000000000000000000001',$,'#5''s',$,$,$,$,(#4),#2);
#2=IFCUNITASSIGNMENT((#3,#30));
#3=IFCSIUNIT(*,.LENGTHUNIT.,{prefix},.METRE.);
#30=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.);
#4=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,#6,$);
#5=IFCCARTESIANPOINT((0.,0.,0.));
#6=IFCAXIS2PLACEMENT3D(#5,$,$);
#7=IFCLOCALPLACEMENT($,#6);
#8=IFCCOLUMN('0000000000000000000002',$,'A',$,$,#7,#9,$);
#9=IFCPRODUCTDEFINITIONSHAPE($,$,(#10));
#10=IFCSHAPEREPRESENTATION(#4,'Body','SweptSolid',(#11));
#11=IFCEXTRUDEDAREASOLID(#12,#6,#14,{depth});
#12=IFCRECTANGLEPROFILEDEF(.AREA.,$,#13,{depth},{depth});
#13=IFCAXIS2PLACEMENT2D(#15,$);
#14=IFCDIRECTION((0.,0.,1.));
#15=IFCCARTESIANPOINT((0.,0.));
"""


@pytest.fixture
def sources(tmp_path: Path) -> list[Path]:
    """Return two files with a column of 3 m: one in millimetres, one in metres."""
    paths = [tmp_path / "small.ifc", tmp_path / "large.ifc"]
    paths[0].write_text(file_with(BUILDING.format(prefix=".MILLI.", depth="3000."), "IFC2X3"))
    paths[1].write_text(file_with(BUILDING.format(prefix="$", depth="3."), "IFC2X3"))
    return paths


@pytest.fixture
def model(sources: list[Path], tmp_path: Path) -> Any:
    assert merge(sources, tmp_path / "flat.ifc", 0.0028) == 4
    return ifcopenshell.open(str(tmp_path / "flat.ifc"))


def test_a_flat_model_has_one_project_with_all_contexts(model: Any) -> None:
    (project,) = model.by_type("IfcProject")
    assert project.Name == "#5's"
    assert len(project.RepresentationContexts) == 4
    guids = [entity.GlobalId for entity in model.by_type("IfcRoot")]
    assert len(guids) == len(set(guids)) == 5


def test_bodies_have_the_units_of_the_first_file_and_grow_in_each_round(model: Any) -> None:
    depths = [solid.Depth for solid in model.by_type("IfcExtrudedAreaSolid")]
    assert depths == pytest.approx([3000, 3000, 3000 * (1 + GROWTH), 3000 * (1 + GROWTH)])
    assert [profile.XDim for profile in model.by_type("IfcRectangleProfileDef")] == pytest.approx(depths)


def test_each_building_of_a_flat_model_has_its_own_place(model: Any) -> None:
    placement = ifcopenshell.util.placement.get_local_placement
    east = [placement(column.ObjectPlacement)[0, 3] for column in model.by_type("IfcColumn")]
    assert east == pytest.approx([number * GRID_METRES * 1000 for number in range(4)])
    solids = {solid.Position.Location.Coordinates for solid in model.by_type("IfcExtrudedAreaSolid")}
    assert solids == {(0.0, 0.0, 0.0)}, "the axis of the solids must not move with that of the placement"


def test_equal_sources_give_equal_flat_models(sources: list[Path], tmp_path: Path) -> None:
    for name in ("one.ifc", "two.ifc"):
        merge(sources, tmp_path / name, 0.004)
    assert (tmp_path / "one.ifc").read_bytes() == (tmp_path / "two.ifc").read_bytes()


def test_flat_sample_is_made_once(sources: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.samples.CACHE", tmp_path / "cache")
    monkeypatch.setattr("bench.samples.FLAT", [path.stem for path in sources])
    monkeypatch.setenv("IFCJOB_CORPUS", str(tmp_path))
    made = sample_of("flat@0.004").path
    changed = made.stat().st_mtime_ns
    assert sample_of("flat@0.004").path == made
    assert made.stat().st_mtime_ns == changed
