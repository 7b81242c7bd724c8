"""Points of B-spline curves, rational ones included."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Vector = npt.NDArray[np.float64]

STEPS = 16
"""Chords between two knots."""


def spline(degree: int, poles: Vector, knots: Vector, weights: Sequence[float] | None) -> tuple[Vector, Vector]:
    """Return parameters and points; raises ValueError for a wrong number of knots."""
    if len(knots) != len(poles) + degree + 1:
        raise ValueError(f"a spline of {len(poles)} points and degree {degree} has {len(knots)} knots")
    homogeneous = np.column_stack((poles, np.ones(len(poles)))) * np.array(weights or [1.0] * len(poles))[:, None]
    first, last = knots[degree], knots[-degree - 1]
    distinct = np.unique(knots[(knots >= first) & (knots <= last)])
    parameters = np.unique(np.concatenate([np.linspace(a, b, STEPS + 1) for a, b in pairwise(distinct)]))
    rows = np.array([_de_boor(float(at), degree, knots, homogeneous) for at in parameters])
    return parameters, rows[:, :3] / rows[:, 3:]


def bezier_knots(degree: int, poles: int) -> Vector:
    """Return the knots of a chain of Bezier curves."""
    arcs = (poles - 1) // degree
    return np.repeat(np.arange(arcs + 1.0), [degree + 1, *[degree] * (arcs - 1), degree + 1])


def _de_boor(at: float, degree: int, knots: Vector, poles: Vector) -> Vector:
    """Return the point at a parameter."""
    span = min(int(np.searchsorted(knots, at, side="right")) - 1, len(poles) - 1)
    own: list[Vector] = list(poles[span - degree : span + 1])
    for level in range(1, degree + 1):
        for index in range(degree, level - 1, -1):
            left, right = knots[index + span - degree], knots[index + 1 + span - level]
            share = (at - left) / (right - left)
            own[index] = (1 - share) * own[index - 1] + share * own[index]
    return own[degree]
