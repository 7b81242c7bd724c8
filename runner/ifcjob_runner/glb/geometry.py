"""Mesh data: write the vertices and triangles of each batch as accessors, primitives and shared glTF meshes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import orjson

from ifcjob_runner.glb.accessors import BYTE, FLOAT, UNSIGNED_INT, UNSIGNED_SHORT, Accessors
from ifcjob_runner.glb.batches import Batch
from ifcjob_runner.glb.boxes import unify_boxes
from ifcjob_runner.glb.json_arrays import JsonArray, JsonObject
from ifcjob_runner.glb.materials import Materials
from ifcjob_runner.glb.quantize import Grid, on_grids, quantized_normals
from ifcjob_runner.glb.transforms import Frames, short

if TYPE_CHECKING:
    from ifcjob_runner.engine_options import GltfOptions

Bytes = npt.NDArray[np.uint8]
Reorder = Callable[[Bytes, npt.NDArray[np.uint32], Sequence[int]], tuple[Bytes, npt.NDArray[np.uint32]]]

# 65535 itself is the primitive restart value and must not occur as an index.
_SHORT_INDEX_VERTICES = 65535
_TEXTURE_COORDINATES = "TEXCOORD_0"


@dataclass(slots=True)
class Attribute:
    """One vertex attribute of a whole batch, as bytes."""

    name: str
    """In glTF: POSITION, NORMAL or TEXCOORD_0."""
    rows: Bytes
    component: int
    members: list[JsonObject]
    """Further members of the accessor, a dictionary per mesh."""


class GeometryWriter:
    """Writes batches, and records the glTF mesh, the frame and the triangles of every mesh."""

    def __init__(
        self, options: "GltfOptions", count: int, accessors: Accessors, meshes: JsonArray, materials: Materials
    ) -> None:
        self.numbers = np.full(count, -1, dtype=np.int64)
        """glTF mesh of each of the run's meshes; -1 for those not drawn."""
        self.triangles = np.zeros(count, dtype=np.int64)
        self.frames = Frames.identity(count)
        self._quantize = options.compression != "none"
        self._reorder: Reorder | None = None
        if options.compression == "meshopt":
            from ifcjob_runner.glb import meshopt  # its library is loaded only when needed

            self._reorder = meshopt.reordered
        self._accessors = accessors
        self._meshes = meshes
        self._materials = materials
        self._known: dict[tuple[bytes, tuple[int, ...], tuple[int, ...]], int] = {}

    def write(self, batch: Batch) -> None:
        """Write every mesh of the batch that is not in the file."""
        floats = _float_positions(batch)
        grid = on_grids(batch) if self._quantize else None
        if grid is not None and batch.normals is None and batch.texture_coordinates is None:
            self.frames.is_box[np.asarray(batch.meshes)[unify_boxes(batch, grid)]] = True
        self._remember_frames(batch, grid)
        fine = floats if grid is None else _grid_positions(grid)
        too_large = [False] * len(batch.meshes) if grid is None else grid.too_large.tolist()
        others = [*_normals(batch, quantize=self._quantize), *_texture_coordinates(batch)]
        first_vertex = batch.vertex_starts[:-1]
        local = batch.triangles - np.repeat(first_vertex, np.diff(batch.triangle_starts))[:, None]
        triangles = local.astype(np.uint32)
        for place, mesh in enumerate(batch.meshes):
            positions = floats if too_large[place] else fine
            self.numbers[mesh] = self._mesh(batch, place, [positions, *others], triangles)

    def _remember_frames(self, batch: Batch, grid: Grid | None) -> None:
        self.triangles[batch.meshes] = np.diff(batch.triangle_starts)
        reach = batch.per_mesh(np.maximum, np.abs(batch.positions)).astype(np.float64)
        if grid is None:
            self.frames.reach[batch.meshes] = reach
            return
        fits = ~grid.too_large[:, None]
        self.frames.origin[batch.meshes] = np.where(fits, grid.origin, 0.0)
        self.frames.scale[batch.meshes] = np.where(fits, grid.scale, 1.0)
        self.frames.reach[batch.meshes] = np.where(fits, grid.largest, reach)

    def _mesh(self, batch: Batch, place: int, attributes: list[Attribute], triangles: npt.NDArray[np.uint32]) -> int:
        own = slice(batch.vertex_starts[place], batch.vertex_starts[place + 1])
        numbers = triangles[batch.triangle_starts[place] : batch.triangle_starts[place + 1]]
        parts = batch.parts[place]
        ends = tuple(accumulate(count for _, count in parts))
        textures = batch.part_textures[place] if batch.part_textures else (0,) * len(parts)
        materials = tuple(
            self._materials.number(colour, texture) for (colour, _), texture in zip(parts, textures, strict=True)
        )
        if not any(map(self._materials.has_texture, materials)):
            attributes = [attribute for attribute in attributes if attribute.name != _TEXTURE_COORDINATES]
        columns = [attribute.rows[own] for attribute in attributes]
        content = blake2b(numbers.data, digest_size=16)
        for rows in columns:
            content.update(rows.data)
        key = (content.digest(), ends, materials)
        number = self._known.get(key)
        if number is None:
            if self._reorder:
                columns, numbers = _reordered(self._reorder, columns, numbers, ends)
            vertices = {
                attribute.name: self._accessors.vertices(
                    rows.tobytes(),
                    rows.shape[1],
                    attribute.component,
                    "VEC2" if attribute.name == _TEXTURE_COORDINATES else "VEC3",
                    **attribute.members[place],
                )
                for rows, attribute in zip(columns, attributes, strict=True)
            }
            primitives = self._primitives(vertices, numbers, own.stop - own.start, zip(ends, materials, strict=True))
            number = self._known[key] = self._meshes.append({"primitives": primitives})
        return number

    def _primitives(
        self,
        attributes: dict[str, int],
        numbers: npt.NDArray[np.uint32],
        vertex_count: int,
        parts: Iterable[tuple[int, int]],
    ) -> list[JsonObject]:
        untextured = {name: number for name, number in attributes.items() if name != _TEXTURE_COORDINATES}
        fits_short = vertex_count <= _SHORT_INDEX_VERTICES
        component = UNSIGNED_SHORT if fits_short else UNSIGNED_INT
        indices = numbers.astype(np.uint16) if fits_short else numbers
        primitives: list[JsonObject] = []
        first = 0
        for end, material in parts:
            index = self._accessors.indices(indices[first:end].tobytes(), component)
            used = attributes if self._materials.has_texture(material) else untextured
            primitives.append({"attributes": used, "indices": index, "material": material})
            first = end
        return primitives


