"""Texture coordinates stay with their vertices through quantization, compression and normals."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ifcjob_runner.geometry.meshes import Mesh, MeshTexture
from ifcjob_runner.glb.textures import Texture
from ifcjob_runner.glb.writer import write_glb
from tests.runner.glb.scenes import GREY, RED, at, box, gltf_options, mesh, scene, tube
from tests.support import textured
from tests.support.glb import Glb, node_matrix

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from tests.support.gltf_validator import GltfValidator

TEXTURE = Texture(textured.png(), "image/png", has_alpha=False, repeat_s=True, repeat_t=True, tints=False, is_lit=True)


def load(step: int) -> Texture | None:
    return TEXTURE if step == 7 else None


@pytest.mark.parametrize(
    ("compression", "normals"), [*product(["none", "quantize", "meshopt"], ["none", "flat", "smooth"])]
)
def test_coordinates_follow_their_vertices(
    tmp_path: Path, compression: str, normals: str, gltf_validator: GltfValidator
) -> None:
    path = tmp_path / "model.glb"
    source = scene(
        [_with_texture(box(1, 2, 3)), _with_texture(tube(1, 3)), box(1, 2, 3)],
        {1: [(0, at())], 2: [(1, at())], 3: [(2, at())]},
    )
    options = gltf_options(compression=compression, normals=normals)
    write_glb(path, source.meshes, source.placements, source.tree, options, load_texture=load)
    glb = Glb(path)
    checked = 0
    for node in glb.json["nodes"]:
        for primitive in glb.json["meshes"][node["mesh"]]["primitives"] if "mesh" in node else ():
            attributes = primitive["attributes"]
            if "TEXCOORD_0" not in attributes:
                continue
            matrix = node_matrix(node)
            positions = glb.accessor(attributes["POSITION"]) @ matrix[:3, :3].T + matrix[:3, 3]
            unit = 1 if compression == "none" else 1e-4
            np.testing.assert_allclose(
                glb.accessor(attributes["TEXCOORD_0"]), _coordinates(positions * unit), atol=2e-3
            )
            checked += 1
    assert checked == 2
    assert gltf_validator.problems(path) == []


def test_a_seam_in_a_smooth_surface_keeps_the_coordinates_of_both_sides(tmp_path: Path) -> None:
    # Two triangles of one plane meet at an edge whose ends have other coordinates on each side.
    corners = [(0, 0, 0), (1, 0, 0), (1, 0, 1), (0, 0, 0), (1, 0, 1), (0, 0, 1)]
    coordinates = np.arange(12, dtype=np.float32).reshape(6, 2)
    plane = mesh(corners, [(0, 1, 2), (3, 4, 5)])
    textured_plane = Mesh(plane.positions, plane.triangles, plane.parts, MeshTexture(coordinates, (7,)))
    source = scene([textured_plane], {1: [(0, at())]})
    path = tmp_path / "model.glb"
    write_glb(path, source.meshes, source.placements, source.tree, gltf_options(normals="smooth"), load_texture=load)
    glb = Glb(path)
    (primitive,) = glb.json["meshes"][0]["primitives"]
    drawn = glb.accessor(primitive["attributes"]["TEXCOORD_0"])[glb.accessor(primitive["indices"]).reshape(-1)]
    assert drawn.tolist() == coordinates.tolist()


def test_parts_of_one_mesh_have_their_own_textures(tmp_path: Path) -> None:
    cube = mesh(box(1, 1, 1).positions, box(1, 1, 1).triangles, [(RED, 4), (RED, 4), (GREY, 4)])
    source = scene([_with_texture(cube, (7, 0, 8))], {1: [(0, at())]})
    path = tmp_path / "model.glb"
    other = Texture(textured.png(3, 3), "image/png", True, False, True, False, True)  # noqa: FBT003 - as named above
    write_glb(
        path,
        source.meshes,
        source.placements,
        source.tree,
        gltf_options(),
        load_texture=lambda step: TEXTURE if step == 7 else other,
    )
    document = Glb(path).json
    primitives = document["meshes"][0]["primitives"]
    materials = [document["materials"][primitive["material"]] for primitive in primitives]
    drawn = [material["pbrMetallicRoughness"].get("baseColorTexture") for material in materials]
    assert drawn == [{"index": 0}, None, {"index": 1}]
    assert ["TEXCOORD_0" in primitive["attributes"] for primitive in primitives] == [True, False, True]
    assert [material.get("alphaMode") for material in materials] == [None, None, "BLEND"]


def test_a_texture_that_cannot_be_loaded_leaves_no_coordinates(tmp_path: Path) -> None:
    source = scene([_with_texture(box(1, 2, 3))], {1: [(0, at())]})
    glb, _ = source.write(tmp_path / "model.glb")
    assert set(glb.json["meshes"][0]["primitives"][0]["attributes"]) == {"POSITION"}
    assert "textures" not in glb.json


def _with_texture(shape: Mesh, textures: tuple[int, ...] = (7,)) -> Mesh:
    return Mesh(
        shape.positions,
        shape.triangles,
        shape.parts,
        MeshTexture(_coordinates(shape.positions).astype(np.float32), textures),
    )


def _coordinates(positions: npt.NDArray[np.float64] | npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    x, y, z = positions.T.astype(np.float64)
    return np.column_stack((x + 10 * y, z - 5 * x))
