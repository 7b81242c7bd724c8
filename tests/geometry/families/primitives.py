"""CSG primitives, alone and as IfcCsgSolid, and bounding boxes."""

from __future__ import annotations

from math import hypot, pi
from typing import TYPE_CHECKING

import numpy as np

from tests.geometry.draw import Body, Draw, case, register_all
from tests.geometry.outline import circle
from tests.geometry.solid import Solid, box

if TYPE_CHECKING:
    from tests.geometry.solid import Frame, Mask, Points
    from tests.geometry.step import Ref

Primitive = tuple["Ref", Solid]


def _circles(*rings: tuple[float, float]) -> Points:
    """Return points of circles (radius, height) around the Z axis."""
    parts = [(circle(max(radius, 1e-12)).points, z) for radius, z in rings]
    return np.concatenate([np.c_[points, np.full(len(points), z)] for points, z in parts])


def cylinder(radius: float, height: float) -> Solid:
    """Return a cylinder on the XY plane."""
    return Solid(
        volume=pi * radius**2 * height,
        area=2 * pi * radius * (radius + height),
        extremes=_circles((radius, 0), (radius, height)),
        inside=lambda p: (np.hypot(p[:, 0], p[:, 1]) < radius) & (p[:, 2] > 0) & (p[:, 2] < height),
        euler=2,
        curved=True,
    )


def cone(radius: float, height: float) -> Solid:
    """Return a cone on the XY plane."""
    return Solid(
        volume=pi * radius**2 * height / 3,
        area=pi * radius * (radius + hypot(radius, height)),
        extremes=_circles((radius, 0), (0, height)),
        inside=lambda p: (np.hypot(p[:, 0], p[:, 1]) < radius * (1 - p[:, 2] / height)) & (p[:, 2] > 0),
        euler=2,
        curved=True,
    )


def sphere(radius: float) -> Solid:
    """Return a sphere around the origin."""
    extremes = np.concatenate((np.eye(3), -np.eye(3))) * radius
    angles = np.linspace(0, pi, 61)
    rings = _circles(*((radius * float(np.sin(a)), radius * float(np.cos(a))) for a in angles))
    return Solid(
        volume=4 / 3 * pi * radius**3,
        area=4 * pi * radius**2,
        extremes=np.concatenate((extremes, rings)),
        inside=lambda p: np.linalg.norm(p, axis=1) < radius,
        euler=2,
        curved=True,
    )


def pyramid(x: float, y: float, height: float) -> Solid:
    """Return a pyramid on the rectangle from the origin to (x, y)."""
    slant = x * hypot(height, y / 2) + y * hypot(height, x / 2)

    def inside(p: Points) -> Mask:
        share = np.clip(1 - p[:, 2] / height, 0, None)
        flat = (np.abs(p[:, 0] - x / 2) < share * x / 2) & (np.abs(p[:, 1] - y / 2) < share * y / 2)
        return np.asarray(flat & (p[:, 2] > 0))

    extremes = np.array([[0, 0, 0], [x, 0, 0], [x, y, 0], [0, y, 0], [x / 2, y / 2, height]], float)
    return Solid(volume=x * y * height / 3, area=x * y + slant, extremes=extremes, inside=inside, euler=2)


def _block(draw: Draw) -> tuple[str, Solid, tuple[float, ...]]:
    lengths = (draw.size(), draw.size(), draw.size())
    return "IfcBlock", box((0, 0, 0), lengths), lengths


def _pyramid(draw: Draw) -> tuple[str, Solid, tuple[float, ...]]:
    lengths = (draw.size(), draw.size(), draw.size())
    return "IfcRectangularPyramid", pyramid(*lengths), lengths


def _cone(draw: Draw) -> tuple[str, Solid, tuple[float, ...]]:
    height, radius = draw.size(), draw.size()
    return "IfcRightCircularCone", cone(radius, height), (height, radius)


def _cylinder(draw: Draw) -> tuple[str, Solid, tuple[float, ...]]:
    height, radius = draw.size(), draw.size()
    return "IfcRightCircularCylinder", cylinder(radius, height), (height, radius)


def _sphere(draw: Draw) -> tuple[str, Solid, tuple[float, ...]]:
    radius = draw.size()
    return "IfcSphere", sphere(radius), (radius,)


PRIMITIVES = {
    "IfcBlock": _block,
    "IfcRectangularPyramid": _pyramid,
    "IfcRightCircularCone": _cone,
    "IfcRightCircularCylinder": _cylinder,
    "IfcSphere": _sphere,
}


def placed(
    draw: Draw, made: tuple[str, Solid, tuple[float, ...]], position: tuple[Ref, Frame] | None = None
) -> Primitive:
    """Write a primitive at a position."""
    name, solid, lengths = made
    axes, frame = position or draw.position()
    return draw.step.add(name, axes, *map(draw.step.m, lengths)), solid.moved(frame)


def in_csg_solid(draw: Draw, made: tuple[str, Solid, tuple[float, ...]]) -> Body:
    """Write a primitive as the root of an IfcCsgSolid."""
    ref, solid = placed(draw, made)
    return Body([draw.step.add("IfcCsgSolid", ref)], solid, "CSG")


def alone(draw: Draw, made: tuple[str, Solid, tuple[float, ...]]) -> Body:
    """Write a primitive as an item of its own."""
    ref, solid = placed(draw, made)
    return Body([ref], solid, "CSG")


_ALL = ("IFC2X3", "IFC4", "IFC4X3_ADD2")
register_all({name: (make, _ALL) for name, make in PRIMITIVES.items()}, in_csg_solid, "IfcCsgSolid")
for _name, _make in PRIMITIVES.items():
    register_all({"alone": (_make, _ALL)}, alone, _name)


@case("IfcBoundingBox")
def bounding_box(draw: Draw) -> Body:
    lengths = (draw.size(), draw.size(), draw.size())
    corner = draw.world([draw.between(-3, 3) for _ in range(3)])
    ref = draw.step.add("IfcBoundingBox", draw.step.point(*corner), *map(draw.step.m, lengths))
    return Body([ref], box(corner, np.add(corner, lengths)), "BoundingBox")
