"""Sample curves, and sweep the regions of a profile along them: closed meshes with exact mitres at corners.

A section is a ring: the loops of the profile in one plane. Between two rings every loop makes a wall; the first and
the last ring of an open sweep are closed with caps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ifcjob_runner.data.placements import cross
from ifcjob_runner.geometry.canonical import signed_volume
from ifcjob_runner.geometry.direct.curves import Line, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from ifcjob_runner.geometry.direct.curves import Piece
    from ifcjob_runner.geometry.direct.primitives import Arrays
    from ifcjob_runner.geometry.direct.profiles import Region

    Vector = npt.NDArray[np.float64]
    Numbers = npt.NDArray[np.int64]
    Side = Callable[["Path", Vector], Vector]

GAP = 1e-3
"""The largest gap between two pieces of a curve, metres; it is closed silently."""
SAME = 1e-7
"""Two points nearer than this are one point, metres."""
MITRE = 0.1
"""The cosine of half the sharpest corner that is mitred."""


@dataclass(frozen=True, slots=True)
class Path:
    """A sampled curve; at a corner the tangent before differs from the tangent after."""

    points: Vector
    """(n, 3); the first is not repeated at the end of a closed path."""
    before: Vector
    """The unit tangent before each point."""
    after: Vector
    """The unit tangent after each point."""
    closed: bool


def sampled(pieces: list[Piece], sides: Callable[[float], int]) -> Path:
    """Sample a curve; raises UnsupportedError where it has a gap, and ValueError when nothing is left of it."""
    points: list[Vector] = []
    before: list[Vector] = []
    after: list[Vector] = []
    for piece in pieces:
        if isinstance(piece, Line) and np.linalg.norm(piece.end - piece.start) < SAME:
            continue
        own, tangents = piece.sampled(sides)
        if points:
            if np.linalg.norm(own[0] - points[-1]) > GAP:
                raise UnsupportedError(f"a gap of {np.linalg.norm(own[0] - points[-1]):.3g} m in a curve")
            after[-1] = tangents[0]
            own, tangents = own[1:], tangents[1:]
        points += list(own)
        before += list(tangents)
        after += list(tangents)
    if len(points) < 2:
        raise ValueError("a curve without length")
    gap = float(np.linalg.norm(points[-1] - points[0]))
    closed = len(points) > 3 and gap < min(GAP, 1e-3 * float(np.ptp(points, axis=0).max()))
    if closed:
        before[0] = before[-1]
        points, before, after = points[:-1], before[:-1], after[:-1]
    return Path(np.array(points), np.array(before), np.array(after), closed)


def lofted(sections: Sequence[Region], frames: Vector, *, closed: bool, seam: int = 0) -> Arrays:
    """Return the mesh between sections, each placed by its 4 by 4 frame, whose third axis is ignored.

    All sections have the same number of points in each loop. A closed mesh joins the last section to the first one,
    `seam` points ahead.
    """
    sizes = [len(loop) for loop in sections[0]]
    if any([len(loop) for loop in section] != sizes for section in sections):
        raise UnsupportedError("profiles with different numbers of points")
    flat = np.array([np.concatenate(section) for section in sections])
    points = (flat @ frames[:, :3, :2].transpose(0, 2, 1) + frames[:, None, :3, 3]).reshape(-1, 3)
    count, ring = len(frames), sum(sizes)
    low = np.arange(count if closed else count - 1)[:, None] * ring
    high = (low + ring) % (count * ring)
    here, ahead = _neighbours(sizes, 0)
    above, above_ahead = np.tile(here, (len(low), 1)), np.tile(ahead, (len(low), 1))
    if closed and seam:
        above[-1], above_ahead[-1] = _neighbours(sizes, seam)
    a, b, c, d = low + here, low + ahead, high + above_ahead, high + above
    walls = np.stack((a, b, c, a, c, d), axis=-1).reshape(-1, 3)
    if closed:
        return points, walls
    return points, np.concatenate((walls, cap(sections[0])[:, ::-1], cap(sections[-1]) + (count - 1) * ring))


def _neighbours(sizes: list[int], seam: int) -> tuple[Numbers, Numbers]:
    """Return the number of each point of the loops, and that of the next point, both moved by `seam` points."""
    starts = np.repeat(np.cumsum([0, *sizes[:-1]]), sizes)
    own, size = np.concatenate([np.arange(size) for size in sizes]) + seam, np.repeat(sizes, sizes)
    return starts + own % size, starts + (own + 1) % size


def cap(region: Region) -> Numbers:
    """Return triangles, anticlockwise, over the points of a region's loops."""
    import manifold3d  # few bodies need it

    centre = region[0].mean(axis=0)
    triangles: Numbers = manifold3d.triangulate([loop - centre for loop in region]).astype(np.int64)
    return triangles


