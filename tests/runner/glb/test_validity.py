"""The Khronos validator reports no error and no warning for any scene and options."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from tests.runner.glb.scenes import GLASS, Scene, at, box, mesh, scene, space, tube, workshop
from tests.support.gltf_validator import GltfValidator

_FLAT = mesh([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], [(0, 1, 2), (0, 2, 3)])
_LINE = mesh([(0, 0, 0), (1, 0, 0), (2, 0, 0)], [(0, 1, 2)])
_EMPTY = Scene([], {}, {"root": space(1, "IfcProject"), "orphans": []})


def scenes() -> dict[str, Scene]:
    far = at(2_600_000.123456, 1_200_000.5, 431.25)
    long_line = mesh([(0, 0, 0), (700, 0, 0), (0, 700, 1)], [(0, 1, 2)])
    return {
        "workshop": workshop(),
        "empty": _EMPTY,
        "flat-and-degenerate": scene(
            [_FLAT, _LINE], {1: [(0, at())], 2: [(1, at())], 3: [(0, at(linear=np.zeros((3, 3))))]}
        ),
        "transparent": scene(
            [box(1, 1, 1, colour=GLASS), box(1, 1, 1, colour=(1, 1, 1, 1))], {1: [(0, at()), (1, at(3))]}
        ),
        "far": scene([box(1, 2, 3), tube(1, 2)], {1: [(0, far)], 2: [(1, far), (1, far + at(1) - np.eye(4))]}),
        "large": scene([tube(3, 30, sides=300, rings=230), long_line], {1: [(0, at())], 2: [(1, at())]}),
        "unrounded": scene(
            [tube(1 / 3, 1 / 7, sides=7), box(*np.array([0.1, 0.7, 1e-3], np.float32).tolist())],
            {1: [(0, at())], 2: [(1, at())]},
        ),
    }


@pytest.mark.parametrize("compression", ["none", "quantize", "meshopt"])
def test_the_validator_reports_no_problem(tmp_path: Path, compression: str, gltf_validator: GltfValidator) -> None:
    paths = []
    for (name, source), normals in product(scenes().items(), ["none", "flat", "smooth"]):
        paths.append(tmp_path / f"{name}-{normals}.glb")
        source.save(paths[-1], compression=compression, normals=normals)
    assert gltf_validator.problems(*paths) == []


def test_the_validator_reports_a_wrong_maximum(tmp_path: Path, gltf_validator: GltfValidator) -> None:
    path = tmp_path / "model.glb"
    workshop().write(path)
    path.write_bytes(path.read_bytes().replace(b'"max":[4,', b'"max":[5,'))
    assert "ACCESSOR_MAX_MISMATCH" in gltf_validator.problems(path)[0]


def test_an_empty_model_is_a_scene_without_nodes(tmp_path: Path) -> None:
    glb, stats = _EMPTY.write(tmp_path / "model.glb")
    assert set(glb.json) == {"asset", "scene", "scenes"}
    assert stats.bounding_box is None
    assert (stats.triangles, stats.boxes, tuple(glb.origin_shift)) == (0, {}, (0, 0, 0))
