"""The walls: where each stands, what fills its openings, and how the upper ones end under the roof.

The plan is 12 x 8 m. x runs along the street front, y from the street to the garden, z = 0 is the ground floor.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ifcopenshell.api import geometry, material

from .facts import quantities
from .openings import SIZES, Opening, fill

if TYPE_CHECKING:
    from .drawing import Drawing, Entity

LENGTH, WIDTH = 12000.0, 8000.0
OUTER, INNER = 330.0, 120.0
STOREY, SLAB, EAVES = 2900.0, 250.0, 2500.0
SLOPE = 0.7
"""Rise over run of the roof, 35 degrees."""


@dataclass(frozen=True)
class Wall:
    """A wall by its reference line; the inside, and the thickness, lie to the left of it."""

    name: str
    start: tuple[float, float]
    end: tuple[float, float]
    openings: tuple[Opening, ...] = ()


SMALL, WIDE, TINY = (f"Casement window {size}" for size in ("1000 x 1350", "1800 x 1350", "700 x 900"))
ROUND, INSIDE = "Round window 900", "Interior door 900 x 2100"
STREET = tuple(Opening(SMALL, x, 850, shutters=True) for x in (1000, 3300, 7700, 10000))
SIDE_START, SIDE_END = OUTER, WIDTH - OUTER
HALL, EAST = 4600.0, 7280.0

GROUND_WALLS = (
    Wall("street", (0, 0), (LENGTH, 0), (*STREET, Opening("Entrance door 1100 x 2200", 5450, 0))),
    Wall("east", (LENGTH, SIDE_START), (LENGTH, SIDE_END), (Opening(WIDE, 1370, 850),)),
    Wall("garden", (LENGTH, WIDTH), (0, WIDTH), (
        Opening(TINY, 2350, 1300), Opening(SMALL, 6000, 850), Opening("Terrace door 2400 x 2200", 8300, 0),
    )),
    Wall("west", (0, SIDE_END), (0, SIDE_START), (
        Opening(SMALL, 1370, 850, shutters=True), Opening(SMALL, 4970, 850, shutters=True),
    )),
    Wall("living", (HALL + INNER, OUTER), (HALL + INNER, SIDE_END), (Opening(INSIDE, 1970, 0),)),
    Wall("kitchen", (EAST + INNER, OUTER), (EAST + INNER, SIDE_END), (
        Opening(INSIDE, 570, 0), Opening(INSIDE, 6170, 0),
    )),
    Wall("utility", (EAST + INNER, 4900), (LENGTH - OUTER, 4900)),
)  # fmt: skip
UPPER_WALLS = (
    Wall("street", (0, 0), (LENGTH, 0), (*STREET, Opening(SMALL, 5500, 850, shutters=True))),
    Wall("east", (LENGTH, SIDE_START), (LENGTH, SIDE_END), (
        Opening(SMALL, 1770, 850), Opening(TINY, 5620, 1300), Opening(ROUND, 3220, 3150),
    )),
    Wall("garden", (LENGTH, WIDTH), (0, WIDTH), (
        Opening(TINY, 2350, 1300), Opening(SMALL, 6000, 850), Opening("Balcony door 1800 x 2150", 8600, 0),
    )),
    Wall("west", (0, SIDE_END), (0, SIDE_START), (
        Opening(SMALL, 1370, 850, shutters=True), Opening(SMALL, 4970, 850, shutters=True),
        Opening(ROUND, 3220, 3150),
    )),
    Wall("bedrooms west", (HALL + INNER, OUTER), (HALL + INNER, SIDE_END), (
        Opening(INSIDE, 1870, 0), Opening(INSIDE, 5970, 0),
    )),
    Wall("bedroom east", (EAST + INNER, OUTER), (EAST + INNER, SIDE_END), (
        Opening(INSIDE, 870, 0), Opening(INSIDE, 6070, 0),
    )),
    Wall("bathroom", (EAST + INNER, 4900), (LENGTH - OUTER, 4900)),
    Wall("between bedrooms", (OUTER, 4500), (HALL, 4500)),
)  # fmt: skip


def roof_height(y: float) -> float:
    """Give the height of the roof's underside above the upper floor."""
    return EAVES + SLOPE * min(y, WIDTH - y)


def wall_type(draw: Drawing, name: str, kind: str, layers: list[tuple[str, float]]) -> Entity:
    """Write a wall type made of layers, outermost first."""
    made = draw.new_type("IfcWallType", name, kind, {})
    stack = material.add_material_set(draw.file, name=name, set_type="IfcMaterialLayerSet")
    known = {entry.Name: entry for entry in draw.file.by_type("IfcMaterial")}
    for title, thickness in layers:
        stuff = known.get(title) or material.add_material(draw.file, name=title)
        known[title] = stuff
        course = material.add_layer(draw.file, stack, stuff, name=title)
        material.edit_layer(draw.file, course, attributes={"LayerThickness": thickness})
    material.assign_material(draw.file, [made], material=stack)
    return made


