"""Read IFC curves as chains of lines and arcs in metres (chords for splines), and trim them by parameter."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from math import ceil, pi
from typing import TYPE_CHECKING

import numpy as np

from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.geometry.direct.splines import bezier_knots, spline
from ifcjob_runner.geometry.doubt_reasons import ANGLES_IN_DEGREES

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from ifcjob_runner.data.attribute_access import Instance
    from ifcjob_runner.geometry.direct.attributes import Attributes

    Vector = npt.NDArray[np.float64]

JOINED = 1e-3
"""The distance within which two segments of a composite curve meet, metres."""


@dataclass(frozen=True, slots=True)
class Line:
    """A straight piece."""

    start: Vector
    end: Vector
    span: float = 1.0
    """Length of its range of parameters, in the curve's own parameter."""

    def cut(self, first: float, last: float) -> Line:
        """Return the piece between two shares of it."""
        way = self.end - self.start
        return Line(self.start + first * way, self.start + last * way, self.span * (last - first))

    def turned(self) -> Line:
        """Return it with the opposite direction."""
        return Line(self.end, self.start, self.span)

    def sampled(self, sides: Callable[[float], int]) -> tuple[Vector, Vector]:
        """Return its points and the unit tangent in each."""
        del sides
        tangent = (self.end - self.start) / np.linalg.norm(self.end - self.start)
        return np.array((self.start, self.end)), np.array((tangent, tangent))

    def at(self, share: float) -> Vector:
        """Return the point at a share of it."""
        return self.start + share * (self.end - self.start)


@dataclass(frozen=True, slots=True)
class Arc:
    """A piece of a circle or an ellipse: centre + x cos(angle) + y sin(angle), angle from `first` to `last`."""

    centre: Vector
    x: Vector
    y: Vector
    first: float
    last: float
    span: float

    def cut(self, first: float, last: float) -> Arc:
        """Return the piece between two shares of it."""
        sweep = self.last - self.first
        return replace(
            self, first=self.first + first * sweep, last=self.first + last * sweep, span=self.span * (last - first)
        )

    def turned(self) -> Arc:
        """Return it with the opposite direction."""
        return replace(self, first=self.last, last=self.first)

    def sampled(self, sides: Callable[[float], int]) -> tuple[Vector, Vector]:
        """Return its points and the unit tangent in each; `sides` gives the chords of a full turn by radius."""
        steps = sides(float(max(np.linalg.norm(self.x), np.linalg.norm(self.y))))
        sweep = self.last - self.first
        angles = np.linspace(self.first, self.last, max(1, ceil(abs(sweep) / (2 * pi) * steps - 1e-6)) + 1)[:, None]
        points = self.centre + self.x * np.cos(angles) + self.y * np.sin(angles)
        tangents = (self.y * np.cos(angles) - self.x * np.sin(angles)) * np.sign(sweep)
        return points, tangents / np.linalg.norm(tangents, axis=1, keepdims=True)

    def at(self, share: float) -> Vector:
        """Return the point at a share of it."""
        angle = self.first + share * (self.last - self.first)
        point: Vector = self.centre + self.x * np.cos(angle) + self.y * np.sin(angle)
        return point


Piece = Line | Arc


def pieces_of(curve: Instance, attributes: Attributes) -> list[Piece]:
    """Return the pieces of a curve; raises UnsupportedError for a class that is not made of lines and arcs."""
    name = class_of(curve)
    reader = _READERS.get(name)
    if reader is None:
        raise UnsupportedError(f"{name} is not made of lines and arcs")
    return reader(curve, attributes)


class UnsupportedError(ValueError):
    """An item has a feature that this package does not mesh; the message names it."""


def _polyline(curve: Instance, attributes: Attributes) -> list[Piece]:
    points = [attributes.point(point) for point in argument(curve, 0)]
    return [Line(start, end) for start, end in itertools.pairwise(points)]


def _indexed(curve: Instance, attributes: Attributes) -> list[Piece]:
    rows = np.array(argument(argument(curve, 0), 0), float)
    points = np.zeros((len(rows), 3))
    points[:, : rows.shape[1]] = rows * attributes.scale
    segments = argument(curve, 1)
    if not segments:
        return [Line(start, end) for start, end in itertools.pairwise(points)]
    pieces: list[Piece] = []
    for segment in segments:
        numbers = np.array(argument(segment, 0), np.int64) - 1
        if numbers.min() < 0 or numbers.max() >= len(points):
            raise IndexError(f"a segment refers to point {numbers.max() + 1} of {len(points)}")
        corners = points[numbers]
        if class_of(segment) == "IfcArcIndex":
            pieces.append(arc_through(*corners))
        else:
            pieces += [Line(start, end) for start, end in itertools.pairwise(corners)]
    return pieces


