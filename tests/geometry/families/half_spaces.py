"""Clipping by half spaces: plain, polygonally bounded and boxed, with either agreement, level and oblique."""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

import numpy as np

from tests.geometry.boxes import combined, minus
from tests.geometry.draw import Body, Draw, case
from tests.geometry.families.booleans import _shifted, host_box, interval
from tests.geometry.families.operands import DIFFERENCE, any_box
from tests.geometry.solid import Solid

if TYPE_CHECKING:
    from tests.geometry.solid import Mask, Points
    from tests.geometry.step import Ref


def _plane(draw: Draw, near: tuple[float, ...], normal: tuple[float, float, float]) -> Ref:
    across = (1.0, 0.0, 0.0) if abs(normal[0]) < 0.9 * np.linalg.norm(normal) else (0.0, 1.0, 0.0)
    position, _ = draw.at(near, normal, across)
    return draw.step.add("IfcPlane", position)


def _clip(draw: Draw, host: Points, half_space: Ref, solid: Solid) -> Body:
    ref = draw.step.add(
        "IfcBooleanClippingResult", DIFFERENCE, any_box(draw, host, ("IfcExtrudedAreaSolid",)), half_space
    )
    return Body([ref], _shifted(draw, solid), "Clipping")


def _level(draw: Draw, *, agrees: bool) -> Body:
    """The material of the half space is below the plane's normal when the flag agrees, above otherwise."""
    host = host_box(draw)
    height = host[0][2] + draw.between(0.1, 0.9) * (host[1][2] - host[0][2])
    up = draw.chance(0.5)
    plane = _plane(draw, (draw.between(-3, 3), draw.between(-3, 3), height), (0.0, 0.0, 1.0 if up else -1.0))
    removes_below = up == agrees
    kept = host.copy()
    kept[0 if removes_below else 1][2] = height
    half_space = draw.step.add("IfcHalfSpaceSolid", plane, agrees)
    return _clip(draw, host, half_space, combined([kept], lambda masks: masks[0]))


@case("IfcHalfSpaceSolid, level, agrees")
def level_agrees(draw: Draw) -> Body:
    return _level(draw, agrees=True)


@case("IfcHalfSpaceSolid, level, does not agree")
def level_disagrees(draw: Draw) -> Body:
    return _level(draw, agrees=False)


def slope(host: Points, middle: float, rise: float) -> Solid:
    """Return a box below a roof through `middle` (height over its base) that rises along X."""
    x, y, _ = host[1] - host[0]
    low, high = middle - rise * x / 2, middle + rise * x / 2
    base = host[0]
    top = [[base[0] + i * x, base[1] + j * y, base[2] + (high if i else low)] for i in (0, 1) for j in (0, 1)]
    floor = [[p[0], p[1], base[2]] for p in top]
    area = x * y + y * hypot(x, rise * x) + 2 * x * middle + y * (low + high)

    def inside(points: Points) -> Mask:
        roof = base[2] + middle + rise * (points[:, 0] - base[0] - x / 2)
        return np.asarray(((points > base) & (points < host[1])).all(axis=1) & (points[:, 2] < roof))

    return Solid(volume=x * y * middle, area=area, extremes=np.array(top + floor), inside=inside, euler=2)


def _roof(draw: Draw) -> tuple[Points, Solid, Ref, bool]:
    host = host_box(draw)
    x, _, z = host[1] - host[0]
    middle = draw.between(0.3, 0.7) * z
    rise = draw.between(-0.9, 0.9) * 2 * min(middle, z - middle) / x
    centre = (host[0] + host[1]) / 2
    near = (centre[0], centre[1], host[0][2] + middle)
    agrees = draw.chance(0.5)
    sign = -1.0 if agrees else 1.0
    plane = _plane(draw, near, (-rise * sign, 0.0, sign))
    return host, slope(host, middle, rise), plane, agrees


@case("IfcHalfSpaceSolid, oblique")
def oblique(draw: Draw) -> Body:
    host, solid, plane, agrees = _roof(draw)
    return _clip(draw, host, draw.step.add("IfcHalfSpaceSolid", plane, agrees), solid)


@case("IfcPolygonalBoundedHalfSpace, oblique, wide")
def polygonal_oblique(draw: Draw) -> Body:
    """The bound is wider than the host."""
    host, solid, plane, agrees = _roof(draw)
    position, _ = draw.at((*host[0][:2], draw.between(-1, 1)))
    x, y, _ = host[1] - host[0]
    bound = draw.step.polyline([(-0.5, -0.5), (x + 0.5, -0.5), (x + 0.5, y + 0.5), (-0.5, y + 0.5)], closed=True)
    half_space = draw.step.add("IfcPolygonalBoundedHalfSpace", plane, agrees, position, bound)
    return _clip(draw, host, half_space, solid)


