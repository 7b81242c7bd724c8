"""Positions as 16-bit integers (KHR_mesh_quantization); the grid's step and origin move into the node.

Each axis of a mesh has its own step, a round decimal: building parts are drawn in whole millimetres, so most
coordinates stay exact and coplanar faces stay coplanar. The largest error is half a step:

    extent up to    5 mm    5 cm     6.5 m    13 m    32 m     65 m    131 m
    error up to     0.5 um  5 um     0.05 mm  0.1 mm  0.25 mm  0.5 mm  1 mm

A mesh larger than that keeps 32-bit floats. Dividing by the greatest common divisor turns every box into the same
eight corners of a unit cube, so that all boxes of a building share a mesh.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ifcjob_runner.glb.batches import F64, Batch

LARGEST_EXTENT = 131.0
# A little below 65535 steps: both ends are rounded.
_EXTENTS = np.array([0.005, 0.05, 6.55, 13.1, 32.7, 65.5])
# Steps per metre: whole numbers, so that multiples of a step are short decimals.
_STEPS_PER_METRE = np.array([1_000_000, 100_000, 10_000, 5_000, 2_000, 1_000, 500])
# A normal this close to an axis keeps its direction under any scale along the axes.
_ALIGNED = 0.999999


@dataclass(slots=True)
class Grid:
    """A batch on its grids: position = origin + scale * coordinate, per mesh and axis."""

    coordinates: npt.NDArray[np.uint16]
    """(vertices, 4), the last column is padding."""
    largest: npt.NDArray[np.int64]
    """(meshes, 3) largest coordinate; the smallest is 0."""
    origin: F64
    scale: F64
    too_large: npt.NDArray[np.bool_]
    """(meshes,) whether the grid would be coarser than 2 mm, so that floats must be used instead."""


def on_grids(batch: Batch) -> Grid:
    """Choose the grid of each mesh, and round its vertices to it."""
    extents = batch.per_mesh(np.maximum, batch.positions) - batch.per_mesh(np.minimum, batch.positions)
    per_metre = _STEPS_PER_METRE[np.searchsorted(_EXTENTS, extents)]
    uniform = _needs_uniform_scale(batch)
    per_metre[uniform] = per_metre[uniform].min(axis=1, keepdims=True)
    whole = np.rint(batch.positions * batch.per_vertex(per_metre).astype(np.float64)).astype(np.int64)
    first = batch.per_mesh(np.minimum, whole)
    whole -= batch.per_vertex(first)
    divisor = batch.per_mesh(np.gcd, whole)
    divisor[uniform] = np.gcd.reduce(divisor[uniform], axis=1, keepdims=True)
    divisor[divisor == 0] = 1  # a flat axis: every coordinate is 0, any scale is right
    coordinates = np.zeros((len(whole), 4), dtype=np.uint16)
    coordinates[:, :3] = whole // batch.per_vertex(divisor)
    return Grid(
        coordinates=coordinates,
        largest=batch.per_mesh(np.maximum, coordinates[:, :3]).astype(np.int64),
        origin=first / per_metre,
        scale=divisor / per_metre,
        too_large=(extents > LARGEST_EXTENT).any(axis=1),
    )


def _needs_uniform_scale(batch: Batch) -> npt.NDArray[np.bool_]:
    """Return which meshes have slanted normals: scaled along the axes, 8 bits could not hold their direction."""
    if batch.normals is None:
        return np.zeros(len(batch.meshes), dtype=bool)
    steepest = np.abs(batch.normals).max(axis=1)
    slanted: npt.NDArray[np.bool_] = batch.per_mesh(np.minimum, steepest) < _ALIGNED
    return slanted


def quantized_normals(normals: npt.NDArray[np.float32]) -> npt.NDArray[np.int8]:
    """Round unit vectors to 8 bits per component, padded to four bytes per vertex."""
    rounded = np.zeros((len(normals), 4), dtype=np.int8)
    rounded[:, :3] = np.rint(normals * 127)
    return rounded
