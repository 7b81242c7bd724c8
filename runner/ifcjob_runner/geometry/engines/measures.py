"""Measure all meshes of one call of ifclite together: most are small, and each call of numpy takes microseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt
    from ifclite_geom import ElementBuffers

_CHUNK = 1 << 22
"""Bytes of vertices and triangles that are measured at once; more would only need memory."""


class Measures(NamedTuple):
    """The box and the volume of one mesh, in its frame."""

    low: list[float]
    high: list[float]
    volume: float
    """Negative when the normals of a closed surface point inwards."""
    whole: bool
    """Whether each triangle has three different corners."""


def measures_of(elements: dict[int, ElementBuffers]) -> dict[int, Measures]:
    """Return the measures of each mesh that has triangles, by its number."""
    return {number: measures for chunk in _chunks(elements) for number, measures in _measured(elements, chunk)}


def _chunks(elements: dict[int, ElementBuffers]) -> Iterator[list[int]]:
    chunk: list[int] = []
    size = 0
    for number, element in elements.items():
        if not (element["vertices"] and element["faces"]):
            continue
        chunk.append(number)
        size += len(element["vertices"]) + len(element["faces"])
        if size > _CHUNK:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _measured(elements: dict[int, ElementBuffers], chunk: list[int]) -> Iterator[tuple[int, Measures]]:
    vertices = [elements[number]["vertices"] for number in chunk]
    faces = [elements[number]["faces"] for number in chunk]
    points = np.frombuffer(b"".join(vertices)).reshape(-1, 3)
    triangles = np.frombuffer(b"".join(faces), np.uint32).reshape(-1, 3)
    first_points, _ = _starts(vertices, 24)
    first_triangles, counts = _starts(faces, 12)
    lows = np.minimum.reduceat(points, first_points)
    highs = np.maximum.reduceat(points, first_points)
    a, b, c = triangles.T
    whole = np.logical_and.reduceat((a != b) & (b != c) & (c != a), first_triangles)
    corners = points[triangles + np.repeat(first_points, counts)[:, None]]
    # As in `canonical.signed_volume`.
    to_second, to_third = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    base = to_second[:, 0] * to_third[:, 1] - to_second[:, 1] * to_third[:, 0]
    heights = corners[:, :, 2].sum(axis=1) - 3 * np.repeat(corners[first_triangles, 0, 2], counts)
    volumes = np.add.reduceat(base * heights, first_triangles) / 6
    rows = zip(lows.tolist(), highs.tolist(), volumes.tolist(), whole.tolist(), strict=True)
    for number, (low, high, volume, is_whole) in zip(chunk, rows, strict=True):
        yield number, Measures(low, high, volume, is_whole)


def _starts(buffers: list[bytes], row: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the number of the first row of each buffer, and how many it has."""
    counts = np.array([len(buffer) // row for buffer in buffers])
    return np.cumsum(counts) - counts, counts