def _bounded(draw: Draw, how: str) -> Body:
    """The bound is a rectangle inside of the host's base; the plane is level."""
    host = host_box(draw)
    x, y = (interval(draw, host[:, axis], way) for axis, way in ((0, "inside"), (1, how)))
    height = host[0][2] + draw.between(0.2, 0.8) * (host[1][2] - host[0][2])
    agrees, up = draw.chance(0.5), draw.chance(0.5)
    plane = _plane(draw, (0.0, 0.0, height), (0.0, 0.0, 1.0 if up else -1.0))
    position, _ = draw.at((0.0, 0.0, draw.between(-5, 5)))
    corners = [(x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1])][:: draw.random.choice((1, -1))]
    bound = draw.step.polyline(corners, closed=True)
    half_space = draw.step.add("IfcPolygonalBoundedHalfSpace", plane, agrees, position, bound)
    z = (host[0][2] - 1, height) if up == agrees else (height, host[1][2] + 1)
    operand = np.array([x, y, z]).T
    return _clip(draw, host, half_space, combined([host, operand], minus))


@case("IfcPolygonalBoundedHalfSpace, pocket")
def polygonal_pocket(draw: Draw) -> Body:
    return _bounded(draw, "inside")


@case("IfcPolygonalBoundedHalfSpace, notch")
def polygonal_notch(draw: Draw) -> Body:
    return _bounded(draw, "high")


@case("IfcPolygonalBoundedHalfSpace, almost flush")
def polygonal_flush(draw: Draw) -> Body:
    return _bounded(draw, "almost flush")


@case("IfcBoxedHalfSpace")
def boxed(draw: Draw) -> Body:
    """The box contains all of the host that the half space removes: it must not add a limit."""
    host = host_box(draw)
    height = host[0][2] + draw.between(0.1, 0.9) * (host[1][2] - host[0][2])
    agrees = draw.chance(0.5)
    plane = _plane(draw, (0.0, 0.0, height), (0.0, 0.0, 1.0))
    corner = draw.step.point(*draw.world(host[0] - 1))
    lengths = draw.step.coordinates(host[1] - host[0] + 2)
    enclosure = draw.step.add("IfcBoundingBox", corner, *lengths)
    kept = host.copy()
    kept[0 if agrees else 1][2] = height
    half_space = draw.step.add("IfcBoxedHalfSpace", plane, agrees, enclosure)
    return _clip(draw, host, half_space, combined([kept], lambda masks: masks[0]))


@case("IfcBooleanClippingResult, gable")
def gable(draw: Draw) -> Body:
    """Two oblique planes that meet above the middle."""
    host = host_box(draw)
    x, y, z = host[1] - host[0]
    eaves, rise = draw.between(0.2, 0.5) * z, draw.between(0.2, 0.9)
    rise *= (z - eaves) / (x / 2)
    centre = (host[0] + host[1]) / 2
    near = (centre[0], centre[1], host[0][2] + eaves + rise * x / 2)
    item = any_box(draw, host, ("IfcExtrudedAreaSolid",))
    for sign in (1.0, -1.0):
        plane = _plane(draw, near, (sign * rise, 0.0, 1.0))
        half_space = draw.step.add("IfcHalfSpaceSolid", plane, False)
        item = draw.step.add("IfcBooleanClippingResult", DIFFERENCE, item, half_space)
    ridge = eaves + rise * x / 2
    top = [
        [host[0][0] + i * x / 2, host[0][1] + j * y, host[0][2] + (ridge if i == 1 else eaves)]
        for i in range(3)
        for j in (0, 1)
    ]
    floor = [[p[0], p[1], host[0][2]] for p in top]

    def inside(points: Points) -> Mask:
        roof = host[0][2] + ridge - rise * np.abs(points[:, 0] - centre[0])
        return np.asarray(((points > host[0]) & (points < host[1])).all(axis=1) & (points[:, 2] < roof))

    area = x * y + 2 * y * hypot(x / 2, rise * x / 2) + 2 * x * (eaves + ridge) / 2 + 2 * y * eaves
    solid = Solid(x * y * (eaves + ridge) / 2, area, np.array(top + floor), inside, euler=2)
    return Body([item], _shifted(draw, solid), "Clipping")
