"""Transforms of bodies, in metres: product placements, and the targets and origins of mapped items."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ifcjob_runner.data.attribute_access import PLACEMENT
from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.placements import (
    IDENTITY,
    Affine,
    Placements,
    StrictReader,
    Vector,
    X,
    Y,
    Z,
    cross,
    multiply,
    orthogonal,
    unit,
)

if TYPE_CHECKING:
    from ifcjob_runner.data.attribute_access import File, Instance
    from ifcjob_runner.geometry.meshes import Matrix
    from ifcjob_runner.geometry.planning.curve_placements import CurvePlacements


class Transforms:
    """The transforms of the products and mapped items of one file; TypeError or RuntimeError where it is broken."""

    def __init__(self, file: File, length_scale: float) -> None:
        """Resolve to metres: `length_scale` is the number of metres per file unit."""
        self._file = file
        self._placements = Placements(
            StrictReader(), length_scale, lambda link, _: self._curve_placements.resolve(link)
        )
        self.length_scale = length_scale

    @cached_property
    def _curve_placements(self) -> CurvePlacements:
        from ifcjob_runner.geometry.planning.curve_placements import CurvePlacements  # few files need it

        return CurvePlacements(self._file, self._placements)

    def of_product(self, product: Instance) -> Affine:
        """Return the world transform of an IfcProduct; identity when it has no ObjectPlacement."""
        return self._placements.transform(argument(product, PLACEMENT))

    def of_axes(self, axes: Instance) -> Affine:
        """Return the transform of an IfcAxis2Placement."""
        return self._placements.axes(axes, argument(axes, 0))

    def of_point(self, point: Instance) -> Vector:
        """Return an IfcCartesianPoint in metres."""
        return self._placements.point(point, 3)

    def of_mapped_item(self, item: Instance) -> Affine:
        """Return the transform of an IfcMappedItem: its MappingTarget times its source's MappingOrigin."""
        target = self._operator(argument(item, 1))
        axes = argument(argument(item, 0), 0)
        origin = IDENTITY if axes is None else self._placements.axes(axes, argument(axes, 0))
        return target if origin == IDENTITY else multiply(target, origin)

    def _operator(self, operator: Instance) -> Affine:
        """Return an IfcCartesianTransformationOperator as the engine reads it: Axis2 only decides about mirroring."""
        x = self._placements.ratios(argument(operator, 0), X)
        y = self._placements.ratios(argument(operator, 1), Y)
        origin = self._placements.point(argument(operator, 2), 3)
        scale = argument(operator, 3)
        first = 1.0 if scale is None else float(scale)
        second = third = first
        z = Z
        if "3D" in class_of(operator):
            z = unit(self._placements.ratios(argument(operator, 4), Z), Z)
        if class_of(operator) == "IfcCartesianTransformationOperator3DnonUniform":
            second = first if argument(operator, 5) is None else float(argument(operator, 5))
            third = first if argument(operator, 6) is None else float(argument(operator, 6))
        x = orthogonal(x, z)
        second_axis = cross(z, x)
        if second_axis[0] * y[0] + second_axis[1] * y[1] + second_axis[2] * y[2] < 0:
            second_axis = (-second_axis[0], -second_axis[1], -second_axis[2])
        return (_times(x, first), _times(second_axis, second), _times(z, third), origin)


def matrix(affine: Affine) -> Matrix:
    """Return the 4 by 4 array."""
    import numpy as np

    (a, b, c), (d, e, f), (g, h, i), (x, y, z) = affine
    return np.array((a, d, g, x, b, e, h, y, c, f, i, z, 0.0, 0.0, 0.0, 1.0)).reshape(4, 4)


def matrices(affines: list[Affine]) -> Matrix:
    """Return the 4 by 4 arrays of many transforms, as one array."""
    import numpy as np

    stacked = np.zeros((len(affines), 4, 4))
    if affines:
        stacked[:, :3] = np.array(affines).transpose(0, 2, 1)
        stacked[:, 3, 3] = 1.0
    return stacked


def relative_to(base: Affine, affine: Affine) -> Affine:
    """Return the transform into the frame of `base`, which is rigid, where `affine` leads to the world."""
    x, y, z, (ox, oy, oz) = base
    turned = ((x[0], y[0], z[0]), (x[1], y[1], z[1]), (x[2], y[2], z[2]), (0.0, 0.0, 0.0))
    ax, ay, az, (px, py, pz) = affine
    return multiply(turned, (ax, ay, az, (px - ox, py - oy, pz - oz)))


def _times(v: Vector, factor: float) -> Vector:
    return (v[0] * factor, v[1] * factor, v[2] * factor)
