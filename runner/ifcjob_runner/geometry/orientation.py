"""Turn the triangles of a surface so that neighbours have the same side outside.

OpenCASCADE meshes some faces of advanced breps right, but with their inside out, such as those on parts of tori.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from ifcjob_runner.geometry.canonical import Points, Triangles

_WELD = 2.0**-19
"""Metres: the meshes are on a grid of half of it."""


def consistent(points: Points, triangles: Triangles) -> Triangles | None:
    """Return the triangles, some of them turned; None unless every edge has two triangles, as in a closed surface."""
    _, number = np.unique(np.rint((points - points.min(0)) / _WELD), axis=0, return_inverse=True)
    corners = number.reshape(-1)[triangles].tolist()
    users: dict[tuple[int, int], list[tuple[int, bool]]] = {}
    for index, (a, b, c) in enumerate(corners):
        for start, end in ((a, b), (b, c), (c, a)):
            if start != end:
                users.setdefault((min(start, end), max(start, end)), []).append((index, start < end))
    neighbours: list[list[tuple[int, bool]]] = [[] for _ in corners]
    for pair in users.values():
        if len(pair) != 2:
            return None
        (first, forward), (second, also_forward) = pair
        neighbours[first].append((second, forward == also_forward))
        neighbours[second].append((first, forward == also_forward))
    turned = _turned(neighbours)
    return None if turned is None else np.where(turned[:, None], triangles[:, ::-1], triangles)


def _turned(neighbours: list[list[tuple[int, bool]]]) -> npt.NDArray[np.bool_] | None:
    """Return which triangles to turn; None for a one-sided surface.

    `neighbours` has the neighbours of each triangle, and whether one of the two must be turned.
    """
    turned: list[bool | None] = [None] * len(neighbours)
    for start in range(len(neighbours)):
        if turned[start] is not None:
            continue
        turned[start] = False
        pending = [start]
        while pending:
            index = pending.pop()
            for other, differs in neighbours[index]:
                required = bool(turned[index]) != differs
                if turned[other] is None:
                    turned[other] = required
                    pending.append(other)
                elif turned[other] != required:
                    return None
    return np.array(turned, bool)
