"""Faceted breps, their voids and bounds; surface models and shells, open and closed."""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING

import numpy as np

from tests.geometry.boxes import combined, minus
from tests.geometry.draw import Body, Draw, case
from tests.geometry.families.booleans import _shifted, host_box, less_inner
from tests.geometry.families.extrusions import prism
from tests.geometry.families.operands import BOX_FACES, faces
from tests.geometry.outline import Region, polygon
from tests.geometry.solid import Solid, apply, box, corners, frame_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.geometry.solid import Points
    from tests.geometry.step import Ref

Mesh = tuple["Points", "Sequence[tuple[int, ...]]", Solid]


def prism_faces(draw: Draw) -> Mesh:
    """Return points and faces of a prism over a star-shaped polygon, turned at random, and its description."""
    count, size, depth = draw.random.randint(3, 8), draw.size(), draw.size()
    angles = [2 * pi * (i + draw.between(-0.3, 0.3)) / count for i in range(count)]
    ring = np.array([[cos(a), sin(a)] for a in angles]) * [[size * draw.between(0.4, 1)] for _ in angles]
    frame = _turn(draw)
    local = np.concatenate([np.c_[ring, np.full(count, z)] for z in (0.0, depth)])
    sides = [(i, (i + 1) % count, (i + 1) % count + count, i + count) for i in range(count)]
    loops = [tuple(range(count - 1, -1, -1)), tuple(range(count, 2 * count)), *sides]
    solid = prism(Region(polygon(ring)), np.array([0, 0, depth])).moved(frame)
    return apply(frame, local), loops, solid


def _turn(draw: Draw) -> Points:
    return frame_of([draw.between(-2, 2) for _ in range(3)], draw.direction(), (0.6, 0.48, 0.64))


def pyramid_faces(draw: Draw) -> Mesh:
    """Return a pyramid over a regular polygon."""
    count, size, height = draw.random.randint(3, 8), draw.size(), draw.size()
    angles = 2 * pi * np.arange(count) / count
    ring = size * np.c_[np.cos(angles), np.sin(angles), np.zeros(count)]
    base = count / 2 * size**2 * sin(2 * pi / count)
    apothem = size * cos(pi / count)
    side = count * size * sin(pi / count) * np.hypot(height, apothem)
    frame = _turn(draw)
    loops = [tuple(range(count - 1, -1, -1)), *((i, (i + 1) % count, count) for i in range(count))]
    points = apply(frame, np.concatenate((ring, [[0, 0, height]])))
    return points, loops, Solid(base * height / 3, base + float(side), points, euler=2)


def _any_mesh(draw: Draw) -> Mesh:
    return prism_faces(draw) if draw.chance(0.6) else pyramid_faces(draw)


def _shell(draw: Draw, name: str, mesh: Mesh) -> Ref:
    return draw.step.add(name, faces(draw, mesh[0], mesh[1]))


@case("IfcFacetedBrep")
def faceted(draw: Draw) -> Body:
    mesh = _any_mesh(draw)
    item = draw.step.add("IfcFacetedBrep", _shell(draw, "IfcClosedShell", mesh))
    return Body([item], _shifted(draw, mesh[2]), "Brep")


@case("IfcFacetedBrep, faces turned at random")
def turned(draw: Draw) -> Body:
    """Some faces are listed against the rule; their bounds' Orientation says so."""
    points, loops, solid = prism_faces(draw)
    refs = [draw.step.point(*draw.world(point)) for point in points]
    written = []
    for loop in loops:
        against = draw.chance(0.5)
        poly = draw.step.add("IfcPolyLoop", [refs[i] for i in (loop[::-1] if against else loop)])
        written.append(draw.step.add("IfcFace", [draw.step.add("IfcFaceOuterBound", poly, not against)]))
    item = draw.step.add("IfcFacetedBrep", draw.step.add("IfcClosedShell", written))
    return Body([item], _shifted(draw, solid), "Brep")


@case("IfcFacetedBrep, inside out")
def inside_out(draw: Draw) -> Body:
    """All faces point inward: the body is meant all the same."""
    points, loops, solid = prism_faces(draw)
    item = draw.step.add(
        "IfcFacetedBrep", draw.step.add("IfcClosedShell", faces(draw, points, [p[::-1] for p in loops]))
    )
    return Body([item], _shifted(draw, solid), "Brep")


def _frame_with_hole(draw: Draw) -> tuple[Points, Points]:
    host = host_box(draw)
    size = host[1] - host[0]
    hole = np.array([host[0] + size * draw.between(0.1, 0.4), host[1] - size * draw.between(0.1, 0.4)])
    hole[:, 2] = host[:, 2]
    return host, hole.round(7)


