"""Placements on grids and alignments: IfcGridPlacement by intersecting axes, IfcLinearPlacement by its fallback.

A placement that cannot be resolved raises RuntimeError, so that its element is listed and not drawn at the origin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ifcjob_runner.data.attribute_access import PLACEMENT
from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.attribute_access import checked_step_id as step_id
from ifcjob_runner.data.placements import Affine, Vector, Z, cross, multiply
from ifcjob_runner.geometry.planning.grid_axes import crossings, grid_axis, unit

if TYPE_CHECKING:
    from ifcjob_runner.data.attribute_access import File, Instance
    from ifcjob_runner.data.placements import Placements
    from ifcjob_runner.geometry.planning.grid_axes import GridAxis

_GRID_AXES = (7, 8, 9)
"""Attributes UAxes, VAxes and WAxes of IfcGrid."""


class CurvePlacements:
    """Resolves the placements of one file that are not axis placements at a point."""

    def __init__(self, file: File, placements: Placements) -> None:
        self._file = file
        self._placements = placements
        self._grid_of_axis: dict[int, Instance] | None = None

    def resolve(self, placement: Instance) -> Affine:
        """Return the world transform of a placement, in metres. Raises RuntimeError when it has none."""
        name = class_of(placement)
        if name == "IfcGridPlacement":
            return self._on_grid(placement)
        if name == "IfcLinearPlacement" and (position := argument(placement, 2)) is not None:
            own = self._placements.axes(position, argument(position, 0))
            return multiply(self._placements.transform(argument(placement, 0)), own)
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
        x = self._axis(axes[0]).direction_at(origin) if direction is None else self._x_axis(direction, origin)
        own = (x, cross(Z, x), Z, origin)
        return multiply(self._placements.transform(argument(grid, PLACEMENT)), own)

    def _x_axis(self, direction: Instance, origin: Vector) -> Vector:
        """Return the direction of PlacementRefDirection: an IfcDirection, or towards another intersection."""
        if class_of(direction) == "IfcVirtualGridIntersection":
            other = self._intersection(direction)
            return unit(other[0] - origin[0], other[1] - origin[1])
        ratios = argument(direction, 0)
        return unit(float(ratios[0]), float(ratios[1]))

    def _intersection(self, intersection: Instance) -> Vector:
        """Return where two axes cross, each moved to its left by its offset; the third offset is the height."""
        scale = self._placements.length_scale
        offsets = [float(offset) * scale for offset in argument(intersection, 1)]
        first, second = (
            self._axis(axis).moved_left(offset)
            for axis, offset in zip(argument(intersection, 0), offsets, strict=False)
        )
        points = crossings(first, second)
        if len(points) != 1:
            relation = "cross more than once" if points else "are parallel or do not meet"
            raise RuntimeError(f"the axes of IfcVirtualGridIntersection #{step_id(intersection)} {relation}")
        return (*points[0], offsets[2] if len(offsets) > 2 else 0.0)

    def _axis(self, axis: Instance) -> GridAxis:
        return grid_axis(axis, self._placements)

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
