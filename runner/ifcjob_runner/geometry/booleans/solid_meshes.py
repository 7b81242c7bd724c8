"""The triangles of solids, on their way between the engines and manifold3d."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from ifcjob_runner.geometry.canonical import Triangles
    from ifcjob_runner.geometry.meshes import Colour, Matrix


class NotASolidError(Exception):
    """An operand is not a closed solid; the message names it."""


@dataclass(frozen=True, slots=True)
class SolidMesh:
    """The triangles of one solid."""

    points: npt.NDArray[np.float64]
    """(vertices, 3), metres."""
    triangles: Triangles
    """(triangles, 3) vertex numbers, grouped by part."""
    parts: tuple[tuple[Colour, int], ...] = ()
    """Colour and number of triangles of each part; empty when it has no colours of its own."""

    def moved(self, matrix: Matrix) -> SolidMesh:
        """Return the piece in another frame; a mirrored one still points outwards."""
        points = self.points @ matrix[:3, :3].T + matrix[:3, 3]
        (a, b, c), (d, e, f), (g, h, i) = matrix[:3, :3].tolist()
        mirrored = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g) < 0
        return SolidMesh(points, self.triangles[:, ::-1] if mirrored else self.triangles, self.parts)


Box = tuple["npt.NDArray[np.float64]", "npt.NDArray[np.float64]"]


def box_of(points: npt.NDArray[np.float64]) -> Box:
    """Return the lowest and the highest corner."""
    return points.min(axis=0), points.max(axis=0)


def meet(first: Box, second: Box, margin: float) -> bool:
    """Return whether two boxes come within a margin of each other."""
    return bool((first[0] <= second[1] + margin).all() and (second[0] <= first[1] + margin).all())


def joined(
    pieces: list[tuple[Colour, SolidMesh]],
) -> tuple[npt.NDArray[np.float64], Triangles, tuple[tuple[Colour, int], ...]]:
    """Join pieces into one mesh, grouped by colour; each with the colour of its faces without one."""
    if len(pieces) == 1 and not pieces[0][1].parts:  # most bodies
        colour, piece = pieces[0]
        return piece.points, piece.triangles, ((colour, len(piece.triangles)),)
    groups: dict[Colour, list[Triangles]] = {}
    offset = 0
    for colour, piece in pieces:
        start = 0
        for part_colour, count in piece.parts or ((colour, len(piece.triangles)),):
            groups.setdefault(part_colour, []).append(piece.triangles[start : start + count] + offset)
            start += count
        offset += len(piece.points)
    triangles = [np.concatenate(groups[colour]) for colour in sorted(groups)]
    parts = tuple((colour, len(part)) for colour, part in zip(sorted(groups), triangles, strict=True) if len(part))
    return np.concatenate([piece.points for _, piece in pieces]), np.concatenate(triangles), parts
