"""A written file has the positions, colours, boxes and names of its input, in every compression."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.runner.glb.scenes import (
    GLASS,
    RED,
    Scene,
    at,
    box,
    element,
    global_id,
    mesh,
    scene,
    tube,
    turned,
    workshop,
    world,
)

COMPRESSIONS = ["none", "quantize", "meshopt"]
# Placements of the workshop enlarge up to threefold, and with them the half step of 0.05 mm.
TOLERANCE = {"none": 2e-5, "quantize": 3e-4, "meshopt": 3e-4}


def assert_same_triangles(actual: Any, expected: Any, tolerance: float) -> None:
    """Compare two lists of triangles in any order of triangles and of their corners."""
    assert actual.shape == expected.shape
    keys = [rows.reshape(-1, 3, 3).mean(axis=1) for rows in (actual, expected)]
    # Every centre must have a partner, both ways: order-free and without rounding at cell borders.
    distance = np.linalg.norm(keys[0][:, None, :] - keys[1][None, :, :], axis=2)
    assert distance.min(axis=1).max() < tolerance
    assert distance.min(axis=0).max() < tolerance
    corner = np.linalg.norm(actual[:, None, :] - expected[None, :, :], axis=2)
    assert corner.min(axis=1).max() < tolerance
    assert corner.min(axis=0).max() < tolerance


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("normals", ["none", "flat", "smooth"])
def test_triangles_are_placed_by_their_placements(tmp_path: Path, compression: str, normals: str) -> None:
    source = workshop()
    glb, stats = source.write(tmp_path / "model.glb", compression=compression, normals=normals)
    for step in source.placements:
        drawn = glb.elements[global_id(step)]
        corners = drawn.positions[drawn.triangles.reshape(-1)]
        # The rotated box may be drawn without the rotation: with the same corners and other diagonals.
        actual, expected = soup(glb, source, step) if step == 2 else (corners, world(source, step))
        assert_same_triangles(actual, expected, TOLERANCE[compression])
        assert stats.element_triangles[step] == len(drawn.triangles)
    assert stats.triangles == sum(len(drawn.triangles) for drawn in glb.drawn().values())
    assert stats.bytes == (tmp_path / "model.glb").stat().st_size


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_boxes_are_exact_to_the_vertex(tmp_path: Path, compression: str) -> None:
    source = workshop()
    glb, stats = source.write(tmp_path / "model.glb", compression=compression)
    for step in source.placements:
        corners = world(source, step)
        expected = (*corners.min(axis=0), *corners.max(axis=0))
        assert stats.boxes[step] == pytest.approx(expected, abs=1e-9)
        assert glb.elements[global_id(step)].box.reshape(-1) == pytest.approx(expected, abs=TOLERANCE[compression])
    boxes = np.array(list(stats.boxes.values()))
    assert stats.bounding_box is not None
    assert stats.bounding_box["min"] == boxes[:, :3].min(axis=0).tolist()
    assert stats.bounding_box["max"] == boxes[:, 3:].max(axis=0).tolist()


def test_a_vertex_without_a_triangle_does_not_enlarge_the_box(tmp_path: Path) -> None:
    stray = mesh([(99, 99, 99), (0, 0, 0), (1, 0, 0), (0, 1, 0)], [(1, 2, 3)])
    _, stats = scene([stray], {1: [(0, at())]}).write(tmp_path / "model.glb")
    assert stats.boxes[1] == (0, 0, 0, 1, 1, 0)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_each_part_keeps_its_colour(tmp_path: Path, compression: str) -> None:
    glb, _ = workshop().write(tmp_path / "model.glb", compression=compression)
    assert glb.elements[global_id(5)].colours == ([RED] * 4 + [GLASS] * 8) * 2
    materials = {material["name"]: material for material in glb.json["materials"]}
    assert materials["#3366E64C"]["alphaMode"] == "BLEND"
    assert "alphaMode" not in materials["#CC1A1A"]
    assert len(materials) == len(glb.json["materials"]) == 3


def test_neighbouring_parts_of_the_same_colour_are_one_primitive(tmp_path: Path) -> None:
    shape = mesh(box(1, 1, 1).positions, box(1, 1, 1).triangles, [(RED, 3), (RED, 5), (GLASS, 4)])
    glb, _ = scene([shape], {1: [(0, at())]}).write(tmp_path / "model.glb")
    assert len(glb.json["meshes"][0]["primitives"]) == 2


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_equal_input_gives_equal_bytes(tmp_path: Path, compression: str) -> None:
    for name in ("a", "b"):
        workshop().write(tmp_path / name, compression=compression, normals="smooth")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_shape_used_twice_is_one_mesh(tmp_path: Path) -> None:
    source = scene(
        [tube(1, 2), tube(1, 2), tube(1, 3)], {1: [(0, at())], 2: [(0, at(5))], 3: [(1, at(9))], 4: [(2, at(13))]}
    )
    glb, _ = source.write(tmp_path / "model.glb")
    assert len(glb.json["meshes"]) == 2
    # Both tubes have the same triangles: two position accessors, one index accessor.
    assert len(glb.json["accessors"]) == 3


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_one_shape_in_two_colours_is_two_meshes_of_the_same_data(tmp_path: Path, compression: str) -> None:
    meshes = [box(1, 2, 3, colour=RED), box(1, 2, 3, colour=GLASS)]
    source = scene(meshes, {1: [(0, at())], 2: [(1, at(5))]})
    glb, _ = source.write(tmp_path / "model.glb", compression=compression)
    assert [glb.elements[global_id(step)].colours[0] for step in (1, 2)] == [RED, GLASS]
    assert (len(glb.json["meshes"]), len(glb.json["accessors"])) == (2, 2)


@pytest.mark.parametrize("compression", ["quantize", "meshopt"])
def test_all_boxes_share_one_mesh(tmp_path: Path, compression: str) -> None:
    reversed_corners = box(2, 3, 4)
    shuffled = mesh(reversed_corners.positions[::-1], 7 - reversed_corners.triangles)
    meshes = [box(4, 0.2, 2.7, at=(1, 1, 1)), box(0.6, 0.6, 3), shuffled]
    placed: dict[int, Any] = {number: [(number, at(10 * number, linear=turned(90 * number)))] for number in range(3)}
    source = scene(meshes, placed)
    glb, _ = source.write(tmp_path / "model.glb", compression=compression)
    assert len(glb.json["meshes"]) == 1
    assert glb.json["accessors"][0]["max"] == [1, 1, 1]
    for step in placed:
        assert_same_triangles(*(soup(glb, source, step)), TOLERANCE[compression])


def soup(glb: Any, source: Scene, step: int) -> tuple[Any, Any]:
    drawn = glb.elements[global_id(step)]
    # The diagonals of a unified box may differ: compare corners twice over.
    corners = np.unique(drawn.positions[drawn.triangles.reshape(-1)].round(3), axis=0)
    return corners.repeat(3, axis=0), np.unique(world(source, step).round(3), axis=0).repeat(3, axis=0)


@pytest.mark.parametrize("compression", ["quantize", "meshopt"])
def test_an_open_or_doubled_box_is_not_unified(tmp_path: Path, compression: str) -> None:
    whole = box(1, 1, 1)
    doubled = mesh(whole.positions, [*whole.triangles[:11], whole.triangles[0]])
    source = scene([doubled], {1: [(0, at())]})
    glb, _ = source.write(tmp_path / "model.glb", compression=compression)
    drawn = glb.elements[global_id(1)]
    assert_same_triangles(drawn.positions[drawn.triangles.reshape(-1)], world(source, 1), 1e-4)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_many_vertices_need_32_bit_indices(tmp_path: Path, compression: str) -> None:
    source = scene([tube(3, 30, sides=300, rings=230), box(1, 1, 1)], {1: [(0, at())], 2: [(1, at())]})
    assert len(source.meshes[0].positions) > 65535
    glb, stats = source.write(tmp_path / "model.glb", compression=compression)
    kinds = [accessor["componentType"] for accessor in glb.json["accessors"] if accessor["type"] == "SCALAR"]
    assert sorted(kinds) == [5123, 5125]
    assert glb.elements[global_id(1)].box.reshape(-1) == pytest.approx(stats.boxes[1], abs=3e-4)
    shape = source.meshes[0]
    a, b, c = (shape.positions[shape.triangles[:, corner]].astype(float) for corner in range(3))
    expected = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
    assert glb.elements[global_id(1)].area == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("count", [65535, 65536])
def test_the_largest_short_index_is_not_the_restart_value(tmp_path: Path, count: int) -> None:
    angle = np.arange(count) * 2 * np.pi / count
    ring = np.stack((np.cos(angle), np.sin(angle), angle), axis=1)
    corners = np.arange(count - 2)
    strip = mesh(ring, np.stack((corners, corners + 1, corners + 2), axis=1))
    glb, _ = scene([strip], {1: [(0, at())]}).write(tmp_path / "model.glb")
    indices = glb.json["accessors"][1]
    assert indices["componentType"] == (5123 if count == 65535 else 5125)
    assert glb.accessor(1).max() == count - 1


def test_a_mesh_too_large_for_its_grid_keeps_floats(tmp_path: Path) -> None:
    road = mesh([(0, 0, 0), (400, 0, 0), (123.456, 7.8912, 0.0123)], [(0, 1, 2)])
    source = scene([road, box(2, 2, 2)], {1: [(0, at())], 2: [(1, at(3))]})
    glb, _ = source.write(tmp_path / "model.glb", compression="meshopt")
    drawn = glb.elements[global_id(1)]
    assert_same_triangles(drawn.positions[drawn.triangles.reshape(-1)], world(source, 1), 1e-4)
    assert {a["componentType"] for a in glb.json["accessors"] if a["type"] == "VEC3"} == {5123, 5126}


def test_quantization_errors_are_within_the_documented_bounds(tmp_path: Path) -> None:
    promised = [(0.004, 5e-7), (0.04, 5e-6), (6, 5e-5), (13, 1e-4), (32, 2.5e-4), (65, 5e-4), (130, 1e-3)]
    random = np.random.default_rng(7)
    for extent, error in promised:
        positions = random.random((300, 3)) * extent
        source = scene([mesh(positions, np.arange(300).reshape(-1, 3))], {1: [(0, at())]})
        glb, _ = source.write(tmp_path / "model.glb", compression="quantize")
        moved = np.abs(glb.elements[global_id(1)].positions - positions.astype(np.float32))
        # The node's own rounding adds half of its tenth of a millimetre.
        assert moved.max() <= error + 5e-5 + 1e-7 * extent, extent


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_elements_with_invalid_meshes_are_skipped_with_a_reason(tmp_path: Path, compression: str) -> None:
    nothing = mesh(np.empty((0, 3)), np.empty((0, 3)))
    meshes = [
        nothing,
        mesh([(np.nan, 0, 0), (1, 0, 0), (0, 1, 0)], [(0, 1, 2)]),
        mesh(np.full((3, 3), np.inf), [(0, 1, 2)]),
        box(1, 1, 1),
    ]
    placed: dict[int, Any] = {
        1: [(0, at())],
        2: [(1, at())],
        3: [(2, at())],
        4: [(3, at(float("nan")))],
        5: [(3, at()), (1, at())],
    }
    glb, stats = scene(meshes, placed).write(tmp_path / "model.glb", compression=compression)
    assert set(glb.drawn()) == {global_id(5)}
    assert set(stats.skipped) == {1, 2, 3, 4, 5}
    assert stats.skipped[1] == "the shape has no triangles"
    assert "NaN" in stats.skipped[2]
    assert "placement" in stats.skipped[4]
    assert stats.element_triangles == {5: 12}
    assert set(stats.boxes) == {5}


def test_meshes_are_read_once_in_order_and_only_if_used(tmp_path: Path) -> None:
    class Store(list):  # type: ignore[type-arg]
        def __getitem__(self, index: Any) -> Any:
            read.append(index)
            return super().__getitem__(index)

    read: list[int] = []
    meshes = Store([box(1, 1, 1 + n) for n in range(5)])
    scene(meshes, {1: [(4, at())], 2: [(1, at()), (4, at(3))]}).write(tmp_path / "model.glb")
    assert read == [1, 4]


def test_an_element_outside_the_tree_is_skipped_with_a_reason(tmp_path: Path) -> None:
    source = scene([box(1, 1, 1)], {1: [(0, at())], 2: [(0, at(3))]})
    assert isinstance(source.tree, dict)
    source.tree["root"]["children"][0]["children"][0]["children"][0]["elements"] = [element(1)]
    _, stats = source.write(tmp_path / "model.glb")
    assert stats.skipped == {2: "the element is not in the spatial tree"}


def test_the_batch_size_does_not_change_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = workshop()
    source.write(tmp_path / "single", compression="meshopt", normals="smooth")
    monkeypatch.setattr("ifcjob_runner.glb.batches._BATCH_VERTICES", 1)
    source.write(tmp_path / "many", compression="meshopt", normals="smooth")
    assert (tmp_path / "single").read_bytes() == (tmp_path / "many").read_bytes()
