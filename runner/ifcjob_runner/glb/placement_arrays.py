"""All placements of a run as arrays, and their bounding boxes in the world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ifcjob_runner.geometry.meshes import Placement
from ifcjob_runner.glb.batches import F64, Batch, Ints
from ifcjob_runner.glb.bounds import placed_boxes

# Below this an entry of a rotation is rounding noise: 1e-9 of 100 m is 0.1 micrometre.
_NOISE = 1e-9
# Metres; far beyond the earth, so the number is broken.
_FARTHEST = 1e12


@dataclass(slots=True)
class PlacementArrays:
    """Placements in the given order, a row each."""

    element: Ints
    """(placements,) STEP id of the element."""
    mesh: Ints
    matrices: F64
    boxes: F64 = field(init=False)
    """(placements, 2, 3) min and max in the world, metres; valid where `drawn`."""
    drawn: npt.NDArray[np.bool_] = field(init=False)
    _by_mesh: Ints = field(init=False)

    def __post_init__(self) -> None:
        self.boxes = np.zeros((len(self.mesh), 2, 3))
        self.drawn = np.zeros(len(self.mesh), dtype=bool)
        self._by_mesh = np.argsort(self.mesh, kind="stable")

    def used_meshes(self) -> list[int]:
        """Return the numbers of the placed meshes, ascending."""
        # np.unique without further results would import numpy.ma, which takes 17 ms.
        used: list[int] = np.flatnonzero(np.bincount(self.mesh)).tolist()
        return used

    def measure(self, batch: Batch) -> None:
        """Calculate the boxes of all placements of the batch's meshes."""
        rows, owners = self._of(batch)
        self.boxes[rows] = placed_boxes(batch, owners, self.matrices[rows])
        self.drawn[rows] = True

    def bake_right_angle_rotations(self, batch: Batch) -> None:
        """Rotate the vertices of a mesh as most of its placements do: exact, and their nodes need no rotation."""
        rows, owners = self._of(batch)
        linear = self.matrices[rows, :3, :3]
        rotated, rotations = _commonest_rotations(linear, owners)
        for owner, rotation in zip(rotated.tolist(), rotations.astype(np.float32), strict=True):
            vertices = slice(batch.vertex_starts[owner], batch.vertex_starts[owner + 1])
            batch.positions[vertices] = batch.positions[vertices] @ rotation.T + np.float32(0)
        place = np.minimum(np.searchsorted(rotated, owners), len(rotated) - 1)
        baked = rotated[place] == owners if len(rotated) else np.zeros(len(owners), dtype=bool)
        self.matrices[rows[baked], :3, :3] = linear[baked] @ rotations[place[baked]].transpose(0, 2, 1)

    def _of(self, batch: Batch) -> tuple[Ints, Ints]:
        """Return the rows that place the batch's meshes, and the mesh of each row, as its position in the batch."""
        ordered = self.mesh[self._by_mesh]
        first, last = np.searchsorted(ordered, (batch.meshes[0], batch.meshes[-1] + 1))
        rows = self._by_mesh[first:last]
        numbers = np.asarray(batch.meshes)
        owners = np.searchsorted(numbers, self.mesh[rows])
        known = numbers[owners] == self.mesh[rows]
        return rows[known], owners[known]

    def by_element(self) -> "DrawnElements":
        """Group the drawn placements by element."""
        steps, first, inverse = np.unique(self.element[self.drawn], return_index=True, return_inverse=True)
        order = np.argsort(first)
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        element_of = rank[inverse.reshape(-1)]
        boxes = np.empty((len(steps), 2, 3))
        boxes[:, 0], boxes[:, 1] = np.inf, -np.inf
        np.minimum.at(boxes[:, 0], element_of, self.boxes[self.drawn, 0])
        np.maximum.at(boxes[:, 1], element_of, self.boxes[self.drawn, 1])
        return DrawnElements(steps[order].tolist(), boxes, element_of, self.mesh[self.drawn])


def _commonest_rotations(linear: F64, owners: Ints) -> tuple[Ints, F64]:
    """Return the meshes whose commonest right-angle rotation is not the identity, ascending, and these rotations."""
    rotations = np.rint(linear)
    right_angled = (np.abs(linear - rotations) < _NOISE).all(axis=(1, 2)) & (np.abs(rotations).sum(axis=1) == 1).all(
        axis=1
    )
    right_angled &= np.linalg.det(rotations) > 0.5
    rotations, owners = rotations[right_angled], owners[right_angled]
    # An entry of -1, 0 or 1 is a digit of a number that identifies the rotation.
    codes = (rotations.reshape(-1, 9) + 1).astype(np.int64) @ 3 ** np.arange(9)
    keys, first, counts = np.unique(np.stack((owners, codes)), axis=1, return_index=True, return_counts=True)
    identity = np.trace(rotations[first], axis1=1, axis2=2) == 3
    order = np.lexsort((~identity, -counts, keys[0]))
    _, best = np.unique(keys[0][order], return_index=True)
    chosen = order[best]
    chosen = chosen[~identity[chosen]]
    return keys[0][chosen], rotations[first[chosen]]


@dataclass(frozen=True, slots=True)
class DrawnElements:
    """The elements that have geometry."""

    steps: list[int]
    """STEP ids, in the order of their placements."""
    boxes: F64
    """(elements, 2, 3), around all placements of each."""
    element_of: Ints
    """Row of the element, for each drawn placement."""
    mesh: Ints
    """Mesh, for each drawn placement."""


def gather(placements: Mapping[int, Sequence[Placement]], known: set[int], skipped: dict[int, str]) -> PlacementArrays:
    """Collect the placements of elements in `known`; add the reason for each element without a node to `skipped`."""
    elements: list[int] = []
    meshes: list[int] = []
    matrices: list[F64] = []
    for step, instances in placements.items():
        if step not in known:
            skipped[step] = "the element is not in the spatial tree"
            continue
        for instance in instances:
            elements.append(step)
            meshes.append(instance.mesh)
            matrices.append(instance.matrix)
    stacked = np.asarray(matrices, dtype=np.float64).reshape(-1, 4, 4)
    usable = (np.abs(stacked) < _FARTHEST).all(axis=(1, 2))  # NaN is not
    element, mesh = np.asarray(elements, dtype=np.int64), np.asarray(meshes, dtype=np.int64)
    for step in element[~usable].tolist():
        skipped[step] = "the placement has NaN, infinite or absurdly large coordinates"
    return PlacementArrays(element[usable], mesh[usable], stacked[usable])
