"""Real models: the limits of size, and every element where the engine places it."""

from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.geom
import numpy as np
import pytest

from ifcjob_runner.geometry.meshes import Mesh, Placement
from tests.runner.glb.scenes import Scene
from tests.support.corpus import corpus_file
from tests.support.glb import Glb
from tests.support.gltf_validator import GltfValidator

pytestmark = pytest.mark.corpus

# The size of the GLB that IfcOpenShell's own serializer writes with the OpenCASCADE kernel.
NATIVE_BYTES = {"duplex_arch.ifc": 425_184, "office_a.ifc": 1_014_472, "ac20_fzk.ifc": 447_500}
BARS = {"none": 0.75, "quantize": 0.75, "meshopt": 0.30}


@pytest.fixture(scope="module", params=list(NATIVE_BYTES))
def model(request: pytest.FixtureRequest) -> tuple[str, Scene, dict[str, float]]:
    """Return a model as the engine meshes it, and the surface area of each element by GlobalId."""
    source = ifcopenshell.open(str(corpus_file(request.param)))
    kernel = "hybrid-cgal-simple-opencascade"
    hidden = ("IfcFeatureElement", "IfcSpace", "IfcAnnotation", "IfcGrid")
    products = [p for p in source.by_type("IfcProduct") if p.Representation and not any(map(p.is_a, hidden))]
    iterator = ifcopenshell.geom.iterator(
        ifcopenshell.geom.settings(), source, 1, include=products, geometry_library=kernel
    )
    meshes: list[Mesh] = []
    numbers: dict[str, int] = {}
    placements: dict[int, list[Placement]] = {}
    assert iterator.initialize()
    while True:
        shape = iterator.get()
        if (key := shape.geometry.id) not in numbers and shape.geometry.faces_buffer:
            numbers[key] = len(meshes)
            meshes.append(_mesh(shape.geometry))
        if key in numbers:
            matrix = np.frombuffer(shape.transformation_buffer).reshape(4, 4).T
            placements.setdefault(shape.id, []).append(Placement(numbers[key], matrix))
        if not iterator.next():
            break
    tree = {"root": _tree(source.by_type("IfcProject")[0], placements), "orphans": []}
    return request.param, Scene(meshes, placements, tree), _areas(source, meshes, placements)


def _mesh(geometry: Any) -> Mesh:
    materials = np.frombuffer(geometry.material_ids_buffer, np.int32)
    order = np.argsort(materials, kind="stable")
    triangles = np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3)[order].astype(np.uint32)
    parts = []
    for number, count in zip(*np.unique(materials, return_counts=True), strict=True):
        material = geometry.materials[int(number)]
        clear = material.transparency
        colour = (*map(float, material.diffuse.components), 1.0 - clear if clear == clear else 1.0)  # noqa: PLR0124
        parts.append(((colour[0], colour[1], colour[2], colour[3]), int(count)))
    return Mesh(np.frombuffer(geometry.verts_buffer).reshape(-1, 3).astype(np.float32), triangles, tuple(parts))


def _tree(entity: Any, placements: dict[int, Any]) -> dict[str, Any]:
    parts = [part for relation in getattr(entity, "IsDecomposedBy", ()) for part in relation.RelatedObjects]
    contained = [e for relation in getattr(entity, "ContainsElements", ()) for e in relation.RelatedElements]
    spatial = [part for part in parts if part.is_a("IfcSpatialStructureElement")]
    inside = [*contained, *(part for part in parts if part not in spatial)]
    node = {"globalId": entity.GlobalId, "stepId": entity.id(), "class": entity.is_a(), "name": entity.Name}
    children = [_tree(part, placements) for part in spatial]
    return node | {"children": children, "elements": [_tree(e, placements) for e in inside]}


def _areas(source: Any, meshes: list[Mesh], placements: dict[int, list[Placement]]) -> dict[str, float]:
    areas = {}
    for step, placed in placements.items():
        total = 0.0
        for placement in placed:
            mesh = meshes[placement.mesh]
            world = mesh.positions.astype(float) @ placement.matrix[:3, :3].T
            a, b, c = (world[mesh.triangles[:, corner]] for corner in range(3))
            total += float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)
        areas[source.by_id(step).GlobalId] = total
    return areas


@pytest.mark.parametrize("compression", list(BARS))
def test_glbs_of_real_models_are_small_complete_and_valid(
    tmp_path: Path, model: tuple[str, Scene, dict[str, float]], compression: str, gltf_validator: GltfValidator
) -> None:
    name, scene, areas = model
    glb, stats = scene.write(tmp_path / "model.glb", compression=compression)
    assert stats.skipped == {}
    assert stats.bytes <= BARS[compression] * NATIVE_BYTES[name]
    drawn = glb.drawn()
    assert set(drawn) == set(areas)
    for global_id, element in drawn.items():
        assert element.area == pytest.approx(areas[global_id], rel=0.005, abs=1e-4), global_id
    _boxes_agree(scene, glb, stats.boxes)
    assert gltf_validator.problems(tmp_path / "model.glb") == []


def _boxes_agree(scene: Scene, glb: Glb, boxes: dict[int, Any]) -> None:
    by_step: dict[int, str] = {}
    pending = [scene.tree["root"]]
    while pending:
        node = pending.pop()
        by_step[node["stepId"]] = node["globalId"]
        pending += [*node["children"], *node["elements"]]
    for step, box in boxes.items():
        assert glb.elements[by_step[step]].box.reshape(-1) == pytest.approx(box, abs=5e-4)
