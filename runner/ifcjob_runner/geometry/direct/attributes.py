"""Read the attributes that geometry is made of, in metres and radians, and collect doubts about their meaning."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.placements import Affine, Placements, StrictReader
from ifcjob_runner.geometry.direct.primitives import SIDES, sides_of
from ifcjob_runner.geometry.planning.transforms import matrix

if TYPE_CHECKING:
    import numpy.typing as npt

    from ifcjob_runner.data.attribute_access import File, Instance

    Vector = npt.NDArray[np.float64]
    Deflections = tuple[float | None, float | None]

STEPS = 72
"""Default number of chords of a full circle along a sweep."""


class Attributes:
    """Points, directions and frames of one open file."""

    def __init__(self, file: File, length_scale: float, deflections: Deflections = (None, None)) -> None:
        """Read with `length_scale` metres per unit; `deflections` are linear and angular, in metres and radians."""
        self.file = file
        self._deflections = deflections
        self.scale = length_scale
        self.doubts: list[str] = []
        self._placements = Placements(StrictReader(), length_scale, _no_fallback)

    @cached_property
    def angle(self) -> float:
        """Radians per unit of plane angle."""
        from ifcjob_runner.data.model import Model  # few items have angles
        from ifcjob_runner.data.units import ProjectUnits

        return ProjectUnits(Model(self.file)).scale("PLANEANGLEUNIT")

    def sides(self, radius: float, usual: int = SIDES) -> int:
        """Return the number of chords of a full circle in a profile: the usual number without a deflection."""
        return usual if self._deflections == (None, None) else sides_of(radius, *self._deflections)

    def steps(self, radius: float) -> int:
        """Return the number of chords of a full circle along a sweep."""
        return self.sides(radius, STEPS)

    def doubt(self, reason: str) -> None:
        """Note that an attribute can mean something else than what is drawn."""
        if reason not in self.doubts:
            self.doubts.append(reason)

    def length(self, item: Instance, number: int) -> float:
        """Return an attribute that is a length; 0 when it is not set."""
        value = argument(item, number)
        return 0.0 if value is None else float(value) * self.scale

    def angle_of(self, item: Instance, number: int) -> float:
        """Return an attribute that is a plane angle; 0 when it is not set."""
        value = argument(item, number)
        return 0.0 if value is None else float(value) * self.angle

    def point(self, point: Instance) -> Vector:
        """Return an IfcCartesianPoint of two or three dimensions."""
        return np.array(self._placements.point(point, 3))

    def direction(self, direction: Instance | None, default: tuple[float, float, float] = (0.0, 0.0, 1.0)) -> Vector:
        """Return an IfcDirection of length 1; the default for None."""
        ratios = np.array(self._placements.ratios(direction, default))
        length = float(np.linalg.norm(ratios))
        if length == 0:
            raise ValueError("a direction has no length")
        return ratios / length

    def frame(self, position: Instance | None) -> Vector:
        """Return the 4 by 4 matrix of an axis placement; the identity for None."""
        if position is None:
            return np.eye(4)
        return matrix(self._placements.axes(position, argument(position, 0)))


def _no_fallback(placement: Instance, parent: Affine) -> Affine:
    del parent
    raise RuntimeError(f"{class_of(placement)} is not the position of a solid")
