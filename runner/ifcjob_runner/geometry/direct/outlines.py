"""Outlines of the parameterised profiles (IfcParameterizedProfileDef), around the centre of their bounding box.

A corner is (x, y, radius of its fillet). The corners of an outline are listed anticlockwise.
"""

from __future__ import annotations

from math import ceil, pi, tan
from typing import TYPE_CHECKING

import numpy as np

from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.geometry.doubt_reasons import SLOPED_FLANGE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from ifcjob_runner.data.attribute_access import Instance
    from ifcjob_runner.geometry.direct.attributes import Attributes

    Vector = npt.NDArray[np.float64]
    Corner = tuple[float, float, float]


def rounded(corners: Sequence[Corner], sides: Callable[[float], int]) -> Vector:
    """Return the points of a polygon with fillets; `sides` gives the chords of a full turn by radius."""
    points: list[Vector] = []
    places = np.array([corner[:2] for corner in corners])
    for number, (_, _, radius) in enumerate(corners):
        here = places[number]
        back, ahead = places[number - 1] - here, places[(number + 1) % len(places)] - here
        back, ahead = back / np.linalg.norm(back), ahead / np.linalg.norm(ahead)
        turn = pi - float(np.arccos(np.clip(back @ ahead, -1.0, 1.0)))
        if radius <= 0 or turn < 1e-9:
            points.append(here)
            continue
        inward = (back + ahead) / np.linalg.norm(back + ahead)
        centre = here + inward * radius / np.cos(turn / 2)
        start = here + back * radius * tan(turn / 2) - centre
        side = np.sign(back[0] * ahead[1] - back[1] * ahead[0])
        for angle in np.linspace(0, -side * turn, max(1, ceil(turn / (2 * pi) * sides(radius) - 1e-6)) + 1):
            turn_by = np.array(((np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))))
            points.append(centre + turn_by @ start)
    return np.array(points)


def have_room(corners: Sequence[Corner]) -> bool:
    """Return whether the fillets of neighbouring corners fit on the side between them."""
    places = np.array([corner[:2] for corner in corners])
    sides = np.roll(places, -1, axis=0) - places
    lengths = np.linalg.norm(sides, axis=1)
    ahead = sides / lengths[:, None]
    cosines = np.einsum("ij,ij->i", np.roll(ahead, 1, axis=0), ahead).clip(-1.0, 1.0)
    used = np.array([corner[2] for corner in corners]) * np.tan(np.arccos(cosines) / 2)
    return bool((used + np.roll(used, -1) <= lengths * (1 + 1e-6)).all())


def ellipse(x: float, y: float, sides: int) -> Vector:
    """Return the points of an ellipse with these half axes."""
    angles = 2 * pi * np.arange(sides) / sides
    return np.column_stack((x * np.cos(angles), y * np.sin(angles)))


def rectangle(width: float, depth: float, radius: float = 0.0) -> list[Corner]:
    """Return the corners of a rectangle."""
    x, y = width / 2, depth / 2
    return [(-x, -y, radius), (x, -y, radius), (x, y, radius), (-x, y, radius)]


def corners_of(profile: Instance, attributes: Attributes) -> list[Corner]:
    """Return the corners of a profile whose class is in `POLYGONS`."""
    return POLYGONS[class_of(profile)](profile, attributes)


def _lengths(profile: Instance, attributes: Attributes) -> list[float]:
    """Return the attributes after Position as lengths; there is no harm where one is an angle."""
    return [attributes.length(profile, number) for number in range(3, len(profile))]


def _rise(profile: Instance, number: int, attributes: Attributes, *, doubtful: bool = True) -> float:
    """Return the rise per length of a slope."""
    angle = attributes.angle_of(profile, number) if len(profile) > number else 0.0
    if angle and doubtful:
        attributes.doubt(SLOPED_FLANGE)
    return tan(angle)


def _i_shape(profile: Instance, attributes: Attributes) -> list[Corner]:
    width, depth, web, flange, fillet, *edge = _lengths(profile, attributes)
    rise = _rise(profile, 9, attributes)
    edge_radius = edge[0] if edge else 0.0
    both = (width, flange, fillet, edge_radius, rise)
    return _double_flange(depth, web, both, both)


def _asymmetric_i_shape(profile: Instance, attributes: Attributes) -> list[Corner]:
    lengths = _lengths(profile, attributes)
    width, depth, web, flange, fillet, top_width, top_flange, top_fillet = lengths[:8]
    if len(lengths) < 12:  # IFC2X3
        edge = top_edge = rise = top_rise = 0.0
    else:
        edge, top_edge = lengths[8], lengths[10]
        rise, top_rise = _rise(profile, 12, attributes), _rise(profile, 14, attributes)
    bottom = (width, flange, fillet, edge, rise)
    return _double_flange(depth, web, bottom, (top_width, top_flange or flange, top_fillet, top_edge, top_rise))


def _double_flange(
    depth: float,
    web: float,
    bottom: tuple[float, float, float, float, float],
    top: tuple[float, float, float, float, float],
) -> list[Corner]:
    """Return an I; each flange has width, thickness, fillet, radius of its edges, and rise towards the web."""
    right = []
    for (width, flange, fillet, edge, rise), side in ((bottom, -1), (top, 1)):
        x, thin = width / 2, rise * width / 4
        corners = [
            (x, side * depth / 2, 0.0),
            (x, side * (depth / 2 - flange + thin), edge),
            (web / 2, side * (depth / 2 - flange + thin - rise * (x - web / 2)), fillet),
        ]
        right += corners[::-side]
    return right + [(-x, y, radius) for x, y, radius in reversed(right)]


