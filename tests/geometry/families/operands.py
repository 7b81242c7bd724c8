"""One box written in each way that IFC has, for hosts, operands and openings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests.geometry.draw import NEW, SCHEMAS
from tests.geometry.solid import corners
from tests.geometry.step import AREA, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.geometry.draw import Draw
    from tests.geometry.solid import Points
    from tests.geometry.step import Ref

BOX_FACES = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
"""The sides of a box by the numbers of `solid.corners`, outward."""


def extrusion(draw: Draw, box: Points, axis: int | None = None) -> Ref:
    """Write a box as an extrusion along one of its axes."""
    axis = draw.random.randrange(3) if axis is None else axis
    x, y, depth = np.roll(box[1] - box[0], 2 - axis)
    profile = draw.step.add("IfcRectangleProfileDef", AREA, None, draw.step.axes_2d(), draw.step.m(x), draw.step.m(y))
    start = (box[0] + box[1]) / 2
    start[axis] = box[0][axis]
    unit = np.eye(3).tolist()
    position, _ = draw.at(start, unit[axis], unit[(axis + 1) % 3])
    return draw.step.add("IfcExtrudedAreaSolid", profile, position, draw.step.direction(0, 0, 1), draw.step.m(depth))


def block(draw: Draw, box: Points) -> Ref:
    """Write a box as an IfcBlock."""
    position, _ = draw.at(box[0])
    return draw.step.add("IfcBlock", position, *draw.step.coordinates(box[1] - box[0]))


def csg(draw: Draw, box: Points) -> Ref:
    """Write a box as an IfcCsgSolid."""
    return draw.step.add("IfcCsgSolid", block(draw, box))


def faces(draw: Draw, points: Points, loops: Any) -> list[Ref]:
    """Write faces with one outer bound each."""
    refs = [draw.step.point(*draw.world(point)) for point in points]
    written = []
    for loop in loops:
        poly = draw.step.add("IfcPolyLoop", [refs[i] for i in loop])
        written.append(draw.step.add("IfcFace", [draw.step.add("IfcFaceOuterBound", poly, True)]))
    return written


def brep(draw: Draw, box: Points) -> Ref:
    """Write a box as an IfcFacetedBrep."""
    shell = draw.step.add("IfcClosedShell", faces(draw, corners(*box), BOX_FACES))
    return draw.step.add("IfcFacetedBrep", shell)


def point_list(draw: Draw, points: Points) -> Ref:
    """Write an IfcCartesianPointList3D."""
    rows = [draw.step.coordinates(draw.world(point)) for point in points]
    rest = (None,) if draw.step.setting.schema == "IFC4X3_ADD2" else ()
    return draw.step.add("IfcCartesianPointList3D", rows, *rest)


def triangulated(draw: Draw, box: Points) -> Ref:
    """Write a box as an IfcTriangulatedFaceSet."""
    indices = [[a + 1, b + 1, c + 1] for p, q, r, s in BOX_FACES for a, b, c in ((p, q, r), (p, r, s))]
    return draw.step.add("IfcTriangulatedFaceSet", point_list(draw, corners(*box)), None, True, indices, None)


def polygonal(draw: Draw, box: Points) -> Ref:
    """Write a box as an IfcPolygonalFaceSet."""
    sides = [draw.step.add("IfcIndexedPolygonalFace", [i + 1 for i in side]) for side in BOX_FACES]
    return draw.step.add("IfcPolygonalFaceSet", point_list(draw, corners(*box)), True, sides, None)


def clockwise(draw: Draw, box: Points) -> Ref:
    """Write a box as an extrusion of an IfcArbitraryClosedProfileDef, clockwise."""
    (x0, y0, z0), (x1, y1, z1) = box
    curve = draw.step.polyline([(x0, y0), (x0, y1), (x1, y1), (x1, y0)], closed=True)
    profile = draw.step.add("IfcArbitraryClosedProfileDef", AREA, None, curve)
    position, _ = draw.at((0, 0, z0))
    return draw.step.add("IfcExtrudedAreaSolid", profile, position, draw.step.direction(0, 0, 1), draw.step.m(z1 - z0))


BOXES: dict[str, tuple[Callable[[Draw, Points], Ref], tuple[str, ...]]] = {
    "IfcExtrudedAreaSolid": (extrusion, SCHEMAS),
    "IfcArbitraryClosedProfileDef": (clockwise, SCHEMAS),
    "IfcBlock": (block, SCHEMAS),
    "IfcCsgSolid": (csg, SCHEMAS),
    "IfcFacetedBrep": (brep, SCHEMAS),
    "IfcTriangulatedFaceSet": (triangulated, NEW),
    "IfcPolygonalFaceSet": (polygonal, NEW),
}
DIFFERENCE, UNION, INTERSECTION = Word(".DIFFERENCE."), Word(".UNION."), Word(".INTERSECTION.")


def any_box(draw: Draw, box: Points, names: tuple[str, ...] = ("IfcExtrudedAreaSolid", "IfcFacetedBrep")) -> Ref:
    """Write a box in one of several ways."""
    return BOXES[draw.random.choice(names)][0](draw, box)
