"""Choose the best mesh of every shape, and place it for every element."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ifcjob_runner.geometry.doubt_reasons import joined
from ifcjob_runner.geometry.meshes import Placement
from ifcjob_runner.geometry.planning.transforms import matrix
from ifcjob_runner.geometry.shapes import Worklist
from ifcjob_runner.geometry.store import Stored, StoreReader


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
    placements: dict[int, list[Placement]] = {}
    doubts: dict[int, list[str]] = {}
    without_coordinates: dict[int, list[int]] = {}
    for index, shape in enumerate(worklist.shapes):
        line = best.get(index)
        if line is None:
            continue
        if line.digest not in numbers:
            numbers[line.digest] = len(reader.chosen)
            reader.chosen.append(line)
        for element, affine in zip(shape.elements, shape.affines, strict=True):
            world = matrix(affine)
            world[:3, 3] += world[:3, :3] @ np.array(line.shift)
            placements.setdefault(element, []).append(Placement(numbers[line.digest], world))
            if line.doubt:
                doubts.setdefault(element, []).append(line.doubt)
        for texture in {-texture for texture in line.textures if texture < 0}:
            without_coordinates.setdefault(texture, []).extend(shape.elements)
    doubtful = _doubtful(worklist, placements, doubts)
    return Scene(reader, dict(sorted(placements.items())), doubtful, without_coordinates)


def _rank(stored: Stored) -> tuple[bool, str]:
    return not stored.doubt, stored.engine


def _doubtful(
    worklist: Worklist, placed: dict[int, list[Placement]], of_meshes: dict[int, list[str]]
) -> dict[int, str]:
    elements = sorted((worklist.doubtful.keys() | of_meshes.keys()) & placed.keys())
    return {element: joined([worklist.doubtful.get(element, ""), *of_meshes.get(element, ())]) for element in elements}
