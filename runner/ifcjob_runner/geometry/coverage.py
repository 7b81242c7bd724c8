"""Choose the best mesh of every shape, and place it for every element."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ifcjob_runner.geometry.doubt_reasons import joined
from ifcjob_runner.geometry.meshes import Mesh, Placement
from ifcjob_runner.geometry.planning.transforms import matrices
from ifcjob_runner.geometry.shapes import Worklist
from ifcjob_runner.geometry.store import Stored, StoreReader

if TYPE_CHECKING:
    from ifcjob_runner.data.placements import Affine

SAME_BODY = 1e-3
"""Two bodies of one element are the same when their boxes and areas differ by at most this share of their size."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The meshes and placements of the GLB."""

    meshes: StoreReader
    """The distinct meshes, in the order in which elements first show them."""
    placements: dict[int, list[Placement]]
    """The placed meshes of each element, by STEP id."""
    doubtful: dict[int, str]
    """Why elements are not proved, by STEP id: doubts of planning, and of a mesh that has no proved replacement."""
    without_coordinates: dict[int, list[int]]
    """STEP ids of elements that should show a texture, but its coordinates cannot be read; by that of the texture."""


def assemble(worklist: Worklist, stores: list[Path]) -> Scene:
    """Choose a mesh for each shape (a proved mesh wins), share equal meshes, and place them."""
    reader = StoreReader(stores)
    best: dict[int, Stored] = {}
    for stored in reader.lines:
        kept = best.get(stored.shape)
        if kept is None or _rank(stored) > _rank(kept):
            best[stored.shape] = stored
    numbers: dict[str, int] = {}
    elements: list[int] = []
    affines: list[Affine] = []
    chosen: list[tuple[int, tuple[float, float, float]]] = []
    doubts: dict[int, list[str]] = {}
    without_coordinates: dict[int, list[int]] = {}
    for index, shape in enumerate(worklist.shapes):
        line = best.get(index)
        if line is None:
            continue
        if line.digest not in numbers:
            numbers[line.digest] = len(reader.chosen)
            reader.chosen.append(line)
        elements += shape.elements
        affines += shape.affines
        chosen += [(numbers[line.digest], line.shift)] * len(shape.elements)
        for element in shape.elements if line.doubt or shape.doubt else ():
            doubts.setdefault(element, []).extend((shape.doubt, line.doubt))
        for texture in {-texture for texture in line.textures if texture < 0}:
            without_coordinates.setdefault(texture, []).extend(shape.elements)
    placements: dict[int, list[Placement]] = {}
    for element, (mesh, shift), world in zip(elements, chosen, matrices(affines), strict=True):
        if any(shift):
            world[:3, 3] += world[:3, :3] @ np.array(shift)
        placements.setdefault(element, []).append(Placement(mesh, world))
    doubtful = _doubtful(worklist, placements, doubts)
    single = {element: _without_doubles(reader, placed) for element, placed in sorted(placements.items())}
    return Scene(reader, _renumbered(reader, single), doubtful, without_coordinates)


def _without_doubles(meshes: StoreReader, placed: list[Placement]) -> list[Placement]:
    """Drop a mesh that has the box and the area of an earlier one: a body that the file has twice."""
    if len(placed) == 1:
        return placed
    kept: list[tuple[Placement, npt.NDArray[np.float64]]] = []
    for placement in placed:
        measures = _measures(meshes[placement.mesh], placement)
        size = float(np.linalg.norm(measures[3:6] - measures[:3]))
        if not any(np.abs(measures - other).max() <= SAME_BODY * size for _, other in kept):
            kept.append((placement, measures))
    return [placement for placement, _ in kept]


def _measures(mesh: Mesh, placement: Placement) -> npt.NDArray[np.float64]:
    """Return the corners of a placed mesh's box, and the root of its area."""
    points = mesh.positions @ placement.matrix[:3, :3].T + placement.matrix[:3, 3]
    first, second, third = (points[mesh.triangles[:, number]] for number in range(3))
    area = np.linalg.norm(np.cross(second - first, third - first), axis=1).sum() / 2
    return np.array((*points.min(axis=0), *points.max(axis=0), np.sqrt(area)))


def _renumbered(reader: StoreReader, placements: dict[int, list[Placement]]) -> dict[int, list[Placement]]:
    """Forget the meshes that no placement shows."""
    used = sorted({placement.mesh for placed in placements.values() for placement in placed})
    if len(used) == len(reader.chosen):
        return placements
    reader.chosen = [reader.chosen[number] for number in used]
    numbers = {number: index for index, number in enumerate(used)}
    return {
        element: [replace(placement, mesh=numbers[placement.mesh]) for placement in placed]
        for element, placed in placements.items()
    }


def _rank(stored: Stored) -> tuple[bool, str]:
    return not stored.doubt, stored.engine


def _doubtful(
    worklist: Worklist, placed: dict[int, list[Placement]], of_meshes: dict[int, list[str]]
) -> dict[int, str]:
    elements = sorted((worklist.doubtful.keys() | of_meshes.keys()) & placed.keys())
    return {element: joined([worklist.doubtful.get(element, ""), *of_meshes.get(element, ())]) for element in elements}