def _l_shape(profile: Instance, attributes: Attributes) -> list[Corner]:
    depth, width, thick, fillet, edge = _lengths(profile, attributes)[:5]
    width = width or depth
    rise = _rise(profile, 8, attributes, doubtful=False)
    x, y = -width / 2, -depth / 2
    # The inner faces of the legs are the lines y = low - rise * x and x = left - rise * y.
    low, left = y + thick, x + thick
    corner_y = (low - rise * left) / (1 - rise * rise)
    corner_x = left - rise * corner_y
    return [
        (x, y, 0.0),
        (-x, y, 0.0),
        (-x, low - rise * -x, edge),
        (corner_x, corner_y, fillet),
        (left - rise * -y, -y, edge),
        (x, -y, 0.0),
    ]


def _u_shape(profile: Instance, attributes: Attributes) -> list[Corner]:
    depth, width, web, flange, fillet, edge = _lengths(profile, attributes)[:6]
    rise = _rise(profile, 9, attributes, doubtful=False)
    x, y = width / 2, depth / 2
    low = [
        (-x, -y, 0.0),
        (x, -y, 0.0),
        (x, -y + flange - rise * x, edge),
        (-x + web, -y + flange - rise * (-x + web), fillet),
    ]
    return low + [(corner_x, -corner_y, radius) for corner_x, corner_y, radius in reversed(low)]


def _c_shape(profile: Instance, attributes: Attributes) -> list[Corner]:
    depth, width, wall, girth, inner = _lengths(profile, attributes)[:5]
    x, y, outer = width / 2, depth / 2, inner + wall if inner else 0.0
    low = [
        (-x, -y, outer),
        (x, -y, outer),
        (x, -y + girth, 0.0),
        (x - wall, -y + girth, 0.0),
        (x - wall, -y + wall, inner),
        (-x + wall, -y + wall, inner),
    ]
    return low + [(corner_x, -corner_y, radius) for corner_x, corner_y, radius in reversed(low)]


def _t_shape(profile: Instance, attributes: Attributes) -> list[Corner]:
    depth, width, web, flange, fillet, flange_edge, web_edge = _lengths(profile, attributes)[:7]
    web_rise, rise = _rise(profile, 10, attributes), _rise(profile, 11, attributes)
    x, y = width / 2, depth / 2
    # The side of the web is the line x = web / 2 + web_rise * y; below the flange, y = level + rise * x.
    level = y - flange - rise * width / 4
    corner_y = (level + rise * web / 2) / (1 - rise * web_rise)
    right = [
        (web / 2 - web_rise * y, -y, web_edge),
        (web / 2 + web_rise * corner_y, corner_y, fillet),
        (x, level + rise * x, flange_edge),
        (x, y, 0.0),
    ]
    return right + [(-corner_x, corner_y, radius) for corner_x, corner_y, radius in reversed(right)]


def _z_shape(profile: Instance, attributes: Attributes) -> list[Corner]:
    depth, flange_width, web, flange, fillet, edge = _lengths(profile, attributes)[:6]
    y, reach = depth / 2, flange_width - web / 2
    half = [
        (-web / 2, -y, 0.0),
        (reach, -y, 0.0),
        (reach, -y + flange, edge),
        (web / 2, -y + flange, fillet),
    ]
    return half + [(-x, -corner_y, radius) for x, corner_y, radius in half]


def _crane_rail(profile: Instance, attributes: Attributes) -> list[Corner]:
    lengths = _lengths(profile, attributes)
    height, base, radius, head, web_depth, head_depth, web, middle, base_edge, base_web, base_middle = lengths[:11]
    y = height / 2
    right = [
        (base / 2, -y, 0.0),
        (base / 2, -y + base_edge, 0.0),
        (middle / 2, -y + base_middle, 0.0),
        (web / 2, -y + base_web, 0.0),
        (web / 2, y - web_depth, 0.0),
        (head / 2, y - head_depth, 0.0),
        (head / 2, y, radius),
    ]
    return right + [(-x, corner_y, corner) for x, corner_y, corner in reversed(right)]


def _trapezium(profile: Instance, attributes: Attributes) -> list[Corner]:
    bottom, top, depth, offset = _lengths(profile, attributes)
    x = np.array((0.0, bottom, offset + top, offset))
    x -= (x.min() + x.max()) / 2
    return [(float(x[i]), side * depth / 2, 0.0) for i, side in enumerate((-1, -1, 1, 1))]


def _rectangle(profile: Instance, attributes: Attributes) -> list[Corner]:
    return rectangle(*_lengths(profile, attributes))


POLYGONS: dict[str, Callable[[Instance, Attributes], list[Corner]]] = {
    "IfcRectangleProfileDef": _rectangle,
    "IfcRoundedRectangleProfileDef": _rectangle,
    "IfcTrapeziumProfileDef": _trapezium,
    "IfcIShapeProfileDef": _i_shape,
    "IfcAsymmetricIShapeProfileDef": _asymmetric_i_shape,
    "IfcLShapeProfileDef": _l_shape,
    "IfcUShapeProfileDef": _u_shape,
    "IfcCShapeProfileDef": _c_shape,
    "IfcCraneRailAShapeProfileDef": _crane_rail,
    "IfcTShapeProfileDef": _t_shape,
    "IfcZShapeProfileDef": _z_shape,
}
