"""Mesh surfaces that are bodies by themselves: bounded, trimmed, extruded and revolved ones, and sets of surfaces."""

from __future__ import annotations

from math import ceil, pi
from typing import TYPE_CHECKING

import numpy as np

from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.geometry.direct.curves import UnsupportedError, pieces_of
from ifcjob_runner.geometry.direct.polygons import triangulated
from ifcjob_runner.geometry.direct.profiles import regions_of
from ifcjob_runner.geometry.direct.sweeps import sampled, turned

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from ifcjob_runner.data.attribute_access import Instance
    from ifcjob_runner.geometry.direct.attributes import Attributes
    from ifcjob_runner.geometry.direct.primitives import Arrays

    Vector = npt.NDArray[np.float64]
    Line = tuple[Vector, bool]
    """Points, and whether the last one is joined to the first."""


def surface(item: Instance, attributes: Attributes) -> list[Arrays]:
    """Return the meshes of a surface; raises UnsupportedError for what is not meshed here."""
    return SURFACES[class_of(item)](item, attributes)


def _set(item: Instance, attributes: Attributes) -> list[Arrays]:
    """Return the surfaces of an IfcGeometricSet; its points and curves have no triangles."""
    meshes: list[Arrays] = []
    for element in argument(item, 0):
        if class_of(element) in SURFACES:
            meshes += surface(element, attributes)
        elif "Surface" in class_of(element) and "Curve" not in class_of(element):
            raise UnsupportedError(f"{class_of(element)} in a set")
    return meshes


def _bounded_plane(item: Instance, attributes: Attributes) -> list[Arrays]:
    frame = _plane(argument(item, 0), attributes)
    curves = [argument(item, 1), *(argument(item, 2) or ())]
    loops = [_points(curve, attributes)[0] @ frame[:3, :3].T + frame[:3, 3] for curve in curves]
    return [(np.concatenate(loops), triangulated(loops))]


def _bounded_surface(item: Instance, attributes: Attributes) -> list[Arrays]:
    _plane(argument(item, 0), attributes)
    curves = sorted(argument(item, 1), key=lambda curve: class_of(curve) != "IfcOuterBoundaryCurve")
    loops = [_points(curve, attributes)[0] for curve in curves]
    return [(np.concatenate(loops), triangulated(loops))]


def _trimmed(item: Instance, attributes: Attributes) -> list[Arrays]:
    basis = argument(item, 0)
    u, v = (sorted((float(argument(item, number)), float(argument(item, number + 2)))) for number in (1, 2))
    if class_of(basis) == "IfcPlane":
        frame = _plane(basis, attributes)
        (left, right), (low, high) = np.array((u, v)) * attributes.scale
        corners = np.array(((left, low, 0), (right, low, 0), (right, high, 0), (left, high, 0)))
        return [(corners @ frame[:3, :3].T + frame[:3, 3], np.array(((0, 1, 2), (0, 2, 3))))]
    if class_of(basis) == "IfcCylindricalSurface":
        frame, radius = attributes.frame(argument(basis, 0)), attributes.length(basis, 1)
        angles, heights = np.array(u) * attributes.angle, np.array(v) * attributes.scale
        steps = max(1, ceil((angles[1] - angles[0]) / (2 * pi) * attributes.steps(radius) - 1e-6))
        along = np.linspace(angles[0], angles[1], steps + 1)
        rows = [
            np.column_stack((radius * np.cos(along), radius * np.sin(along), np.full(steps + 1, z))) for z in heights
        ]
        low, high = (row @ frame[:3, :3].T + frame[:3, 3] for row in rows)
        return [_strip([low, high], joined=False)]
    raise UnsupportedError(f"a trimmed {class_of(basis)}")


def _extruded(item: Instance, attributes: Attributes) -> list[Arrays]:
    frame = attributes.frame(argument(item, 1))
    way = attributes.direction(argument(item, 2)) * attributes.length(item, 3)
    return [
        _strip([row @ frame[:3, :3].T + frame[:3, 3] for row in (line, line + way)], joined=joined)
        for line, joined in _lines(argument(item, 0), attributes)
    ]


def _revolved(item: Instance, attributes: Attributes) -> list[Arrays]:
    frame, axis = attributes.frame(argument(item, 1)), argument(item, 2)
    origin, direction = attributes.point(argument(axis, 0)), attributes.direction(argument(axis, 1))
    meshes = []
    for line, joined in _lines(argument(item, 0), attributes):
        steps = attributes.steps(float(np.abs(line - origin).max()))
        turns = [frame @ turned(origin, direction, 2 * pi * number / steps) for number in range(steps)]
        rows = [line @ turn[:3, :3].T + turn[:3, 3] for turn in turns]
        meshes.append(_strip([*rows, rows[0]], joined=joined))
    return meshes


def _lines(profile: Instance, attributes: Attributes) -> list[Line]:
    """Return the curves of a profile: an open one, or the outlines of an area."""
    if class_of(profile) == "IfcArbitraryOpenProfileDef":
        return [_points(argument(profile, 2), attributes)]
    loops = [loop for region in regions_of(profile, attributes) for loop in region]
    return [(np.column_stack((loop, np.zeros(len(loop)))), True) for loop in loops]


def _points(curve: Instance, attributes: Attributes) -> Line:
    path = sampled(pieces_of(curve, attributes), attributes.sides)
    return path.points, path.closed


def _plane(item: Instance, attributes: Attributes) -> Vector:
    if class_of(item) != "IfcPlane":
        raise UnsupportedError(f"bounds on {class_of(item)}")
    return attributes.frame(argument(item, 0))


def _strip(rows: list[Vector], *, joined: bool) -> Arrays:
    """Return the surface between rows of points."""
    size = len(rows[0])
    here = np.arange(size if joined else size - 1)
    ahead = (here + 1) % size
    triangles = []
    for low in range(0, (len(rows) - 1) * size, size):
        high = low + size
        triangles += [
            np.column_stack((low + here, low + ahead, high + ahead)),
            np.column_stack((low + here, high + ahead, high + here)),
        ]
    return np.concatenate(rows), np.concatenate(triangles)


SURFACES: dict[str, Callable[[Instance, Attributes], list[Arrays]]] = {
    "IfcCurveBoundedPlane": _bounded_plane,
    "IfcCurveBoundedSurface": _bounded_surface,
    "IfcRectangularTrimmedSurface": _trimmed,
    "IfcSurfaceOfLinearExtrusion": _extruded,
    "IfcSurfaceOfRevolution": _revolved,
    "IfcGeometricSet": _set,
}
