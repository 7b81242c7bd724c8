"""Exact boolean operations of axis-aligned boxes: volume, area and topology by a grid of cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.geometry.solid import Solid, corners

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.geometry.solid import Mask, Points

    Rule = Callable[[Sequence[Mask]], Mask]
FLUSH = 1.2e-4
"""Metres within which two planes are meant to be one."""


def combined(boxes: Sequence[Points], rule: Rule, *, inner_walls: bool = False) -> Solid:
    """Return what a rule makes of boxes (each 2 by 3: low, high); planes that are almost flush are one.

    `inner_walls`: engines may keep walls between parts, so that area and topology are not known.
    """
    planes = [_merged(np.array([box[:, axis] for box in boxes]).ravel()) for axis in range(3)]
    snapped = [_snapped(box, planes) for box in boxes]
    centres = [(values[:-1] + values[1:]) / 2 for values in planes]
    cells = np.stack(np.meshgrid(*centres, indexing="ij"), axis=-1).reshape(-1, 3)
    shape = tuple(len(values) for values in centres)
    full = rule([_within(box, cells) for box in snapped]).reshape(shape)
    if not full.any():
        return Solid(gone=True)
    sizes = [np.diff(values) for values in planes]
    volume = float(np.einsum("ijk,i,j,k->", full.astype(float), *sizes))
    filled = np.argwhere(full)
    low = [planes[axis][filled[:, axis].min()] for axis in range(3)]
    high = [planes[axis][filled[:, axis].max() + 1] for axis in range(3)]
    return Solid(
        volume=volume,
        area=None if inner_walls else _area(full, sizes),
        extremes=corners(low, high),
        inside=lambda points: rule([_within(box, points) for box in snapped]),
        euler=None if inner_walls else _euler(full),
    )


def minus(masks: Sequence[Mask]) -> Mask:
    """Return the first box less all others."""
    return np.asarray(masks[0] & ~np.any(masks[1:], axis=0))


def union(masks: Sequence[Mask]) -> Mask:
    """Return all boxes together."""
    return np.asarray(np.any(masks, axis=0))


def intersection(masks: Sequence[Mask]) -> Mask:
    """Return what all boxes share."""
    return np.asarray(np.all(masks, axis=0))


def _merged(values: Points) -> Points:
    ordered = np.sort(values)
    return ordered[np.concatenate(([True], np.diff(ordered) > FLUSH))]


def _snapped(box: Points, planes: list[Points]) -> Points:
    """Move each plane of a box to the merged plane at or below it."""
    moved = [
        [planes[axis][np.searchsorted(planes[axis], value, side="right") - 1] for axis, value in enumerate(row)]
        for row in box
    ]
    return np.array(moved)


def _within(box: Points, points: Points) -> Mask:
    return np.asarray(((points > box[0]) & (points < box[1])).all(axis=1))


def _faces(full: Mask) -> list[Mask]:
    """Return per axis where a full cell meets an empty one: one more than cells along that axis."""
    faces = []
    for axis in range(3):
        padding = [(1, 1) if i == axis else (0, 0) for i in range(3)]
        padded = np.pad(full, padding)
        faces.append(np.diff(padded.astype(np.int8), axis=axis) != 0)
    return faces


def _area(full: Mask, sizes: list[Points]) -> float:
    total = 0.0
    for axis, faces in enumerate(_faces(full)):
        others = [sizes[i] if i != axis else np.ones(faces.shape[axis]) for i in range(3)]
        total += float(np.einsum("ijk,i,j,k->", faces.astype(float), *others))
    return total


def _euler(full: Mask) -> int | None:
    """Return the Euler characteristic of the surface; None when it touches itself along an edge or in a point."""
    edges: dict[tuple[int, ...], int] = {}
    vertices: dict[tuple[int, ...], set[int]] = {}
    count = 0
    for axis, faces in enumerate(_faces(full)):
        a, b = [i for i in range(3) if i != axis]
        for index in map(tuple, np.argwhere(faces)):
            count += 1
            for along, across in ((a, b), (b, a)):
                for step in (0, 1):
                    corner = list(index)
                    corner[across] += step
                    edges[(along, *corner)] = edges.get((along, *corner), 0) + 1
            for i in (0, 1):
                for j in (0, 1):
                    corner = list(index)
                    corner[a] += i
                    corner[b] += j
                    vertices.setdefault(tuple(corner), set()).add(count)
    if any(number != 2 for number in edges.values()):
        return None
    return len(vertices) - len(edges) + count
