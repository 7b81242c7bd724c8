"""Advanced breps with faces on every kind of surface: planes, cylinders, spheres, swept surfaces, B-splines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests.geometry.draw import NEW, Body, Draw, case
from tests.geometry.families.booleans import _shifted, host_box, less_inner
from tests.geometry.families.operands import BOX_FACES
from tests.geometry.families.primitives import cylinder, sphere
from tests.geometry.solid import box, corners
from tests.geometry.step import DERIVED, Word

if TYPE_CHECKING:
    from tests.geometry.solid import Points, Solid
    from tests.geometry.step import Ref


def _vertex(draw: Draw, point: Any) -> Ref:
    return draw.step.add("IfcVertexPoint", draw.step.point(*draw.world(point)))


def _oriented(draw: Draw, edge: Ref, forward: bool) -> Ref:  # noqa: FBT001 - Orientation of IfcOrientedEdge
    return draw.step.add("IfcOrientedEdge", DERIVED, DERIVED, edge, forward)


def _face(draw: Draw, edges: list[Ref], surface: Ref, *, same: bool = True) -> Ref:
    bound = draw.step.add("IfcFaceOuterBound", draw.step.add("IfcEdgeLoop", edges), True)
    return draw.step.add("IfcAdvancedFace", [bound], surface, same)


def _box_shell(draw: Draw, points: Points, surface: Any, loops: Any = BOX_FACES) -> Ref:
    """Write the shell of a box; `surface` writes the surface of a face from its corners and outward normal."""
    vertices = [_vertex(draw, point) for point in points]
    edges: dict[tuple[int, int], Ref] = {}
    faces = []
    for loop in loops:
        oriented = []
        for start, end in zip(loop, (*loop[1:], loop[0]), strict=True):
            key = (min(start, end), max(start, end))
            if key not in edges:
                edges[key] = _line_edge(draw, points, vertices, *key)
            oriented.append(_oriented(draw, edges[key], start < end))
        ring = points[list(loop)]
        faces.append(_face(draw, oriented, surface(draw, ring)))
    return draw.step.add("IfcClosedShell", faces)


def _line_edge(draw: Draw, points: Points, vertices: list[Ref], start: int, end: int) -> Ref:
    along = points[end] - points[start]
    vector = draw.step.add("IfcVector", draw.step.direction(*map(float, along / np.linalg.norm(along))), draw.step.m(1))
    line = draw.step.add("IfcLine", draw.step.point(*draw.world(points[start])), vector)
    return draw.step.add("IfcEdgeCurve", vertices[start], vertices[end], line, True)


def _plane(draw: Draw, ring: Points) -> Ref:
    across = ring[1] - ring[0]
    normal = np.cross(across, ring[2] - ring[1])
    position, _ = draw.at(ring[0], tuple(map(float, normal)), tuple(map(float, across)))
    return draw.step.add("IfcPlane", position)


def _bspline(draw: Draw, ring: Points) -> Ref:
    """Write a bilinear B-spline surface through four corners, whose normal is that of the ring."""
    rows = [[ring[0], ring[3]], [ring[1], ring[2]]]
    points = [[draw.step.point(*draw.world(point)) for point in row] for row in rows]
    knots = ([2, 2], [2, 2], [0.0, 1.0], [0.0, 1.0], Word(".UNSPECIFIED."))
    flags = (Word(".UNSPECIFIED."), Word(".F."), Word(".F."), Word(".F."))
    return draw.step.add("IfcBSplineSurfaceWithKnots", 1, 1, points, *flags, *knots)


def _extrusion(draw: Draw, ring: Points) -> Ref:
    """Write a surface of linear extrusion of the ring's first side along its second."""
    across, along = ring[1] - ring[0], ring[3] - ring[0]
    length = float(np.linalg.norm(across))
    curve = draw.step.polyline([(0.0, 0.0), (length, 0.0)])
    profile = draw.step.add("IfcArbitraryOpenProfileDef", Word(".CURVE."), None, curve)
    x, z = tuple(map(float, across)), tuple(map(float, along))
    position, _ = draw.at(ring[0], z, x)
    return draw.step.add(
        "IfcSurfaceOfLinearExtrusion",
        profile,
        position,
        draw.step.direction(0, 0, 1),
        draw.step.m(float(np.linalg.norm(along))),
    )


def _brep(draw: Draw, shell: Ref, solid: Solid) -> Body:
    return Body([draw.step.add("IfcAdvancedBrep", shell)], _shifted(draw, solid), "AdvancedBrep")


def _box_case(name: str, surface: Any) -> None:
    def make(draw: Draw) -> Body:
        host = host_box(draw)
        return _brep(draw, _box_shell(draw, corners(*host), surface), box(*host))

    make.__module__ = __name__
    case(f"IfcAdvancedBrep, {name}", NEW)(make)


_box_case("IfcPlane", _plane)
_box_case("IfcBSplineSurfaceWithKnots, flat", _bspline)
_box_case("IfcSurfaceOfLinearExtrusion, flat", _extrusion)


