"""Boxes, half of the shapes of a building: each is a unit cube on its grid, so that all can share one mesh."""

import numpy as np
import numpy.typing as npt

from ifcjob_runner.glb.batches import Batch, Ints
from ifcjob_runner.glb.quantize import Grid

# Corner number = x + 2 y + 4 z.
_CORNERS = np.array([(n & 1, n >> 1 & 1, n >> 2) for n in range(8)])
_FACES = np.array([[n for n in range(8) if _CORNERS[n, axis] == side] for axis in range(3) for side in (0, 1)])
# Counter-clockwise seen from outside.
_TRIANGLES = np.array([
    [0, 4, 6], [0, 6, 2], [1, 3, 7], [1, 7, 5], [0, 1, 5], [0, 5, 4],
    [2, 6, 7], [2, 7, 3], [0, 2, 3], [0, 3, 1], [4, 5, 7], [4, 7, 6],
])  # fmt: skip


def unify_boxes(batch: Batch, grid: Grid) -> Ints:
    """Give every box of the batch the same vertex and triangle order; return the positions of boxes in the batch."""
    candidates = _candidates(batch, grid)
    vertices = batch.vertex_starts[candidates][:, None] + np.arange(8)
    rows = batch.triangle_starts[candidates][:, None] + np.arange(12)
    corner = grid.coordinates[vertices, :3] @ np.array([1, 2, 4])
    complete = (np.sort(corner, axis=1) == np.arange(8)).all(axis=1)
    local = batch.triangles[rows] - vertices[:, 0, None, None]
    used = np.take_along_axis(corner, local.reshape(len(candidates), 36), axis=1).reshape(-1, 12, 3)
    boxes = complete & _is_closed(used)
    grid.coordinates[vertices[boxes], :3] = _CORNERS
    batch.triangles[rows[boxes]] = _TRIANGLES + vertices[boxes][:, :1, None]
    positions: Ints = candidates[boxes]
    return positions


def _candidates(batch: Batch, grid: Grid) -> Ints:
    plain = np.fromiter((len(parts) == 1 for parts in batch.parts), dtype=bool, count=len(batch.parts))
    plain &= (np.diff(batch.vertex_starts) == 8) & (np.diff(batch.triangle_starts) == 12)
    return np.flatnonzero(plain & (grid.largest == 1).all(axis=1) & ~grid.too_large)


def _is_closed(used: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return whether twelve triangles cover each of the six faces with two."""
    on_face = (used[:, :, None, :, None] == _FACES[:, None, :]).any(axis=4).all(axis=3)
    # Two triangles tile a square when the corners they leave out are opposite, so add up to half of all four.
    sums = (on_face * used.sum(axis=2)[:, :, None]).sum(axis=1)
    tiled = 2 * sums == 3 * _FACES.sum(axis=1)
    closed: npt.NDArray[np.bool_] = ((on_face.sum(axis=1) == 2) & tiled).all(axis=1)
    return closed
