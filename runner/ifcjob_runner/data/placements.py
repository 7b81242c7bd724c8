"""Resolve IfcObjectPlacement chains to world transforms: the only resolver, for metadata as for the GLB.

Transforms are plain floats, because numpy is slower than Python on 4 by 4 arrays. The rules for missing and parallel
axes are IfcOpenShell's, so that a placement resolved here agrees with a body that the engine has placed.
"""

from __future__ import annotations

from math import isfinite, nan, sqrt
from typing import TYPE_CHECKING, Protocol

from ifcjob_runner.data.attribute_access import checked_argument, is_instance
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.attribute_access import checked_step_id as step_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ifcjob_runner.data.attribute_access import Instance
    from ifcjob_runner.data.model import Model

Vector = tuple[float, float, float]
Affine = tuple[Vector, Vector, Vector, Vector]
"""An affine transform as its columns: the x, y and z axes, and the origin."""

X: Vector = (1.0, 0.0, 0.0)
Y: Vector = (0.0, 1.0, 0.0)
Z: Vector = (0.0, 0.0, 1.0)
IDENTITY: Affine = (X, Y, Z, (0.0, 0.0, 0.0))
_NO_POINT = (nan, nan, nan)


class Reader(Protocol):
    """Reads the attributes that placements consist of."""

    def reference(self, instance: Instance, number: int) -> Instance:
        """Return the instance that an attribute refers to, or None when the attribute is not set."""

    def coordinates(self, instance: Instance, dimensions: int) -> Sequence[float]:
        """Return the numbers of an IfcCartesianPoint or IfcDirection that should have so many dimensions."""


class StrictReader:
    """Raises TypeError or RuntimeError for a missing mandatory attribute and for a broken line of the file."""

    reference = staticmethod(checked_argument)

    def coordinates(self, instance: Instance, dimensions: int) -> Sequence[float]:
        """Return the numbers as they are in the file; the resolver takes 0 for missing ones."""
        del dimensions
        numbers: Sequence[float] = checked_argument(instance, 0)
        return numbers