def arc_through(start: Vector, middle: Vector, end: Vector) -> Piece:
    """Return the arc through three points; a line when they are in one line."""
    a, b = middle - start, end - start
    normal = np.cross(a, b)
    size = float(normal @ normal)
    if size <= (1e-9 * float(a @ a + b @ b)) ** 2 or not size:
        return Line(start, end)
    centre = start + (np.cross(normal, a) * (b @ b) + np.cross(b, normal) * (a @ a)) / (2 * size)
    x = start - centre
    y = np.cross(normal / np.sqrt(size), x)
    return Arc(centre, x, y, 0.0, float(np.arctan2((end - centre) @ y, (end - centre) @ x)) % (2 * pi), 1.0)


def _conic(curve: Instance, attributes: Attributes) -> list[Piece]:
    frame = attributes.frame(argument(curve, 0))
    radii = [float(argument(curve, number)) * attributes.scale for number in range(1, len(curve))]
    x, y = frame[:3, 0] * radii[0], frame[:3, 1] * radii[-1]
    return [Arc(frame[:3, 3], x, y, 0.0, 2 * pi, 2 * pi / attributes.angle)]


def _line(curve: Instance, attributes: Attributes) -> list[Piece]:
    start, vector = attributes.point(argument(curve, 0)), argument(curve, 1)
    direction = attributes.direction(argument(vector, 0))
    return [Line(start, start + direction * float(argument(vector, 1)) * attributes.scale)]


def _trimmed(curve: Instance, attributes: Attributes) -> list[Piece]:
    basis = pieces_of(argument(curve, 0), attributes)
    forward = bool(argument(curve, 3))
    by_point = argument(curve, 4) == "CARTESIAN"
    first, last = (_trim(argument(curve, number), basis, attributes, by_point=by_point) for number in (1, 2))
    if isinstance(basis[0], Arc):
        return [_trimmed_arc(basis[0], first, last, attributes, forward=forward)]
    trimmed = between(basis, min(first, last), max(first, last))
    return trimmed if first <= last else turned(trimmed)


def _trimmed_arc(arc: Arc, first: float, last: float, attributes: Attributes, *, forward: bool) -> Arc:
    angle = attributes.angle
    if abs(last - first) * angle > 2 * pi * (1 + 1e-6) or max(abs(first), abs(last)) * angle > 4 * pi * (1 + 1e-6):
        attributes.doubt(ANGLES_IN_DEGREES)
        angle = pi / 180
    first, last = first * angle, last * angle
    sweep = (last - first) % (2 * pi) if forward else -((first - last) % (2 * pi))
    if abs(sweep) < 1e-9:
        sweep = 2 * pi if forward else -2 * pi
    return replace(arc, first=first, last=first + sweep, span=abs(sweep) / angle)


def _trim(selects: tuple[Instance, ...], basis: list[Piece], attributes: Attributes, *, by_point: bool) -> float:
    """Return a trim as a parameter of the basis curve; MasterRepresentation decides when there are two."""
    points = [select for select in selects if class_of(select) == "IfcCartesianPoint"]
    parameters = [select for select in selects if class_of(select) != "IfcCartesianPoint"]
    if parameters and not (by_point and points):
        return float(argument(parameters[0], 0))
    point, piece = attributes.point(points[0]), basis[0]
    if isinstance(piece, Line):
        way = piece.end - piece.start
        return float((point - piece.start) @ way / (way @ way))
    offset = point - piece.centre
    sine, cosine = offset @ piece.y / (piece.y @ piece.y), offset @ piece.x / (piece.x @ piece.x)
    return float(np.arctan2(sine, cosine)) / attributes.angle


def _composite(curve: Instance, attributes: Attributes) -> list[Piece]:
    pieces: list[Piece] = []
    for segment, own in zip(argument(curve, 0), segments_of(curve, attributes), strict=True):
        pieces += with_span(own, float(argument(segment, 3))) if len(segment) > 3 else own
    return pieces


