"""Small scenes for the GLB writer: shapes by formula, trees by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ifcjob import options as contract
from ifcjob_runner.engine_options import GltfOptions
from ifcjob_runner.geometry.meshes import Colour, Mesh, Placement
from ifcjob_runner.glb.writer import GlbStats, write_glb
from tests.support.glb import Glb

GREY: Colour = (0.5, 0.5, 0.5, 1.0)
RED: Colour = (0.8, 0.1, 0.1, 1.0)
GLASS: Colour = (0.2, 0.4, 0.9, 0.3)

_CUBE = [
    *((0, 2, 6), (0, 6, 4), (1, 5, 7), (1, 7, 3), (0, 4, 5), (0, 5, 1)),
    *((2, 3, 7), (2, 7, 6), (0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5)),
]


def mesh(positions: npt.ArrayLike, triangles: npt.ArrayLike, parts: Sequence[tuple[Colour, int]] | None = None) -> Mesh:
    """Make a mesh of one colour, or of the parts given."""
    faces = np.asarray(triangles, dtype=np.uint32)
    return Mesh(np.asarray(positions, dtype=np.float32), faces, tuple(parts or [(GREY, len(faces))]))


def box(*size: float, at: tuple[float, float, float] = (0, 0, 0), colour: Colour = GREY) -> Mesh:
    """Make a box with its lowest corner at a point."""
    corners = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    return mesh(corners * size + at, _CUBE, [(colour, 12)])


def tube(radius: float, height: float, sides: int = 24, rings: int = 2) -> Mesh:
    """Make the side of a cylinder around z, closed by a fan at the bottom."""
    angle = np.arange(sides) * 2 * np.pi / sides
    ring = np.stack((np.cos(angle) * radius, np.sin(angle) * radius), axis=1)
    levels = [np.column_stack((ring, np.full(sides, height * level / (rings - 1)))) for level in range(rings)]
    faces = []
    for level in range(rings - 1):
        for side in range(sides):
            a, b = level * sides + side, level * sides + (side + 1) % sides
            faces += [(a, b, b + sides), (a, b + sides, a + sides)]
    centre = sides * rings
    faces += [((side + 1) % sides, side, centre) for side in range(sides)]
    return mesh(np.concatenate([*levels, [(0, 0, 0)]]), faces)


def at(x: float = 0, y: float = 0, z: float = 0, linear: npt.ArrayLike | None = None) -> npt.NDArray[np.float64]:
    """Make a placement matrix."""
    matrix = np.eye(4)
    matrix[:3, 3] = x, y, z
    if linear is not None:
        matrix[:3, :3] = linear
    return matrix


def turned(degrees: float, axis: int = 2) -> npt.NDArray[np.float64]:
    """Make a rotation around one axis."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = np.eye(3)
    first, second = [a for a in range(3) if a != axis]
    matrix[first, first], matrix[first, second], matrix[second, first], matrix[second, second] = c, -s, s, c
    return matrix


def element(step: int, name: str | None = "", *inside: dict[str, Any], kind: str = "IfcWall") -> dict[str, Any]:
    """Make a tree element; its GlobalId is made of the step id."""
    label = f"Element {step}" if name == "" else name
    return {"globalId": f"G{step:021d}", "stepId": step, "class": kind, "name": label, "elements": list(inside)}


def space(step: int, kind: str, children: Sequence[Any] = (), elements: Sequence[Any] = ()) -> dict[str, Any]:
    """Make a spatial node."""
    return element(step, kind, *elements, kind=kind) | {"children": list(children)}


def gltf_options(**options: Any) -> GltfOptions:
    """Make the options of the operation gltf, as the engine has them."""
    return GltfOptions(contract.GltfOptions(**options).model_dump(mode="json"))


@dataclass
class Scene:
    """Everything write_glb needs."""

    meshes: Sequence[Mesh]
    placements: Mapping[int, Sequence[Placement]]
    tree: Any
    """A SpatialTree, as JSON."""

    def save(self, path: Path, **options: Any) -> GlbStats:
        """Write it."""
        return write_glb(path, self.meshes, self.placements, self.tree, gltf_options(**options))

    def write(self, path: Path, **options: Any) -> tuple[Glb, GlbStats]:
        """Write and load it."""
        stats = self.save(path, **options)
        return Glb(path), stats


def scene(meshes: Sequence[Mesh], placed: Mapping[int, Sequence[tuple[int, Any]]]) -> Scene:
    """Put elements, by STEP id, into one storey; `placed` holds (mesh, matrix) pairs."""
    placements = {step: [Placement(number, np.asarray(m)) for number, m in pairs] for step, pairs in placed.items()}
    storey = space(9003, "IfcBuildingStorey", elements=[element(step) for step in placed])
    building = space(9002, "IfcBuilding", [storey, space(9004, "IfcBuildingStorey")])
    root = space(9000, "IfcProject", [space(9001, "IfcSite", [building])])
    return Scene(meshes, placements, {"root": root, "orphans": []})


def global_id(step: int) -> str:
    """Return the GlobalId `element` makes."""
    return f"G{step:021d}"


def world(scene_: Scene, step: int) -> npt.NDArray[np.float64]:
    """Return every corner of an element's triangles in the world; a correct file has these."""
    placed = []
    for placement in scene_.placements[step]:
        shape = scene_.meshes[placement.mesh]
        corners = shape.positions[shape.triangles.reshape(-1)].astype(np.float64)
        placed.append(corners @ placement.matrix[:3, :3].T + placement.matrix[:3, 3])
    return np.concatenate(placed)


SHEAR = [[1.0, 0.4, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
MIRROR = [[-1, 0, 0], [0, 1, 0], [0, 0, 1]]


def workshop() -> Scene:
    """Make a scene with every kind of transform and part the writer knows."""
    two_parts = mesh(box(1, 2, 3).positions, box(1, 2, 3).triangles, [(RED, 4), (GLASS, 8)])
    meshes = [box(4, 0.2, 2.7), tube(0.5, 3), two_parts, mesh([(0, 0, 0), (1, 0, 0), (0.3, 1, 0)], [(0, 1, 2)])]
    return scene(
        meshes,
        {
            1: [(0, at(1, 2, 3))],
            2: [(0, at(-7.25, 2, 0, turned(90)))],
            3: [(1, at(3, 3, 0, turned(33, axis=0) @ turned(12)))],
            4: [(1, at(9, 0, 0, MIRROR)), (1, at(0, 9, 0, np.diag([2, 0.5, 1.5]) @ turned(90)))],
            5: [(2, at(0, 0, 5, SHEAR)), (2, at(0, 0, 10))],
            6: [(3, at(0.123456, 0, 0, turned(-90, axis=1)))],
            7: [(1, at(5, 5, 5, turned(20) @ np.diag([1, -3, 0.5])))],
        },
    )
