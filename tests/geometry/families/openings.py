"""Elements with openings: of every size, shape and direction, one or many, in one colour and in two."""

from __future__ import annotations

from dataclasses import replace
from math import cos, sin
from typing import TYPE_CHECKING

import numpy as np

from tests.geometry.boxes import combined
from tests.geometry.draw import Body, Draw, case
from tests.geometry.families.booleans import PLACES, _shifted, drilled, host_box, interval, operand_box
from tests.geometry.families.operands import any_box, extrusion
from tests.geometry.families.primitives import cylinder
from tests.geometry.solid import box
from tests.geometry.step import AREA, Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.geometry.solid import Mask, Points
    from tests.geometry.step import Ref

HOSTS = ("IfcExtrudedAreaSolid", "IfcArbitraryClosedProfileDef", "IfcFacetedBrep")


def wall(draw: Draw) -> Points:
    """Return a wall along X, its thickness along Y."""
    size = np.array([draw.between(2, 10), draw.between(0.1, 0.5), draw.between(2, 4)])
    low = np.array([draw.between(-2, 2) for _ in range(3)])
    return np.array([low, low + size]).round(6)


def _body(draw: Draw, host: Points, openings: list[Points]) -> Body:
    def rule(masks: Sequence[Mask]) -> Mask:
        return np.asarray(masks[0] & ~np.any(masks[1:], axis=0))

    solid = _shifted(draw, combined([host, *openings], rule))
    refs = [[any_box(draw, opening)] for opening in openings]
    return Body([any_box(draw, host, HOSTS)], solid, "SweptSolid", refs)


for _place in PLACES:

    def _single(draw: Draw, place: str = _place) -> Body:
        host = host_box(draw)
        return _body(draw, host, [operand_box(draw, host, PLACES[place])])

    case(f"IfcOpeningElement, {_place}")(_single)


@case("IfcOpeningElement, window through a wall")
def window(draw: Draw) -> Body:
    host = wall(draw)
    opening = np.array(
        [interval(draw, host[:, axis], how) for axis, how in enumerate(("inside", "through", "inside"))]
    ).T
    return _body(draw, host, [opening.round(6)])


@case("IfcOpeningElement, many in a wall")
def many(draw: Draw) -> Body:
    host = wall(draw)
    count = draw.random.randint(2, 12)
    width = (host[1][0] - host[0][0]) / count
    openings = []
    for i in range(count):
        x = host[0][0] + width * (i + np.array([draw.between(0.05, 0.4), draw.between(0.5, 0.95)]))
        y = interval(draw, host[:, 1], draw.random.choice(("through", "flush", "high")))
        z = interval(draw, host[:, 2], draw.random.choice(("inside", "inside", "low")))
        openings.append(np.array([x, y, z]).T.round(6))
    return _body(draw, host, openings)


@case("IfcOpeningElement, small square hole")
def small_square(draw: Draw) -> Body:
    """A hole of 1 to 50 mm through a plate."""
    host = wall(draw)
    side = draw.size(0.001, 0.05)
    at = [draw.between(0.2, 0.8) * (host[1][i] - host[0][i]) + host[0][i] for i in (0, 2)]
    y = interval(draw, host[:, 1], draw.random.choice(("through", "flush")))
    opening = np.array([[at[0], y[0], at[1]], [at[0] + side, y[1], at[1] + side]]).round(7)
    return _body(draw, host, [opening])


def _round(draw: Draw, radius: float, *, through: bool) -> Body:
    host = host_box(draw)
    host[1][2] = host[0][2] + draw.between(0.01, 0.5)
    host[1][:2] = np.maximum(host[1][:2], host[0][:2] + 3 * radius)
    z = host[1][2] - host[0][2]
    centre = (host[0] + host[1])[:2] / 2
    start = host[0][2] - draw.between(0, 0.3) if through else host[0][2] + draw.between(0.2, 0.8) * z
    height = host[1][2] + draw.between(0, 0.3) - start
    profile = draw.step.add("IfcCircleProfileDef", AREA, None, draw.step.axes_2d(), draw.step.m(radius))
    position, _ = draw.at((*centre, start))
    item = draw.step.add("IfcExtrudedAreaSolid", profile, position, draw.step.direction(0, 0, 1), draw.step.m(height))
    span = (host[0][2] if through else start, host[1][2])
    solid = drilled(host, centre, radius, span, through=through)
    return Body([any_box(draw, host, HOSTS)], _shifted(draw, solid), "SweptSolid", [[item]])


@case("IfcOpeningElement, small round hole")
def small_round(draw: Draw) -> Body:
    """A bolt hole of 2 to 50 mm."""
    return _round(draw, draw.size(0.001, 0.025), through=True)


