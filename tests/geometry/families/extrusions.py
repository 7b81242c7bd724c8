"""Areas that are extruded (straight, oblique, tapered) and revolved, for every profile."""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING

import numpy as np

from tests.geometry.draw import NEW, Body, Draw, case, register_all
from tests.geometry.families import crane_rails, sloped_profiles, steel_profiles  # noqa: F401 - register profiles
from tests.geometry.families.profiles import PROFILES, rectangle_profile
from tests.geometry.outline import STEPS, Region, circle, rectangle
from tests.geometry.solid import Solid, disjoint
from tests.geometry.step import AREA

if TYPE_CHECKING:
    from tests.geometry.families.profiles import Profile
    from tests.geometry.solid import Mask, Points


def prism(region: Region, vector: Points) -> Solid:
    """Return the body between a region in the XY plane and the same region moved by a vector."""
    rings = [region.outer, *region.holes]
    walls = 0.0
    for ring in rings:
        edges = np.roll(ring.points, -1, axis=0) - ring.points
        walls += float(np.linalg.norm(np.cross(np.c_[edges, np.zeros(len(edges))], vector), axis=1).sum())
    flat = np.c_[region.outer.points, np.zeros(len(region.outer.points))]
    low, high = sorted((0.0, float(vector[2])))

    def inside(points: Points) -> Mask:
        share = points[:, 2:] / vector[2]
        return np.asarray(
            (points[:, 2] > low) & (points[:, 2] < high) & region.contains((points - share * vector)[:, :2])
        )

    return Solid(
        volume=region.area * (high - low),
        area=None if region.joined else 2 * region.area + walls,
        extremes=np.concatenate((flat, flat + vector)),
        inside=inside,
        euler=None if region.joined else 2 - 2 * len(region.holes),
        curved=region.curved,
    )


def extruded(draw: Draw, profile: Profile, direction: tuple[float, float, float] = (0.0, 0.0, 1.0)) -> Body:
    """Extrude along a direction of the position's frame."""
    ref, region = profile
    depth = draw.size()
    position, frame = draw.position()
    unit = np.array(direction) / np.linalg.norm(direction)
    item = draw.step.add("IfcExtrudedAreaSolid", ref, position, draw.step.direction(*direction), draw.step.m(depth))
    return Body([item], prism(region, unit * depth).moved(frame), "SweptSolid")


register_all(PROFILES, extruded, "IfcExtrudedAreaSolid")


@case("IfcExtrudedAreaSolid, oblique")
def oblique(draw: Draw) -> Body:
    direction = (draw.between(-1, 1), draw.between(-1, 1), draw.random.choice((1.0, -1.0, 0.5)))
    make, _ = PROFILES[draw.random.choice(("IfcRectangleProfileDef", "IfcCircleProfileDef", "IfcLShapeProfileDef"))]
    return extruded(draw, make(draw), direction)


@case("IfcExtrudedAreaSolid, backwards")
def backwards(draw: Draw) -> Body:
    make, _ = PROFILES[draw.random.choice(("IfcRectangleProfileDef", "IfcCircleHollowProfileDef"))]
    return extruded(draw, make(draw), (0.0, 0.0, -1.0))


@case("IfcExtrudedAreaSolid, two items")
def two_items(draw: Draw) -> Body:
    """Two boxes with a gap."""
    parts = [extruded(draw, rectangle_profile(draw)) for _ in range(2)]
    first, second = (part.solid.extremes for part in parts)
    assert first is not None
    assert second is not None
    if not (first.max(0) < second.min(0)).any() and not (second.max(0) < first.min(0)).any():
        return two_items(draw)
    return Body([ref for part in parts for ref in part.items], disjoint(*(part.solid for part in parts)), "SweptSolid")


def _tapered(draw: Draw, names: tuple[str, ...]) -> Body:
    """Extrude between two similar profiles: a frustum, whose cross-section is linear in height."""
    x, y, depth, end = draw.size(), draw.size(), draw.size(), draw.between(0.2, 2.0)
    name = draw.random.choice(names)
    start, finish = ((x, y), (x * end, y * end)) if "Rect" in name else ((x,), (x * end,))
    refs = [draw.step.add(name, AREA, None, draw.step.axes_2d(), *map(draw.step.m, s)) for s in (start, finish)]
    region = Region(rectangle(x, y) if "Rect" in name else circle(x))
    position, frame = draw.position()
    direction = draw.step.direction(0, 0, 1)
    item = draw.step.add("IfcExtrudedAreaSolidTapered", refs[0], position, direction, draw.step.m(depth), refs[1])
    solid = Solid(
        volume=region.area * depth * (1 + end + end * end) / 3,
        extremes=np.concatenate(
            [np.c_[region.outer.points * f, np.full(len(region.outer.points), z)] for f, z in ((1, 0), (end, depth))]
        ),
        inside=lambda p: (
            (p[:, 2] > 0)
            & (p[:, 2] < depth)
            & region.contains(p[:, :2] / np.clip(1 + (end - 1) * p[:, 2:] / depth, 1e-9, None))
        ),
        euler=2,
        curved=region.curved,
    )
    return Body([item], solid.moved(frame), "AdvancedSweptSolid")