def _reordered(
    reorder: Reorder, columns: list[Bytes], numbers: npt.NDArray[np.uint32], ends: Sequence[int]
) -> tuple[list[Bytes], npt.NDArray[np.uint32]]:
    """Reorder whole vertices: positions, normals and texture coordinates together."""
    together = np.ascontiguousarray(columns[0] if len(columns) == 1 else np.concatenate(columns, axis=1))
    together, numbers = reorder(together, numbers, ends)
    edges = list(accumulate(rows.shape[1] for rows in columns[:-1]))
    return np.split(together, edges, axis=1), numbers


def _float_positions(batch: Batch) -> Attribute:
    low = _shortest(batch.per_mesh(np.minimum, batch.positions))
    high = _shortest(batch.per_mesh(np.maximum, batch.positions))
    members: list[JsonObject] = [{"min": short(a), "max": short(b)} for a, b in zip(low, high, strict=True)]
    return Attribute("POSITION", _as_bytes(batch.positions), FLOAT, members)


def _shortest(rows: npt.NDArray[np.float32]) -> list[list[float]]:
    """Return the shortest decimals that read back as the same 32-bit floats."""
    decimals: list[list[float]] = orjson.loads(orjson.dumps(rows, option=orjson.OPT_SERIALIZE_NUMPY))
    return decimals


def _grid_positions(grid: Grid) -> Attribute:
    members: list[JsonObject] = [{"min": [0, 0, 0], "max": largest} for largest in grid.largest.tolist()]
    return Attribute("POSITION", _as_bytes(grid.coordinates), UNSIGNED_SHORT, members)


def _normals(batch: Batch, *, quantize: bool) -> list[Attribute]:
    if batch.normals is None:
        return []
    if quantize:
        members: list[JsonObject] = [{"normalized": True}] * len(batch.meshes)
        return [Attribute("NORMAL", _as_bytes(quantized_normals(batch.normals)), BYTE, members)]
    return [Attribute("NORMAL", _as_bytes(batch.normals), FLOAT, [{}] * len(batch.meshes))]


def _texture_coordinates(batch: Batch) -> list[Attribute]:
    """Return them as floats, also when positions are quantized: a repeated texture has coordinates beyond 0 to 1."""
    if batch.texture_coordinates is None:
        return []
    return [Attribute(_TEXTURE_COORDINATES, _as_bytes(batch.texture_coordinates), FLOAT, [{}] * len(batch.meshes))]


def _as_bytes(rows: npt.NDArray[Any]) -> Bytes:
    return np.ascontiguousarray(rows).view(np.uint8)
