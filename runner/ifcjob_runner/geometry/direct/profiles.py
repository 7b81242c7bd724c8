"""Outlines of IfcProfileDef: regions of one outer loop and its holes, in metres."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.geometry.direct import outlines
from ifcjob_runner.geometry.direct.curves import UnsupportedError, pieces_of
from ifcjob_runner.geometry.direct.sweeps import Path, sampled
from ifcjob_runner.geometry.doubt_reasons import FILLET_TOO_LARGE

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from ifcjob_runner.data.attribute_access import Instance
    from ifcjob_runner.geometry.direct.attributes import Attributes

    Vector = npt.NDArray[np.float64]
    Region = list[Vector]
    """Loops of points of two dimensions: the outer one anticlockwise, then the holes clockwise."""


def regions_of(profile: Instance, attributes: Attributes) -> list[Region]:
    """Return the regions of a profile; raises UnsupportedError for a class that is not meshed here."""
    name = class_of(profile)
    if name == "IfcCompositeProfileDef":
        parts = argument(profile, 2)
        return [region for part in parts for region in regions_of(part, attributes)]
    if name in ("IfcDerivedProfileDef", "IfcMirroredProfileDef"):
        parent = regions_of(argument(profile, 2), attributes)
        return _derived(profile, parent, attributes, mirrored=name == "IfcMirroredProfileDef")
    if name in outlines.POLYGONS or name in _ROUND:
        loops = (
            _ROUND[name](profile, attributes)
            if name in _ROUND
            else [outlines.rounded(_fitting(outlines.corners_of(profile, attributes), attributes), attributes.sides)]
        )
        frame = attributes.frame(argument(profile, 2))
        return [_oriented([loop @ frame[:2, :2].T + frame[:2, 3] for loop in loops])]
    if name == "IfcCenterLineProfileDef":
        path = sampled(pieces_of(argument(profile, 2), attributes), attributes.sides)
        return [_oriented(_thickened(path, attributes.length(profile, 3)))]
    if name in ("IfcArbitraryClosedProfileDef", "IfcArbitraryProfileDefWithVoids"):
        curves = [argument(profile, 2), *(argument(profile, 3) if len(profile) > 3 else ())]
        return [_oriented([_loop(curve, attributes) for curve in curves])]
    raise UnsupportedError(f"{name} is not meshed from its attributes")


def _fitting(corners: list[outlines.Corner], attributes: Attributes) -> list[outlines.Corner]:
    """Return the corners, without their fillets when these are longer than the sides."""
    if outlines.have_room(corners):
        return corners
    attributes.doubt(FILLET_TOO_LARGE)
    return [(x, y, 0.0) for x, y, _ in corners]


def _loop(curve: Instance, attributes: Attributes) -> Vector:
    path = sampled(pieces_of(curve, attributes), attributes.sides)
    return path.points[:, :2]


def _circle(profile: Instance, attributes: Attributes) -> list[Vector]:
    radius, wall = attributes.length(profile, 3), attributes.length(profile, 4) if len(profile) > 4 else 0.0
    sides = attributes.sides(radius)
    radii = (radius, radius - wall) if 0 < wall < radius else (radius,)
    return [outlines.ellipse(size, size, sides) for size in radii]


def _ellipse(profile: Instance, attributes: Attributes) -> list[Vector]:
    x, y = attributes.length(profile, 3), attributes.length(profile, 4)
    return [outlines.ellipse(x, y, attributes.sides(max(x, y)))]


def _hollow(profile: Instance, attributes: Attributes) -> list[Vector]:
    width, depth, wall, inner, outer = (attributes.length(profile, number) for number in range(3, 8))
    corners = outlines.rectangle(width, depth, outer), outlines.rectangle(width - 2 * wall, depth - 2 * wall, inner)
    return [outlines.rounded(loop, attributes.sides) for loop in corners]


_ROUND: dict[str, Callable[[Instance, Attributes], list[Vector]]] = {
    "IfcCircleProfileDef": _circle,
    "IfcCircleHollowProfileDef": _circle,
    "IfcEllipseProfileDef": _ellipse,
    "IfcRectangleHollowProfileDef": _hollow,
}


def _derived(profile: Instance, regions: list[Region], attributes: Attributes, *, mirrored: bool) -> list[Region]:
    if mirrored:
        turn, origin = np.diag((-1.0, 1.0)), np.zeros(2)
    else:
        operator = argument(profile, 3)
        x = attributes.direction(argument(operator, 0), (1.0, 0.0, 0.0))[:2]
        second = argument(operator, 1)
        y = np.array((-x[1], x[0]))
        if second is not None and attributes.direction(second)[:2] @ y < 0:
            y = -y
        scale = 1.0 if argument(operator, 3) is None else float(argument(operator, 3))
        own = argument(operator, 4) if len(operator) > 4 else None
        turn = np.column_stack((x * scale, y * (scale if own is None else float(own))))
        origin = attributes.point(argument(operator, 2))[:2]
    return [_oriented([loop @ turn.T + origin for loop in region]) for region in regions]


def _thickened(path: Path, thickness: float) -> list[Vector]:
    """Return the outline of a line of constant thickness: mitred at its corners, cut off at its ends."""
    middle = path.before + path.after
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    stretch = np.einsum("ij,ij->i", middle, path.after)
    if stretch.min() < MITRE:
        raise UnsupportedError("a centre line that turns back")
    side = np.column_stack((-middle[:, 1], middle[:, 0])) * (thickness / 2 / stretch)[:, None]
    left, right = path.points[:, :2] + side, path.points[:, :2] - side
    return [left, right] if path.closed else [np.concatenate((right, left[::-1]))]


MITRE = 0.2
"""The cosine of half the sharpest corner that is mitred."""


def _oriented(loops: Region) -> Region:
    """Return the loops without double points: the largest first and anticlockwise, the others clockwise."""
    clean = [_without_doubles(loop) for loop in loops]
    areas = [area(loop) for loop in clean]
    outer = int(np.argmax(np.abs(areas)))
    turned = [
        loop[::-1] if (size < 0) == (number == outer) else loop
        for number, (loop, size) in enumerate(zip(clean, areas, strict=True))
    ]
    return [turned[outer], *(loop for number, loop in enumerate(turned) if number != outer and areas[number])]


def _without_doubles(loop: Vector) -> Vector:
    distance = np.linalg.norm(loop - np.roll(loop, 1, axis=0), axis=1)
    kept: Vector = loop[distance > 1e-9]
    return kept


def area(loop: Vector) -> float:
    """Return the area of a loop; negative when it is clockwise."""
    centred = loop - loop.mean(axis=0)
    x, y = centred[:, 0], centred[:, 1]
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
