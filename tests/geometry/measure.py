"""Measure a mesh, and compare it with what the body must be."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tests.geometry.solid import apply

if TYPE_CHECKING:
    from tests.geometry.assembly import Instance
    from tests.geometry.solid import Mask, Points, Solid

Triangles = npt.NDArray[np.int64]
GRID = 3e-6
"""Metres by which a vertex may be off: the meshes are on a grid of a micrometre."""
WELD = 2e-5
"""Metres within which two vertices are one."""
OPEN = 1e-3
"""Share of the area that the area vectors of a closed surface may leave."""
PROBES = 60


@dataclass(frozen=True)
class Mesh:
    """The triangles of one element, in the world, in metres."""

    points: Points
    triangles: Triangles


@dataclass(frozen=True)
class Verdict:
    """How a mesh differs from the body that it must be."""

    deviation: float
    """The largest relative difference of volume, area and box."""
    problems: tuple[str, ...]


def judge(instance: Instance, mesh: Mesh | None, deflection: float = 0.0) -> Verdict:
    """Compare a mesh (None: nothing was drawn) with the instance's body; its curves may be off by a deflection."""
    expected = instance.expected
    if mesh is None or not len(mesh.triangles):
        return Verdict(0.0, () if expected.gone else ("nothing drawn",))
    if expected.gone:
        return Verdict(1.0, ("drawn, though nothing is left",))
    points = apply(np.asarray(np.linalg.inv(instance.placement), float), mesh.points)
    corners = points[mesh.triangles]
    problems: list[str] = []
    deviations = [
        _box(expected, corners, problems, deflection),
        _area(expected, corners, problems, deflection),
        _volume(expected, corners, problems, deflection),
    ]
    _topology(expected, points, mesh.triangles, problems)
    if not problems:
        _probes(instance, corners, problems, deflection)
    return Verdict(max(deviations), tuple(problems))


def _box(expected: Solid, corners: Points, problems: list[str], deflection: float) -> float:
    if expected.extremes is None:
        return 0.0
    want = np.array([expected.extremes.min(0), expected.extremes.max(0)])
    have = np.array([corners.min((0, 1)), corners.max((0, 1))])
    off = float(np.abs(have - want).max())
    size = float(np.linalg.norm(want[1] - want[0]))
    if off > expected.tolerance * size + GRID + 2 * deflection * expected.curved:
        problems.append(f"box off by {off:.4g} of {size:.4g} m")
    return max(0.0, off - GRID) / size


def _area(expected: Solid, corners: Points, problems: list[str], deflection: float) -> float:
    if expected.area is None or (deflection and expected.curved):  # a small circle may become an octagon
        return 0.0
    vectors = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = float(np.linalg.norm(vectors, axis=1).sum() / 2)
    off = abs(area - expected.area)
    if off > max(expected.tolerance, 0.002) * expected.area + GRID * expected.area**0.5:
        problems.append(f"area {area:.5g} m², not {expected.area:.5g}")
    return off / expected.area


def _volume(expected: Solid, corners: Points, problems: list[str], deflection: float) -> float:
    local = corners - corners.mean((0, 1))
    crosses = np.cross(local[:, 1] - local[:, 0], local[:, 2] - local[:, 0])
    area = float(np.linalg.norm(crosses, axis=1).sum() / 2)
    left = float(np.abs(crosses.sum(0)).max() / 2)
    if expected.closed and left > OPEN * area:
        problems.append(f"open: {left / area:.2g} of the area")
    if expected.volume is None:
        return 0.0
    volume = float(np.einsum("ij,ij->i", local[:, 0], np.cross(local[:, 1], local[:, 2])).sum() / 6)
    off = abs(volume - expected.volume)
    if off > expected.volume_slack + (GRID + 2 * deflection * expected.curved) * area:
        problems.append(f"volume {volume:.5g} m³, not {expected.volume:.5g}")
    return max(0.0, off - GRID * area) / expected.volume


def euler(points: Points, triangles: Triangles) -> int | None:
    """Return the Euler characteristic of the welded surface; None when an edge has not two triangles."""
    _, number = np.unique(np.rint((points - points.min(0)) / WELD), axis=0, return_inverse=True)
    welded = number.reshape(-1)[triangles]
    a, b, c = welded.T
    welded = welded[(a != b) & (b != c) & (c != a)]
    edges = np.sort(welded[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    distinct, counts = np.unique(edges, axis=0, return_counts=True)
    if not len(counts) or (counts != 2).any():
        return None
    return len(np.unique(welded)) - len(distinct) + len(welded)


def _topology(expected: Solid, points: Points, triangles: Triangles, problems: list[str]) -> None:
    if expected.euler is None or not expected.closed:
        return
    have = euler(points, triangles)
    if have is not None and have != expected.euler:
        problems.append(f"Euler characteristic {have}, not {expected.euler}")


def _probes(instance: Instance, corners: Points, problems: list[str], deflection: float) -> None:
    points, want = instance.probes
    if not len(points) or (deflection and instance.expected.curved):  # the probes keep less distance from the surface
        return
    have = winding(points, corners) > 0.5
    if wrong := int((have != want).sum()):
        problems.append(f"{wrong} of {len(points)} points on the wrong side")


def probes(expected: Solid, seed: int) -> tuple[Points, Mask]:
    """Return random points whose surroundings are all inside or all outside of the body, and which of them are."""
    if expected.inside is None or expected.extremes is None or not expected.closed:
        return np.empty((0, 3)), np.empty(0, bool)
    random = Random(seed)
    low, high = expected.extremes.min(0), expected.extremes.max(0)
    size = high - low
    points = np.array([[random.uniform(-0.1, 1.1) for _ in range(3)] for _ in range(PROBES)]) * size + low
    margins = max(expected.tolerance, 0.004) * np.array([np.linalg.norm(size), size.min()]) + 2 * GRID
    cube = np.array([[x, y, z] for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1)])
    around = np.concatenate([margin * cube for margin in margins])
    votes = expected.inside((points[:, None] + around).reshape(-1, 3)).reshape(len(points), -1)
    clear = votes.all(axis=1) | ~votes.any(axis=1)
    return points[clear], votes[clear, 0]


def winding(points: Points, corners: Points) -> Points:
    """Return how often the surface winds around each point."""
    a, b, c = (corners[None, :, i] - points[:, None] for i in range(3))
    la, lb, lc = (np.linalg.norm(v, axis=2) for v in (a, b, c))
    top = np.einsum("ijk,ijk->ij", a, np.cross(b, c))
    dots = [np.einsum("ijk,ijk->ij", u, v) for u, v in ((a, b), (b, c), (c, a))]
    bottom = la * lb * lc + dots[0] * lc + dots[1] * la + dots[2] * lb
    return np.asarray(2 * np.arctan2(top, bottom).sum(axis=1) / (4 * np.pi))
