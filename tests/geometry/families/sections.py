"""Areas that follow a directrix with a fixed reference or a surface, and solids through several sections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests.geometry.draw import NEW, Body, Draw, case
from tests.geometry.families.booleans import _shifted
from tests.geometry.families.directrices import trimmed_arc
from tests.geometry.families.disks import _parameters
from tests.geometry.families.extrusions import prism, ring_of
from tests.geometry.outline import Region, polygon, rectangle
from tests.geometry.solid import Solid, frame_of
from tests.geometry.step import AREA, Word, typed

if TYPE_CHECKING:
    from tests.geometry.families.profiles import Profile
    from tests.geometry.step import Ref


def _rectangle(draw: Draw, least: float = 0.02, most: float = 0.3) -> Profile:
    x, y = draw.between(least, most), draw.between(least, most)
    ref = draw.step.add("IfcRectangleProfileDef", AREA, None, draw.step.axes_2d(), draw.step.m(x), draw.step.m(y))
    return ref, Region(rectangle(x, y))


def _position(draw: Draw) -> Ref:
    return draw.step.axes()


def _straight(draw: Draw) -> tuple[Ref, float]:
    length = draw.size(0.5)
    return draw.step.polyline([draw.world((0, 0, 0)), draw.world((length, 0, 0))]), length


def _along_x(region: Region, length: float, turned: Any) -> Solid:
    """Return a region swept along X: its own X and Y become these two directions."""
    frame = np.eye(4)
    frame[:3, 0], frame[:3, 1] = turned
    frame[:3, 2] = (1, 0, 0)
    return prism(region, np.array([0, 0, length])).moved(frame)


@case("IfcFixedReferenceSweptAreaSolid, straight", NEW)
def fixed_straight(draw: Draw) -> Body:
    """The profile's X follows the fixed reference; only the box of a square profile is compared."""
    profile, region = _rectangle(draw)
    curve, length = _straight(draw)
    values = (*_parameters(draw, None), draw.step.direction(0, 0, 1))
    item = draw.step.add("IfcFixedReferenceSweptAreaSolid", profile, _position(draw), curve, *values)
    return Body([item], _shifted(draw, _along_x(region, length, ((0, 0, 1), (0, 1, 0)))), "AdvancedSweptSolid")


def _arc(draw: Draw) -> tuple[Ref, float, float]:
    radius, turn = draw.between(1, 5), draw.between(0.3, 2.5)
    return trimmed_arc(draw, np.array(draw.world((0, 0, 0))), radius, 0.0, turn), radius, turn


def _around_z(region: Region, radius: float, turn: float) -> Solid:
    """Return a region swept along an arc around Z from the X axis: its X points up, its Y outward or inward."""
    moved = region.moved(np.array([[0, 1, radius], [1, 0, 0], [0, 0, 1.0]]))
    frame = frame_of((0, 0, 0), (0, -1, 0), (1, 0, 0))  # the axis of ring_of is its Y
    return ring_of(moved, turn).moved(frame)


@case("IfcFixedReferenceSweptAreaSolid, arc", NEW)
def fixed_arc(draw: Draw) -> Body:
    profile, region = _rectangle(draw)
    curve, radius, turn = _arc(draw)
    values = (*_parameters(draw, None), draw.step.direction(0, 0, 1))
    item = draw.step.add("IfcFixedReferenceSweptAreaSolid", profile, _position(draw), curve, *values)
    return Body([item], _shifted(draw, _around_z(region, radius, turn)), "AdvancedSweptSolid")


@case("IfcSurfaceCurveSweptAreaSolid, straight")
def surface_straight(draw: Draw) -> Body:
    profile, region = _rectangle(draw)
    curve, length = _straight(draw)
    plane = draw.step.add("IfcPlane", draw.step.axes(draw.world((0, 0, 0))))
    item = draw.step.add("IfcSurfaceCurveSweptAreaSolid", profile, _position(draw), curve, *_required(draw), plane)
    return Body([item], _shifted(draw, _along_x(region, length, ((0, 0, 1), (0, 1, 0)))), "AdvancedSweptSolid")


