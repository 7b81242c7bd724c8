"""Mesh solids between cross sections: IfcSectionedSolidHorizontal along lines and arcs, and IfcSectionedSpine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from math import acos, ceil, pi
from typing import TYPE_CHECKING

import numpy as np

from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.geometry.direct.curves import Line, UnsupportedError, between, pieces_of
from ifcjob_runner.geometry.direct.profiles import regions_of
from ifcjob_runner.geometry.direct.sweeps import lofted, mean_tangents, mitred, outward, sampled
from ifcjob_runner.geometry.direct.swept import matched, mixed

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from ifcjob_runner.data.attribute_access import Instance
    from ifcjob_runner.geometry.direct.attributes import Attributes
    from ifcjob_runner.geometry.direct.curves import Piece
    from ifcjob_runner.geometry.direct.primitives import Arrays
    from ifcjob_runner.geometry.direct.profiles import Region

    Vector = npt.NDArray[np.float64]

SAGITTA = 0.005
"""The largest distance of an arc from its chords, metres: the arcs of roads are long."""


def sectioned(item: Instance, attributes: Attributes) -> list[Arrays]:
    """Return one closed mesh per region; raises UnsupportedError for what is not meshed here."""
    return [outward(mesh) for mesh in SECTIONED[class_of(item)](item, attributes)]


@dataclass(frozen=True, slots=True)
class _Station:
    """The place of a cross section."""

    distance: float
    """Along the directrix, metres."""
    offset: Vector
    """To the left, upwards and ahead, metres."""
    up: Vector
    """The direction of the profile's y axis."""


def _horizontal(item: Instance, attributes: Attributes) -> list[Arrays]:
    pieces = [_by_length(piece) for piece in pieces_of(argument(item, 0), attributes)]
    stations = [_station(position, attributes) for position in argument(item, 2)]
    sections = [regions_of(profile, attributes) for profile in argument(item, 1)]
    if len(stations) != len(sections) or len(sections) < 2:
        raise ValueError(f"{len(sections)} cross sections at {len(stations)} positions")
    parts, distances = [], [stations[0].distance]
    for start, end in pairwise(stations):
        for piece in between(pieces, start.distance, end.distance):
            parts.append(piece)
            count = len(piece.sampled(_sides)[0]) - 1
            distances += [distances[-1] + piece.span * (number + 1) / count for number in range(count)]
    path = sampled(parts, _sides)
    if path.closed or len(path.points) != len(distances):
        raise UnsupportedError("a directrix that is closed")
    known = [station.distance for station in stations]
    left, up, ahead = (np.interp(distances, known, [s.offset[i] for s in stations]) for i in range(3))
    y = np.column_stack([np.interp(distances, known, [station.up[i] for station in stations]) for i in range(3)])
    x = np.cross(y, mean_tangents(path))
    frames = mitred(path, x / np.linalg.norm(x, axis=1, keepdims=True), y / np.linalg.norm(y, axis=1, keepdims=True))
    frames[:, :3, 3] += ahead[:, None] * path.after
    moves = np.column_stack((left, up))
    return [
        lofted(_between(known, sections, number, distances, moves), frames, closed=False)
        for number in range(len(sections[0]))
    ]


def _between(
    known: list[float], sections: list[list[Region]], number: int, distances: list[float], moves: Vector
) -> list[Region]:
    """Return one region at each distance, between those of the cross sections at the known distances."""
    regions = []
    for distance, move in zip(distances, moves, strict=True):
        first = min(int(np.searchsorted(known, distance, side="right")) - 1, len(known) - 2)
        share = min((distance - known[first]) / (known[first + 1] - known[first]), 1.0)
        start, end = matched(sections[first], sections[first + 1])[number]
        regions.append([loop + move for loop in mixed(start, end, share)])
    return regions


def _station(position: Instance, attributes: Attributes) -> _Station:
    if class_of(position) != "IfcAxis2PlacementLinear":
        raise UnsupportedError(f"a cross section at {class_of(position)}")
    point = argument(position, 0)
    along = argument(point, 0)
    if class_of(point) != "IfcPointByDistanceExpression" or "Length" not in class_of(along):
        raise UnsupportedError("a cross section that is not at a distance")
    distance = float(argument(along, 0)) * attributes.scale
    offset = np.array([attributes.length(point, number) for number in (1, 2, 3)])
    return _Station(distance, offset, attributes.direction(argument(position, 1)))


def _by_length(piece: Piece) -> Piece:
    """Return the piece with its length as its range of parameters."""
    if isinstance(piece, Line):
        return replace(piece, span=float(np.linalg.norm(piece.end - piece.start)))
    radius = float(np.linalg.norm(piece.x))
    if abs(radius - float(np.linalg.norm(piece.y))) > 1e-9 * radius:
        raise UnsupportedError("distances along an ellipse")
    return replace(piece, span=radius * abs(piece.last - piece.first))


def _sides(radius: float) -> int:
    return max(72, ceil(pi / acos(1 - SAGITTA / max(radius, 1.0))))


def _spine(item: Instance, attributes: Attributes) -> list[Arrays]:
    pieces = pieces_of(argument(item, 0), attributes)
    if not all(isinstance(piece, Line) for piece in pieces):
        raise UnsupportedError("a spine with arcs")
    sections = [regions_of(profile, attributes) for profile in argument(item, 1)]
    frames = np.array([attributes.frame(position) for position in argument(item, 2)])
    if len(frames) != len(sections) or len(sections) < 2:
        raise ValueError(f"{len(sections)} cross sections at {len(frames)} positions")
    for section in sections[1:]:
        matched(sections[0], section)
    return [
        lofted([section[number] for section in sections], frames, closed=False) for number in range(len(sections[0]))
    ]


SECTIONED: dict[str, Callable[[Instance, Attributes], list[Arrays]]] = {
    "IfcSectionedSolidHorizontal": _horizontal,
    "IfcSectionedSpine": _spine,
}
