"""All placements of a run as arrays, and the boxes they fill in the world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ifcjob_runner.geometry.meshes import Placement
from ifcjob_runner.glb.batches import F64, Batch, Ints
from ifcjob_runner.glb.bounds import placed_boxes

# Below this an entry of a rotation is rounding noise: 1e-9 of 100 m is 0.1 micrometre.
_NOISE = 1e-9
# Metres; beyond any place on earth or near it, so a broken number, and more than a node can hold.
_ABSURD = 1e12


@dataclass(slots=True)
class Placed:
    """Placements in the order they were given; one row each."""

    element: Ints
    """Step id of the element."""
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
        """Return the meshes some element needs, ascending."""
        used: list[int] = np.unique(self.mesh).tolist()
        return used

    def measure(self, batch: Batch) -> None:
        """Find the boxes of every placement of the batch's meshes."""
        rows, owners = self._of(batch)
        self.boxes[rows] = placed_boxes(batch, owners, self.matrices[rows])
        self.drawn[rows] = True

    def bake_quarter_turns(self, batch: Batch) -> None:
        """Turn the vertices of a mesh the way most of its placements do; exact, and saves their nodes the rotation."""
        rows, owners = self._of(batch)
        linear = self.matrices[rows, :3, :3]
        turned, turns = _commonest_turns(linear, owners)
        for owner, turn in zip(turned.tolist(), turns.astype(np.float32), strict=True):
            own = slice(batch.vertex_starts[owner], batch.vertex_starts[owner + 1])
            batch.positions[own] = batch.positions[own] @ turn.T + np.float32(0)
        place = np.minimum(np.searchsorted(turned, owners), len(turned) - 1)
        bakes = turned[place] == owners if len(turned) else np.zeros(len(owners), dtype=bool)
        self.matrices[rows[bakes], :3, :3] = linear[bakes] @ turns[place[bakes]].transpose(0, 2, 1)

    def _of(self, batch: Batch) -> tuple[Ints, Ints]:
        """Return the rows that place the batch's meshes, and which mesh of the batch each one places."""
        ordered = self.mesh[self._by_mesh]
        first, last = np.searchsorted(ordered, (batch.meshes[0], batch.meshes[-1] + 1))
        rows = self._by_mesh[first:last]
        numbers = np.asarray(batch.meshes)
        owners = np.searchsorted(numbers, self.mesh[rows])
        known = numbers[owners] == self.mesh[rows]
        return rows[known], owners[known]

    def by_element(self) -> "Drawn":
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
        return Drawn(steps[order].tolist(), boxes, element_of, self.mesh[self.drawn])


def _commonest_turns(linear: F64, owners: Ints) -> tuple[Ints, F64]:
    """Return the meshes that are turned by quarters more often than they stand upright, ascending, and their turns."""
    turns = np.rint(linear)
    quarter = (np.abs(linear - turns) < _NOISE).all(axis=(1, 2)) & (np.abs(turns).sum(axis=1) == 1).all(axis=1)
    quarter &= np.linalg.det(turns) > 0.5
    turns, owners = turns[quarter], owners[quarter]
    # An entry of -1, 0 or 1 is a digit of a number that names the turn.
    names = (turns.reshape(-1, 9) + 1).astype(np.int64) @ 3 ** np.arange(9)
    keys, first, counts = np.unique(np.stack((owners, names)), axis=1, return_index=True, return_counts=True)
    upright = np.trace(turns[first], axis1=1, axis2=2) == 3
    order = np.lexsort((~upright, -counts, keys[0]))
    _, best = np.unique(keys[0][order], return_index=True)
    chosen = order[best]
    chosen = chosen[~upright[chosen]]
    return keys[0][chosen], turns[first[chosen]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The elements that have geometry."""

    steps: list[int]
    """Step ids, in the order of their placements."""
    boxes: F64
    """(elements, 2, 3), around all placements of each."""
    element_of: Ints
    """Row of the element for each drawn placement."""
    mesh: Ints
    """Mesh of each drawn placement."""


def gather(placements: Mapping[int, Sequence[Placement]], known: set[int], skipped: dict[int, str]) -> Placed:
    """Collect the placements of elements in `known`; note in `skipped` why an element gets no node."""
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
    usable = (np.abs(stacked) < _ABSURD).all(axis=(1, 2))  # NaN is not
    element, mesh = np.asarray(elements, dtype=np.int64), np.asarray(meshes, dtype=np.int64)
    for step in element[~usable].tolist():
        skipped[step] = "the placement has NaN, infinite or absurdly large coordinates"
    return Placed(element[usable], mesh[usable], stacked[usable])
