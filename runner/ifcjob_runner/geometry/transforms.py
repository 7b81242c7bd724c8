"""Placements as matrices, in metres; plain floats, because numpy is slower than Python on 4 by 4 arrays."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ifcjob_runner.meshes import Matrix

Vector = tuple[float, float, float]
Affine = tuple[Vector, Vector, Vector, Vector]
"""Columns x, y, z and origin of an affine transform."""

IDENTITY: Affine = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, 0.0))


class Placements:
    """Resolves placement chains of one file, each placement once."""

    def __init__(self, file: Any, length_scale: float) -> None:
        self._file = file
        self._scale = length_scale
        self._known: dict[int, Affine] = {}

    def of_product(self, product: Any) -> Affine:
        """Return the product's world transform; identity without a placement. Cycles end at the repeated placement."""
        placement = product.get_argument(5)  # ObjectPlacement, in every schema
        chain: list[Any] = []
        seen: set[int] = set()
        while placement is not None and placement.id() not in self._known and placement.id() not in seen:
            seen.add(placement.id())
            chain.append(placement)
            if placement.is_a() != "IfcLocalPlacement":
                break
            placement = placement.get_argument(0)
        world = self._known.get(placement.id(), IDENTITY) if placement is not None else IDENTITY
        for link in reversed(chain):
            world = self._resolve(link, world)
            self._known[link.id()] = world
        return world

    def of_mapped_item(self, item: Any) -> Affine:
        """Return the transform of an IfcMappedItem: its target times its source's origin."""
        target = self._operator(item.get_argument(1))
        origin = self._axis_placement(item.get_argument(0).get_argument(0))
        return target if origin == IDENTITY else multiply(target, origin)

    def _resolve(self, placement: Any, parent: Affine) -> Affine:
        if placement.is_a() == "IfcLocalPlacement":
            relative = placement.get_argument(1)
            location = relative.get_argument(0)
            if location is not None and location.is_a() == "IfcCartesianPoint":
                return multiply(parent, self._axis_placement(relative))
        return self._by_engine(placement)

    def _by_engine(self, placement: Any) -> Affine:
        """Grid and linear placements follow curves: leave them to the engine."""
        import numpy as np  # noqa: PLC0415 - only when a file has such placements
        from ifcopenshell import geom  # noqa: PLC0415

        try:
            shape = geom.create_shape(geom.settings(), placement)
            values = np.array(shape.matrix, dtype=float).reshape(4, 4)
        except (RuntimeError, TypeError, ValueError, AttributeError):
            return IDENTITY
        x, y, z, origin = (tuple(row[:3].tolist()) for row in values)
        return (x, y, z, origin)

    def _axis_placement(self, axes: Any) -> Affine:
        if axes is None:
            return IDENTITY
        origin = self._point(axes.get_argument(0))
        if axes.is_a() == "IfcAxis2Placement3D":
            z = unit(_ratios(axes.get_argument(1), (0.0, 0.0, 1.0)), (0.0, 0.0, 1.0))
            x = _ratios(axes.get_argument(2), (1.0, 0.0, 0.0) if abs(z[0]) < 0.999999 else (0.0, 0.0, 1.0))
        else:
            z = (0.0, 0.0, 1.0)
            x = _ratios(axes.get_argument(1), (1.0, 0.0, 0.0))
        x = _orthogonal(x, z)
        return (x, cross(z, x), z, origin)

    def _operator(self, operator: Any) -> Affine:
        """Return a Cartesian transformation operator as the engine reads it: axes 1 and 3 rule, axis 2 may mirror."""
        x = _ratios(operator.get_argument(0), (1.0, 0.0, 0.0))
        y = _ratios(operator.get_argument(1), (0.0, 1.0, 0.0))
        origin = self._point(operator.get_argument(2))
        scale = operator.get_argument(3)
        first = 1.0 if scale is None else float(scale)
        second = third = first
        z: Vector = (0.0, 0.0, 1.0)
        if "3D" in operator.is_a():
            z = unit(_ratios(operator.get_argument(4), z), z)
        if operator.is_a() == "IfcCartesianTransformationOperator3DnonUniform":
            second = first if operator.get_argument(5) is None else float(operator.get_argument(5))
            third = first if operator.get_argument(6) is None else float(operator.get_argument(6))
        x = _orthogonal(x, z)
        third_axis = cross(z, x)
        if third_axis[0] * y[0] + third_axis[1] * y[1] + third_axis[2] * y[2] < 0:
            third_axis = (-third_axis[0], -third_axis[1], -third_axis[2])
        return (_times(x, first), _times(third_axis, second), _times(z, third), origin)

    def _point(self, point: Any) -> Vector:
        coordinates = point.get_argument(0) if point is not None else ()
        x, y, z = (*coordinates, 0.0, 0.0, 0.0)[:3]
        return (x * self._scale, y * self._scale, z * self._scale)


def matrix(affine: Affine) -> Matrix:
    """Return the 4 by 4 array."""
    import numpy as np  # noqa: PLC0415 - planning needs none, and is on every run's critical path

    return np.array([[*row] for row in zip(*affine, strict=True)] + [[0.0, 0.0, 0.0, 1.0]])


def multiply(a: Affine, b: Affine) -> Affine:
    """Return the transform that applies b, then a."""
    (ax, ay, az, ao), (bx, by, bz, bo) = a, b
    turn = [
        tuple(ax[i] * column[0] + ay[i] * column[1] + az[i] * column[2] for i in (0, 1, 2))
        for column in (bx, by, bz, bo)
    ]
    moved = (turn[3][0] + ao[0], turn[3][1] + ao[1], turn[3][2] + ao[2])
    return (turn[0], turn[1], turn[2], moved)  # type: ignore[return-value]  # three-tuples by construction


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
    x, y, z = (*direction.get_argument(0), 0.0, 0.0)[:3]
    return (x, y, z)


def _times(v: Vector, factor: float) -> Vector:
    return (v[0] * factor, v[1] * factor, v[2] * factor)
