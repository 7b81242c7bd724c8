"""Mesh the swept solids (IfcSweptAreaSolid, IfcSweptDiskSolid) from their attributes."""

from __future__ import annotations

import itertools
from math import ceil, pi
from typing import TYPE_CHECKING

import numpy as np

from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.geometry.direct import outlines
from ifcjob_runner.geometry.direct.curves import Arc, Line, UnsupportedError, between, pieces_of, segments_of, with_span
from ifcjob_runner.geometry.direct.profiles import regions_of
from ifcjob_runner.geometry.direct.sweeps import along, by_reference, lofted, outward, sampled, turned, without_twist
from ifcjob_runner.geometry.doubt_reasons import ANGLES_IN_DEGREES, SWEEP_BEYOND_END, SWEEP_ZERO_TO_ONE

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from ifcjob_runner.data.attribute_access import Instance
    from ifcjob_runner.geometry.direct.attributes import Attributes
    from ifcjob_runner.geometry.direct.curves import Piece
    from ifcjob_runner.geometry.direct.primitives import Arrays
    from ifcjob_runner.geometry.direct.profiles import Region
    from ifcjob_runner.geometry.direct.sweeps import Path, Side

    Vector = npt.NDArray[np.float64]

DISK_SIDES = 24
"""Default number of sides of a swept disk: rebars and pipes are many and thin."""


def swept(item: Instance, attributes: Attributes) -> list[Arrays]:
    """Return one closed mesh per region; raises UnsupportedError for what is not meshed here."""
    meshes, position = SWEPT[class_of(item)](item, attributes)
    frame = attributes.frame(position)
    return [outward((points @ frame[:3, :3].T + frame[:3, 3], triangles)) for points, triangles in meshes]


def _disk(item: Instance, attributes: Attributes) -> tuple[list[Arrays], None]:
    pieces = _directrix(item, 0, 3, attributes)
    if class_of(item) == "IfcSweptDiskSolidPolygonal":
        pieces = _filleted(pieces, attributes.length(item, 5))
    radius, inner = attributes.length(item, 1), attributes.length(item, 2)
    sides = attributes.sides(radius, DISK_SIDES)
    region = [outlines.ellipse(radius, radius, sides)]
    if 0 < inner < radius:
        region.append(outlines.ellipse(inner, inner, sides)[::-1])
    return [along(region, sampled(pieces, attributes.steps), without_twist)], None


def _filleted(pieces: list[Piece], radius: float) -> list[Piece]:
    """Return a polyline with its corners rounded."""
    if not radius or not all(isinstance(piece, Line) for piece in pieces):
        return pieces
    lines = [piece for piece in pieces if np.linalg.norm(piece.at(1) - piece.at(0)) > 0]
    rounded: list[Piece] = []
    start = lines[0].at(0)
    for line, following in itertools.pairwise(lines):
        corner = line.at(1)
        back, ahead = (end - corner for end in (line.at(0), following.at(1)))
        back, ahead = back / np.linalg.norm(back), ahead / np.linalg.norm(ahead)
        turn = pi - float(np.arccos(np.clip(back @ ahead, -1, 1)))
        if turn < 1e-6:
            continue
        distance = radius * np.tan(turn / 2)
        room = min(np.linalg.norm(corner - start), np.linalg.norm(following.at(1) - corner))
        if distance > room + 1e-6:
            raise UnsupportedError("a fillet that is longer than its lines")
        inward = (back + ahead) / np.linalg.norm(back + ahead)
        centre = corner + inward * radius / np.cos(turn / 2)
        x = corner + back * distance - centre
        rounded += [Line(start, corner + back * distance), Arc(centre, x, -back * radius, 0.0, turn, 1.0)]
        start = corner + ahead * distance
    return [*rounded, Line(start, lines[-1].at(1))]


def _directrix(item: Instance, number: int, first_number: int, attributes: Attributes) -> list[Piece]:
    """Return the part of the directrix that is swept."""
    curve = argument(item, number)
    pieces = pieces_of(curve, attributes)
    first, last = (_parameter(item, first_number + step) for step in (0, 1))
    total = sum(piece.span for piece in pieces)
    begin = 0.0 if first is None else first
    end = total if last is None else last
    slack = 1e-6 * max(1.0, total)
    if class_of(curve) == "IfcLine" or (abs(begin) <= slack and abs(end - total) <= slack):
        return between(pieces, begin, end)
    if class_of(curve) == "IfcTrimmedCurve":
        begin, end = _from_trim(curve, begin, end, total)
    if abs(begin) <= slack and abs(end - 1) <= 1e-6 and class_of(curve) not in ("IfcCircle", "IfcEllipse"):
        attributes.doubt(SWEEP_ZERO_TO_ONE)
        return pieces
    if class_of(curve).endswith("CompositeCurve") and abs(end - len(argument(curve, 0))) <= slack:
        counted = [piece for own in segments_of(curve, attributes) for piece in with_span(own, 1.0)]
        return between(counted, begin, end)  # the parameter counts the segments
    if class_of(curve) in ("IfcCircle", "IfcEllipse"):
        end = end if end > begin else end + total
        return [pieces[0].cut(begin / total, end / total)]
    if end > total + slack or begin < -slack or end <= begin:
        attributes.doubt(SWEEP_BEYOND_END)
        return pieces
    return between(pieces, begin, end)


def _parameter(item: Instance, number: int) -> float | None:
    """Return a parameter; in IFC4X3 it is a select of a parameter value and a length measure."""
    value = argument(item, number)
    if value is None or isinstance(value, float | int):
        return value
    if "Length" in class_of(value):
        raise UnsupportedError("a sweep that begins or ends at a distance")
    return float(argument(value, 0))


