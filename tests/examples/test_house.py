"""The example house is what its script says, valid, rich and well built."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, TypeAlias

import ifcopenshell
import ifcopenshell.geom
import ifcopenshell.util.element
import ifcopenshell.util.placement
import ifcopenshell.validate
import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
COMMITTED = EXAMPLES / "house.ifc"
KERNELS = ("opencascade", "hybrid-cgal-simple-opencascade")
TOUCHING = 0.002

Box: TypeAlias = "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]"


@pytest.fixture(scope="module")
def house() -> ifcopenshell.file:
    return ifcopenshell.open(str(COMMITTED))


@pytest.fixture(scope="module", params=KERNELS)
def boxes(house: ifcopenshell.file, request: pytest.FixtureRequest) -> dict[str, Box]:
    """Give the bounding box of every meshed product by GlobalId, in metres."""
    settings = ifcopenshell.geom.settings()
    settings.set("use-world-coords", True)  # noqa: FBT003 - the engine's signature
    shapes = ifcopenshell.geom.iterator(settings, house, 1, geometry_library=request.param)
    boxes: dict[str, Box] = {}
    assert shapes.initialize()
    while True:
        shape = shapes.get()
        if len(shape.geometry.faces):
            points = np.array(shape.geometry.verts).reshape(-1, 3)
            boxes[shape.guid] = points.min(axis=0), points.max(axis=0)
        if not shapes.next():
            return boxes


def test_script_writes_the_committed_bytes(tmp_path: Path) -> None:
    out = tmp_path / "house.ifc"
    subprocess.run([sys.executable, EXAMPLES / "make_house.py", out], check=True, capture_output=True)
    assert out.read_bytes() == COMMITTED.read_bytes(), "run `python examples/make_house.py` and commit house.ifc"
    assert 100_000 < out.stat().st_size < 600_000


def test_validates_with_express_rules(house: ifcopenshell.file) -> None:
    logger = ifcopenshell.validate.json_logger()
    ifcopenshell.validate.validate(house, logger, express_rules=True)
    assert logger.statements == []


def test_every_body_is_meshed(house: ifcopenshell.file, boxes: dict[str, Box]) -> None:
    expected = {product.GlobalId for product in house.by_type("IfcProduct") if product.Representation}
    assert len(expected) > 200
    assert expected - boxes.keys() == set()


def test_nothing_floats(house: ifcopenshell.file, boxes: dict[str, Box]) -> None:
    solids = [
        element
        for element in house.by_type("IfcElement")
        if element.Representation and not element.is_a("IfcOpeningElement")
    ]
    low = np.array([boxes[element.GlobalId][0] for element in solids]) - TOUCHING
    high = np.array([boxes[element.GlobalId][1] for element in solids])
    below = np.less_equal(low[:, None], high[None])
    touching = np.logical_and(below, below.transpose(1, 0, 2)).all(axis=2)
    todo = [next(index for index, element in enumerate(solids) if element.Name == "Terrain")]
    grounded = set(todo)
    while todo:
        fresh = set(np.flatnonzero(touching[todo.pop()]).tolist()) - grounded
        grounded |= fresh
        todo += fresh
    assert [element.Name for index, element in enumerate(solids) if index not in grounded] == []


def test_doors_and_windows_fit_their_openings(house: ifcopenshell.file, boxes: dict[str, Box]) -> None:
    fillings = house.by_type("IfcDoor") + house.by_type("IfcWindow")
    assert len(fillings) > 25
    for filling in fillings:
        opening = filling.FillsVoids[0].RelatingOpeningElement
        placed = ifcopenshell.util.placement.get_local_placement(filling.ObjectPlacement)
        hole = ifcopenshell.util.placement.get_local_placement(opening.ObjectPlacement)
        assert np.allclose(placed, hole), filling.Name
        (low, high), (hole_low, hole_high) = boxes[filling.GlobalId], boxes[opening.GlobalId]
        along = int(np.abs(placed[:3, 0]).argmax())
        frame = 0.05 if filling.Name.startswith("Interior door") else 0.001
        for axis in (along, 2):
            assert high[axis] <= hole_high[axis] + frame, filling.Name
            assert low[axis] >= hole_low[axis] - frame, filling.Name
            assert high[axis] - low[axis] >= 0.95 * filling.OverallWidth / 1000 or axis == 2, filling.Name


def test_roof_rests_on_the_walls(house: ifcopenshell.file, boxes: dict[str, Box]) -> None:
    walls = [boxes[wall.GlobalId][1][2] for wall in house.by_type("IfcWall") if wall.Name.startswith("Upper")]
    ridge = max(boxes[slab.GlobalId][1][2] for slab in house.by_type("IfcSlab") if "Main roof" in slab.Name)
    assert ridge - 0.2 == pytest.approx(max(walls), abs=0.002)


def test_a_window_has_a_frame_and_transparent_glass(house: ifcopenshell.file) -> None:
    for window_type in house.by_type("IfcWindowType"):
        body = window_type.RepresentationMaps[0].MappedRepresentation
        looks = {item.StyledByItem[0].Styles[0].Styles[0].Transparency for item in body.Items}
        assert looks == {0.0, 0.65}, window_type.Name
        material: Any = ifcopenshell.util.element.get_material(window_type)
        assert {part.Name for part in material.MaterialConstituents} == {"Framing", "Glazing"}
    shared = house.by_type("IfcWindowType")[0].RepresentationMaps[0].MapUsage
    assert len(shared) > 10


def test_every_kind_of_property_and_quantity_is_there(house: ifcopenshell.file) -> None:
    for name in ("SingleValue", "EnumeratedValue", "BoundedValue", "ListValue", "TableValue", "ReferenceValue"):
        assert house.by_type(f"IfcProperty{name}"), name
    for name in ("IfcComplexProperty", "IfcQuantityArea", "IfcQuantityVolume", "IfcQuantityWeight"):
        assert house.by_type(name), name
    wall = next(wall for wall in house.by_type("IfcWall") if wall.Name == "Ground floor, street")
    sets = ifcopenshell.util.element.get_psets(wall)
    assert sets["Pset_WallCommon"]["Status"] == ["NEW"]
    assert sets["Pset_WallCommon"]["IsExternal"] is True
    assert sets["Qto_WallBaseQuantities"]["NetSideArea"] == pytest.approx(12 * 2.65 - 4 * 1.35 - 1.1 * 2.2)
    usage: Any = ifcopenshell.util.element.get_material(wall)
    assert usage.is_a("IfcMaterialLayerSetUsage")
    assert (
        sum(layer.LayerThickness for layer in usage.ForLayerSet.MaterialLayers)
        == sets["Qto_WallBaseQuantities"]["Width"]
    )


def test_is_georeferenced(house: ifcopenshell.file) -> None:
    conversion = house.by_type("IfcMapConversion")[0]
    assert conversion.TargetCRS.Name == "EPSG:25832"
    assert conversion.Scale == 0.001, "millimetres in the drawing, metres on the map"
    assert conversion.SourceCRS.TrueNorth
    assert house.by_type("IfcSite")[0].RefLatitude == (50, 58, 46, 200000)


def test_rooms_storeys_layers_and_classification(house: ifcopenshell.file) -> None:
    assert {storey.Elevation for storey in house.by_type("IfcBuildingStorey")} == {0.0, 2900.0}
    rooms = {space.LongName for space in house.by_type("IfcSpace")}
    assert len(rooms) == 9
    assert {"Living room", "Bathroom"} <= rooms
    assert len(house.by_type("IfcPresentationLayerAssignment")) > 10
    assert {entry.Name for entry in house.by_type("IfcClassification")} == {"Uniclass 2015"}
    identifiers = [entry.GlobalId for entry in house.by_type("IfcRoot")]
    assert len(identifiers) == len(set(identifiers))