def _required(draw: Draw) -> tuple[Any, Any]:
    """Return StartParam and EndParam of a directrix of one part."""
    return _parameters(draw, (0.0, 1.0)) if draw.old else (None, None)


@case("IfcSurfaceCurveSweptAreaSolid, arc", NEW)
def surface_arc(draw: Draw) -> Body:
    profile, region = _rectangle(draw)
    curve, radius, turn = _arc(draw)
    plane = draw.step.add("IfcPlane", draw.step.axes(draw.world((0, 0, 0))))
    item = draw.step.add("IfcSurfaceCurveSweptAreaSolid", profile, _position(draw), curve, None, None, plane)
    return Body([item], _shifted(draw, _around_z(region, radius, turn)), "AdvancedSweptSolid")


@case("IfcRevolvedAreaSolidTapered", NEW)
def revolved_tapered(draw: Draw) -> Body:
    """A square that shrinks while it turns: only the box at the start is certain; the volume is the integral."""
    side, end, radius, angle = draw.between(0.1, 0.5), draw.between(0.3, 0.9), draw.between(1, 4), draw.between(0.3, 3)
    refs = [
        draw.step.add(
            "IfcRectangleProfileDef", AREA, None, draw.step.axes_2d((radius, 0)), *[draw.step.m(side * f)] * 2
        )
        for f in (1.0, end)
    ]
    axis = draw.step.add("IfcAxis1Placement", draw.step.point(0, 0, 0), draw.step.direction(0, 1, 0))
    position, frame = draw.position()
    item = draw.step.add("IfcRevolvedAreaSolidTapered", refs[0], position, axis, draw.step.angle(angle), refs[1])
    volume = side**2 * (1 + end + end * end) / 3 * radius * angle
    return Body([item], Solid(volume=volume, euler=2, curved=True).moved(frame), "AdvancedSweptSolid")


@case("IfcSectionedSpine")
def spine(draw: Draw) -> Body:
    """Rectangles of one size along a straight line: a box."""
    profile, region = _rectangle(draw)
    length, count = draw.size(0.5), draw.random.randint(2, 4)
    stations = [length * i / (count - 1) for i in range(count)]
    line = draw.step.polyline([draw.world((x, 0, 0)) for x in stations])
    segment = draw.step.add("IfcCompositeCurveSegment", Word(".DISCONTINUOUS."), True, line)
    curve = draw.step.add("IfcCompositeCurve", [segment], Word(".F."))
    positions = [draw.step.axes(draw.world((x, 0, 0)), (1, 0, 0), (0, 1, 0)) for x in stations]
    item = draw.step.add("IfcSectionedSpine", curve, [profile] * count, positions)
    return Body([item], _shifted(draw, _along_x(region, length, ((0, 1, 0), (0, 0, 1)))), "SectionedSpine")


@case("IfcSectionedSolidHorizontal", ("IFC4X3_ADD2",))
def horizontal(draw: Draw) -> Body:
    """An unsymmetrical profile along a straight line: its X is to the left of the directrix, its Y up."""
    x, y, w, h = draw.between(-2, 2), draw.between(-1, 1), draw.between(0.3, 2), draw.between(0.2, 1)
    corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h / 2)]
    profile = draw.step.add("IfcArbitraryClosedProfileDef", AREA, None, draw.step.polyline(corners, closed=True))
    curve, length = _straight(draw)
    sections = []
    for at in (0.0, length):
        measure = typed("IFCLENGTHMEASURE", draw.step.m(at))
        distance = draw.step.add("IfcPointByDistanceExpression", measure, None, None, None, curve)
        sections.append(draw.step.add("IfcAxis2PlacementLinear", distance, None, None))
    item = draw.step.add("IfcSectionedSolidHorizontal", curve, [profile, profile], sections)
    solid = _along_x(Region(polygon(corners)), length, ((0, 1, 0), (0, 0, 1)))
    return Body([item], _shifted(draw, solid), "AdvancedSweptSolid")
