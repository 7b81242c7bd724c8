"""Placements as matrices, in metres; plain floats, because numpy is slower than Python on 4 by 4 arrays."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

from ifcjob_runner.data.attribute_access import PLACEMENT
from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.attribute_access import checked_step_id as step_id

if TYPE_CHECKING:
    from ifcjob_runner.geometry.meshes import Matrix

Vector = tuple[float, float, float]
Affine = tuple[Vector, Vector, Vector, Vector]
"""Columns x, y, z and origin of an affine transform."""

X: Vector = (1.0, 0.0, 0.0)
Y: Vector = (0.0, 1.0, 0.0)
Z: Vector = (0.0, 0.0, 1.0)
IDENTITY: Affine = (X, Y, Z, (0.0, 0.0, 0.0))


class Placements:
    """Resolves placement chains of one file, each placement once."""

    def __init__(self, file: Any, length_scale: float) -> None:
        self._file = file
        self._scale = length_scale
        self._known: dict[int, Affine] = {}

    def of_product(self, product: Any) -> Affine:
        """Return the product's world transform; identity without a placement. Cycles end at the repeated placement."""
        placement = argument(product, PLACEMENT)
        chain: list[tuple[int, Any]] = []
        seen: set[int] = set()
        world = IDENTITY
        while placement is not None:
            number = step_id(placement)
            known = self._known.get(number)
            if known is not None:
                world = known
                break
            if number in seen:
                break
            seen.add(number)
            chain.append((number, placement))
            placement = argument(placement, 0) if class_of(placement) == "IfcLocalPlacement" else None
        for number, link in reversed(chain):
            world = self._known[number] = self._resolve(link, world)
        return world

    def of_mapped_item(self, item: Any) -> Affine:
        """Return the transform of an IfcMappedItem: its target times its source's origin."""
        target = self._operator(argument(item, 1))
        origin = self._axis_placement(argument(argument(item, 0), 0))
        return target if origin == IDENTITY else multiply(target, origin)

    def _resolve(self, placement: Any, parent: Affine) -> Affine:
        if class_of(placement) == "IfcLocalPlacement":
            relative = argument(placement, 1)
            location = argument(relative, 0)
            if location is not None and class_of(location) == "IfcCartesianPoint":
                own = self._axes(relative, location)
                return own if parent is IDENTITY else multiply(parent, own)
        return self._by_engine(placement)

    def _by_engine(self, placement: Any) -> Affine:
        """Grid and linear placements follow curves: leave them to the engine."""
        import numpy as np  # only when a file has such placements
        from ifcopenshell import geom

        try:
            shape = geom.create_shape(geom.settings(), placement)
            values = np.array(shape.matrix, dtype=float).reshape(4, 4)
        except (RuntimeError, TypeError, ValueError, AttributeError):
            return IDENTITY
        x, y, z, origin = (tuple(row[:3].tolist()) for row in values)
        return (x, y, z, origin)

    def _axis_placement(self, axes: Any) -> Affine:
        return IDENTITY if axes is None else self._axes(axes, argument(axes, 0))

    def _axes(self, axes: Any, location: Any) -> Affine:
        origin = self._point(location)
        if class_of(axes) != "IfcAxis2Placement3D":
            x = _orthogonal(_ratios(argument(axes, 1), X), Z)
            return (x, cross(Z, x), Z, origin)
        axis, reference = argument(axes, 1), argument(axes, 2)
        if axis is None and reference is None:
            return (X, Y, Z, origin)
        z = unit(_ratios(axis, Z), Z)
        x = _orthogonal(_ratios(reference, X if abs(z[0]) < 0.999999 else Z), z)
        return (x, cross(z, x), z, origin)

    def _operator(self, operator: Any) -> Affine:
        """Return a Cartesian transformation operator as the engine reads it: axes 1 and 3 rule, axis 2 may mirror."""
        x = _ratios(argument(operator, 0), (1.0, 0.0, 0.0))
        y = _ratios(argument(operator, 1), (0.0, 1.0, 0.0))
        origin = self._point(argument(operator, 2))
        scale = argument(operator, 3)
        first = 1.0 if scale is None else float(scale)
        second = third = first
        z: Vector = (0.0, 0.0, 1.0)
        if "3D" in class_of(operator):
            z = unit(_ratios(argument(operator, 4), z), z)
        if class_of(operator) == "IfcCartesianTransformationOperator3DnonUniform":
            second = first if argument(operator, 5) is None else float(argument(operator, 5))
            third = first if argument(operator, 6) is None else float(argument(operator, 6))
        x = _orthogonal(x, z)
        third_axis = cross(z, x)
        if third_axis[0] * y[0] + third_axis[1] * y[1] + third_axis[2] * y[2] < 0:
            third_axis = (-third_axis[0], -third_axis[1], -third_axis[2])
        return (_times(x, first), _times(third_axis, second), _times(z, third), origin)

    def _point(self, point: Any) -> Vector:
        coordinates = argument(point, 0) if point is not None else ()
        x, y, z = coordinates if len(coordinates) == 3 else (*coordinates, 0.0, 0.0, 0.0)[:3]
        return (x * self._scale, y * self._scale, z * self._scale)


def matrix(affine: Affine) -> Matrix:
    """Return the 4 by 4 array."""
    import numpy as np  # planning needs none, and is on every run's critical path

    return np.array([[*row] for row in zip(*affine, strict=True)] + [[0.0, 0.0, 0.0, 1.0]])


def multiply(a: Affine, b: Affine) -> Affine:
    """Return the transform that applies b, then a."""
    bx, by, bz, origin = b
    moved, by_a = _turned(a, origin), a[3]
    return (
        _turned(a, bx),
        _turned(a, by),
        _turned(a, bz),
        (moved[0] + by_a[0], moved[1] + by_a[1], moved[2] + by_a[2]),
    )


def _turned(a: Affine, v: Vector) -> Vector:
    """Return the vector turned and scaled, not moved."""
    (x0, x1, x2), (y0, y1, y2), (z0, z1, z2), _ = a
    v0, v1, v2 = v
    return (x0 * v0 + y0 * v1 + z0 * v2, x1 * v0 + y1 * v1 + z1 * v2, x2 * v0 + y2 * v1 + z2 * v2)


def cross(a: Vector, b: Vector) -> Vector:
    """Return the cross product."""
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def unit(v: Vector, otherwise: Vector) -> Vector:
    """Return v with length one, or the other vector when v has no direction."""
    length = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
    return (v[0] / length, v[1] / length, v[2] / length) if length > 1e-12 else otherwise


def _orthogonal(x: Vector, z: Vector) -> Vector:
    along = x[0] * z[0] + x[1] * z[1] + x[2] * z[2]
    rest = (x[0] - along * z[0], x[1] - along * z[1], x[2] - along * z[2])
    fallback = (1.0, 0.0, 0.0) if abs(z[0]) < 0.9 else (0.0, 1.0, 0.0)
    return unit(rest, unit(cross(cross(z, fallback), z), fallback))


def _ratios(direction: Any, otherwise: Vector) -> Vector:
    if direction is None:
        return otherwise
    x, y, z = (*argument(direction, 0), 0.0, 0.0)[:3]
    return (x, y, z)


def _times(v: Vector, factor: float) -> Vector:
    return (v[0] * factor, v[1] * factor, v[2] * factor)
