"""The profiles of rolled steel whose flanges, legs or webs are thinner at their ends.

The thickness of a U's flange is measured in the middle of the profile, that of an L's leg in the middle of the leg.
IFC does not say where that of an I and a T is measured; half-way between the web's axis and the edge is assumed.
"""

from __future__ import annotations

from math import atan, tan
from typing import TYPE_CHECKING

from tests.geometry.draw import NEW, SCHEMAS
from tests.geometry.families.profiles import PROFILES, _write
from tests.geometry.families.steel_profiles import _radii, _sizes
from tests.geometry.outline import Region, polygon

if TYPE_CHECKING:
    from tests.geometry.draw import Draw
    from tests.geometry.families.profiles import Profile


def _slope(draw: Draw, thickness: float, reach: float) -> tuple[float, float]:
    """Return an angle, and its rise per length, so that a thickness shrinks by at most 60 % over a reach."""
    angle = float(f"{atan(draw.between(0.05, 0.6) * thickness / reach):.6g}")
    return angle, tan(angle)


def u_shape(draw: Draw) -> Profile:
    depth, width, web, flange = _sizes(draw)
    angle, rise = _slope(draw, flange, width / 2)
    fillet, edge = _radii(draw.chance(0.5), web, 0.3 * flange)
    x, y = width / 2, depth / 2
    end, root = y - flange + rise * x, y - flange + rise * (-x + web)
    corners = [(-x, -y), (x, -y), (x, -end), (-x + web, -root), (-x + web, root), (x, end), (x, y), (-x, y)]
    f, e = fillet or 0.0, edge or 0.0
    region = Region(polygon(corners, [0, 0, e, f, f, e, 0, 0]))
    rest = (draw.step.angle(angle), *(None,) * draw.old)
    return _write(draw, "IfcUShapeProfileDef", region, depth, width, web, flange, fillet, edge, rest=rest)


def l_shape(draw: Draw) -> Profile:
    depth, width, thickness, _ = _sizes(draw)
    angle, rise = _slope(draw, thickness, max(depth, width) / 2)
    fillet, edge = _radii(draw.chance(0.5), 0.3 * thickness, 0.3 * thickness)
    x, y = width / 2, depth / 2
    low, left = -y + thickness, -x + thickness
    # The inner faces are y = low - rise x and x = left - rise y.
    inner_y = (low - rise * left) / (1 - rise * rise)
    inner = (left - rise * inner_y, inner_y)
    corners = [(-x, -y), (x, -y), (x, low - rise * x), inner, (left - rise * y, y), (-x, y)]
    f, e = fillet or 0.0, edge or 0.0
    region = Region(polygon(corners, [0, 0, e, f, e, 0]))
    rest = (draw.step.angle(angle), *(None,) * (2 * draw.old))
    return _write(draw, "IfcLShapeProfileDef", region, depth, width, thickness, fillet, edge, rest=rest)


def i_shape(draw: Draw) -> Profile:
    depth, width, web, flange = _sizes(draw)
    angle, rise = _slope(draw, flange, width / 4)
    w, y, b = width / 2, depth / 2, web / 2
    end, root = y - flange + rise * w / 2, y - flange - rise * (w / 2 - b)
    upper = [(w, y), (-w, y), (-w, end), (-b, root)]
    corners = [(-w, -y), (w, -y), (w, -end), (b, -root), (b, root), (w, end), *upper, (-b, -root), (-w, -end)]
    rest = (None, None, draw.step.angle(angle))
    return _write(draw, "IfcIShapeProfileDef", Region(polygon(corners)), width, depth, web, flange, rest=rest)


def t_shape(draw: Draw) -> Profile:
    depth, width, web, flange = _sizes(draw)
    angle, rise = _slope(draw, flange, width / 4)
    w, y, b = width / 2, depth / 2, web / 2
    end, root = y - flange + rise * w / 2, y - flange - rise * (w / 2 - b)
    corners = [(-b, -y), (b, -y), (b, root), (w, end), (w, y), (-w, y), (-w, end), (-b, root)]
    rest = (None, None, None, None, draw.step.angle(angle), *(None,) * draw.old)
    return _write(draw, "IfcTShapeProfileDef", Region(polygon(corners)), depth, width, web, flange, rest=rest)


PROFILES["IfcUShapeProfileDef, sloped flanges"] = (u_shape, SCHEMAS)
PROFILES["IfcLShapeProfileDef, sloped legs"] = (l_shape, SCHEMAS)
PROFILES["IfcIShapeProfileDef, sloped flanges"] = (i_shape, NEW)
PROFILES["IfcTShapeProfileDef, sloped flange"] = (t_shape, SCHEMAS)