@case("IfcFacetedBrep, faces with holes")
def with_inner_bounds(draw: Draw) -> Body:
    """A box with a square hole through it along Z."""
    host, hole = _frame_with_hole(draw)
    refs = [[draw.step.point(*draw.world(point)) for point in corners(*part)] for part in (host, hole)]

    def bound(part: int, loop: tuple[int, ...], name: str) -> Ref:
        return draw.step.add(name, draw.step.add("IfcPolyLoop", [refs[part][i] for i in loop]), True)

    written = []
    for loop in BOX_FACES:
        axis = next(a for a in range(3) if len({corners((0, 0, 0), (1, 1, 1))[i][a] for i in loop}) == 1)
        bounds = [bound(0, loop, "IfcFaceOuterBound")]
        if axis == 2:
            bounds.append(bound(1, loop[::-1], "IfcFaceBound"))
        else:
            written.append(draw.step.add("IfcFace", [bound(1, loop[::-1], "IfcFaceOuterBound")]))
        draw.random.shuffle(bounds)
        written.append(draw.step.add("IfcFace", bounds))
    item = draw.step.add("IfcFacetedBrep", draw.step.add("IfcClosedShell", written))
    return Body([item], _shifted(draw, combined([host, np.add(hole, [[0, 0, -1], [0, 0, 1]])], minus)), "Brep")


@case("IfcFacetedBrepWithVoids")
def with_voids(draw: Draw) -> Body:
    host = host_box(draw)
    size = host[1] - host[0]
    inner = np.array([host[0] + size * draw.between(0.1, 0.4), host[1] - size * draw.between(0.1, 0.4)]).round(7)
    outer = draw.step.add("IfcClosedShell", faces(draw, corners(*host), BOX_FACES))
    # The normals of a void point into it, away from the material.
    against = [loop[::-1] for loop in BOX_FACES] if draw.chance(0.5) else BOX_FACES
    void = draw.step.add("IfcClosedShell", faces(draw, corners(*inner), against))
    item = draw.step.add("IfcFacetedBrepWithVoids", outer, [void])
    return Body([item], _shifted(draw, less_inner(box(*host), box(*inner))), "Brep")


@case("IfcShellBasedSurfaceModel, closed shell")
def closed_shell(draw: Draw) -> Body:
    mesh = _any_mesh(draw)
    item = draw.step.add("IfcShellBasedSurfaceModel", [_shell(draw, "IfcClosedShell", mesh)])
    return Body([item], _shifted(draw, mesh[2]), "SurfaceModel")


def _open(draw: Draw) -> Mesh:
    """Return some sides of a box."""
    host = host_box(draw)
    sides = draw.random.sample(BOX_FACES, draw.random.randint(1, 5))
    points = corners(*host)
    area = sum(float(np.linalg.norm(np.cross(points[s[1]] - points[s[0]], points[s[3]] - points[s[0]]))) for s in sides)
    extremes = points[sorted({i for side in sides for i in side})]
    return points, list(sides), Solid(area=area, extremes=extremes, closed=False)


@case("IfcShellBasedSurfaceModel, open shell")
def open_shell(draw: Draw) -> Body:
    mesh = _open(draw)
    item = draw.step.add("IfcShellBasedSurfaceModel", [_shell(draw, "IfcOpenShell", mesh)])
    return Body([item], _shifted(draw, mesh[2]), "SurfaceModel")


@case("IfcFaceBasedSurfaceModel")
def face_based(draw: Draw) -> Body:
    mesh = _open(draw)
    item = draw.step.add("IfcFaceBasedSurfaceModel", [_shell(draw, "IfcConnectedFaceSet", mesh)])
    return Body([item], _shifted(draw, mesh[2]), "SurfaceModel")


@case("IfcFaceBasedSurfaceModel, concave face with hole")
def concave(draw: Draw) -> Body:
    """A level U-shaped face with a hole; no bound is marked as the outer one in half of the cases."""
    x, y, t = draw.size(0.5), draw.size(0.5), draw.between(0.1, 0.4)
    t *= min(x, y)
    outer = [(0, 0), (x, 0), (x, y), (x - t, y), (x - t, t), (t, t), (t, y), (0, y)]
    hole = [(t / 4, t / 4), (t / 4, t / 2), (t / 2, t / 2), (t / 2, t / 4)]
    loops = []
    for ring in (outer, hole):
        refs = [draw.step.point(*draw.world((*point, 0.0))) for point in ring]
        loops.append(draw.step.add("IfcPolyLoop", refs))
    marked = draw.chance(0.5)
    bounds = [draw.step.add("IfcFaceOuterBound" if marked else "IfcFaceBound", loops[0], True)]
    bounds.append(draw.step.add("IfcFaceBound", loops[1], True))
    if draw.chance(0.5):
        bounds.reverse()
    shell = draw.step.add("IfcConnectedFaceSet", [draw.step.add("IfcFace", bounds)])
    item = draw.step.add("IfcFaceBasedSurfaceModel", [shell])
    area = polygon(outer).area - polygon(hole).area
    extremes = np.array([(*point, 0.0) for point in outer])
    return Body([item], _shifted(draw, Solid(area=area, extremes=extremes, closed=False)), "SurfaceModel")
