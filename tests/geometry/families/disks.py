"""Disks swept along every kind of directrix: rods, pipes, rebar."""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING

import numpy as np

from tests.geometry.draw import NEW, Body, Draw, case, register_all
from tests.geometry.families import alignments  # noqa: F401 - registers its directrices
from tests.geometry.families.directrices import DIRECTRICES, _along, _chain, _near, fillet
from tests.geometry.outline import STEPS
from tests.geometry.solid import Solid
from tests.geometry.step import typed

if TYPE_CHECKING:
    from typing import Any

    from tests.geometry.families.directrices import Directrix
    from tests.geometry.solid import Points


def tube(points: Points, length: float, radius: float, inner: float, *, closed: bool, smooth: bool = True) -> Solid:
    """Return the body of a disk or ring swept along a curve: area times length (Pappus), corners mitred."""
    section, edge = pi * (radius**2 - inner**2), 2 * pi * (radius + inner)
    return Solid(
        volume=section * length,
        area=None if closed else edge * length + 2 * section,  # a seam of a closed one is drawn or not
        extremes=_extremes(points, radius, closed=closed) if smooth else None,
        euler=None if closed else (0 if inner else 2),
        curved=True,
    )


def _extremes(points: Points, radius: float, *, closed: bool) -> Points:
    """Return points on the circles around a smooth curve."""
    tangents = np.gradient(points, axis=0)
    if closed:
        tangents[0] = tangents[-1] = points[1] - points[-2]
    else:
        tangents[0], tangents[-1] = points[1] - points[0], points[-1] - points[-2]
    tangents /= np.linalg.norm(tangents, axis=1)[:, None]
    first = np.cross(tangents, np.eye(3)[np.abs(tangents).argmin(axis=1)])
    first /= np.linalg.norm(first, axis=1)[:, None]
    second = np.cross(tangents, first)
    angles = 2 * pi * np.arange(0, STEPS, 3) / STEPS
    around = [points + radius * (np.cos(angle) * first + np.sin(angle) * second) for angle in angles]
    return np.concatenate(around)


def _parameters(draw: Draw, parameters: tuple[float, float] | None) -> tuple[Any, Any]:
    if parameters is None:
        return None, None
    if draw.step.setting.schema != "IFC4X3_ADD2":
        return parameters
    return typed("IFCPARAMETERVALUE", parameters[0]), typed("IFCPARAMETERVALUE", parameters[1])


def rod(draw: Draw, directrix: Directrix) -> Body:
    """Sweep a disk, or a ring in some cases."""
    radius = draw.between(0.02, 0.25) * directrix.size
    inner = draw.between(0.3, 0.9) * radius if draw.chance(0.3) else 0.0
    start, end = directrix.parameters or (None, None)
    if directrix.parameters is None and draw.old:
        start, end = _whole(draw, directrix)
    lengths = (draw.step.m(radius), draw.step.m(inner) if inner else None)
    item = draw.step.add("IfcSweptDiskSolid", directrix.ref, *lengths, start, end)
    curve = {"closed": directrix.closed, "smooth": directrix.smooth}
    return Body([item], tube(directrix.points, directrix.length, radius, inner, **curve), "AdvancedSweptSolid")


def _whole(draw: Draw, directrix: Directrix) -> tuple[Any, Any]:
    """Return no parameters: IFC2X3 requires them, but many files leave them out."""
    del draw, directrix
    return None, None


register_all(DIRECTRICES, rod, "IfcSweptDiskSolid")


@case("IfcSweptDiskSolidPolygonal, no fillet", NEW)
def polygonal(draw: Draw) -> Body:
    return _polygonal(draw, rounded=False)


@case("IfcSweptDiskSolidPolygonal, fillet", NEW)
def polygonal_with_fillet(draw: Draw) -> Body:
    return _polygonal(draw, rounded=True)


def _polygonal(draw: Draw, *, rounded: bool) -> Body:
    least = draw.size(0.3, 3)
    points = _near(draw, _chain(draw, draw.random.randint(2, 4), least))
    bend = draw.between(0.1, 0.35) * least if rounded else None
    radius = draw.between(0.1, 0.8) * (bend or 0.2 * least)
    dense, length = fillet(points, bend) if bend else (points, _along(points))
    values = (draw.step.m(radius), None, None, None, None if bend is None else draw.step.m(bend))
    item = draw.step.add("IfcSweptDiskSolidPolygonal", draw.step.polyline(points), *values)
    solid = tube(dense, length, radius, 0.0, closed=False, smooth=rounded)
    return Body([item], solid, "AdvancedSweptSolid")
