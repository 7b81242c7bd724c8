"""Mesh a generated file with one engine alone, through the project's own engine modules, or with the whole job."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import ifcopenshell
import numpy as np

from ifcjob.options import GltfOptions
from ifcjob_runner.data.attribute_access import reading
from ifcjob_runner.data.model import Model as DataModel
from ifcjob_runner.data.units import ProjectUnits
from ifcjob_runner.engine_options import GltfOptions as EngineOptions
from ifcjob_runner.geometry.engines.kernel import Kernel
from ifcjob_runner.geometry.engines.lite import mesh_with_lite
from ifcjob_runner.geometry.planning.selection import Selection
from ifcjob_runner.geometry.planning.transforms import matrix
from ifcjob_runner.geometry.planning.worklist import make_worklist
from tests.geometry.measure import Mesh
from tests.support.glb import Glb
from tests.support.runs import run_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from ifcjob_runner.geometry.meshes import Mesh as StoredMesh
    from ifcjob_runner.geometry.shapes import Shape, Worklist


Options = tuple[tuple[str, float], ...]
"""Options for the GLB, such as a deflection."""


class Bench:
    """One file, opened, with its worklist; each engine meshes its bodies."""

    def __init__(self, path: Path, options: Options = ()) -> None:
        self._path = path
        self._options = EngineOptions(GltfOptions.model_validate(dict(options)).model_dump(mode="json"))
        self._file = ifcopenshell.open(str(path))
        with reading():
            scale = ProjectUnits(DataModel(self._file)).length
            self.worklist: Worklist = make_worklist(
                self._file, self._options, scale, Selection(self._file, self._options, None)
            )

    def lite(self) -> dict[str, Mesh]:
        """Mesh all bodies with ifclite; those that it is sure of and those that it is not."""
        shapes = {i: replace(shape, engine="lite") for i, shape in enumerate(self.worklist.shapes)}
        content = memoryview(self._path.read_bytes())
        meshes: dict[str, Mesh] = {}
        results = mesh_with_lite(content, shapes, self.worklist.free_id, self.worklist.length_scale)
        for index, result in results:
            if not isinstance(result, str):
                meshes |= self._placed(shapes[index], result.mesh, result.shift)
        return meshes

    def kernel(self, announce: Callable[[list[str]], None], left_out: set[str]) -> Iterable[dict[str, Mesh]]:
        """Mesh the bodies with OpenCASCADE, one after the other; announce the elements of each before it begins."""
        kernel = Kernel(self._file, self._options)
        for shape in self.worklist.shapes:
            if not left_out.isdisjoint(self.keys(shape)):
                continue
            announce(self.keys(shape))
            result = kernel.mesh(shape)
            yield {} if result is None else self._placed(shape, *result)

    def keys(self, shape: Shape) -> list[str]:
        """Return the GlobalIds of the elements that show a shape."""
        return [self.worklist.expected[element][0] for element in shape.elements]

    def _placed(self, shape: Shape, mesh: StoredMesh, shift: list[float]) -> dict[str, Mesh]:
        placed = {}
        for key, affine in zip(self.keys(shape), shape.affines, strict=True):
            world = matrix(affine)
            points = (mesh.positions.astype(float) + shift) @ world[:3, :3].T + world[:3, 3]
            triangles = mesh.triangles.astype(np.int64)
            if np.linalg.det(world[:3, :3]) < 0:
                triangles = triangles[:, ::-1]
            placed[key] = Mesh(points, triangles)
        return placed


@dataclass(frozen=True)
class JobResult:
    """The outcome of the whole job."""

    meshes: dict[str, Mesh]
    reasons: dict[str, str]
    """Why an element is skipped or doubtful, by GlobalId."""


def whole_job(path: Path, folder: Path, options: Options = ()) -> JobResult:
    """Run the whole job on a file."""
    finished = run_file(path, folder, gltf=dict(options))
    assert finished.report.outcome == "Succeeded", finished.report.failure
    coverage = finished.manifest["coverage"]
    listed = [*coverage["skipped"], *coverage.get("doubtful", ())]
    meshes = {}
    if finished.glb.exists():
        meshes = {key: Mesh(drawn.positions, drawn.triangles) for key, drawn in Glb(finished.glb).drawn().items()}
    return JobResult(meshes, {row["globalId"]: row["reason"] for row in listed})
