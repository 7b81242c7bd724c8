"""Placements on grids and alignments: IfcGridPlacement by intersecting axes, IfcLinearPlacement by its fallback.

A placement that cannot be resolved raises RuntimeError, so that its element is listed and not drawn at the origin.
"""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

from ifcjob_runner.data.attribute_access import PLACEMENT
from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.attribute_access import checked_step_id as step_id
from ifcjob_runner.data.placements import Affine, Vector, Z, cross, multiply

if TYPE_CHECKING:
    from collections.abc import Callable

    from ifcjob_runner.data.attribute_access import File, Instance
    from ifcjob_runner.data.placements import Placements

_GRID_AXES = (7, 8, 9)
"""Attributes UAxes, VAxes and WAxes of IfcGrid."""
Line = tuple[Vector, Vector]
"""A point on a straight axis and its direction, of length 1."""


class CurvePlacements:
    """Resolves the placements of one file that are not axis placements at a point."""

    def __init__(self, file: File, placements: Callable[[], Placements]) -> None:
        self._file = file
        self._placements = placements
        self._grid_of_axis: dict[int, Instance] | None = None

    def resolve(self, placement: Instance) -> Affine:
        """Return the world transform of a placement, in metres. Raises RuntimeError when it has none."""
        name = class_of(placement)
        if name == "IfcGridPlacement":
            return self._on_grid(placement)
        if name == "IfcLinearPlacement" and (position := argument(placement, 2)) is not None:
            own = self._placements().axes(position, argument(position, 0))
            return multiply(self._placements().transform(argument(placement, 0)), own)
        if name == "IfcLinearPlacement" and _is_by_parameter(placement):
            raise RuntimeError(f"IfcLinearPlacement #{step_id(placement)} is at a parameter of its curve")
        return _by_engine(placement)

    def _on_grid(self, placement: Instance) -> Affine:
        # PlacementRelTo was added in IFC4X3 as the first attribute.
        location, direction = (argument(placement, len(placement) - 2), argument(placement, len(placement) - 1))
        axes = argument(location, 0)
        grid = self._grid(axes[0])
        if grid is None:
            raise RuntimeError(f"the axes of IfcGridPlacement #{step_id(placement)} belong to no IfcGrid")
        origin = self._intersection(location)
        x = self._line(axes[0])[1] if direction is None else self._x_axis(direction, origin)
        own = (x, cross(Z, x), Z, origin)
        return multiply(self._placements().transform(argument(grid, PLACEMENT)), own)

    def _x_axis(self, direction: Instance, origin: Vector) -> Vector:
        """Return the direction of PlacementRefDirection: an IfcDirection, or towards another intersection."""
        if class_of(direction) == "IfcVirtualGridIntersection":
            other = self._intersection(direction)
            return _unit(other[0] - origin[0], other[1] - origin[1])
        ratios = argument(direction, 0)
        return _unit(float(ratios[0]), float(ratios[1]))

    def _intersection(self, intersection: Instance) -> Vector:
        """Return where two axes cross, each moved to its left by its offset; the third offset is the height."""
        scale = self._placements().length_scale
        offsets = [float(offset) * scale for offset in argument(intersection, 1)]
        (p, d), (q, e) = (
            _moved_left(self._line(axis), offset)
            for axis, offset in zip(argument(intersection, 0), offsets, strict=False)
        )
        determinant = d[0] * e[1] - d[1] * e[0]
        if abs(determinant) < 1e-9:
            raise RuntimeError(f"the axes of IfcVirtualGridIntersection #{step_id(intersection)} are parallel")
        along = ((q[0] - p[0]) * e[1] - (q[1] - p[1]) * e[0]) / determinant
        return (p[0] + along * d[0], p[1] + along * d[1], offsets[2] if len(offsets) > 2 else 0.0)

    def _line(self, axis: Instance) -> Line:
        """Return the line of an IfcGridAxis: AxisCurve is a polyline or a line, SameSense may reverse it."""
        curve, same_sense = argument(axis, 1), argument(axis, 2)
        if class_of(curve) == "IfcTrimmedCurve":
            curve = argument(curve, 0)
        if class_of(curve) == "IfcPolyline":
            points = argument(curve, 0)
            start, end = (self._placements().point(point, 2) for point in (points[0], points[-1]))
        elif class_of(curve) == "IfcLine":
            start = self._placements().point(argument(curve, 0), 2)
            ratios = argument(argument(argument(curve, 1), 0), 0)
            end = (start[0] + float(ratios[0]), start[1] + float(ratios[1]), 0.0)
        else:
            raise RuntimeError(f"grid axis #{step_id(axis)} is not straight: {class_of(curve)}")
        direction = _unit(end[0] - start[0], end[1] - start[1])
        return start, direction if same_sense else (-direction[0], -direction[1], 0.0)

    def _grid(self, of_axis: Instance) -> Instance | None:
        if self._grid_of_axis is None:
            self._grid_of_axis = {
                step_id(axis): grid
                for grid in self._file.by_type("IfcGrid")
                for number in _GRID_AXES
                for axis in argument(grid, number) or ()
            }
        return self._grid_of_axis.get(step_id(of_axis))


def _is_by_parameter(placement: Instance) -> bool:
    """Return whether IfcPointByDistanceExpression.DistanceAlong is a parameter, on which the engine crashes."""
    location = argument(argument(placement, 1), 0)
    if class_of(location) != "IfcPointByDistanceExpression":
        return False
    return class_of(argument(location, 0)) == "IfcParameterValue"


def _by_engine(placement: Instance) -> Affine:
    """Have the engine evaluate a placement along a curve, with all placements it is relative to."""
    import numpy as np
    from ifcopenshell import geom

    try:
        shape = geom.create_shape(geom.settings(), placement)
        values = np.array(shape.matrix, dtype=float).reshape(4, 4)
    except (RuntimeError, TypeError, ValueError, AttributeError) as error:
        raise RuntimeError(f"{class_of(placement)} #{step_id(placement)} cannot be evaluated") from error
    x, y, z, origin = (tuple(row[:3].tolist()) for row in values)
    return (x, y, z, origin)


def _moved_left(line: Line, offset: float) -> Line:
    (x, y, z), direction = line
    return (x - direction[1] * offset, y + direction[0] * offset, z), direction


def _unit(x: float, y: float) -> Vector:
    length = hypot(x, y)
    if length < 1e-12:
        raise RuntimeError("an axis of a grid has no direction")
    return (x / length, y / length, 0.0)
