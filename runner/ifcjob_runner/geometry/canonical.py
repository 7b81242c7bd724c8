"""Bring the meshes of all engines into one form: near the origin, on a fixed grid, with equal bytes on every run."""

import numpy as np
import numpy.typing as npt

from ifcjob_runner.geometry.meshes import Colour, Mesh

Points = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Triangles = npt.NDArray[np.int64] | npt.NDArray[np.int32] | npt.NDArray[np.uint32]

# Kernels differ in the 14th digit from run to run. After rounding to a binary grid of a micrometre, equal shapes have
# equal bytes; decimal coordinates are never halfway between two of its points.
GRID = 2.0**-20
FAR = 512.0
"""Metres from its origin at which a shape gets a new origin: single precision has steps of 0.03 mm there."""
SINGLE_STEP = 2.0**-23
"""The relative step of single precision."""
THINNEST = 1e-4
"""The largest step of single precision in a body, as a share of its thinnest extent."""
CLOSED = 1e-3
"""The area vectors of a closed surface cancel; the engines leave at most this share of the area."""


def canonical(points: Points, triangles: Triangles, parts: tuple[tuple[Colour, int], ...]) -> tuple[Mesh, list[float]]:
    """Return the mesh on the grid, and the shift (x, y, z) in metres from its origin to the frame of `points`.

    `points` has the shape (vertices, 3) in metres, `triangles` (triangles, 3).
    """
    shift = np.zeros(3)
    if points.size and np.abs(points).max() > FAR:
        shift = np.rint((points.min(0) + points.max(0)) / 2)
        points = points - shift
    return Mesh(on_grid(points), np.ascontiguousarray(triangles, dtype=np.uint32), parts), shift.tolist()


def on_grid(points: Points) -> npt.NDArray[np.float32]:
    """Return the points rounded to the grid."""
    steps = points * (1 / GRID)
    np.rint(steps, out=steps)
    steps *= GRID
    steps += 0.0  # turns -0.0 into 0.0
    return steps.astype(np.float32)


def without_broken(points: Points, triangles: Triangles) -> Mask:
    """Return a mask of the triangles that have three different corners and finite coordinates."""
    first, second, third = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    whole: Mask = (first != second) & (second != third) & (third != first)
    if not np.isfinite(points).all():
        whole &= np.asarray(np.isfinite(points).all(axis=1))[triangles].all(axis=1)
    return whole


def is_closed(points: Points, triangles: Triangles) -> bool:
    """Return whether the surface's area vectors cancel, as those of a closed surface do."""
    corner = points[triangles[:, 0]]
    area_vectors = np.cross(points[triangles[:, 1]] - corner, points[triangles[:, 2]] - corner)
    area = float(np.sqrt(np.einsum("ij,ij->i", area_vectors, area_vectors)).sum())
    return area > 0 and float(np.abs(area_vectors.sum(0)).max()) <= CLOSED * area


def signed_volume(points: Points, triangles: Triangles) -> float:
    """Return the volume that a closed surface encloses; negative when its normals point inwards."""
    corners = points[triangles]
    first, second, third = corners[:, 0], corners[:, 1], corners[:, 2]
    to_second, to_third = second - first, third - first
    # The prisms between the triangles and the level of the first corner.
    base = to_second[:, 0] * to_third[:, 1] - to_second[:, 1] * to_third[:, 0]
    heights = first[:, 2] + second[:, 2] + third[:, 2] - 3 * first[0, 2]
    return float(base @ heights) / 6


def outward(points: Points, triangles: Triangles) -> Triangles:
    """Return the triangles of a closed surface with their normals outwards, and those of an open one as they are."""
    if signed_volume(points, triangles) >= 0 or not is_closed(points, triangles):
        return triangles
    turned: Triangles = triangles[:, ::-1]
    return turned


def is_coarse(low: list[float], high: list[float]) -> bool:
    """Return whether single precision is too coarse for a body with this box, far from its own origin."""
    farthest = max(*map(abs, low), *map(abs, high))
    if farthest <= FAR:
        return False
    extents = [most - least for least, most in zip(low, high, strict=True) if most > least]
    return farthest * SINGLE_STEP > THINNEST * min([*extents, 10.0])
