"""Measure and round all meshes of one call of ifclite together: most are small, and numpy takes microseconds a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ifcjob_runner.geometry.canonical import FAR, on_grid
from ifcjob_runner.geometry.engines.proxies import ORIGIN

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    import numpy.typing as npt
    from ifclite_geom import ElementBuffers

    Place = npt.NDArray[np.float64]

_CHUNK = 1 << 22
"""Bytes of vertices and triangles that are measured at once; more would only need memory."""


class Measures(NamedTuple):
    """The box and the volume of one mesh, relative to its place."""

    low: list[float]
    high: list[float]
    volume: float
    """Negative when the normals of a closed surface point inwards."""
    whole: bool
    """Whether each triangle has three different corners."""
    positions: npt.NDArray[np.float32] | None = None
    """Its vertices on the grid of `canonical`, if that is all there is to do with it."""


def measures_of(
    elements: dict[int, ElementBuffers], places: Mapping[int, Place], bodies: Container[int] = ()
) -> dict[int, Measures]:
    """Return the measures of each mesh that has triangles, by its number; `places` has those not at the origin.

    A mesh of `bodies` that needs no other change gets positions, and loses its vertices, which would fill the memory.
    """
    return {
        number: measures
        for chunk in _chunks(elements)
        for number, measures in _measured(elements, chunk, places, bodies)
    }


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


def _measured(
    elements: dict[int, ElementBuffers], chunk: list[int], places: Mapping[int, Place], bodies: Container[int]
) -> Iterator[tuple[int, Measures]]:
    vertices = [elements[number]["vertices"] for number in chunk]
    faces = [elements[number]["faces"] for number in chunk]
    points = np.frombuffer(b"".join(vertices)).reshape(-1, 3)
    triangles = np.frombuffer(b"".join(faces), np.uint32).reshape(-1, 3)
    first_points, point_counts = _starts(vertices, 24)
    first_triangles, counts = _starts(faces, 12)
    if not places.keys().isdisjoint(chunk):
        points = points - np.repeat([places.get(number, ORIGIN) for number in chunk], point_counts, axis=0)
    lows = np.minimum.reduceat(points, first_points)
    highs = np.maximum.reduceat(points, first_points)
    a, b, c = triangles.T
    whole = np.logical_and.reduceat((a != b) & (b != c) & (c != a), first_triangles)
    volumes = _volumes(points[triangles + np.repeat(first_points, counts)[:, None]], first_triangles, counts)
    near = (lows >= -FAR).all(axis=1) & (highs <= FAR).all(axis=1)
    complete = (whole & near & (volumes > 0)).tolist()
    positions = np.split(on_grid(points), first_points[1:])
    rows = zip(lows.tolist(), highs.tolist(), volumes.tolist(), whole.tolist(), strict=True)
    for number, row, own, is_complete in zip(chunk, rows, positions, complete, strict=True):
        if is_complete and number in bodies:
            elements[number]["vertices"] = b""
            yield number, Measures(*row, own)
        else:
            yield number, Measures(*row)


def _volumes(corners: Place, first: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> Place:
    """Return the volume of each mesh as `canonical.signed_volume` does; `corners` has those of all triangles."""
    to_second, to_third = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    base = to_second[:, 0] * to_third[:, 1] - to_second[:, 1] * to_third[:, 0]
    heights = corners[:, :, 2].sum(axis=1) - 3 * np.repeat(corners[first, 0, 2], counts)
    volumes: Place = np.add.reduceat(base * heights, first) / 6
    return volumes


def _starts(buffers: list[bytes], row: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the number of the first row of each buffer, and how many it has."""
    counts = np.array([len(buffer) // row for buffer in buffers])
    return np.cumsum(counts) - counts, counts
