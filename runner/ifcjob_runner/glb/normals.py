"""Vertex normals: vertices are split where neighbouring triangles do not share one.

`flat` gives each vertex the normal of its triangle; `smooth` averages over triangles that meet at less than
30 degrees, weighted by area, and keeps sharper edges as creases.
"""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ifcjob_runner.glb.batches import F64, Batch, Ints

_CREASE_COSINE = np.cos(np.radians(30.0))
# Triangles of one plane share vertices, although their normals differ in the last digits.
_SAME_DIRECTION = 1 << 12


def add_normals(batch: Batch, kind: Literal["flat", "smooth"]) -> None:
    """Add (vertices, 3) unit normals to the batch, and split its vertices as needed."""
    corners = batch.positions[batch.triangles].astype(np.float64)
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    faces = _unit(areas)
    group = _flat_groups(batch, faces) if kind == "flat" else _smooth_groups(batch, faces)
    first, vertex = _numbered(group)
    weights = np.repeat(areas, 3, axis=0)
    sums = np.stack([np.bincount(vertex, weights=weights[:, axis], minlength=len(first)) for axis in range(3)], axis=1)
    normals = _unit(sums).astype(np.float32)
    if batch.texture_coordinates is not None:
        # A smooth surface has one normal on both sides of a seam, but two texture coordinates.
        shared = vertex
        first, vertex = _numbered(shared * len(batch.positions) + batch.triangles.reshape(-1))
        normals = normals[shared[first]]
        batch.texture_coordinates = batch.texture_coordinates[batch.triangles.reshape(-1)[first]]
    batch.positions = batch.positions[batch.triangles.reshape(-1)[first]]
    batch.normals = normals
    batch.triangles = vertex.reshape(-1, 3).astype(np.int64)
    batch.vertex_starts = np.searchsorted(first, batch.triangle_starts * 3)


def _numbered(keys: Ints) -> tuple[Ints, Ints]:
    """Return the first corner of each distinct key, ascending, and the number of each corner's key."""
    _, first, number = np.unique(keys, return_index=True, return_inverse=True)
    # Corners come mesh by mesh, so numbering vertices by first appearance keeps each mesh's rows together.
    order = np.argsort(first, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return first[order], rank[number.reshape(-1)]


def _unit(vectors: npt.NDArray[Any]) -> F64:
    """Scale to length 1; a degenerate triangle has no direction and gets (0, 0, 1)."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    up = np.array([0.0, 0.0, 1.0])
    return np.where(length > 0, vectors / np.where(length > 0, length, 1.0), up)


def _flat_groups(batch: Batch, faces: F64) -> Ints:
    """Group corners of one vertex whose triangles face the same way."""
    direction = np.rint(faces * _SAME_DIRECTION).astype(np.int64) + _SAME_DIRECTION
    packed = (direction[:, 0] << 40) | (direction[:, 1] << 20) | direction[:, 2]
    _, number = np.unique(packed, return_inverse=True)
    groups: Ints = batch.triangles.reshape(-1) * len(faces) + np.repeat(number.reshape(-1), 3)
    return groups


def _smooth_groups(batch: Batch, faces: F64) -> Ints:
    """Group corners of one point that are connected through edges below the crease angle."""
    points = _welded(batch)[batch.triangles]
    start, end = points, np.roll(points, -1, axis=1)
    corner = np.arange(points.size).reshape(-1, 3)
    at_start, at_end = corner, np.roll(corner, -1, axis=1)
    swap = start > end
    low, high = np.where(swap, end, start).reshape(-1), np.where(swap, start, end).reshape(-1)
    at_low, at_high = np.where(swap, at_end, at_start).reshape(-1), np.where(swap, at_start, at_end).reshape(-1)
    order = np.lexsort((high, low))
    first, second = order[:-1], order[1:]
    same_edge = (low[first] == low[second]) & (high[first] == high[second])
    first, second = first[same_edge], second[same_edge]
    smooth = np.einsum("ij,ij->i", faces[first // 3], faces[second // 3]) >= _CREASE_COSINE
    first, second = first[smooth], second[smooth]
    return _connected(
        points.size,
        np.concatenate((at_low[first], at_high[first])),
        np.concatenate((at_low[second], at_high[second])),
    )


def _welded(batch: Batch) -> Ints:
    """Give each distinct point of a mesh a number: engines repeat a vertex where colours or faces meet."""
    keys = np.empty((len(batch.positions), 4), dtype=np.int32)
    keys[:, 0] = batch.per_vertex(np.arange(len(batch.meshes)))
    keys[:, 1:] = batch.positions.view(np.int32)
    order = np.lexsort(keys.T)
    changed = (keys[order[1:]] != keys[order[:-1]]).any(axis=1)
    numbers = np.empty(len(keys), dtype=np.int64)
    numbers[order] = np.concatenate(([0], np.cumsum(changed)))
    return numbers


def _connected(count: int, first: Ints, second: Ints) -> Ints:
    """Label connected components: every node gets the smallest label that it can reach."""
    labels: npt.NDArray[np.int64] = np.arange(count)
    while True:
        a, b = labels[first], labels[second]
        if (a == b).all():
            return labels
        smaller = np.minimum(a, b)
        np.minimum.at(labels, a, smaller)
        np.minimum.at(labels, b, smaller)
        # Pointer jumping: a label is a node, so following the labels halves every chain.
        while not np.array_equal(jumped := labels[labels], labels):
            labels = jumped
