"""Names, extras, hierarchy and origin of the scene."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ifcjob_runner.geometry.meshes import Placement
from ifcjob_runner.glb.writer import write_glb
from tests.runner.glb.scenes import Scene, at, box, element, global_id, gltf_options, scene, space, turned
from tests.support.glb import Glb, ancestors


def of_elements(*elements: dict[str, Any], drawn: list[int]) -> Scene:
    tree = {"root": space(100, "IfcProject", [space(101, "IfcSite", elements=elements)]), "orphans": []}
    return Scene([box(1, 2, 3)], {step: [Placement(0, at(step))] for step in drawn}, tree)


def test_nodes_have_global_id_class_and_name(tmp_path: Path) -> None:
    source = of_elements(element(1, 'Wand 1,0. äöü "x"'), element(2, None, kind="IfcDoor"), drawn=[1, 2])
    glb, _ = source.write(tmp_path / "model.glb")
    wall, door = glb.elements[global_id(1)], glb.elements[global_id(2)]
    assert (wall.name, wall.extras) == (
        global_id(1),
        {"globalId": global_id(1), "class": "IfcWall", "name": 'Wand 1,0. äöü "x"'},
    )
    assert door.extras == {"globalId": global_id(2), "class": "IfcDoor"}


def test_nodes_are_named_by_name_on_request(tmp_path: Path) -> None:
    source = of_elements(element(1, "Wall"), element(2, None), element(3, ""), drawn=[1, 2, 3])
    source.tree["root"]["children"][0]["elements"][2]["name"] = ""
    glb, _ = source.write(tmp_path / "model.glb", names="name")
    assert [glb.elements[global_id(n)].name for n in (1, 2, 3)] == ["Wall", global_id(2), global_id(3)]


def test_properties_are_in_extras_only_on_request(tmp_path: Path) -> None:
    source = of_elements(element(1), element(2), drawn=[1, 2])
    known: dict[int, Any] = {1: {"Pset_WallCommon": {"IsExternal": True, "U": 0.25}}}

    def write(extras: Any) -> Glb:
        options = gltf_options(extras=extras)
        write_glb(
            tmp_path / "m.glb", source.meshes, source.placements, source.tree, options, lambda n: known.get(n, {})
        )
        return Glb(tmp_path / "m.glb")

    assert write("properties").elements[global_id(1)].extras["properties"] == known[1]
    assert "properties" not in write("properties").elements[global_id(2)].extras
    assert "properties" not in write("ids").elements[global_id(1)].extras


def test_elements_are_below_their_spatial_structure(tmp_path: Path) -> None:
    glb, _ = scene([box(1, 1, 1)], {1: [(0, at())]}).write(tmp_path / "model.glb")
    assert list(ancestors(glb, global_id(1))) == ["IfcBuildingStorey", "IfcBuilding", "IfcSite", "IfcProject"]
    # The empty storey has nothing to show.
    assert global_id(9003) in glb.elements
    assert global_id(9004) not in glb.elements


@pytest.mark.parametrize("compression", ["none", "meshopt"])
def test_an_assembly_and_its_parts_are_placed_independently(tmp_path: Path, compression: str) -> None:
    stair = element(1, "Stair", element(2, "Flight", element(3, "Step")), element(4, "Rail"))
    source = of_elements(stair, drawn=[1, 2, 3])
    glb, stats = source.write(tmp_path / "model.glb", compression=compression)
    assert global_id(4) not in glb.elements
    assert (glb.elements[global_id(3)].parent, glb.elements[global_id(2)].parent) == (global_id(2), global_id(1))
    for step in (1, 2, 3):
        assert glb.elements[global_id(step)].box[0].tolist() == pytest.approx([step, 0, 0])
        assert stats.boxes[step][:3] == (step, 0, 0)


def test_orphans_and_spaces_are_drawn(tmp_path: Path) -> None:
    room = space(5, "IfcSpace")
    tree = {"root": space(100, "IfcProject", [space(101, "IfcSite", [room])]), "orphans": [element(1)]}
    source = Scene([box(1, 1, 1)], {1: [Placement(0, at())], 5: [Placement(0, at(3))]}, tree)
    glb, _ = source.write(tmp_path / "model.glb")
    assert set(glb.drawn()) == {global_id(1), global_id(5)}
    assert glb.elements[global_id(1)].parent is None


def test_a_tree_can_be_deeper_than_the_stack(tmp_path: Path) -> None:
    deepest = element(1)
    for step in range(1000, 6000):
        deepest = element(step, None, deepest)
    glb, _ = of_elements(deepest, drawn=[1]).write(tmp_path / "model.glb")
    assert len(list(ancestors(glb, global_id(1)))) == 5002


def test_a_tree_without_a_project_is_drawn(tmp_path: Path) -> None:
    source = Scene([box(1, 1, 1)], {1: [Placement(0, at())]}, {"root": None, "orphans": [element(1)]})
    glb, _ = source.write(tmp_path / "model.glb")
    assert set(glb.drawn()) == {global_id(1)}


FAR = (2_600_123.4567, 1_200_456.789, 431.25)


@pytest.mark.parametrize("compression", ["none", "quantize", "meshopt"])
def test_large_coordinates_are_shifted_and_stay_exact(tmp_path: Path, compression: str) -> None:
    source = scene([box(1, 2, 3)], {1: [(0, at(*FAR))], 2: [(0, at(FAR[0] + 50, FAR[1], FAR[2], turned(30)))]})
    glb, stats = source.write(tmp_path / "model.glb", compression=compression)
    assert glb.json["asset"]["extras"] == {"originShift": [2_600_100, 1_200_500, 0]}
    root = glb.json["nodes"][glb.json["scenes"][0]["nodes"][0]]
    assert root["extras"] == glb.json["asset"]["extras"]
    for step in (1, 2):
        drawn = glb.elements[global_id(step)]
        assert drawn.box.reshape(-1) == pytest.approx(stats.boxes[step], abs=1e-4)
        assert np.abs(drawn.positions - glb.origin_shift).max() < 1000
    assert stats.boxes[1] == pytest.approx((*FAR, FAR[0] + 1, FAR[1] + 2, FAR[2] + 3), abs=1e-9)


def test_a_model_near_the_origin_is_not_shifted(tmp_path: Path) -> None:
    glb, _ = scene([box(1, 2, 3)], {1: [(0, at(900, -900, 0))]}).write(tmp_path / "model.glb")
    assert tuple(glb.origin_shift) == (0, 0, 0)


def test_a_single_stray_element_does_not_move_the_origin(tmp_path: Path) -> None:
    placed: dict[int, Any] = {step: [(0, at(step))] for step in range(10)} | {99: [(0, at(1e6, 1e6, 0))]}
    glb, _ = scene([box(1, 2, 3)], placed).write(tmp_path / "model.glb")
    assert tuple(glb.origin_shift) == (0, 0, 0)


def test_the_origin_can_be_explicit_or_unchanged(tmp_path: Path) -> None:
    source = scene([box(1, 2, 3)], {1: [(0, at(*FAR))]})
    glb, _ = source.write(tmp_path / "model.glb", origin="explicit", origin_offset=(2_600_000.5, 10, 400))
    assert tuple(glb.origin_shift) == (2_600_000.5, 10, 400)
    assert glb.elements[global_id(1)].box[0] == pytest.approx(FAR, abs=1e-4)
    assert tuple(source.write(tmp_path / "model.glb", origin="none")[0].origin_shift) == (0, 0, 0)


def test_the_coordinate_reference_system_is_in_extras(tmp_path: Path) -> None:
    source = scene([box(1, 2, 3)], {1: [(0, at())]})
    write_glb(tmp_path / "m.glb", source.meshes, source.placements, source.tree, gltf_options(), crs="EPSG:2056")
    assert Glb(tmp_path / "m.glb").json["asset"]["extras"] == {"originShift": [0, 0, 0], "crs": "EPSG:2056"}