def segments_of(curve: Instance, attributes: Attributes) -> list[list[Piece]]:
    """Return the pieces of each segment of a composite curve, in the curve's direction."""
    segments: list[list[Piece]] = []
    for segment in argument(curve, 0):
        if not class_of(segment).endswith("CompositeCurveSegment"):
            raise UnsupportedError(f"{class_of(segment)} is not made of lines and arcs")
        own = pieces_of(argument(segment, 2), attributes)
        own = own if argument(segment, 1) else turned(own)
        if segments and own and segments[-1] and _begins_at_its_end(own, segments[-1][-1].at(1)):
            own = turned(own)
        segments.append(own)
    return segments


def with_span(pieces: list[Piece], span: float) -> list[Piece]:
    """Return the pieces with another length of their range of parameters in all."""
    factor = span / sum(piece.span for piece in pieces)
    return [replace(piece, span=piece.span * factor) for piece in pieces]


def _begins_at_its_end(pieces: list[Piece], previous: Vector) -> bool:
    """Return whether only the end of a segment meets the previous one: some programs write a wrong SameSense."""
    start, end = (float(np.linalg.norm(point - previous)) for point in (pieces[0].at(0), pieces[-1].at(1)))
    return start > JOINED >= end


def _surface_curve(curve: Instance, attributes: Attributes) -> list[Piece]:
    return pieces_of(argument(curve, 0), attributes)


def _on_plane(curve: Instance, attributes: Attributes) -> list[Piece]:
    if class_of(argument(curve, 0)) != "IfcPlane":
        raise UnsupportedError(f"a curve on {class_of(argument(curve, 0))}")
    frame = attributes.frame(argument(argument(curve, 0), 0))
    turn, origin = frame[:3, :3], frame[:3, 3]
    return [
        replace(piece, start=turn @ piece.start + origin, end=turn @ piece.end + origin)
        if isinstance(piece, Line)
        else replace(piece, centre=turn @ piece.centre + origin, x=turn @ piece.x, y=turn @ piece.y)
        for piece in pieces_of(argument(curve, 1), attributes)
    ]


def _spline(curve: Instance, attributes: Attributes) -> list[Piece]:
    degree, poles = int(argument(curve, 0)), np.array([attributes.point(point) for point in argument(curve, 1)])
    if class_of(curve).endswith("BezierCurve"):
        knots, weights = bezier_knots(degree, len(poles)), argument(curve, 5) if len(curve) > 5 else None
    else:
        knots = np.repeat(np.array(argument(curve, 6), float), argument(curve, 5))
        weights = argument(curve, 8) if len(curve) > 8 else None
    parameters, points = spline(degree, poles, knots, weights)
    spans = np.diff(parameters)
    return [Line(points[i], points[i + 1], float(span)) for i, span in enumerate(spans)]


_READERS: dict[str, Callable[[Instance, Attributes], list[Piece]]] = {
    "IfcPolyline": _polyline,
    "IfcIndexedPolyCurve": _indexed,
    **dict.fromkeys(("IfcCompositeCurve", "IfcCompositeCurveOnSurface", "Ifc2DCompositeCurve"), _composite),
    **dict.fromkeys(("IfcBoundaryCurve", "IfcOuterBoundaryCurve"), _composite),
    "IfcPcurve": _on_plane,
    "IfcTrimmedCurve": _trimmed,
    **dict.fromkeys(("IfcCircle", "IfcEllipse"), _conic),
    "IfcLine": _line,
    **dict.fromkeys(("IfcBSplineCurveWithKnots", "IfcRationalBSplineCurveWithKnots"), _spline),
    **dict.fromkeys(("IfcBezierCurve", "IfcRationalBezierCurve"), _spline),
    **dict.fromkeys(("IfcSurfaceCurve", "IfcSeamCurve", "IfcIntersectionCurve"), _surface_curve),
}


def turned(pieces: list[Piece]) -> list[Piece]:
    """Return the curve with the opposite direction."""
    return [piece.turned() for piece in reversed(pieces)]


def between(pieces: list[Piece], first: float, last: float) -> list[Piece]:
    """Return the curve between two parameters, counted from its beginning."""
    kept: list[Piece] = []
    at = 0.0
    for number, piece in enumerate(pieces):
        # A line without ends may be asked for more than its first unit.
        begin = first if len(pieces) == 1 else max(first, at)
        end = last if len(pieces) == 1 else min(last, at + piece.span)
        if piece.span > 0 and (end - begin > 1e-9 * piece.span or (number == 0 and len(pieces) == 1)):
            kept.append(piece.cut((begin - at) / piece.span, (end - at) / piece.span))
        at += piece.span
    return kept
