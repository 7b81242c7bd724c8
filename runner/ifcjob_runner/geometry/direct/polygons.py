"""Triangulate plane polygons with holes, in space."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_AXES = np.eye(3)


def triangulated(loops: Sequence[Floats]) -> Ints:
    """Return triangles, as rows of the joined loops; they face the same way as the first loop, the outer one."""
    outer = loops[0]
    if len(loops) == 1 and len(outer) == 3:
        return np.array([[0, 1, 2]])
    import mapbox_earcut  # few bodies need it

    origin, across, up = plane_of(outer)
    joined = np.concatenate(loops) - origin
    flat = np.column_stack((joined @ across, joined @ up))
    ends = np.cumsum([len(loop) for loop in loops]).astype(np.uint32)
    triangles = mapbox_earcut.triangulate_float64(flat, ends).reshape(-1, 3).astype(np.int64)
    first, second, third = (flat[triangles[:, corner]] for corner in range(3))
    turned = _cross(second - first, third - first) < 0
    triangles[turned] = triangles[turned][:, ::-1]
    return triangles


def plane_of(loop: Floats) -> tuple[Floats, Floats, Floats]:
    """Return a point of the loop's plane and two axes in it; seen from the front, the loop is anticlockwise.

    Raises ValueError for a loop without area.
    """
    edges = loop[1:] - loop[0]
    normal = _normals(edges[:-1], edges[1:]).sum(axis=0)
    length = float(np.linalg.norm(normal))
    if not length > 0:
        raise ValueError("a face has no area")
    normal /= length
    across = _normals(_AXES[np.abs(normal).argmin()], normal)
    across /= np.linalg.norm(across)
    return loop[0], across, _normals(normal, across)


def _normals(first: Floats, second: Floats) -> Floats:
    """Return cross products; `np.cross` takes three times as long for so few vectors."""
    (ax, ay, az), (bx, by, bz) = first.T, second.T
    return np.array((ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)).T.copy()


def _cross(first: Floats, second: Floats) -> Floats:
    product: Floats = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    return product
