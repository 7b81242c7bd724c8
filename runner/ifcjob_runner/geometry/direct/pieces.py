"""The triangles of one item in one colour, and how they are joined into one mesh."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ifcjob_runner.geometry.canonical import Triangles, without_broken
from ifcjob_runner.geometry.meshes import Colour, MeshTexture

_FARTHEST = 1e9
"""Repetitions of a texture; glTF allows finite numbers only."""


class Piece(NamedTuple):
    """Triangles of one colour and, if any, one texture."""

    colour: Colour
    points: npt.NDArray[np.float64]
    triangles: Triangles
    texture: int = 0
    """As in MeshTexture.of_part."""
    coordinates: npt.NDArray[np.float64] | None = None
    """(vertices, 2), as in IFC: (0, 0) is the lower left corner of the image."""


Joined = tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], tuple[tuple[Colour, int], ...], MeshTexture | None]


def joined(pieces: list[Piece]) -> Joined:
    """Join pieces into one mesh, grouped by colour and texture, without broken triangles."""
    points, triangles, coordinates, offset = [], [], [], 0
    counts: dict[tuple[Colour, int], int] = {}
    for piece in sorted(pieces, key=lambda piece: (piece.colour, piece.texture)):
        whole = piece.triangles[without_broken(piece.points, piece.triangles)].astype(np.int64)
        points.append(piece.points)
        triangles.append(whole + offset)
        rows = piece.coordinates
        coordinates.append(np.zeros((len(piece.points), 2)) if rows is None else rows)
        key = (piece.colour, piece.texture)
        counts[key] = counts.get(key, 0) + len(whole)
        offset += len(piece.points)
    parts = tuple((colour, count) for (colour, _), count in counts.items() if count)
    textures = tuple(texture for (_, texture), count in counts.items() if count)
    return np.concatenate(points), np.concatenate(triangles), parts, _mesh_texture(coordinates, textures)


def _mesh_texture(coordinates: list[npt.NDArray[np.float64]], textures: tuple[int, ...]) -> MeshTexture | None:
    if not any(textures):
        return None
    rows = np.concatenate(coordinates)
    rows[:, 1] = 1.0 - rows[:, 1]  # glTF counts from the top of the image
    finite = np.clip(np.nan_to_num(rows), -_FARTHEST, _FARTHEST)
    return MeshTexture(finite.astype(np.float32) + np.float32(0), textures)  # + 0 turns -0.0 into 0.0