class TolerantReader:
    """Returns None or NaN for a missing or unreadable attribute, and raises nothing."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def reference(self, instance: Instance, number: int) -> Instance:
        """Return the instance that an attribute refers to, or None."""
        value = self._model.read(instance, number) if is_instance(instance) else None
        return value if is_instance(value) else None

    def coordinates(self, instance: Instance, dimensions: int) -> Sequence[float]:
        """Return the numbers; NaN when one is missing, because the engine drops a `nan` that it reads."""
        numbers = self._model.read(instance, 0) if is_instance(instance) else None
        if not isinstance(numbers, tuple) or len(numbers) < dimensions:
            return _NO_POINT
        try:
            return numbers if all(map(isfinite, numbers[:3])) else _NO_POINT
        except TypeError:  # not a number
            return _NO_POINT


class Placements:
    """World transforms of the placements of one file, each computed once."""

    def __init__(self, reader: Reader, length_scale: float, fallback: Callable[[Instance, Affine], Affine]) -> None:
        """Resolve with lengths multiplied by `length_scale`.

        `fallback` gets a placement that is not an axis placement at a point, and its parent's transform; it returns
        the placement's transform. Such placements are IfcGridPlacement and IfcLinearPlacement.
        """
        self._reader = reader
        self.length_scale = length_scale
        self._fallback = fallback
        self._known: dict[int, Affine] = {}
        self._rotations: dict[tuple[int, int], tuple[Vector, Vector, Vector]] = {}
        self.cyclic: set[int] = set()
        """STEP ids of placements that are relative to themselves; a chain ends there."""

    def transform(self, placement: Instance | None) -> Affine:
        """Return the world transform of an IfcObjectPlacement; identity for None."""
        chain: list[tuple[int, Instance]] = []
        seen: set[int] = set()
        world = IDENTITY
        while placement is not None:
            number = step_id(placement)
            known = self._known.get(number)
            if known is not None:
                world = known
                break
            if number in seen:
                self.cyclic.add(number)
                break
            seen.add(number)
            chain.append((number, placement))
            is_local = class_of(placement) == "IfcLocalPlacement"
            placement = self._reader.reference(placement, 0) if is_local else None
        for number, link in reversed(chain):
            world = self._known[number] = self._resolve(link, world)
        return world

    def _resolve(self, placement: Instance, parent: Affine) -> Affine:
        if class_of(placement) == "IfcLocalPlacement":
            relative = self._reader.reference(placement, 1)
            location = self._reader.reference(relative, 0)
            if location is not None and class_of(location) == "IfcCartesianPoint":
                own = self.axes(relative, location)
                return own if parent is IDENTITY else multiply(parent, own)
        return self._fallback(placement, parent)

    def axes(self, placement: Instance, location: Instance | None) -> Affine:
        """Return the transform of an IfcAxis2Placement2D or IfcAxis2Placement3D at its location."""
        reference = self._reader.reference
        flat = class_of(placement) != "IfcAxis2Placement3D"
        origin = self.point(location, 2 if flat else 3)
        if flat:
            x = orthogonal(self.ratios(reference(placement, 1), X), Z)
            return (x, cross(Z, x), Z, origin)
        axis, ref_direction = reference(placement, 1), reference(placement, 2)
        if axis is None and ref_direction is None:
            return (X, Y, Z, origin)
        # Most files share a few directions.
        key = (0 if axis is None else step_id(axis), 0 if ref_direction is None else step_id(ref_direction))
        rotation = self._rotations.get(key)
        if rotation is None:
            z = unit(self.ratios(axis, Z), Z)
            x = orthogonal(self.ratios(ref_direction, X if abs(z[0]) < 0.999999 else Z), z)
            rotation = self._rotations[key] = (x, cross(z, x), z)
        return (*rotation, origin)

    def point(self, point: Instance | None, dimensions: int) -> Vector:
        """Return a scaled IfcCartesianPoint; the origin for None."""
        numbers = self._reader.coordinates(point, dimensions) if point is not None else ()
        x, y, z = numbers if len(numbers) == 3 else (*numbers, 0.0, 0.0, 0.0)[:3]
        return (x * self.length_scale, y * self.length_scale, z * self.length_scale)

    def ratios(self, direction: Instance | None, default: Vector) -> Vector:
        """Return the ratios of an IfcDirection; the default for None."""
        if direction is None:
            return default
        x, y, z = (*self._reader.coordinates(direction, 2), 0.0, 0.0)[:3]
        return (x, y, z)


def placements_of_model(model: Model) -> Placements:
    """Return a resolver in file units for a model whose geometry is not read.

    A product on a grid or on an alignment is at its parent; a placement without a point is NaN.
    """

    def fallback(placement: Instance, parent: Affine) -> Affine:
        relative = reader.reference(placement, 1) if class_of(placement) == "IfcLocalPlacement" else None
        without_point = relative is not None and class_of(relative) in ("IfcAxis2Placement2D", "IfcAxis2Placement3D")
        return (X, Y, Z, _NO_POINT) if without_point else parent

    reader = TolerantReader(model)
    return Placements(reader, 1.0, fallback)


def multiply(a: Affine, b: Affine) -> Affine:
    """Return the transform that applies b, then a."""
    (p, q, r), (s, t, u), (v, w, x), (ox, oy, oz) = a
    (b0, b1, b2), (c0, c1, c2), (d0, d1, d2), (e0, e1, e2) = b
    return (
        (p * b0 + s * b1 + v * b2, q * b0 + t * b1 + w * b2, r * b0 + u * b1 + x * b2),
        (p * c0 + s * c1 + v * c2, q * c0 + t * c1 + w * c2, r * c0 + u * c1 + x * c2),
        (p * d0 + s * d1 + v * d2, q * d0 + t * d1 + w * d2, r * d0 + u * d1 + x * d2),
        (p * e0 + s * e1 + v * e2 + ox, q * e0 + t * e1 + w * e2 + oy, r * e0 + u * e1 + x * e2 + oz),
    )


def cross(a: Vector, b: Vector) -> Vector:
    """Return the cross product."""
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def unit(v: Vector, default: Vector) -> Vector:
    """Return v with length 1, or the default when v has no direction or is NaN."""
    length = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
    return (v[0] / length, v[1] / length, v[2] / length) if length > 1e-12 else default


def orthogonal(x: Vector, z: Vector) -> Vector:
    """Return the unit vector nearest to x at a right angle to the unit vector z; any such vector when x has none."""
    along = x[0] * z[0] + x[1] * z[1] + x[2] * z[2]
    rest = (x[0] - along * z[0], x[1] - along * z[1], x[2] - along * z[2])
    fallback = (1.0, 0.0, 0.0) if abs(z[0]) < 0.9 else (0.0, 1.0, 0.0)
    return unit(rest, unit(cross(cross(z, fallback), z), fallback))