def along(region: Region, path: Path, side: Side) -> Arrays:
    """Sweep a region along a path; `side` returns the profile's x axes for the path and the mean tangents."""
    middle = mean_tangents(path)
    x = side(path, middle)
    frames = mitred(path, x, np.cross(middle, x))
    return lofted([region] * len(x), frames, closed=path.closed, seam=_seam(path, x, region) if path.closed else 0)


def mean_tangents(path: Path) -> Vector:
    """Return the mean of the tangents before and after each point; UnsupportedError where they are opposite."""
    middle = path.before + path.after
    lengths = np.linalg.norm(middle, axis=1, keepdims=True)
    if lengths.min() < 2 * MITRE:
        raise UnsupportedError("a directrix that turns back")
    mean: Vector = middle / lengths
    return mean


def mitred(path: Path, x: Vector, y: Vector) -> Vector:
    """Return the 4 by 4 frame of each point, with axes that lie in the plane between both directions of a corner."""
    cosines = np.linalg.norm(path.before + path.after, axis=1) / 2  # of half the corner
    across = path.before - path.after
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    stretch = (1 / cosines - 1)[:, None]  # the section is longer across the corner
    frames = np.zeros((len(x), 4, 4))
    for number, axis in enumerate((x, y)):
        frames[:, :3, number] = axis + across * np.einsum("ij,ij->i", across, axis)[:, None] * stretch
    frames[:, :3, 3] = path.points
    return frames


def _seam(path: Path, x: Vector, region: Region) -> int:
    """Return by how many points the last section of a closed path is ahead of the first one."""
    twist = _carried(x[-1], (mean_tangent(path, -1), path.after[-1], path.before[0], mean_tangent(path, 0)))
    tangent = mean_tangent(path, 0)
    angle = float(np.arctan2(twist @ np.cross(tangent, x[0]), twist @ x[0]))
    return round(angle / (2 * np.pi) * len(region[0])) % len(region[0])


def mean_tangent(path: Path, number: int) -> Vector:
    """Return the mean tangent at a point of a path."""
    mean: Vector = path.before[number] + path.after[number]
    return mean / np.linalg.norm(mean)


def by_reference(reference: Vector) -> Side:
    """Return the x axes of sections that keep to a direction, or to a direction per point of the path."""

    def side(path: Path, middle: Vector) -> Vector:
        del path
        directions = np.broadcast_to(reference, middle.shape)
        x = directions - np.einsum("ij,ij->i", directions, middle)[:, None] * middle
        sizes = np.linalg.norm(x, axis=1, keepdims=True)
        if sizes.min() < 1e-6:
            raise UnsupportedError("a directrix in the direction of its reference")
        unit: Vector = x / sizes
        return unit

    return side


def without_twist(path: Path, middle: Vector) -> Vector:
    """Return x axes that turn no more than the path does: for round sections."""
    x = np.cross(middle[0], np.eye(3)[int(np.argmin(np.abs(middle[0])))])
    axes = [x / np.linalg.norm(x)]
    for number in range(1, len(middle)):
        way = (middle[number - 1], path.after[number - 1], path.before[number], middle[number])
        axes.append(_carried(axes[-1], way))
    return np.array(axes)


def _carried(x: Vector, tangents: Sequence[Vector]) -> Vector:
    """Return an axis after the turns from tangent to tangent."""
    axis, start = x.tolist(), tangents[0].tolist()  # numpy is slow on single vectors
    for tangent in tangents[1:]:
        end = tangent.tolist()
        normal = cross(start, end)
        share = 1 / (1 + start[0] * end[0] + start[1] * end[1] + start[2] * end[2])
        turn = cross(normal, axis)
        again = cross(normal, turn)
        axis = [axis[i] + turn[i] + again[i] * share for i in range(3)]
        start = end
    return np.array(axis)


def turned(origin: Vector, axis: Vector, angle: float) -> Vector:
    """Return the 4 by 4 matrix of a turn about an axis."""
    k = np.array(((0, -axis[2], axis[1]), (axis[2], 0, -axis[0]), (-axis[1], axis[0], 0)))
    result = np.eye(4)
    result[:3, :3] += np.sin(angle) * k + (1 - np.cos(angle)) * k @ k
    result[:3, 3] = origin - result[:3, :3] @ origin
    return result


def outward(arrays: Arrays) -> Arrays:
    """Return a closed mesh whose normals point outwards."""
    points, triangles = arrays
    return (points, triangles[:, ::-1]) if signed_volume(points, triangles) < 0 else arrays
