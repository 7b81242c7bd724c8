"""Meshes on their way from the engine processes to the GLB: plain arrays, in metres, in IFC axes (Z up)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:  # planning needs the names of these types, not numpy, which is slow to load
    import numpy as np
    import numpy.typing as npt

Colour = tuple[float, float, float, float]
"""Red, green and blue as in IFC, which is sRGB, and alpha; 0 to 1."""

Matrix: TypeAlias = "npt.NDArray[np.float64]"
"""4 by 4, column vectors: world = matrix @ (x, y, z, 1)."""


@dataclass(frozen=True, slots=True)
class MeshTexture:
    """The textures of one mesh."""

    coordinates: npt.NDArray[np.float32]
    """(vertices, 2), as in glTF: (0, 0) is the upper left corner of the image."""
    of_part: tuple[int, ...]
    """STEP id of the IfcSurfaceTexture of each part; 0: it has none, negative: its coordinates cannot be read."""


@dataclass(frozen=True, slots=True)
class Mesh:
    """One shape, shared by all elements that show it."""

    positions: npt.NDArray[np.float32]
    """(vertices, 3), metres, in the shape's own frame, near its origin."""
    triangles: npt.NDArray[np.uint32]
    """(triangles, 3) vertex numbers, grouped by part."""
    parts: tuple[tuple[Colour, int], ...]
    """Colour and number of triangles of each part, in the order of `triangles`."""
    texture: MeshTexture | None = None


@dataclass(frozen=True, slots=True)
class MeshedShape:
    """The result of an engine for one shape."""

    mesh: Mesh
    """In the shape's frame, moved by `shift` to its own origin."""
    shift: list[float]
    """From that origin to the shape's frame: x, y, z in metres."""
    doubt: str = ""
    """Why it is not proved, from `doubt_reasons`; empty when it is."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The placement of one mesh for one element."""

    mesh: int
    """Index into the run's meshes."""
    matrix: Matrix
    """From the mesh's frame to the world, metres."""
