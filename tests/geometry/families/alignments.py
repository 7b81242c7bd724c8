"""Directrices of IFC 4.3 that are made of IfcCurveSegment: horizontal alignments, and gradient curves above them."""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

import numpy as np

from tests.geometry.families.directrices import DIRECTRICES, Directrix, arc
from tests.geometry.step import Word, typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.geometry.draw import Draw
    from tests.geometry.solid import Points
    from tests.geometry.step import Ref

_SCHEMAS = ("IFC4X3_ADD2",)
_CONTINUES, _ENDS = Word(".CONTSAMEGRADIENT."), Word(".DISCONTINUOUS.")


def _segment(draw: Draw, start: Sequence[float], x: Sequence[float], length: float, parent: Ref, *, last: bool) -> Ref:
    measures = [typed("IFCLENGTHMEASURE", draw.step.m(value)) for value in (0.0, length)]
    return draw.step.add(
        "IfcCurveSegment", _ENDS if last else _CONTINUES, draw.step.axes_2d(start, x), *measures, parent
    )


def _line(draw: Draw) -> Ref:
    vector = draw.step.add("IfcVector", draw.step.direction(1.0, 0.0), draw.step.m(1))
    return draw.step.add("IfcLine", draw.step.point(0, 0), vector)


def _straight(draw: Draw, length: float) -> tuple[list[Ref], Points, float]:
    x, y, _ = draw.step.setting.origin
    return [_segment(draw, (x, y), (1.0, 0.0), length, _line(draw), last=True)], np.array([[x, y], [x + length, y]]), 0


def _line_and_arc(draw: Draw, length: float, radius: float, turn: float) -> tuple[list[Ref], Points]:
    """Write a line along X and an arc to the left."""
    x, y, _ = draw.step.setting.origin
    circle = draw.step.add("IfcCircle", draw.step.axes_2d(), draw.step.m(radius))
    segments = [
        _segment(draw, (x, y), (1.0, 0.0), length, _line(draw), last=False),
        _segment(draw, (x + length, y), (1.0, 0.0), radius * turn, circle, last=True),
    ]
    curve = arc((x + length, y + radius), radius, -np.pi / 2, turn)[:, :2]
    return segments, np.concatenate(([[x, y]], curve))


def _along(points: Points) -> float:
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def _raised(points: Points, heights: Points) -> Points:
    return np.c_[points, heights]


def _gradient(draw: Draw, base: list[Ref], length: float, slope: float) -> Ref:
    """Write a gradient curve of constant slope above a base curve."""
    height = draw.step.setting.origin[2]
    curve = draw.step.add("IfcCompositeCurve", base, Word(".F."))
    unit = hypot(1.0, slope)
    segment = _segment(draw, (0.0, height), (1 / unit, slope / unit), length * unit, _line(draw), last=True)
    return draw.step.add("IfcGradientCurve", [segment], Word(".F."), curve, None)


def horizontal(draw: Draw) -> Directrix:
    length, radius, turn = draw.between(1, 5), draw.between(2, 8), draw.between(0.2, 1.5)
    segments, points = _line_and_arc(draw, length, radius, turn)
    ref = draw.step.add("IfcCompositeCurve", segments, Word(".F."))
    points = _raised(points, np.zeros(len(points)))
    return Directrix(ref, points, length + radius * turn, size=min(length, radius))


def sloped(draw: Draw) -> Directrix:
    length, slope = draw.between(1, 8), draw.between(-0.3, 0.3)
    segments, points, _ = _straight(draw, length)
    ref = _gradient(draw, segments, length, slope)
    points = _raised(points, draw.step.setting.origin[2] + np.array([0.0, slope * length]))
    return Directrix(ref, points, _along(points), size=length)


def climbing(draw: Draw) -> Directrix:
    """A line and an arc at a constant slope: the arc is a helix."""
    length, radius, turn, slope = (
        draw.between(1, 5),
        draw.between(3, 8),
        draw.between(0.2, 1.5),
        draw.between(-0.2, 0.2),
    )
    segments, points = _line_and_arc(draw, length, radius, turn)
    whole = length + radius * turn
    ref = _gradient(draw, segments, whole, slope)
    share = np.concatenate(([0.0], np.linspace(length, whole, len(points) - 1)))
    points = _raised(points, draw.step.setting.origin[2] + slope * share)
    return Directrix(ref, points, whole * hypot(1.0, slope), size=min(length, radius))


DIRECTRICES["IfcCompositeCurve of IfcCurveSegment"] = (horizontal, _SCHEMAS)
DIRECTRICES["IfcGradientCurve, straight"] = (sloped, _SCHEMAS)
DIRECTRICES["IfcGradientCurve, line and arc"] = (climbing, _SCHEMAS)
