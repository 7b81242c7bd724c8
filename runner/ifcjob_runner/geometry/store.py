"""Meshes on disk until the GLB is written: a file of bytes and an index file per engine process.

Each mesh is on disk before the next shape begins, so the finished meshes of a crashed process are not lost.
"""

import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, overload

import numpy as np
import orjson

from ifcjob_runner.geometry.meshes import Mesh, MeshTexture


@dataclass(frozen=True, slots=True)
class Stored:
    """One line of the index: an engine's mesh of one shape."""

    shape: int
    """Index into the worklist."""
    engine: str
    """The engine that made it: `lite` or `opencascade`."""
    doubt: str
    """Why it is not proved, from `doubt_reasons`; empty when it is. It is used only without a proved mesh."""
    digest: str
    """Hash of the content: equal shapes in equal colours and textures have equal ones."""
    shift: tuple[float, float, float]
    """From the mesh's origin to the shape's frame, metres."""
    file: int
    """Number of its store."""
    offset: int
    """Offset of its positions in the store, in bytes; the triangles and the texture coordinates follow."""
    vertices: int
    """Number of vertices."""
    parts: tuple[tuple[tuple[float, float, float, float], int], ...]
    """Colour and number of triangles of every part."""
    textures: tuple[int, ...] = ()
    """Texture of every part; empty for a mesh without textures."""


class StoreWriter:
    """Appends meshes; each process has its own."""

    def __init__(self, path: Path) -> None:
        self._bytes = path.with_suffix(".mesh").open("ab", buffering=0)
        self._index = path.with_suffix(".index").open("ab", buffering=0)
        self._offset = self._bytes.tell()

    def add(self, shape: int, engine: str, mesh: Mesh, shift: list[float], *, doubt: str = "") -> None:
        """Write one mesh and its index line."""
        content = mesh.positions.tobytes() + mesh.triangles.tobytes()
        textures = () if mesh.texture is None else mesh.texture.of_part
        if mesh.texture is not None:
            content += mesh.texture.coordinates.tobytes()
        _write_all(self._bytes, content)
        name = blake2b(content, digest_size=16, key=b"%d" % len(mesh.positions))
        name.update(repr((mesh.parts, textures)).encode())
        digest, vertices = name.hexdigest(), len(mesh.positions)
        line = [shape, engine, doubt, digest, shift, self._offset, vertices, mesh.parts, textures]
        _write_all(self._index, orjson.dumps(line) + b"\n")
        self._offset += len(content)


def _write_all(file: BinaryIO, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[file.write(view) :]


class StoreReader(Sequence[Mesh]):
    """The chosen meshes of all stores, in a given order, read through mmap one at a time."""

    def __init__(self, paths: list[Path]) -> None:
        self._maps: list[mmap.mmap | bytes] = []
        self.lines: list[Stored] = []
        self.chosen: list[Stored] = []
        for number, path in enumerate(paths):
            index, content = path.with_suffix(".index"), path.with_suffix(".mesh")
            if not index.exists():
                self._maps.append(b"")
                continue
            with content.open("rb") as file:
                empty = content.stat().st_size == 0
                self._maps.append(b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            for line in index.read_bytes().split(b"\n")[:-1]:  # a killed process may leave half a last line
                shape, engine, doubt, name, shift, offset, vertices, parts, textures = orjson.loads(line)
                kept = tuple((tuple(colour), count) for colour, count in parts)
                self.lines.append(
                    Stored(shape, engine, doubt, name, tuple(shift), number, offset, vertices, kept, tuple(textures))
                )

    def __len__(self) -> int:
        return len(self.chosen)

    @overload
    def __getitem__(self, index: int) -> Mesh: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Mesh]: ...
    def __getitem__(self, index: int | slice) -> Mesh | Sequence[Mesh]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        line = self.chosen[index]
        count = sum(part[1] for part in line.parts)
        content = self._maps[line.file]
        positions = np.frombuffer(content, np.float32, line.vertices * 3, line.offset).reshape(-1, 3)
        triangles = np.frombuffer(content, np.uint32, count * 3, line.offset + line.vertices * 12).reshape(-1, 3)
        if not line.textures:
            return Mesh(positions, triangles, line.parts)
        offset = line.offset + line.vertices * 12 + count * 12
        coordinates = np.frombuffer(content, np.float32, line.vertices * 2, offset).reshape(-1, 2)
        return Mesh(positions, triangles, line.parts, MeshTexture(coordinates, line.textures))
