"""The parameterized profiles of steel sections: I, L, U, T, C and Z, with and without fillets and edge radii."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.geometry.draw import SCHEMAS
from tests.geometry.families.profiles import PROFILES, _write
from tests.geometry.outline import Region, polygon

if TYPE_CHECKING:
    from tests.geometry.draw import Draw
    from tests.geometry.families.profiles import Profile


def _sizes(draw: Draw) -> tuple[float, float, float, float]:
    """Return depth, width, and the thicknesses of web and flange."""
    depth, width = draw.size(0.05, 2), draw.size(0.05, 2)
    least = min(depth, width)
    return depth, width, draw.between(0.03, 0.2) * least, draw.between(0.03, 0.2) * least


def _radii(fillets: bool, web: float, flange: float) -> tuple[float | None, float | None]:  # noqa: FBT001 - one caller per line
    """Return the radii of fillets and of edges."""
    return (0.8 * min(web, flange), 0.4 * min(web, flange)) if fillets else (None, None)


def i_shape(draw: Draw, fillets: bool) -> Profile:  # noqa: FBT001
    depth, width, web, flange = _sizes(draw)
    fillet, edge = _radii(fillets, web, flange)
    edge = None if draw.old else edge
    w, d, b, t = width / 2, depth / 2, web / 2, depth / 2 - flange
    corners = [
        (-w, -d),
        (w, -d),
        (w, -t),
        (b, -t),
        (b, t),
        (w, t),
        (w, d),
        (-w, d),
        (-w, t),
        (-b, t),
        (-b, -t),
        (-w, -t),
    ]
    f, e = fillet or 0.0, edge or 0.0
    region = Region(polygon(corners, [0, 0, e, f, f, e, 0, 0, e, f, f, e]))
    lengths = (width, depth, web, flange, fillet)
    return _write(draw, "IfcIShapeProfileDef", region, *lengths, *(() if draw.old else (edge, None)))


def asymmetric_i_shape(draw: Draw, fillets: bool) -> Profile:  # noqa: FBT001
    depth, width, web, flange = _sizes(draw)
    top, top_flange = draw.between(0.4, 1.0) * width, draw.between(0.5, 1.5) * flange
    web = min(web, 0.3 * top)
    fillet, _ = _radii(fillets, web, min(flange, top_flange))
    w, v, d, b, t, s = width / 2, top / 2, depth / 2, web / 2, -depth / 2 + flange, depth / 2 - top_flange
    corners = [(-w, -d), (w, -d), (w, t), (b, t), (b, s), (v, s), (v, d), (-v, d), (-v, s), (-b, s), (-b, t), (-w, t)]
    f = fillet or 0.0
    region = Region(polygon(corners, [0, 0, 0, f, f, 0, 0, 0, 0, f, f, 0]))
    lower = (width, depth, web, flange, fillet, top, top_flange, fillet)
    rest = (None,) if draw.old else (None,) * 4
    return _write(draw, "IfcAsymmetricIShapeProfileDef", region, *lower, rest=rest)


def l_shape(draw: Draw, fillets: bool) -> Profile:  # noqa: FBT001
    depth, width, web, _ = _sizes(draw)
    fillet, edge = _radii(fillets, web, web)
    x, y = width / 2, depth / 2
    corners = [(-x, -y), (x, -y), (x, -y + web), (-x + web, -y + web), (-x + web, y), (-x, y)]
    f, e = fillet or 0.0, edge or 0.0
    region = Region(polygon(corners, [0, 0, e, f, e, 0]))
    rest = (None,) * (3 if draw.old else 1)
    return _write(draw, "IfcLShapeProfileDef", region, depth, width, web, fillet, edge, rest=rest)


def u_shape(draw: Draw, fillets: bool) -> Profile:  # noqa: FBT001
    depth, width, web, flange = _sizes(draw)
    fillet, edge = _radii(fillets, web, flange)
    x, y, t = width / 2, depth / 2, depth / 2 - flange
    corners = [(-x, -y), (x, -y), (x, -t), (-x + web, -t), (-x + web, t), (x, t), (x, y), (-x, y)]
    f, e = fillet or 0.0, edge or 0.0
    region = Region(polygon(corners, [0, 0, e, f, f, e, 0, 0]))
    rest = (None,) * (2 if draw.old else 1)
    return _write(draw, "IfcUShapeProfileDef", region, depth, width, web, flange, fillet, edge, rest=rest)


def t_shape(draw: Draw, fillets: bool) -> Profile:  # noqa: FBT001
    depth, width, web, flange = _sizes(draw)
    fillet, edge = _radii(fillets, web, flange)
    w, y, b, t = width / 2, depth / 2, web / 2, depth / 2 - flange
    corners = [(-b, -y), (b, -y), (b, t), (w, t), (w, y), (-w, y), (-w, t), (-b, t)]
    f, e = fillet or 0.0, edge or 0.0
    region = Region(polygon(corners, [e, e, f, e, 0, 0, e, f]))
    rest = (None,) * (3 if draw.old else 2)
    return _write(draw, "IfcTShapeProfileDef", region, depth, width, web, flange, fillet, edge, edge, rest=rest)


def c_shape(draw: Draw, fillets: bool) -> Profile:  # noqa: FBT001
    depth, width, wall, _ = _sizes(draw)
    girth = draw.between(0.2, 0.4) * depth
    inner = min(draw.between(0.3, 1.0) * wall, 0.95 * girth - wall) if fillets else None
    x, y, t, s, g = width / 2, depth / 2, depth / 2 - wall, width / 2 - wall, depth / 2 - girth
    corners = [(-x, -y), (x, -y), (x, -g), (s, -g), (s, -t), (-s, -t), (-s, t), (s, t), (s, g), (x, g), (x, y), (-x, y)]
    i, o = inner or 0.0, (inner + wall) if inner else 0.0
    region = Region(polygon(corners, [o, o, 0, 0, i, i, i, i, 0, 0, o, o]))
    rest = (None,) if draw.old else ()
    return _write(draw, "IfcCShapeProfileDef", region, depth, width, wall, girth, inner, rest=rest)


def z_shape(draw: Draw, fillets: bool) -> Profile:  # noqa: FBT001
    """The web is in the middle; the upper flange is on the left, the lower one on the right."""
    depth, width, web, flange = _sizes(draw)
    fillet, edge = _radii(fillets, web, flange)
    b, y, t, w = web / 2, depth / 2, depth / 2 - flange, width - web / 2
    corners = [(-b, -y), (w, -y), (w, -t), (b, -t), (b, y), (-w, y), (-w, t), (-b, t)]
    f, e = fillet or 0.0, edge or 0.0
    region = Region(polygon(corners, [0, 0, e, f, 0, 0, e, f]))
    return _write(draw, "IfcZShapeProfileDef", region, depth, width, web, flange, fillet, edge)


def _register(name: str, make: Any, schemas: tuple[str, ...] = SCHEMAS) -> None:
    PROFILES[name] = (lambda draw: make(draw, False), schemas)
    PROFILES[f"{name}, fillets"] = (lambda draw: make(draw, True), schemas)


_register("IfcIShapeProfileDef", i_shape)
_register("IfcAsymmetricIShapeProfileDef", asymmetric_i_shape)
_register("IfcLShapeProfileDef", l_shape)
_register("IfcUShapeProfileDef", u_shape)
_register("IfcTShapeProfileDef", t_shape)
_register("IfcCShapeProfileDef", c_shape)
_register("IfcZShapeProfileDef", z_shape)
