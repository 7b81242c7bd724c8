"""Exact areas and lengths of plane outlines made of lines and arcs."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, cos, hypot, pi, sin
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from tests.geometry.solid import Mask, Points

STEPS = 360
"""Points of a full circle where an outline is sampled; their polygon differs by 5 in 100,000."""


@dataclass(frozen=True)
class Ring:
    """A closed outline as a dense polygon, with its exact area and length."""

    points: Points
    area: float
    length: float
    curved: bool = False

    def moved(self, matrix: Points) -> Ring:
        """Return the outline after a similarity (3 by 3, column vectors)."""
        factor = abs(float(np.linalg.det(matrix[:2, :2])))
        points = self.points @ matrix[:2, :2].T + matrix[:2, 2]
        return Ring(points, self.area * factor, self.length * factor**0.5, self.curved)


@dataclass(frozen=True)
class Region:
    """A plane area: an outline and its holes."""

    outer: Ring
    holes: tuple[Ring, ...] = ()
    joined: bool = False
    """Whether it is made of parts that touch: an engine may keep the walls between them."""

    @property
    def area(self) -> float:
        """Return the exact area."""
        return self.outer.area - sum(hole.area for hole in self.holes)

    @property
    def length(self) -> float:
        """Return the exact length of all outlines."""
        return self.outer.length + sum(hole.length for hole in self.holes)

    @property
    def curved(self) -> bool:
        """Return whether any outline has an arc."""
        return self.outer.curved or any(hole.curved for hole in self.holes)

    @property
    def centroid(self) -> Points:
        """Return the centre of the area."""
        weighted = np.zeros(2)
        for ring, sign in ((self.outer, 1.0), *((hole, -1.0) for hole in self.holes)):
            area, centre = _centroid(ring.points)
            weighted += sign * area * centre
        return weighted / sum(s * _centroid(r.points)[0] for r, s in ((self.outer, 1), *((h, -1) for h in self.holes)))

    def contains(self, points: Points) -> Mask:
        """Return which points are inside the outline and outside its holes."""
        inside = _in_polygon(self.outer.points, points)
        for hole in self.holes:
            inside &= ~_in_polygon(hole.points, points)
        return inside

    def moved(self, matrix: Points) -> Region:
        """Return the region after a similarity (3 by 3, column vectors)."""
        return Region(self.outer.moved(matrix), tuple(hole.moved(matrix) for hole in self.holes), self.joined)


def polygon(points: npt.ArrayLike, radii: Sequence[float] | None = None) -> Ring:
    """Return a polygon whose corners are rounded with these radii."""
    corners = np.array(points, float)
    count = len(corners)
    area, length = _shoelace(corners), sum(hypot(*(corners[i - 1] - corners[i])) for i in range(count))
    if radii is None or not any(radii):
        return Ring(corners, abs(area), length)
    dense: list[Points] = []
    size = abs(area)
    for i, radius in enumerate(radii):
        before, corner, after = corners[i - 1], corners[i], corners[(i + 1) % count]
        if radius == 0:
            dense.append(corner[None])
            continue
        incoming, outgoing = _unit(corner - before), _unit(after - corner)
        turn = float(np.arctan2(_cross(incoming, outgoing), incoming @ outgoing))
        tangent = radius * abs(np.tan(turn / 2))
        cut = tangent * radius - abs(turn) / 2 * radius**2  # between the corner and the arc
        size -= cut * (1 if turn * area > 0 else -1)
        length += abs(turn) * radius - 2 * tangent
        side = np.sign(turn)
        centre = corner - tangent * incoming + radius * side * np.array([-incoming[1], incoming[0]])
        start = np.arctan2(*(corner - tangent * incoming - centre)[::-1])
        angles = start + np.linspace(0, turn, max(2, ceil(STEPS * abs(turn) / (2 * pi))))
        dense.append(centre + radius * np.column_stack((np.cos(angles), np.sin(angles))))
    return Ring(np.concatenate(dense), size, length, curved=True)


def circle(radius: float, centre: npt.ArrayLike = (0.0, 0.0)) -> Ring:
    """Return a circle."""
    ring = ellipse(radius, radius)
    return Ring(ring.points + np.asarray(centre), pi * radius**2, 2 * pi * radius, curved=True)


def ellipse(first: float, second: float) -> Ring:
    """Return an ellipse; its length is summed over a very dense polygon."""
    angles = 2 * pi * np.arange(STEPS) / STEPS
    points = np.column_stack((first * np.cos(angles), second * np.sin(angles)))
    angles = 2 * pi * np.arange(20_000) / 20_000
    dense = np.column_stack((first * np.cos(angles), second * np.sin(angles)))
    length = float(np.linalg.norm(dense - np.roll(dense, 1, axis=0), axis=1).sum())
    return Ring(points, pi * first * second, length, curved=True)


def rectangle(x: float, y: float, radius: float = 0.0) -> Ring:
    """Return a rectangle around the origin."""
    corners = [(-x / 2, -y / 2), (x / 2, -y / 2), (x / 2, y / 2), (-x / 2, y / 2)]
    return polygon(corners, [radius] * 4 if radius else None)


def turned(angle: float, origin: Sequence[float] = (0.0, 0.0), scale: float = 1.0) -> Points:
    """Return the 3 by 3 matrix of a rotation, a scale and a translation."""
    c, s = scale * cos(angle), scale * sin(angle)
    return np.array([[c, -s, origin[0]], [s, c, origin[1]], [0, 0, 1]], float)


def _shoelace(points: Points) -> float:
    following = np.roll(points, -1, axis=0)
    return float((points[:, 0] * following[:, 1] - points[:, 1] * following[:, 0]).sum() / 2)


def _centroid(points: Points) -> tuple[float, Points]:
    start = points[0]
    local = points - start
    following = np.roll(local, -1, axis=0)
    crosses = local[:, 0] * following[:, 1] - local[:, 1] * following[:, 0]
    area = crosses.sum() / 2
    return abs(float(area)), start + ((local + following) * crosses[:, None]).sum(0) / (6 * area)


def _in_polygon(ring: Points, points: Points) -> Mask:
    x, y = points[:, 0:1], points[:, 1:2]
    (ax, ay), (bx, by) = ring.T, np.roll(ring, -1, axis=0).T
    straddles = (ay > y) != (by > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = x < (bx - ax) * (y - ay) / (by - ay) + ax
    inside: Mask = (straddles & crossing).sum(axis=1) % 2 == 1
    return inside


def _unit(vector: Any) -> Points:
    return np.asarray(vector, float) / np.linalg.norm(vector)


def _cross(a: Points, b: Points) -> float:
    return float(a[0] * b[1] - a[1] * b[0])
