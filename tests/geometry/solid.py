"""The exact description of a body: volume, area, extent, topology, and which points are inside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

Points = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Frame = npt.NDArray[np.float64]
"""4 by 4, column vectors."""
FLAT = 0.001
"""Relative error that a body with flat faces may have."""
CURVED = 0.02
"""Relative error that a body with curved faces may have: both engines draw a circle with a few dozen sides."""


@dataclass(frozen=True)
class Solid:
    """A body in metres. A property that is None is not known and not compared."""

    volume: float | None = None
    area: float | None = None
    extremes: Points | None = None
    """Points whose box is the body's box."""
    inside: Callable[[Points], Mask] | None = None
    euler: int | None = None
    """Euler characteristic of the surface: 2 per piece, less 2 per hole through it."""
    closed: bool = True
    curved: bool = False
    slack: float = 0.0
    """Absolute error of the volume that curved faces explain; 0: the share of the whole volume."""
    gone: bool = False
    """Whether nothing is left of it."""

    @property
    def tolerance(self) -> float:
        """Return the relative error that the engines may make."""
        return CURVED if self.curved else FLAT

    @property
    def volume_slack(self) -> float:
        """Return the absolute error that the volume may have."""
        if self.volume is None:
            return 0.0
        return FLAT * self.volume + self.slack if self.slack else self.tolerance * self.volume

    def moved(self, frame: Frame) -> Solid:
        """Return the body after an affine transformation; its area is known only if the shape is kept."""
        linear = frame[:3, :3]
        inverse = np.asarray(np.linalg.inv(frame), float)
        factor = abs(float(np.linalg.det(linear)))
        scale = factor ** (1 / 3)
        kept = np.allclose(linear.T @ linear, scale**2 * np.eye(3))
        inside = self.inside
        return replace(
            self,
            volume=None if self.volume is None else self.volume * factor,
            slack=self.slack * factor,
            area=self.area * scale**2 if self.area is not None and kept else None,
            extremes=None if self.extremes is None else apply(frame, self.extremes),
            inside=None if inside is None else lambda points: inside(apply(inverse, points)),
        )


def apply(frame: Frame, points: Any) -> Points:
    """Return the points after the transformation."""
    return np.asarray(points, float) @ frame[:3, :3].T + frame[:3, 3]


def frame_of(origin: Any, z: Any = (0, 0, 1), x: Any = (1, 0, 0)) -> Frame:
    """Return the frame of an IfcAxis2Placement3D."""
    third = np.asarray(z, float) / np.linalg.norm(z)
    first = np.asarray(x, float) - np.dot(x, third) * third
    first /= np.linalg.norm(first)
    frame = np.eye(4)
    frame[:3, :4] = np.column_stack((first, np.cross(third, first), third, origin))
    return frame


def corners(low: Any, high: Any) -> Points:
    """Return the eight corners of a box."""
    return np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])], float)


def box(low: Any, high: Any) -> Solid:
    """Return an axis-aligned box."""
    low, high = np.asarray(low, float), np.asarray(high, float)
    x, y, z = high - low
    return Solid(
        volume=x * y * z,
        area=2 * (x * y + y * z + z * x),
        extremes=corners(low, high),
        inside=lambda points: np.asarray(((points > low) & (points < high)).all(axis=1)),
        euler=2,
    )


def disjoint(*solids: Solid) -> Solid:
    """Return several bodies that do not touch as one."""

    def total(name: str) -> Any:
        values = [getattr(solid, name) for solid in solids]
        return None if any(value is None for value in values) else sum(values)

    extremes = [solid.extremes for solid in solids]
    insides = [solid.inside for solid in solids]
    return Solid(
        volume=total("volume"),
        area=total("area"),
        euler=total("euler"),
        extremes=None if any(part is None for part in extremes) else np.concatenate([*extremes]),
        inside=None
        if any(test is None for test in insides)
        else lambda points: np.any([test(points) for test in insides if test], axis=0),
        closed=all(solid.closed for solid in solids),
        curved=any(solid.curved for solid in solids),
        slack=sum(solid.volume_slack for solid in solids) if any(solid.slack for solid in solids) else 0.0,
    )
