"""Advanced breps with faces on tori and on curved B-spline surfaces, rational or not."""

from __future__ import annotations

from math import cos, pi, sin, sqrt
from typing import TYPE_CHECKING

import numpy as np

from tests.geometry.draw import NEW, Body, Draw, case
from tests.geometry.families.advanced import _brep, _face, _oriented, _vertex
from tests.geometry.families.extrusions import prism, ring_of
from tests.geometry.outline import Region, Ring, circle
from tests.geometry.solid import Solid, frame_of
from tests.geometry.step import Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.geometry.solid import Points
    from tests.geometry.step import Ref

_OPEN = (Word(".UNSPECIFIED."), Word(".F."), Word(".F."))
_UP = frame_of((0, 0, 0), (0, -1, 0), (1, 0, 0))
"""From the frame of `ring_of`, whose axis is Y, to one whose axis is Z."""


def _torus(major: float, minor: float, angle: float) -> Solid:
    return ring_of(Region(circle(minor, (major, 0.0))), angle).moved(_UP)


def _circle(draw: Draw, centre: Sequence[float], z: Sequence[float], x: Sequence[float], radius: float) -> Ref:
    return draw.step.add("IfcCircle", draw.at(centre, z, x)[0], draw.step.m(radius))


def _radii(draw: Draw) -> tuple[float, float]:
    major = draw.size(0.1, 3)
    return major, draw.between(0.1, 0.7) * major


@case("IfcAdvancedBrep, IfcToroidalSurface, whole", NEW)
def whole_torus(draw: Draw) -> Body:
    """One face, bounded by its two seams."""
    major, minor = _radii(draw)
    vertex = _vertex(draw, (major + minor, 0, 0))
    equator = _circle(draw, (0, 0, 0), (0, 0, 1), (1, 0, 0), major + minor)
    section = _circle(draw, (major, 0, 0), (0, -1, 0), (1, 0, 0), minor)
    edges = [draw.step.add("IfcEdgeCurve", vertex, vertex, curve, True) for curve in (equator, section)]
    surface = draw.step.add("IfcToroidalSurface", draw.at()[0], draw.step.m(major), draw.step.m(minor))
    turns = [(edges[0], True), (edges[1], True), (edges[0], False), (edges[1], False)]
    face = _face(draw, [_oriented(draw, *turn) for turn in turns], surface)
    return _brep(draw, draw.step.add("IfcClosedShell", [face]), _torus(major, minor, 2 * pi))


@case("IfcAdvancedBrep, IfcToroidalSurface, bend", NEW)
def bend(draw: Draw) -> Body:
    """A bend of a pipe: a side with a seam, and two caps."""
    major, minor = _radii(draw)
    angle = draw.between(0.3, 3.0)
    along = [(cos(a), sin(a), 0.0) for a in (0.0, angle)]
    vertices = [_vertex(draw, np.multiply(major + minor, direction)) for direction in along]
    circles = []
    for vertex, (x, y, _) in zip(vertices, along, strict=True):
        section = _circle(draw, (major * x, major * y, 0), (y, -x, 0), (x, y, 0), minor)
        circles.append(draw.step.add("IfcEdgeCurve", vertex, vertex, section, True))
    equator = _circle(draw, (0, 0, 0), (0, 0, 1), (1, 0, 0), major + minor)
    seam = draw.step.add("IfcEdgeCurve", *vertices, equator, True)
    surface = draw.step.add("IfcToroidalSurface", draw.at()[0], draw.step.m(major), draw.step.m(minor))
    turns = [(seam, True), (circles[1], True), (seam, False), (circles[0], False)]
    side = _face(draw, [_oriented(draw, *turn) for turn in turns], surface)
    caps = []
    for edge, forward, (x, y, _) in ((circles[0], True, along[0]), (circles[1], False, along[1])):
        normal = (y, -x, 0.0) if forward else (-y, x, 0.0)
        plane = draw.step.add("IfcPlane", draw.at((major * x, major * y, 0), normal, (0, 0, 1))[0])
        caps.append(_face(draw, [_oriented(draw, edge, forward)], plane))
    return _brep(draw, draw.step.add("IfcClosedShell", [side, *caps]), _torus(major, minor, angle))


