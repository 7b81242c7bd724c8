"""Products on grids and alignments stand where the file puts them, or are listed; never silently at the origin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support import samples
from tests.support.glb import Glb
from tests.support.runs import run_file

if TYPE_CHECKING:
    from pathlib import Path

    import ifcopenshell

SCHEMAS = ("IFC2X3", "IFC4", "IFC4X3_ADD2")


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_product_stands_at_the_intersection_of_its_axes(schema: str, tmp_path: Path) -> None:
    """Axes cross at (3, 2) m; the first one is moved 1 m to its left, the second 2 m, and the height is 4 m."""
    model = samples.box(schema)
    axes = [_axis(model, "1", (0, 2), (10, 2)), _axis(model, "A", (3, 0), (3, 10))]
    _place_on_grid(model, axes, offsets=(1.0, 2.0, 4.0))
    corner = _drawn_box(model, tmp_path)[0]
    assert corner == pytest.approx([1.0, 3.0, 4.0], abs=1e-5)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_reversed_axis_is_offset_to_its_other_side(schema: str, tmp_path: Path) -> None:
    model = samples.box(schema)
    axes = [_axis(model, "1", (0, 2), (10, 2)), _axis(model, "A", (3, 0), (3, 10), same_sense=False)]
    _place_on_grid(model, axes, offsets=(0.0, 2.0))
    assert _drawn_box(model, tmp_path)[0] == pytest.approx([5.0, 2.0, 0.0], abs=1e-5)


@pytest.mark.parametrize("same_sense", [True, False])
def test_a_product_stands_on_a_ray_and_a_ring(*, same_sense: bool, tmp_path: Path) -> None:
    """The ray leads from (1, 1) to (1, 11) m; the ring around (1, 1) m has a radius of 5 m, less 2 m to its left."""
    model = samples.box()
    origin = model.createIfcCartesianPoint(_units(model, 1.0, 1.0))
    circle = model.createIfcCircle(model.createIfcAxis2Placement2D(origin), *_units(model, 5.0))
    ring = model.createIfcGridAxis("R", circle, same_sense)
    _place_on_grid(model, [_axis(model, "1", (1, 1), (1, 11)), ring], offsets=(0.0, 2.0))
    corners = _drawn_box(model, tmp_path)
    assert corners[1][0] == pytest.approx(1.0, abs=1e-5)  # X of the box is along the ray, Y to its left
    assert corners[0][1] == pytest.approx(4.0 if same_sense else 8.0, abs=1e-5)


def test_an_axis_that_crosses_a_ring_twice_leaves_the_product_out(tmp_path: Path) -> None:
    model = samples.box()
    origin = model.createIfcAxis2Placement2D(model.createIfcCartesianPoint((0.0, 0.0)))
    circle = model.createIfcCircle(origin, *_units(model, 5.0))
    ring = model.create_entity("IfcGridAxis", AxisCurve=circle, SameSense=True)
    _place_on_grid(model, [_axis(model, "1", (-9, 0), (9, 0)), ring], offsets=(0.0, 0.0))
    run = run_file(samples.write(model, tmp_path / "a.ifc"), tmp_path / "out")
    (skipped,) = run.manifest["coverage"]["skipped"]
    assert "cross more than once" in skipped["reason"]


def test_parallel_axes_leave_the_product_out_and_list_it(tmp_path: Path) -> None:
    model = samples.box()
    _place_on_grid(model, [_axis(model, "1", (0, 2), (10, 2)), _axis(model, "2", (0, 4), (10, 4))], offsets=(0.0, 0.0))
    run = run_file(samples.write(model, tmp_path / "a.ifc"), tmp_path / "out")
    (skipped,) = run.manifest["coverage"]["skipped"]
    assert "are parallel" in skipped["reason"]
    assert Glb(run.glb).drawn() == {}


@pytest.mark.parametrize("distance", ["IfcLengthMeasure", "IfcParameterValue"])
def test_a_linear_placement_uses_its_cartesian_position(distance: str, tmp_path: Path) -> None:
    model = samples.box("IFC4X3_ADD2")
    position = model.createIfcAxis2Placement3D(model.createIfcCartesianPoint((30.0, 40.0, 5.0)))
    _place_on_line(model, distance, position)
    assert _drawn_box(model, tmp_path)[0] == pytest.approx(_metres(model, 30, 40, 5), abs=1e-4)


def test_a_linear_placement_at_a_parameter_without_a_position_is_listed(tmp_path: Path) -> None:
    model = samples.box("IFC4X3_ADD2")
    _place_on_line(model, "IfcParameterValue", None)
    run = run_file(samples.write(model, tmp_path / "a.ifc"), tmp_path / "out")
    assert [skipped["class"] for skipped in run.manifest["coverage"]["skipped"]] == ["IfcSlab"]


def _axis(
    model: ifcopenshell.file, tag: str, start: tuple[int, int], end: tuple[int, int], *, same_sense: bool = True
) -> Any:
    points = [model.createIfcCartesianPoint(_units(model, *point)) for point in (start, end)]
    return model.createIfcGridAxis(tag, model.createIfcPolyline(points), same_sense)


def _place_on_grid(model: ifcopenshell.file, axes: list[Any], offsets: tuple[float, ...]) -> None:
    (slab,) = model.by_type("IfcSlab")
    grid = model.create_entity("IfcGrid", GlobalId="0000000000000000000001", UAxes=axes[:1], VAxes=axes[1:])
    crossing = model.createIfcVirtualGridIntersection(axes, _units(model, *offsets))
    placement = model.create_entity("IfcGridPlacement", PlacementLocation=crossing)
    slab.ObjectPlacement = placement
    assert grid.ObjectPlacement is None


def _place_on_line(model: ifcopenshell.file, distance: str, position: Any) -> None:
    (slab,) = model.by_type("IfcSlab")
    line = model.createIfcPolyline([model.createIfcCartesianPoint((x, 0.0, 0.0)) for x in (0.0, 9000.0)])
    along = model.create_entity(distance, 7.0)
    location = model.create_entity("IfcPointByDistanceExpression", DistanceAlong=along, BasisCurve=line)
    relative = model.create_entity("IfcAxis2PlacementLinear", Location=location)
    slab.ObjectPlacement = model.create_entity(
        "IfcLinearPlacement", RelativePlacement=relative, CartesianPosition=position
    )


def _units(model: ifcopenshell.file, *metres: float) -> tuple[float, ...]:
    return tuple(metre / _scale(model) for metre in metres)


def _metres(model: ifcopenshell.file, *units: float) -> list[float]:
    return [unit * _scale(model) for unit in units]


def _scale(model: ifcopenshell.file) -> float:
    length = next(unit for unit in model.by_type("IfcSIUnit") if unit.UnitType == "LENGTHUNIT")
    return 0.001 if length.Prefix == "MILLI" else 1.0


def _drawn_box(model: ifcopenshell.file, folder: Path) -> list[list[float]]:
    run = run_file(samples.write(model, folder / "a.ifc"), folder / "out")
    assert run.manifest["coverage"]["skipped"] == []
    (element,) = Glb(run.glb).drawn().values()
    corners: list[list[float]] = element.box.tolist()
    return corners
