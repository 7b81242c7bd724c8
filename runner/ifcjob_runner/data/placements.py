"""World positions of objects from their local placements; no geometry is read."""

import math

from ifcjob_runner.data.attribute_access import Instance, class_of, is_instance, step_id
from ifcjob_runner.data.model import Model

Vector = tuple[float, float, float]
Frame = tuple[Vector, Vector, Vector, Vector]
"""X, Y and Z axes, and origin."""

IDENTITY: Frame = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, 0.0))
DIRECTIONS = {"IfcAxis2Placement3D": (1, 2), "IfcAxis2Placement2D": (None, 1)}
"""The attribute numbers of Axis and RefDirection."""


class Placements:
    """World frames by placement, each computed once; what cannot be computed is listed in `invalid`."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._frames: dict[int, Frame | None] = {}
        self.invalid: set[int] = set()
        self.cyclic: set[int] = set()

    def origin(self, placement: Instance | None) -> Vector | None:
        """Return the world origin of an object's placement, in file units."""
        frame = self._frame(placement)
        return None if frame is None else frame[3]

    def _frame(self, placement: Instance | None) -> Frame | None:
        chain: list[tuple[int, Instance]] = []
        seen: set[int] = set()
        frame: Frame | None = IDENTITY
        while is_instance(placement) and class_of(placement) == "IfcLocalPlacement":
            number = step_id(placement)
            if number in self._frames:
                frame = self._frames[number]
                break
            if number in seen:
                self.cyclic.add(number)
                break
            seen.add(number)
            chain.append((number, placement))
            placement = self._model.read(placement, 0)
        for number, local in reversed(chain):
            frame = self._frames[number] = self._placed(number, local, frame)
        return frame

    def _placed(self, number: int, placement: Instance, parent: Frame | None) -> Frame | None:
        relative = self._model.read(placement, 1)
        if parent is None or not is_instance(relative):
            return parent
        local = self._local(relative)
        if local is None:
            self.invalid.add(number)
            return None
        x, y, z, origin = local
        return (_turn(parent, x), _turn(parent, y), _turn(parent, z), _add(_turn(parent, origin), parent[3]))

    def _local(self, relative: Instance) -> Frame | None:
        kind = class_of(relative)
        if kind not in DIRECTIONS:
            return IDENTITY
        flat = kind == "IfcAxis2Placement2D"
        origin = self._coordinates(self._model.read(relative, 0), 2 if flat else 3)
        if origin is None:
            return None
        axis, reference = DIRECTIONS[kind]
        z = _unit(None if axis is None else self._direction(relative, axis)) or (0.0, 0.0, 1.0)
        given = self._direction(relative, reference)
        x = _unit(_without(given or (1.0, 0.0, 0.0), z)) or _unit(_without((0.0, 1.0, 0.0), z)) or (1.0, 0.0, 0.0)
        return x, _cross(z, x), z, origin

    def _direction(self, relative: Instance, number: int) -> Vector | None:
        direction = self._model.read(relative, number)
        return self._coordinates(direction, 2) if is_instance(direction) else None

    def _coordinates(self, point: Instance | None, at_least: int) -> Vector | None:
        """Return coordinates; None when some are missing, which is what the engine makes of `nan`."""
        values = self._model.read(point, 0) if is_instance(point) else None
        if not isinstance(values, tuple) or len(values) < at_least:
            return None
        x, y, z = (*values, 0.0)[:3]
        return (x, y, z) if math.isfinite(x) and math.isfinite(y) and math.isfinite(z) else None


def _turn(frame: Frame, v: Vector) -> Vector:
    x, y, z, _ = frame
    return (
        x[0] * v[0] + y[0] * v[1] + z[0] * v[2],
        x[1] * v[0] + y[1] * v[1] + z[1] * v[2],
        x[2] * v[0] + y[2] * v[1] + z[2] * v[2],
    )


def _add(a: Vector, b: Vector) -> Vector:
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def _cross(a: Vector, b: Vector) -> Vector:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def _without(v: Vector, axis: Vector) -> Vector:
    """Return the part of a vector at right angles to an axis of unit length."""
    along = v[0] * axis[0] + v[1] * axis[1] + v[2] * axis[2]
    return (v[0] - along * axis[0], v[1] - along * axis[1], v[2] - along * axis[2])


def _unit(v: Vector | None) -> Vector | None:
    if v is None:
        return None
    length = math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
    return None if length < 1e-9 else (v[0] / length, v[1] / length, v[2] / length)
