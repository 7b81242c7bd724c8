"""Let a subtracted solid protrude from the faces of its host with which it is flush, so that no film is left.

Programs write cuts that end in the face of the host, but for the rounding of a coordinate. A face of the cutter that
lies within 0.1 mm of a face of the host with the same direction, and overlaps it, is moved outwards past it.
Faces that touch with opposite directions stay: there the cutter only borders on the host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import manifold3d
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

FLUSH = 1e-4
"""Metres."""
_PARALLEL = 1 - 1e-6
_SWEEPS = 4
_NEGLIGIBLE = 1e-9
_CELLS = 2_000_000
"""Pairs of faces that are compared at once."""
_TOGETHER = 100
"""Flush faces of several cutters that are moved at once: most have four, and each call of numpy takes microseconds."""


def protruding(cutters: list[manifold3d.Manifold], host: manifold3d.Manifold) -> list[manifold3d.Manifold]:
    """Return the cutters with the faces that are flush with the host moved past it."""
    mesh = host.to_mesh64()
    faces = mesh.vert_properties[:, :3][mesh.tri_verts]
    meshes = [cutter.to_mesh64() for cutter in cutters]
    corners = np.concatenate([cutter.vert_properties[:, :3][cutter.tri_verts] for cutter in meshes])
    planes = _planes(corners)
    distances = _flush_distances(corners, planes[0], (faces.min(axis=1), faces.max(axis=1)), _planes(faces))
    counts = [len(cutter.tri_verts) for cutter in meshes]
    starts = np.cumsum([0, *counts])
    result = list(cutters)
    for group in _groups(np.add.reduceat(distances > 0, starts[:-1]).tolist(), counts):
        rows = np.concatenate([np.arange(starts[number], starts[number + 1]) for number in group])
        owners = np.repeat(np.arange(len(group)), [counts[number] for number in group])
        moved = _moved(
            [meshes[number] for number in group], owners, (planes[0][rows], planes[1][rows]), distances[rows]
        )
        for number, extended in zip(group, moved, strict=True):
            if extended.status() == manifold3d.Error.NoError and not extended.is_empty():
                result[number] = extended
    return result


def _groups(flush_faces: list[int], faces: list[int]) -> Iterator[list[int]]:
    """Yield the numbers of the cutters that have flush faces, as many at once as take little time and memory."""
    group: list[int] = []
    flush = total = 0
    for number, (own_flush, own) in enumerate(zip(flush_faces, faces, strict=True)):
        if not own_flush:
            continue
        more = flush + own_flush
        if group and (more > _TOGETHER or more * (total + own) > _CELLS):
            yield group
            group, flush, total = [], 0, 0
        group.append(number)
        flush, total = flush + own_flush, total + own
    if group:
        yield group


def _moved(
    meshes: list[manifold3d.Mesh64], owners: Ints, planes: tuple[Array, Array], distances: Array
) -> Iterator[manifold3d.Manifold]:
    """Yield these cutters with their flush faces moved; `owners` has the number of the cutter of each triangle."""
    ends = np.cumsum([len(mesh.vert_properties) for mesh in meshes])
    starts = ends - [len(mesh.vert_properties) for mesh in meshes]
    points = np.concatenate([mesh.vert_properties[:, :3] for mesh in meshes])
    triangles = np.concatenate([mesh.tri_verts for mesh in meshes]).astype(np.int64)
    displacements = _displacements(points, triangles + starts[owners][:, None], owners, planes, distances)
    moved = np.ascontiguousarray(points + displacements)
    for mesh, start, end in zip(meshes, starts.tolist(), ends.tolist(), strict=True):
        corners = mesh.tri_verts.astype(np.uint64, order="C")  # manifold3d wants arrays that can be written
        yield manifold3d.Manifold(manifold3d.Mesh64(moved[start:end], corners))


def _planes(corners: Array) -> tuple[Array, Array]:
    """Return the unit normals of triangles, zero without an area, and their distances from the origin."""
    (ax, ay, az), (bx, by, bz) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
    normals = np.stack((ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx), axis=1)
    lengths = np.sqrt((normals * normals).sum(axis=1))
    normals /= np.where(lengths > 0, lengths, 1.0)[:, None]
    return normals, (normals * corners[:, 0]).sum(axis=1)


def _flush_distances(corners: Array, normals: Array, boxes: tuple[Array, Array], planes: tuple[Array, Array]) -> Array:
    """Return how far each triangle of the cutter has to move outwards; zero for those that are not flush."""
    distances = np.zeros(len(corners))
    step = max(1, _CELLS // max(1, len(corners)))
    for start in range(0, len(planes[1]), step):
        face, other = np.nonzero(normals @ planes[0][start : start + step].T > _PARALLEL)
        if not len(face):
            continue
        other += start
        gaps = planes[1][other][:, None] - np.einsum("ijk,ik->ij", corners[face], planes[0][other])
        flush = (np.abs(gaps) <= FLUSH).all(axis=1)
        face, other, gaps = face[flush], other[flush], gaps[flush]
        near = (corners[face].min(axis=1) - FLUSH <= boxes[1][other]).all(axis=1)
        near &= (corners[face].max(axis=1) + FLUSH >= boxes[0][other]).all(axis=1)
        np.maximum.at(distances, face[near], np.maximum(gaps[near].max(axis=1), 0.0) + FLUSH)
    return distances


def _displacements(
    points: Array, triangles: Ints, owners: Ints, planes: tuple[Array, Array], distances: Array
) -> Array:
    """Return the displacement of each vertex that moves its flush planes at least by their distances."""
    faces = np.argsort(-distances, kind="stable")[: np.count_nonzero(distances)]
    normals, offsets, owner = planes[0][faces], planes[1][faces], owners[faces]
    equal = (normals @ normals.T > _PARALLEL) & (np.abs(offsets[:, None] - offsets) < FLUSH)
    equal &= owner[:, None] == owner
    first = equal.argmax(axis=1) == np.arange(len(faces))
    normals, offsets, owner, distances = normals[first], offsets[first], owner[first], distances[faces][first]
    within = (np.abs(points @ normals.T - offsets) < FLUSH)[triangles].all(axis=1)
    within &= (planes[0] @ normals.T > _PARALLEL) & (owners[:, None] == owner)
    face, plane = within.nonzero()
    moves = np.zeros((len(points), len(normals)), np.bool_)
    moves[triangles[face], plane[:, None]] = True
    displacements: Array = moves @ (distances[:, None] * normals)
    reached = (displacements @ normals.T)[moves] - np.broadcast_to(distances, moves.shape)[moves]
    if (np.abs(reached) < _NEGLIGIBLE).all():  # planes at right angles
        return displacements
    return _iterated(moves, normals, distances)


def _iterated(moves: npt.NDArray[np.bool_], normals: Array, distances: Array) -> Array:
    """Return the displacements for planes at any angle, which a move along one of them brings nearer to others."""
    displacements = np.zeros((len(moves), 3))
    vertices = [np.flatnonzero(column) for column in moves.T]
    for _ in range(_SWEEPS):
        complete = True
        for normal, distance, moved in zip(normals, distances, vertices, strict=True):
            missing = np.maximum(0.0, distance - displacements[moved] @ normal)
            displacements[moved] += missing[:, None] * normal
            complete &= bool((missing < _NEGLIGIBLE).all())
        if complete:
            break
    return displacements