def under_roof(draw: Drawing, solid: Entity, wall: Wall, thickness: float) -> Entity:
    """Clip a wall's solid along the undersides of the two roof slopes that it reaches."""
    (x0, y0), (x1, y1) = wall.start, wall.end
    length = abs(x1 - x0) + abs(y1 - y0)
    dx, dy = (x1 - x0) / length, (y1 - y0) / length
    reach = (y0, y1, y0 + dx * thickness, y1 + dx * thickness)
    for reached, foot, lean in ((min(reach) < WIDTH / 2, 0.0, -SLOPE), (max(reach) > WIDTH / 2, WIDTH, SLOPE)):
        if not reached:
            continue
        origin = ((foot - y0) * dy, (foot - y0) * dx, EAVES)
        slope = draw.write("IfcPlane", draw.frame(origin, x=(dx, -dy, 0), z=(lean * dy, lean * dx, 1)))
        above = draw.write("IfcHalfSpaceSolid", slope, False)  # noqa: FBT003 - the schema's positional attribute
        solid = draw.file.create_entity("IfcBooleanClippingResult", "DIFFERENCE", solid, above)
    return solid


def side_area(wall: Wall, height: float, *, roofed: bool) -> float:
    """Give the area of a wall's face in square metres, before openings."""
    (x0, y0), (x1, y1) = wall.start, wall.end
    length = abs(x1 - x0) + abs(y1 - y0)
    stations = [y0, WIDTH / 2, y1] if (y0 - WIDTH / 2) * (y1 - WIDTH / 2) < 0 else [y0, y1]
    if not roofed or y0 == y1:
        return length * (roof_height(y0) if roofed else height) / 1e6
    pairs = itertools.pairwise(stations)
    return sum(abs(b - a) * (roof_height(a) + roof_height(b)) / 2 for a, b in pairs) / 1e6


def build_wall(draw: Drawing, wall: Wall, storey: Entity, *, roofed: bool) -> Entity:
    """Write one wall with its axis, body, layers, openings and quantities."""
    (x0, y0), (x1, y1) = wall.start, wall.end
    length = abs(x1 - x0) + abs(y1 - y0)
    dx, dy = (x1 - x0) / length, (y1 - y0) / length
    outside = wall.name in {"street", "east", "garden", "west"}
    thickness, type_name = (OUTER, "External wall 330") if outside else (INNER, "Partition 120")
    corners = {y0, y1, y0 + dx * thickness, y1 + dx * thickness}
    stations = corners | ({WIDTH / 2} if min(corners) < WIDTH / 2 < max(corners) else set())
    height = max(map(roof_height, stations)) if roofed else STOREY - SLAB
    solid = draw.box(0, 0, 0, length, thickness, height)
    solid = under_roof(draw, solid, wall, thickness) if roofed else solid
    made = draw.copy(type_name, f"{storey.Name}, {wall.name}", storey, (x0, y0, 0), x=(dx, dy, 0))
    line = draw.curve([(0, 0), (length, 0)], closed=False)
    axis = draw.file.create_entity("IfcShapeRepresentation", draw.axis, "Axis", "Curve2D", [line])
    colour, layer_name = ("Plaster", "A-WALL-EXTR") if outside else ("Interior plaster", "A-WALL-INTR")
    for shape in (axis, draw.shape({colour: [solid]}, layer_name)):
        geometry.assign_representation(draw.file, made, shape)
    for spot in wall.openings:
        fill(draw, made, storey, spot, thickness)
    gross = side_area(wall, height, roofed=roofed)
    net = gross - sum(SIZES[spot.type_name][0] * SIZES[spot.type_name][1] for spot in wall.openings) / 1e6
    quantities(draw.file, made, "Qto_WallBaseQuantities", {
        "Length": length, "Width": thickness, "Height": height, "GrossFootprintArea": length * thickness / 1e6,
        "GrossSideArea": gross, "NetSideArea": net, "NetVolume": net * thickness / 1e3,
    })  # fmt: skip
    return made


def build_walls(draw: Drawing, ground: Entity, upper: Entity) -> None:
    """Write the wall types and all walls."""
    outer = [("Lime render", 20.0), ("Wood fibre insulation", 120.0), ("Clay block", 175.0), ("Gypsum plaster", 15.0)]
    board = ("Gypsum board", 12.5)
    wall_type(draw, "External wall 330", "SOLIDWALL", outer)
    wall_type(draw, "Partition 120", "PARTITIONING", [board, ("Timber stud, wool filled", 95.0), board])
    for wall in GROUND_WALLS:
        build_wall(draw, wall, ground, roofed=False)
    for wall in UPPER_WALLS:
        build_wall(draw, wall, upper, roofed=True)
