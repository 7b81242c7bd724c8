"""Meshes of the CSG primitives (IfcCsgPrimitive3D) and of IfcBoundingBox, in their own frame, in metres.

Each function returns points of shape (vertices, 3) and triangles of shape (triangles, 3) whose normals point outwards.
"""

from itertools import pairwise
from math import acos, ceil, pi

import numpy as np
import numpy.typing as npt

Arrays = tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]

SIDES = 48
"""Default number of sides of a circle; the area of such a polygon is 0.3 % less than that of the circle."""
MAX_SIDES = 720
_BOX = (
    (0, 2, 1), (1, 2, 3), (4, 5, 6), (5, 7, 6), (0, 1, 4), (1, 5, 4),
    (2, 6, 3), (3, 6, 7), (0, 4, 2), (2, 4, 6), (1, 3, 5), (3, 7, 5),
)  # fmt: skip


def block(x: float, y: float, z: float) -> Arrays:
    """Return a box from the origin to (x, y, z): IfcBlock, IfcBoundingBox."""
    corners = np.array([[i, j, k] for k in (0.0, z) for j in (0.0, y) for i in (0.0, x)])
    return corners, np.array(_BOX, np.int64)


def pyramid(x: float, y: float, height: float) -> Arrays:
    """Return a pyramid on the rectangle from the origin to (x, y): IfcRectangularPyramid."""
    points = np.array([[0, 0, 0], [x, 0, 0], [x, y, 0], [0, y, 0], [x / 2, y / 2, height]], float)
    return points, np.array([[0, 2, 1], [0, 3, 2], [0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]], np.int64)


def cone(height: float, radius: float, sides: int = SIDES) -> Arrays:
    """Return a cone around the Z axis with its base at the origin: IfcRightCircularCone."""
    points = np.vstack(([[0, 0, 0], [0, 0, height]], _circle(radius, 0.0, sides)))
    here, following = _ring(2, sides)
    base = np.column_stack((np.zeros_like(here), following, here))
    side = np.column_stack((np.ones_like(here), here, following))
    return points, np.concatenate((base, side))


def cylinder(height: float, radius: float, sides: int = SIDES) -> Arrays:
    """Return a cylinder around the Z axis with its base at the origin: IfcRightCircularCylinder."""
    points = np.vstack(([[0, 0, 0], [0, 0, height]], _circle(radius, 0.0, sides), _circle(radius, height, sides)))
    (low, low_next), (high, high_next) = _ring(2, sides), _ring(2 + sides, sides)
    parts = ((np.zeros_like(low), low_next, low), (np.ones_like(high), high, high_next))
    walls = ((low, low_next, high_next), (low, high_next, high))
    return points, np.concatenate([np.column_stack(columns) for columns in (*parts, *walls)])


def sphere(radius: float, sides: int = SIDES) -> Arrays:
    """Return a sphere around the origin: IfcSphere."""
    angles = np.linspace(0.0, np.pi, sides // 2 + 1)[1:-1]
    rings = [_circle(radius * np.sin(angle), -radius * np.cos(angle), sides) for angle in angles]
    points = np.vstack(([[0, 0, -radius], [0, 0, radius]], *rings))
    starts = [2 + sides * number for number in range(len(rings))]
    (first, first_next), (last, last_next) = _ring(starts[0], sides), _ring(starts[-1], sides)
    faces = [(np.zeros_like(first), first_next, first), (np.ones_like(last), last, last_next)]
    for below, above in pairwise(starts):
        (low, low_next), (high, high_next) = _ring(below, sides), _ring(above, sides)
        faces += [(low, low_next, high_next), (low, high_next, high)]
    return points, np.concatenate([np.column_stack(columns) for columns in faces])


def sides_of(radius: float, linear_deflection: float | None, angular_deflection: float | None) -> int:
    """Return the number of sides of a circle that keeps the deflections (metres, radians); even, and at least 8."""
    if linear_deflection is None and angular_deflection is None:
        return SIDES
    angles = [angular_deflection] if angular_deflection is not None else []
    if linear_deflection is not None and radius > linear_deflection:
        angles.append(2 * acos(1 - linear_deflection / radius))
    return 2 * ceil(min(MAX_SIDES, max(8, 2 * pi / min(angles, default=2 * pi))) / 2)


def _circle(radius: float, z: float, sides: int) -> npt.NDArray[np.float64]:
    angles = 2 * np.pi * np.arange(sides) / sides
    return np.column_stack((radius * np.cos(angles), radius * np.sin(angles), np.full(sides, z)))


def _ring(start: int, sides: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the vertex numbers of a circle, and of their neighbours anticlockwise."""
    here = np.arange(sides, dtype=np.int64) + start
    return here, np.roll(here, -1)