@case("IfcOpeningElement, round hole")
def round_hole(draw: Draw) -> Body:
    return _round(draw, draw.size(0.03, 2), through=True)


@case("IfcOpeningElement, round pocket")
def round_pocket(draw: Draw) -> Body:
    return _round(draw, draw.size(0.005, 1), through=False)


@case("IfcOpeningElement, oblique hole")
def oblique(draw: Draw) -> Body:
    """A rectangular hole whose direction is up to 50 degrees off the wall's normal."""
    host = wall(draw)
    whole = box(*host)
    thickness, tilt = host[1][1] - host[0][1], draw.between(0.05, 0.9)
    width, height = draw.between(0.05, 0.6), draw.between(0.05, 0.6)
    centre = (host[0] + host[1]) / 2
    direction = np.array([sin(tilt), cos(tilt), 0.0])
    length = thickness / cos(tilt) + width * np.tan(tilt) + 0.4
    start = centre - direction * length / 2
    profile = draw.step.add(
        "IfcRectangleProfileDef", AREA, None, draw.step.axes_2d(), draw.step.m(width), draw.step.m(height)
    )
    across = (cos(tilt), -sin(tilt), 0.0)
    position, frame = draw.at(start, tuple(direction), across)
    item = draw.step.add("IfcExtrudedAreaSolid", profile, position, draw.step.direction(0, 0, 1), draw.step.m(length))
    frame[:3, 3] = start
    inverse = np.linalg.inv(frame)

    def inside(points: Points) -> Mask:
        local = points @ inverse[:3, :3].T + inverse[:3, 3]
        cut = (np.abs(local[:, 0]) < width / 2) & (np.abs(local[:, 1]) < height / 2)
        return np.asarray(((points > host[0]) & (points < host[1])).all(axis=1) & ~cut)

    assert whole.volume is not None
    assert whole.area is not None
    along = thickness / cos(tilt)
    solid = replace(
        whole,
        volume=whole.volume - width * height * along,
        area=whole.area - 2 * height * width / cos(tilt) + 2 * (height * along + width * thickness / cos(tilt)),
        inside=inside,
        euler=0,
    )
    return Body([any_box(draw, host, HOSTS)], _shifted(draw, solid), "SweptSolid", [[item]])


@case("IfcOpeningElement, two colours")
def two_colours(draw: Draw) -> Body:
    """A wall of two layers with a style each, and an opening through both or into one."""
    host = wall(draw)
    middle = host[0][1] + draw.between(0.3, 0.7) * (host[1][1] - host[0][1])
    layers = [host.copy(), host.copy()]
    layers[0][1][1] = layers[1][0][1] = middle
    how = draw.random.choice(("through", "high", "flush"))
    opening = np.array(
        [interval(draw, host[:, axis], way) for axis, way in enumerate(("inside", how, "inside"))]
    ).T.round(6)
    items = [extrusion(draw, layer, 2) for layer in layers]
    for item, red in zip(items, (1.0, 0.0), strict=True):
        _style(draw, item, red)
    solid = combined([*layers, opening], lambda m: (m[0] | m[1]) & ~m[2], inner_walls=True)
    return Body(items, _shifted(draw, solid), "SweptSolid", [[extrusion(draw, opening, 1)]])


def _style(draw: Draw, item: Ref, red: float) -> None:
    colour = draw.step.add("IfcColourRgb", None, red, 0.5, 0.5)
    shading = draw.step.add("IfcSurfaceStyleShading", colour, *(() if draw.old else (None,)))
    style = draw.step.add("IfcSurfaceStyle", None, Word(".BOTH."), [shading])
    if draw.old:
        style = draw.step.add("IfcPresentationStyleAssignment", [style])
    draw.step.add("IfcStyledItem", item, [style], None)


@case("IfcOpeningElement, in a round column")
def in_column(draw: Draw) -> Body:
    """A slab-shaped cut that takes away the upper part of a column."""
    radius, height, keep = draw.size(0.1, 1), draw.size(1), draw.between(0.2, 0.8)
    profile = draw.step.add("IfcCircleProfileDef", AREA, None, draw.step.axes_2d(), draw.step.m(radius))
    position, _ = draw.at()
    item = draw.step.add("IfcExtrudedAreaSolid", profile, position, draw.step.direction(0, 0, 1), draw.step.m(height))
    reach = radius * 1.5
    cut = np.array([[-reach, -reach, height * keep], [reach, reach, height * 1.2]])
    solid = _shifted(draw, cylinder(radius, height * keep))
    return Body([item], solid, "SweptSolid", [[extrusion(draw, cut, 2)]])
