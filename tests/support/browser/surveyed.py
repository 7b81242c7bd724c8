"""Two models with map conversions that put their walls at the same place, from different axes and units."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tests.support.solid_text import SolidText

if TYPE_CHECKING:
    from pathlib import Path

SURVEYED = "Surveyed wall"
TURN = math.radians(30.0)
EASTINGS, NORTHINGS, HEIGHT = 500_000.0, 5_000_000.0, 100.0
WALL = (4.0, 0.3, 3.0)


def surveyed_red(path: Path) -> Path:
    """Write a red wall along the X axis, which points 30° north of east."""
    text = SolidText()
    text.wall((text.coloured(text.box((0, 0, 0), WALL), 0.9, 0.1, 0.1),), name="Red wall")
    _survey(text, EASTINGS, NORTHINGS, TURN, 1.0)
    return text.write(path)


def surveyed_blue(path: Path) -> Path:
    """Write a blue wall 0.1 m before the red one: in millimetres, in the axes of the map, 30 km from the origin."""
    text = SolidText(unit="mm")
    along = (math.cos(TURN), math.sin(TURN), 0.0)
    before = (0.1 * along[1], -0.1 * along[0])
    corner = text.axes((30_000 + before[0], -500 + before[1], -7.0), x=along)
    corners = [(0.0, 0.0), (WALL[0], 0.0), (WALL[0], WALL[1]), (0.0, WALL[1]), (0.0, 0.0)]
    profile = text.add(f"IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#{text.polyline(corners)})")
    solid = text.extrusion(profile, WALL[2], corner)
    text.wall((text.coloured(solid, 0.1, 0.1, 0.9),), name=SURVEYED)
    _survey(text, EASTINGS - 30_000, NORTHINGS + 500, 0.0, 0.001, height=HEIGHT + 7)
    return text.write(path)


def _survey(
    text: SolidText, eastings: float, northings: float, turn: float, scale: float, height: float = HEIGHT
) -> None:
    context = 1 + next(n for n, line in enumerate(text.lines) if line.startswith("IFCGEOMETRICREPRESENTATIONCONTEXT("))
    metre = text.add("IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.)")
    crs = text.add(f"IFCPROJECTEDCRS('EPSG:25832',$,$,$,$,$,#{metre})")
    axis = f"{math.cos(turn)!r},{math.sin(turn)!r}"
    text.add(f"IFCMAPCONVERSION(#{context},#{crs},{eastings!r},{northings!r},{height!r},{axis},{scale!r})")
