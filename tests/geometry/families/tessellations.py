"""Tessellated face sets: triangles and polygons, PnIndex, voids, shared and repeated points, open and closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tests.geometry.boxes import combined, minus
from tests.geometry.draw import NEW, Body, Draw, case
from tests.geometry.families.booleans import _shifted
from tests.geometry.families.breps import _any_mesh, _frame_with_hole, _open
from tests.geometry.families.operands import BOX_FACES, point_list
from tests.geometry.outline import polygon
from tests.geometry.solid import Solid, corners

if TYPE_CHECKING:
    from tests.geometry.families.breps import Mesh
    from tests.geometry.solid import Points

Loops = Sequence[tuple[int, ...]]


def _convex_mesh(draw: Draw) -> Mesh:
    """Return a mesh whose faces can be cut into fans."""
    while True:
        points, loops, solid = _any_mesh(draw)
        if all(len(loop) <= 4 or _is_convex(points[list(loop)]) for loop in loops):
            return points, loops, solid


def _is_convex(ring: Points) -> bool:
    normal = np.cross(ring[1] - ring[0], ring[2] - ring[1])
    edges = np.roll(ring, -1, axis=0) - ring
    turns = np.cross(edges, np.roll(edges, -1, axis=0)) @ normal
    return bool((turns > 0).all())


def _fans(loops: Loops) -> Loops:
    return [(loop[0], loop[i], loop[i + 1]) for loop in loops for i in range(1, len(loop) - 1)]


def _rows(loops: Loops) -> list[list[int]]:
    return [[i + 1 for i in loop] for loop in loops]


def _indexed(draw: Draw, points: Points, loops: Loops) -> tuple[Points, Loops, list[int]]:
    """Return the points in another order among unused ones, and the PnIndex that leads to them."""
    order = list(range(len(points)))
    draw.random.shuffle(order)
    listed = np.concatenate(([[50.0, 60.0, 70.0]], points[order]))
    index = [order.index(i) + 2 for i in range(len(points))]
    return listed, loops, index


def _triangulated(draw: Draw, mesh: Mesh, *, closed: bool | None, indirect: bool = False) -> Body:
    points, loops, solid = mesh
    index = None
    loops = _fans(loops)
    if indirect:
        points, loops, index = _indexed(draw, points, loops)
    item = draw.step.add("IfcTriangulatedFaceSet", point_list(draw, points), None, closed, _rows(loops), index)
    return Body([item], _shifted(draw, solid), "Tessellation")


@case("IfcTriangulatedFaceSet", NEW)
def triangulated(draw: Draw) -> Body:
    return _triangulated(draw, _convex_mesh(draw), closed=True)


@case("IfcTriangulatedFaceSet, open", NEW)
def triangulated_open(draw: Draw) -> Body:
    return _triangulated(draw, _open(draw), closed=False if draw.chance(0.5) else None)


@case("IfcTriangulatedFaceSet, PnIndex", NEW)
def triangulated_indirect(draw: Draw) -> Body:
    return _triangulated(draw, _convex_mesh(draw), closed=True, indirect=True)


@case("IfcTriangulatedFaceSet, repeated points", NEW)
def triangulated_soup(draw: Draw) -> Body:
    """Each triangle has points of its own."""
    points, loops, solid = _convex_mesh(draw)
    fans = _fans(loops)
    own = np.array([points[i] for fan in fans for i in fan])
    rows = [(3 * i, 3 * i + 1, 3 * i + 2) for i in range(len(fans))]
    return _triangulated(draw, (own, rows, solid), closed=True)


@case("IfcTriangulatedIrregularNetwork", ("IFC4X3_ADD2",))
def network(draw: Draw) -> Body:
    """Terrain of two by two squares, one of which is a hole by its flags."""
    size = draw.size(0.5)
    points = np.array([[x * size, y * size, 0.0] for y in range(3) for x in range(3)])
    fans = [t for y in (0, 1) for x in (0, 1) for i in [3 * y + x] for t in ((i, i + 1, i + 4), (i, i + 4, i + 3))]
    flags = [0, 0, 0, 0, 0, 0, -1, -1]
    values = (None, None, _rows(fans), None, flags)
    item = draw.step.add("IfcTriangulatedIrregularNetwork", point_list(draw, points), *values)
    solid = Solid(area=3 * size**2, extremes=points[:8], closed=False)
    return Body([item], _shifted(draw, solid), "Tessellation")


def _polygonal(draw: Draw, mesh: Mesh, *, closed: bool | None, indirect: bool = False) -> Body:
    points, loops, solid = mesh
    index = None
    if indirect:
        points, loops, index = _indexed(draw, points, loops)
    sides = [draw.step.add("IfcIndexedPolygonalFace", row) for row in _rows(loops)]
    item = draw.step.add("IfcPolygonalFaceSet", point_list(draw, points), closed, sides, index)
    return Body([item], _shifted(draw, solid), "Tessellation")


@case("IfcPolygonalFaceSet", NEW)
def polygonal(draw: Draw) -> Body:
    return _polygonal(draw, _any_mesh(draw), closed=True)


@case("IfcPolygonalFaceSet, open", NEW)
def polygonal_open(draw: Draw) -> Body:
    return _polygonal(draw, _open(draw), closed=None)


@case("IfcPolygonalFaceSet, PnIndex", NEW)
def polygonal_indirect(draw: Draw) -> Body:
    return _polygonal(draw, _any_mesh(draw), closed=True, indirect=True)


@case("IfcPolygonalFaceSet, faces with voids", NEW)
def polygonal_voids(draw: Draw) -> Body:
    """A box with a square hole through it along Z."""
    host, hole = _frame_with_hole(draw)
    points = np.concatenate((corners(*host), corners(*hole)))
    sides = []
    for loop in BOX_FACES:
        level = len({corners((0, 0, 0), (1, 1, 1))[i][2] for i in loop}) == 1
        inner = [i + 9 for i in loop[::-1]]
        if level:
            sides.append(draw.step.add("IfcIndexedPolygonalFaceWithVoids", _rows([loop])[0], [inner]))
        else:
            sides += [draw.step.add("IfcIndexedPolygonalFace", row) for row in (_rows([loop])[0], inner)]
    item = draw.step.add("IfcPolygonalFaceSet", point_list(draw, points), True, sides, None)
    return Body([item], _shifted(draw, combined([host, np.add(hole, [[0, 0, -1], [0, 0, 1]])], minus)), "Tessellation")


@case("IfcPolygonalFaceSet, one face with two voids", NEW)
def face_with_two_voids(draw: Draw) -> Body:
    size = draw.size(0.5)
    rings: list[list[tuple[float, float]]] = [
        [(0, 0), (4, 0), (4, 2), (0, 2)],
        [(0.5, 0.5), (0.5, 1), (1, 1), (1, 0.5)],
        [(2, 1), (2, 1.5), (3, 1.5), (3, 1)],
    ]
    points = np.array([(x * size, y * size, 0.0) for ring in rings for x, y in ring])
    face = draw.step.add("IfcIndexedPolygonalFaceWithVoids", [1, 2, 3, 4], [[5, 6, 7, 8], [9, 10, 11, 12]])
    item = draw.step.add("IfcPolygonalFaceSet", point_list(draw, points), None, [face], None)
    area = (polygon(rings[0]).area - polygon(rings[1]).area - polygon(rings[2]).area) * size**2
    return Body([item], _shifted(draw, Solid(area=area, extremes=points[:4], closed=False)), "Tessellation")