@case("IfcAdvancedBrep, IfcToroidalSurface, bend of two halves", NEW)
def bend_of_halves(draw: Draw) -> Body:
    """The upper and the lower half of a bend, without seams, and two caps."""
    major, minor = _radii(draw)
    angle = draw.between(0.3, 3.0)
    along = [(cos(a), sin(a), 0.0) for a in (0.0, angle)]
    outer, inner = (
        [_vertex(draw, np.multiply(major + side * minor, direction)) for direction in along] for side in (1, -1)
    )
    arcs = [
        draw.step.add("IfcEdgeCurve", *ends, _circle(draw, (0, 0, 0), (0, 0, 1), (1, 0, 0), radius), True)
        for ends, radius in ((outer, major + minor), (inner, major - minor))
    ]
    upper: list[Ref] = []
    lower: list[Ref] = []  # from the outer to the inner vertex, and back
    for number, (x, y, _) in enumerate(along):
        for halves, start, end in ((upper, outer, inner), (lower, inner, outer)):
            section = _circle(draw, (major * x, major * y, 0), (y, -x, 0), (x, y, 0), minor)
            halves.append(draw.step.add("IfcEdgeCurve", start[number], end[number], section, True))
    faces = []
    for halves, first, second in ((upper, arcs[0], arcs[1]), (lower, arcs[1], arcs[0])):
        surface = draw.step.add("IfcToroidalSurface", draw.at()[0], draw.step.m(major), draw.step.m(minor))
        turns = [(first, True), (halves[1], True), (second, False), (halves[0], False)]
        faces.append(_face(draw, [_oriented(draw, *turn) for turn in turns], surface))
    for number, forward in ((0, True), (1, False)):
        x, y, _ = along[number]
        normal = (y, -x, 0.0) if forward else (-y, x, 0.0)
        plane = draw.step.add("IfcPlane", draw.at((major * x, major * y, 0), normal, (0, 0, 1))[0])
        edges = (upper[number], lower[number]) if forward else (lower[number], upper[number])
        faces.append(_face(draw, [_oriented(draw, edge, forward) for edge in edges], plane))
    return _brep(draw, draw.step.add("IfcClosedShell", faces), _torus(major, minor, angle))


def _curve(draw: Draw, control: Points, z: float, weight: float) -> Ref:
    """Write a Bézier curve of degree 2 in a level plane; its middle point may have a weight."""
    points = [draw.step.point(*draw.world((x, y, z))) for x, y in control]
    knots = ([3, 3], [0.0, 1.0], Word(".UNSPECIFIED."))
    if weight == 1:
        return draw.step.add("IfcBSplineCurveWithKnots", 2, points, *_OPEN, *knots)
    return draw.step.add("IfcRationalBSplineCurveWithKnots", 2, points, *_OPEN, *knots, [1.0, weight, 1.0])


def _surface(draw: Draw, control: Points, height: float, weight: float) -> Ref:
    """Write the wall above such a curve."""
    points = [[draw.step.point(*draw.world((x, y, z))) for z in (0.0, height)] for x, y in control]
    flags = (Word(".UNSPECIFIED."), Word(".F."), Word(".F."), Word(".F."))
    knots = ([3, 3], [2, 2], [0.0, 1.0], [0.0, 1.0], Word(".UNSPECIFIED."))
    if weight == 1:
        return draw.step.add("IfcBSplineSurfaceWithKnots", 2, 1, points, *flags, *knots)
    weights = [[value, value] for value in (1.0, weight, 1.0)]
    return draw.step.add("IfcRationalBSplineSurfaceWithKnots", 2, 1, points, *flags, *knots, weights)


def _line(draw: Draw, start: Sequence[float], end: Sequence[float]) -> Ref:
    along = np.subtract(end, start)
    vector = draw.step.add("IfcVector", draw.step.direction(*map(float, along / np.linalg.norm(along))), draw.step.m(1))
    return draw.step.add("IfcLine", draw.step.point(*draw.world(start)), vector)


