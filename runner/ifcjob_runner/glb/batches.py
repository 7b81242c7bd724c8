"""Join many small meshes into a few large arrays, so that each later step is a numpy call for hundreds of meshes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ifcjob_runner.geometry.meshes import Colour, Mesh

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_BATCH_VERTICES = 1 << 18
_BATCH_TRIANGLES = 1 << 19
# Metres from the shape's own origin; the earth's diameter is 1.3e7.
_FARTHEST = 1e9


@dataclass(slots=True)
class Batch:
    """Consecutive meshes, concatenated; mesh b owns the rows `vertex_starts[b]:vertex_starts[b + 1]`."""

    meshes: list[int]
    """Index of each mesh in the run's meshes."""
    positions: F32
    vertex_starts: Ints
    triangles: npt.NDArray[np.int64]
    """(triangles, 3) rows of `positions`: vertex numbers in the batch, not in the mesh."""
    triangle_starts: Ints
    parts: list[tuple[tuple[Colour, int], ...]]
    normals: F32 | None = None
    texture_coordinates: F32 | None = None
    """(vertices, 2); a batch has either textured meshes only, or none."""
    part_textures: list[tuple[int, ...]] = field(default_factory=list)
    """Texture of each part of each mesh; empty without textures."""

    def per_mesh(self, function: np.ufunc, rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Reduce per-vertex rows to one row per mesh."""
        reduced: npt.NDArray[Any] = function.reduceat(rows, self.vertex_starts[:-1], axis=0)
        return reduced

    def per_vertex(self, rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Repeat the row of each mesh for each of its vertices."""
        return np.repeat(rows, np.diff(self.vertex_starts), axis=0)


@dataclass(slots=True)
class MeshReader:
    """Yields the used meshes in order, batch by batch, and records those that cannot be drawn."""

    meshes: Sequence[Mesh]
    used: Sequence[int]
    """Ascending mesh numbers."""
    rejected: dict[int, str] = field(default_factory=dict)
    """The reason for each mesh that is left out; complete when `batches` is exhausted."""

    def batches(self) -> Iterator[Batch]:
        """Yield the drawable meshes; holds two batches in memory, one of them with textures."""
        plain, textured = _Pending(), _Pending()
        for index in self.used:
            mesh = self.meshes[index]
            if reason := _defect(mesh):
                self.rejected[index] = reason
                continue
            pending = plain if mesh.texture is None else textured
            pending.add(index, mesh)
            if pending.is_full:
                yield pending.take()
        for pending in (plain, textured):
            if pending.members:
                yield pending.take()


@dataclass(slots=True)
class _Pending:
    """The meshes of the next batch."""

    members: list[tuple[int, Mesh]] = field(default_factory=list)
    vertices: int = 0
    triangles: int = 0

    @property
    def is_full(self) -> bool:
        return self.vertices >= _BATCH_VERTICES or self.triangles >= _BATCH_TRIANGLES

    def add(self, index: int, mesh: Mesh) -> None:
        self.members.append((index, mesh))
        self.vertices += len(mesh.positions)
        self.triangles += len(mesh.triangles)

    def take(self) -> Batch:
        batch = _joined(self.members)
        self.members, self.vertices, self.triangles = [], 0, 0
        return batch


def _defect(mesh: Mesh) -> str | None:
    if not len(mesh.triangles):
        return "the shape has no triangles"
    # The comparison is also false for NaN.
    if not np.abs(mesh.positions).max() < _FARTHEST:
        return "the shape has NaN, infinite or absurdly large coordinates"
    return None


def _joined(members: list[tuple[int, Mesh]]) -> Batch:
    vertex_starts = _starts([len(mesh.positions) for _, mesh in members])
    triangle_starts = _starts([len(mesh.triangles) for _, mesh in members])
    triangles = np.concatenate([mesh.triangles for _, mesh in members]).astype(np.int64)
    triangles += np.repeat(vertex_starts[:-1], np.diff(triangle_starts))[:, None]
    # Adding zero turns -0.0 into 0.0, so that equal shapes have equal bytes.
    positions = np.concatenate([mesh.positions for _, mesh in members]) + np.float32(0)
    batch = Batch(
        meshes=[index for index, _ in members],
        positions=positions,
        vertex_starts=vertex_starts,
        triangles=triangles,
        triangle_starts=triangle_starts,
        parts=[mesh.parts if mesh.texture else _merged(mesh.parts) for _, mesh in members],
    )
    textures = [mesh.texture for _, mesh in members if mesh.texture is not None]
    if textures:
        batch.texture_coordinates = np.concatenate([texture.coordinates for texture in textures])
        batch.part_textures = [texture.of_part for texture in textures]
    _drop_unused_vertices(batch)
    return batch


def _starts(counts: list[int]) -> Ints:
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


def _merged(parts: tuple[tuple[Colour, int], ...]) -> tuple[tuple[Colour, int], ...]:
    """Join neighbouring parts of the same colour, and leave out empty parts."""
    if len(parts) == 1:
        return parts
    merged: list[tuple[Colour, int]] = []
    for colour, count in parts:
        if merged and merged[-1][0] == colour:
            merged[-1] = (colour, merged[-1][1] + count)
        elif count:
            merged.append((colour, count))
    return tuple(merged)


def _drop_unused_vertices(batch: Batch) -> None:
    """Remove vertices without a triangle: they would enlarge bounding boxes."""
    used = np.zeros(len(batch.positions), dtype=bool)
    used[batch.triangles] = True
    if used.all():
        return
    renumbered = np.concatenate(([0], np.cumsum(used)))
    batch.positions = batch.positions[used]
    if batch.texture_coordinates is not None:
        batch.texture_coordinates = batch.texture_coordinates[used]
    batch.triangles = renumbered[batch.triangles]
    batch.vertex_starts = renumbered[batch.vertex_starts]