@case("IfcExtrudedAreaSolidTapered, IfcRectangleProfileDef", NEW)
def tapered_rectangle(draw: Draw) -> Body:
    return _tapered(draw, ("IfcRectangleProfileDef",))


@case("IfcExtrudedAreaSolidTapered, IfcCircleProfileDef", NEW)
def tapered_circle(draw: Draw) -> Body:
    return _tapered(draw, ("IfcCircleProfileDef",))


def ring_of(region: Region, angle: float) -> Solid:
    """Return a region revolved around the Y axis (anticlockwise seen against the axis), by Pappus' theorems."""
    turns = np.linspace(0.0, angle, STEPS + 1)
    x, y = region.outer.points.T
    extremes = np.concatenate([np.c_[x * np.cos(t), y, -x * np.sin(t)] for t in turns])
    whole = abs(angle) > 2 * pi - 1e-6

    def inside(points: Points) -> Mask:
        radius = np.hypot(points[:, 0], points[:, 2])
        turn = np.mod(np.arctan2(-points[:, 2], points[:, 0]), 2 * pi)
        return np.asarray(region.contains(np.c_[radius, points[:, 1]]) & (whole | (turn < angle)))

    walls = 0.0
    for ring in (region.outer, *region.holes):
        following = np.roll(ring.points, -1, axis=0)
        lengths = np.linalg.norm(following - ring.points, axis=1)
        walls += float((lengths * (following[:, 0] + ring.points[:, 0]) / 2).sum()) * angle
    return Solid(
        volume=region.area * angle * float(region.centroid[0]),
        area=walls + (0.0 if whole else 2 * region.area),
        extremes=extremes,
        inside=inside,
        euler=0 if whole and not region.holes else (2 - 2 * len(region.holes) if not whole else None),
        curved=True,
    )


def _revolved(draw: Draw, *, whole: bool) -> Body:
    name = draw.random.choice(("IfcRectangleProfileDef", "IfcCircleProfileDef", "IfcRectangleHollowProfileDef"))
    ref, region = PROFILES[name][0](draw)
    angle = 2 * pi if whole else draw.between(0.2, 6.0)
    gap = draw.size(0.05, 3)
    # The axis is left of the profile.
    left = float(region.outer.points[:, 0].min()) - gap
    axis = draw.step.add("IfcAxis1Placement", draw.step.point(left, 0.0, 0.0), draw.step.direction(0, 1, 0))
    position, frame = draw.position()
    item = draw.step.add("IfcRevolvedAreaSolid", ref, position, axis, draw.step.angle(angle))
    local = np.eye(4)
    local[0, 3] = left
    solid = ring_of(region.moved(np.array([[1, 0, -left], [0, 1, 0], [0, 0, 1.0]])), angle).moved(local)
    return Body([item], solid.moved(frame), "SweptSolid")


@case("IfcRevolvedAreaSolid, part of a turn")
def revolved(draw: Draw) -> Body:
    return _revolved(draw, whole=False)


@case("IfcRevolvedAreaSolid, whole turn")
def revolved_whole(draw: Draw) -> Body:
    return _revolved(draw, whole=True)


@case("IfcRevolvedAreaSolid, touches its axis")
def revolved_on_axis(draw: Draw) -> Body:
    """A cylinder made by revolving a rectangle around one of its edges."""
    x, y = draw.size(), draw.size()
    profile = draw.step.add(
        "IfcRectangleProfileDef", AREA, None, draw.step.axes_2d((x / 2, 0)), draw.step.m(x), draw.step.m(y)
    )
    axis = draw.step.add("IfcAxis1Placement", draw.step.point(0, 0, 0), draw.step.direction(0, 1, 0))
    position, frame = draw.position()
    item = draw.step.add("IfcRevolvedAreaSolid", profile, position, axis, draw.step.angle(2 * pi))
    corners = circle(x).points
    solid = Solid(
        volume=pi * x * x * y,
        area=2 * pi * x * (x + y),
        extremes=np.concatenate(
            [np.c_[corners[:, 0], np.full(len(corners), h), corners[:, 1]] for h in (-y / 2, y / 2)]
        ),
        inside=lambda p: (np.hypot(p[:, 0], p[:, 2]) < x) & (np.abs(p[:, 1]) < y / 2),
        euler=2,
        curved=True,
    )
    return Body([item], solid.moved(frame), "SweptSolid")