@case("IfcAdvancedBrepWithVoids", NEW)
def with_voids(draw: Draw) -> Body:
    host = host_box(draw)
    size = host[1] - host[0]
    inner = np.array([host[0] + size * draw.between(0.1, 0.4), host[1] - size * draw.between(0.1, 0.4)]).round(7)
    outer = _box_shell(draw, corners(*host), _plane)
    void = _box_shell(draw, corners(*inner), _plane, [loop[::-1] for loop in BOX_FACES])
    item = draw.step.add("IfcAdvancedBrepWithVoids", outer, [void])
    return Body([item], _shifted(draw, less_inner(box(*host), box(*inner))), "AdvancedBrep")


def _side_cylinder(draw: Draw, radius: float, height: float) -> Ref:
    del height
    return draw.step.add("IfcCylindricalSurface", draw.at()[0], draw.step.m(radius))


def _side_extrusion(draw: Draw, radius: float, height: float) -> Ref:
    profile = draw.step.add("IfcCircleProfileDef", Word(".CURVE."), None, draw.step.axes_2d(), draw.step.m(radius))
    up = draw.step.direction(0, 0, 1)
    return draw.step.add("IfcSurfaceOfLinearExtrusion", profile, draw.at()[0], up, draw.step.m(height))


def _side_revolution(draw: Draw, radius: float, height: float) -> Ref:
    """Revolve a line beside the axis; the profile lies in the XY plane, the axis is its Y."""
    curve = draw.step.polyline([(radius, 0.0), (radius, height)])
    profile = draw.step.add("IfcArbitraryOpenProfileDef", Word(".CURVE."), None, curve)
    axis = draw.step.add("IfcAxis1Placement", draw.step.point(0, 0, 0), draw.step.direction(0, 1, 0))
    position, _ = draw.at((0, 0, 0), (0, -1, 0), (1, 0, 0))
    return draw.step.add("IfcSurfaceOfRevolution", profile, position, axis)


def _cylinder_shell(draw: Draw, radius: float, height: float, surface: Any) -> Ref:
    """Write two caps and a side with a seam."""
    low, high = _vertex(draw, (radius, 0, 0)), _vertex(draw, (radius, 0, height))
    circles = []
    for vertex, z in ((low, 0.0), (high, height)):
        circle = draw.step.add("IfcCircle", draw.at((0, 0, z))[0], draw.step.m(radius))
        circles.append(draw.step.add("IfcEdgeCurve", vertex, vertex, circle, True))
    vector = draw.step.add("IfcVector", draw.step.direction(0, 0, 1), draw.step.m(1))
    line = draw.step.add("IfcLine", draw.step.point(*draw.world((radius, 0, 0))), vector)
    seam = draw.step.add("IfcEdgeCurve", low, high, line, True)
    turns = [(circles[0], True), (seam, True), (circles[1], False), (seam, False)]
    side = _face(draw, [_oriented(draw, *turn) for turn in turns], surface(draw, radius, height))
    top = draw.step.add("IfcPlane", draw.at((0, 0, height))[0])
    bottom = draw.step.add("IfcPlane", draw.at((0, 0, 0), (0, 0, -1), (1, 0, 0))[0])
    caps = [
        _face(draw, [_oriented(draw, circles[1], True)], top),
        _face(draw, [_oriented(draw, circles[0], False)], bottom),
    ]
    return draw.step.add("IfcClosedShell", [side, *caps])


def _cylinder_case(name: str, surface: Any) -> None:
    def make(draw: Draw) -> Body:
        radius, height = draw.size(0.05, 2), draw.size(0.05, 3)
        return _brep(draw, _cylinder_shell(draw, radius, height, surface), cylinder(radius, height))

    make.__module__ = __name__
    case(f"IfcAdvancedBrep, {name}", NEW)(make)


_cylinder_case("IfcCylindricalSurface", _side_cylinder)
_cylinder_case("IfcSurfaceOfLinearExtrusion of a circle", _side_extrusion)
_cylinder_case("IfcSurfaceOfRevolution", _side_revolution)


@case("IfcAdvancedBrep, IfcSphericalSurface", NEW)
def spherical(draw: Draw) -> Body:
    """One face, bounded by a half circle that is its seam."""
    radius = draw.size(0.05, 2)
    south, north = _vertex(draw, (0, 0, -radius)), _vertex(draw, (0, 0, radius))
    circle = draw.step.add("IfcCircle", draw.at((0, 0, 0), (0, -1, 0), (0, 0, -1))[0], draw.step.m(radius))
    seam = draw.step.add("IfcEdgeCurve", south, north, circle, True)
    surface = draw.step.add("IfcSphericalSurface", draw.at()[0], draw.step.m(radius))
    face = _face(draw, [_oriented(draw, seam, True), _oriented(draw, seam, False)], surface)
    return _brep(draw, draw.step.add("IfcClosedShell", [face]), sphere(radius))