def _from_trim(curve: Instance, begin: float, end: float, total: float) -> tuple[float, float]:
    """Return parameters counted from the first trim; some programs count them on the basis curve."""
    trims = [float(argument(select, 0)) for select in argument(curve, 1) if class_of(select) == "IfcParameterValue"]
    if end <= total * (1 + 1e-6) or not trims:
        return begin, end
    return begin - trims[0], end - trims[0]


def _fixed_reference(item: Instance, attributes: Attributes) -> tuple[list[Arrays], Instance]:
    path = sampled(_directrix(item, 2, 3, attributes), attributes.steps)
    side = by_reference(attributes.direction(argument(item, 5)))
    return [along(region, path, side) for region in regions_of(argument(item, 0), attributes)], argument(item, 1)


def _surface_curve(item: Instance, attributes: Attributes) -> tuple[list[Arrays], Instance]:
    path = sampled(_directrix(item, 2, 3, attributes), attributes.steps)
    surface = argument(item, 5)
    if class_of(surface) == "IfcPlane":
        side = by_reference(attributes.frame(argument(surface, 0))[:3, 2])
    elif class_of(surface) == "IfcSurfaceOfLinearExtrusion":
        position, direction = argument(surface, 1), attributes.direction(argument(surface, 2))
        side = _along_extrusion(attributes.frame(position)[:3, :3] @ direction)
    else:
        raise UnsupportedError(f"a sweep along {class_of(surface)}")
    return [along(region, path, side) for region in regions_of(argument(item, 0), attributes)], argument(item, 1)


def _along_extrusion(direction: Vector) -> Side:
    """Return the normals of a surface of linear extrusion along its curve."""

    def side(path: Path, middle: Vector) -> Vector:
        return by_reference(np.cross(middle, direction))(path, middle)

    return side


def _revolved(item: Instance, attributes: Attributes) -> tuple[list[Arrays], Instance]:
    axis = argument(item, 2)
    origin, direction = attributes.point(argument(axis, 0)), attributes.direction(argument(axis, 1))
    angle = _one_turn(attributes.angle_of(item, 3), float(argument(item, 3)), attributes)
    starts = regions_of(argument(item, 0), attributes)
    ends = regions_of(argument(item, 4), attributes) if len(item) > 4 else starts
    radius = max(float(np.abs(loop - origin[:2]).max()) for region in starts for loop in region)
    steps = max(1, ceil(abs(angle) / (2 * pi) * attributes.steps(radius) - 1e-6))
    full = abs(abs(angle) - 2 * pi) < 1e-6 and len(item) == 4
    shares = np.arange(steps if full else steps + 1) / steps
    frames = np.array([turned(origin, direction, share * angle) for share in shares])
    return [
        lofted([mixed(start, end, share) for share in shares], frames, closed=full)
        for start, end in matched(starts, ends)
    ], argument(item, 1)


def _one_turn(angle: float, written: float, attributes: Attributes) -> float:
    """Return an angle of at most one turn; a larger one is probably written in degrees."""
    if abs(angle) > 2 * pi * 1.001:
        attributes.doubt(ANGLES_IN_DEGREES)
        angle = written * pi / 180
    return float(np.clip(angle, -2 * pi, 2 * pi))


def _extruded(item: Instance, attributes: Attributes) -> tuple[list[Arrays], Instance]:
    starts = regions_of(argument(item, 0), attributes)
    ends = regions_of(argument(item, 4), attributes) if len(item) > 4 else starts
    top = np.eye(4)
    top[:3, 3] = attributes.direction(argument(item, 2)) * attributes.length(item, 3)
    if abs(top[2, 3]) < 1e-9:
        raise ValueError("an extrusion without height")
    return [lofted(pair, np.array((np.eye(4), top)), closed=False) for pair in matched(starts, ends)], argument(item, 1)


def matched(starts: list[Region], ends: list[Region]) -> list[tuple[Region, Region]]:
    """Return the pairs of regions to loft between; UnsupportedError when their points do not correspond."""
    if len(starts) != len(ends) or any(
        [len(loop) for loop in start] != [len(loop) for loop in end] for start, end in zip(starts, ends, strict=True)
    ):
        raise UnsupportedError("profiles with different numbers of points")
    return list(zip(starts, ends, strict=True))


def mixed(start: Region, end: Region, share: float) -> Region:
    """Return the region at a share of the way between two."""
    return [(1 - share) * a + share * b for a, b in zip(start, end, strict=True)]


SWEPT: dict[str, Callable[[Instance, Attributes], tuple[list[Arrays], Instance | None]]] = {
    "IfcSweptDiskSolid": _disk,
    "IfcSweptDiskSolidPolygonal": _disk,
    "IfcFixedReferenceSweptAreaSolid": _fixed_reference,
    "IfcDirectrixDerivedReferenceSweptAreaSolid": _fixed_reference,
    "IfcSurfaceCurveSweptAreaSolid": _surface_curve,
    "IfcRevolvedAreaSolid": _revolved,
    "IfcRevolvedAreaSolidTapered": _revolved,
    "IfcExtrudedAreaSolid": _extruded,
    "IfcExtrudedAreaSolidTapered": _extruded,
}
WITH_PARAMETERS = frozenset(name for name, mesh in SWEPT.items() if mesh in (_disk, _fixed_reference, _surface_curve))
"""Classes whose attributes 3 and 4 are StartParam and EndParam."""