def _curved_prism(draw: Draw, corners: list[tuple[float, float]], control: Points, height: float, weight: float) -> Ref:
    """Write a prism whose last side, from the last corner to the first, is the curve."""
    count = len(corners)
    vertices = [[_vertex(draw, (x, y, z)) for x, y in corners] for z in (0.0, height)]
    rings: list[list[Ref]] = []
    for level, z in enumerate((0.0, height)):
        ring = []
        for i, (x, y) in enumerate(corners):
            end = corners[(i + 1) % count]
            curve = _curve(draw, control, z, weight) if i == count - 1 else _line(draw, (x, y, z), (*end, z))
            ring.append(
                draw.step.add("IfcEdgeCurve", vertices[level][i], vertices[level][(i + 1) % count], curve, True)
            )
        rings.append(ring)
    posts = [
        draw.step.add("IfcEdgeCurve", vertices[0][i], vertices[1][i], _line(draw, (x, y, 0.0), (x, y, height)), True)
        for i, (x, y) in enumerate(corners)
    ]
    faces = []
    for i, (x, y) in enumerate(corners):
        following = (i + 1) % count
        turns = [(rings[0][i], True), (posts[following], True), (rings[1][i], False), (posts[i], False)]
        along = np.subtract(corners[following], (x, y))
        plane = draw.at((x, y, 0.0), (float(along[1]), -float(along[0]), 0.0), (*map(float, along), 0.0))[0]
        last = i == count - 1
        surface = _surface(draw, control, height, weight) if last else draw.step.add("IfcPlane", plane)
        faces.append(_face(draw, [_oriented(draw, *turn) for turn in turns], surface))
    for ring, z, up in ((rings[0], 0.0, -1.0), (rings[1], height, 1.0)):
        plane = draw.step.add("IfcPlane", draw.at((*corners[0], z), (0, 0, up), (1, 0, 0))[0])
        forward = up > 0
        faces.append(_face(draw, [_oriented(draw, edge, forward) for edge in (ring if forward else ring[::-1])], plane))
    return draw.step.add("IfcClosedShell", faces)


def _dense(control: Points, weight: float) -> Points:
    t = np.linspace(0, 1, 400)[:, None]
    shares = ((1 - t) ** 2, 2 * weight * t * (1 - t), t**2)
    total = sum(shares)
    return np.asarray(sum(share * point for share, point in zip(shares, control, strict=True)) / total)


def _prism_body(draw: Draw, corners: list[tuple[float, float]], control: Points, weight: float, area: float) -> Body:
    height = draw.size(0.1, 3)
    points = np.concatenate((np.array(corners[:-1]), _dense(control, weight)[:-1]))
    length = float(np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1).sum())
    solid = prism(Region(Ring(points, area, length, curved=True)), np.array([0, 0, height]))
    return _brep(draw, _curved_prism(draw, corners, control, height, weight), solid)


@case("IfcAdvancedBrep, IfcBSplineSurfaceWithKnots, curved", NEW)
def parabolic(draw: Draw) -> Body:
    """A box with one side that bulges as a parabola, which covers two thirds of its control triangle."""
    width, depth, bulge = draw.size(0.2, 3), draw.size(0.2, 3), draw.between(0.2, 1.0)
    corners = [(0.0, depth), (0.0, 0.0), (width, 0.0), (width, depth)]
    control = np.array([(width, depth), (width / 2, depth + bulge), (0.0, depth)])
    return _prism_body(draw, corners, control, 1.0, width * depth + width * bulge / 3)


@case("IfcAdvancedBrep, IfcRationalBSplineSurfaceWithKnots", NEW)
def quarter(draw: Draw) -> Body:
    """A quarter of a cylinder, exact with a weight of the square root of one half."""
    radius = draw.size(0.1, 3)
    corners = [(0.0, radius), (0.0, 0.0), (radius, 0.0)]
    control = np.array([(radius, 0.0), (radius, radius), (0.0, radius)])
    return _prism_body(draw, corners, control, sqrt(0.5), pi * radius**2 / 4)
