"""The profiles of crane rails in IFC2X3: a head on a web on a foot, whose thickness changes in steps.

The figures of the standard show the depths: of the head at its edge (3) and at the web (2), of the foot at its edge
(1), at the web (2) and where its slope changes (3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.geometry.families.profiles import PROFILES, _write
from tests.geometry.outline import Region, polygon

if TYPE_CHECKING:
    from tests.geometry.draw import Draw
    from tests.geometry.families.profiles import Profile

OLD = ("IFC2X3",)


def a_shape(draw: Draw, rounded: bool = False) -> Profile:  # noqa: FBT001, FBT002 - one caller per line
    height, head = draw.size(0.05, 0.5), draw.size(0.04, 0.4)
    web, base, middle = draw.between(0.3, 0.7) * head, draw.between(1.6, 2.5) * head, draw.between(1.05, 1.4) * head
    edge_depth, web_depth = draw.between(0.25, 0.35) * height, draw.between(0.36, 0.45) * height
    base_1, base_3, base_2 = (draw.between(low, low + 0.05) * height for low in (0.08, 0.14, 0.2))
    radius = 0.3 * min(edge_depth, head / 2) if rounded else None
    y, h, w, m, b = height / 2, head / 2, web / 2, middle / 2, base / 2
    right = [(b, -y), (b, -y + base_1), (m, -y + base_3), (w, -y + base_2), (w, y - web_depth), (h, y - edge_depth)]
    corners = [*right, (h, y), *[(-x, z) for x, z in reversed([*right, (h, y)])]]
    radii = [0.0] * 14
    radii[6] = radii[7] = radius or 0.0
    lengths = (height, base, radius, head, web_depth, edge_depth, web, middle, base_1, base_2, base_3)
    return _write(draw, "IfcCraneRailAShapeProfileDef", Region(polygon(corners, radii)), *lengths, rest=(None,))


def f_shape(draw: Draw) -> Profile:
    height, head = draw.size(0.05, 0.5), draw.size(0.04, 0.4)
    web = draw.between(0.3, 0.7) * head
    edge_depth, web_depth = draw.between(0.25, 0.35) * height, draw.between(0.36, 0.45) * height
    base_1, base_2 = (draw.between(low, low + 0.05) * height for low in (0.08, 0.2))
    y, h, w = height / 2, head / 2, web / 2
    right = [(h, -y), (h, -y + base_1), (w, -y + base_2), (w, y - web_depth), (h, y - edge_depth), (h, y)]
    corners = [*right, *[(-x, z) for x, z in reversed(right)]]
    lengths = (height, head, None, web_depth, edge_depth, web, base_1, base_2)
    return _write(draw, "IfcCraneRailFShapeProfileDef", Region(polygon(corners)), *lengths, rest=(None,))


PROFILES["IfcCraneRailAShapeProfileDef"] = (a_shape, OLD)
PROFILES["IfcCraneRailAShapeProfileDef, rounded head"] = (lambda draw: a_shape(draw, rounded=True), OLD)
PROFILES["IfcCraneRailFShapeProfileDef"] = (f_shape, OLD)
