"""Windows, doors and shutters: their types, and how one is set into a wall.

A type's origin is the lower left corner of the opening on the outer face of the wall; y points into the wall.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ifcopenshell.api import feature, material

if TYPE_CHECKING:
    from .drawing import Drawing, Entity, Outline, Parts


@dataclass(frozen=True)
class Opening:
    """A hole in a wall and what fills it."""

    type_name: str
    along: float
    """Distance of its left edge from the start of the wall."""
    sill: float
    shutters: bool = False


SIZES: dict[str, tuple[float, float]] = {
    "Casement window 1000 x 1350": (1000, 1350),
    "Casement window 1800 x 1350": (1800, 1350),
    "Casement window 700 x 900": (700, 900),
    "Round window 900": (900, 900),
    "Roof window 780 x 1180": (780, 1180),
    "Terrace door 2400 x 2200": (2400, 2200),
    "Balcony door 1800 x 2150": (1800, 2150),
    "Entrance door 1100 x 2200": (1100, 2200),
    "Interior door 900 x 2100": (900, 2100),
}


def rectangle(x: float, z: float, dx: float, dz: float) -> Outline:
    """Give the corners of a rectangle, counter-clockwise."""
    return [(x, z), (x + dx, z), (x + dx, z + dz), (x, z + dz)]


def panes(width: float, base: float, top: float, rim: float, grid: tuple[int, int]) -> list[Outline]:
    """Give the outlines of the panes of a sash; the upper row is half as high as the others."""
    columns, rows = grid
    bar = 60 if columns > 1 else 0
    pane = (width - 2 * rim - bar * (columns - 1)) / columns
    unit = (top - base - 2 * rim - 30 * (rows - 1)) / (rows - 0.5 if rows > 1 else 1)
    outlines: list[Outline] = []
    for column in range(columns):
        left = rim + column * (pane + bar)
        for row in range(rows):
            height = unit / 2 if row == rows - 1 > 0 else unit
            outlines.append(rectangle(left, base + rim + row * (unit + 30), pane, height))
    return outlines


def glazed(draw: Drawing, width: float, height: float, grid: tuple[int, int], frame: str) -> Parts:
    """Draw a sill, a frame with glazing bars, and one sheet of glass."""
    base = 40
    rim = 75
    holes = panes(width, base, height, rim, grid)
    sash = draw.upright(rectangle(0, base, width, height - base), 110, 75, holes)
    sill = draw.box(0, -45, 0, width, 230, base)
    glass = draw.box(rim - 15, 140, base + rim - 15, width - 2 * rim + 30, 12, height - base - 2 * rim + 30)
    return {frame: [sash, sill], "Glass": [glass]}


def round_window(draw: Drawing, radius: float) -> Parts:
    """Draw a round window with a cross of glazing bars."""
    into = {"x": (1, 0, 0), "z": (0, 1, 0)}
    ring = draw.disc(draw.frame((radius, 90, radius), **into), radius, 90, hole=radius - 70)
    bars = [
        draw.box(60, 115, radius - 18, 2 * radius - 120, 40, 36),
        draw.box(radius - 18, 115, 60, 36, 40, 2 * radius - 120),
    ]
    glass = draw.disc(draw.frame((radius, 128, radius), **into), radius - 60, 12)
    return {"White lacquer": [ring, *bars], "Glass": [glass]}


def entrance(draw: Drawing, width: float, height: float) -> Parts:
    """Draw a panelled leaf with a strip of glass in a white frame."""
    leaf = [
        draw.upright(rectangle(70, 20, width - 140, height - 90), 120, 60, [rectangle(690, 300, 180, 1600)]),
        *(draw.box(150, 108, z, 440, 12, 380) for z in (300, 707, 1114, 1521)),
    ]
    outline = [
        (0, 0), (70, 0), (70, height - 70), (width - 70, height - 70), (width - 70, 0), (width, 0),
        (width, height), (0, height),
    ]  # fmt: skip
    handle = [draw.box(935, 60, 900, 30, 25, 600), *(draw.box(940, 85, z, 20, 35, 20) for z in (960, 1420))]
    step = draw.box(0, 0, 0, width, 330, 20)
    return {
        "White lacquer": [draw.upright(outline, 90, 110)],
        "Oak": leaf,
        "Glass": [draw.box(680, 142, 290, 200, 14, 1620)],
        "Steel": handle,
        "Natural stone": [step],
    }


def interior_door(draw: Drawing, width: float, height: float) -> Parts:
    """Draw a white frame that clasps a 120 mm wall and an oak leaf."""
    outline = [
        (-50, 0), (40, 0), (40, height - 40), (width - 40, height - 40), (width - 40, 0), (width + 50, 0),
        (width + 50, height + 50), (-50, height + 50),
    ]  # fmt: skip
    lining = [
        (0, 0), (40, 0), (40, height - 40), (width - 40, height - 40), (width - 40, 0), (width, 0),
        (width, height), (0, height),
    ]  # fmt: skip
    frame = [draw.upright(outline, -12, 12), draw.upright(lining, 0, 120), draw.upright(outline, 120, 12)]
    leaf = draw.box(40, 5, 5, width - 80, 40, height - 45)
    handles = [draw.box(70, y, 1050, 120, 20, 20) for y in (-35, 65)]
    spindle = draw.box(80, -15, 1055, 10, 80, 10)
    return {"White lacquer": frame, "Oak": [leaf], "Steel": [*handles, spindle]}


def roof_window(draw: Drawing, width: float, length: float) -> Parts:
    """Draw a kerb through the roof with a pane on top; the origin lies on the underside of the roof slab."""
    kerb = draw.flat(rectangle(0, 0, width, length), 60, 220, [rectangle(60, 60, width - 120, length - 120)])
    pane = draw.box(50, 50, 250, width - 100, length - 100, 14)
    return {"Steel": [kerb], "Glass": [pane]}


def louvres(draw: Drawing, width: float, height: float) -> Parts:
    """Draw a hinged shutter: a rim and two louvred fields."""
    rim = draw.upright(rectangle(0, 0, width, height), -42, 36, panes(width, 0, height, 60, (1, 2)))
    slats = [draw.box(50, -34, z, width - 100, 16, 46) for z in range(70, int(height) - 100, 62)]
    pins = [draw.box(20, -6, z, 40, 6, 60) for z in (120, height - 180)]
    return {"Sage lacquer": [rim, *slats], "Steel": pins}


def constituents(draw: Drawing, element_type: Entity, names: dict[str, str]) -> None:
    """Give a type one material per part: constituent name to material name."""
    known = {entry.Name: entry for entry in draw.file.by_type("IfcMaterial")}
    parts = material.add_material_set(
        draw.file, name=f"{element_type.Name} parts", set_type="IfcMaterialConstituentSet"
    )
    for name, made_of in names.items():
        stuff = known.get(made_of) or material.add_material(draw.file, name=made_of)
        known[made_of] = stuff
        material.add_constituent(draw.file, parts, stuff, name=name)
    material.assign_material(draw.file, [element_type], material=parts)


def make_types(draw: Drawing) -> None:
    """Write the window, door and shutter types."""
    frame = "White lacquer"
    shapes: dict[str, tuple[str, str, Parts]] = {}
    for name, (width, height) in SIZES.items():
        if name.startswith("Casement"):
            grid = (3 if width > 1200 else 2 if width > 800 else 1, 2)
            shapes[name] = ("IfcWindowType", "WINDOW", glazed(draw, width, height, grid, frame))
        elif name.startswith(("Terrace", "Balcony")):
            shapes[name] = ("IfcDoorType", "DOOR", glazed(draw, width, height, (2, 1), frame))
    shapes["Round window 900"] = ("IfcWindowType", "WINDOW", round_window(draw, 450))
    shapes["Roof window 780 x 1180"] = ("IfcWindowType", "SKYLIGHT", roof_window(draw, 780, 1180))
    shapes["Entrance door 1100 x 2200"] = ("IfcDoorType", "DOOR", entrance(draw, 1100, 2200))
    shapes["Interior door 900 x 2100"] = ("IfcDoorType", "DOOR", interior_door(draw, 900, 2100))
    for name, (ifc_class, kind, parts) in shapes.items():
        made = draw.new_type(ifc_class, name, kind, parts, "A-GLAZ" if "indow" in ifc_class else "A-DOOR")
        if kind == "DOOR":
            made.OperationType = "DOUBLE_DOOR_SLIDING" if "2400" in name else "SINGLE_SWING_LEFT"
        elif kind == "WINDOW":
            made.PartitioningType = "SINGLE_PANEL" if made.Name.startswith("Round") else "DOUBLE_PANEL_VERTICAL"
        glass = {"Glazing": "Triple insulating glass"} if "Interior" not in name else {}
        constituents(draw, made, {"Framing": "Oak, solid" if "door 1100" in name else "Spruce, lacquered"} | glass)
    shutter = louvres(draw, 500, 1310)
    made = draw.new_type("IfcShadingDeviceType", "Shutter 500 x 1310", "SHUTTER", shutter, "A-GLAZ")
    constituents(draw, made, {"Louvres": "Spruce, lacquered"})


def fill(draw: Drawing, wall: Entity, storey: Entity, spot: Opening, depth: float) -> None:
    """Cut the opening into the wall and set the window or door into it, with its shutters beside it."""
    width, height = SIZES[spot.type_name]
    name = f"{spot.type_name} {wall.Name} {spot.along:.0f}"
    if spot.type_name.startswith("Round"):
        shape = draw.disc(draw.frame((450, -50, 450), z=(0, 1, 0)), 450, depth + 100)
    else:
        shape = draw.box(0, -50, 0, width, depth + 100, height)
    hole = draw.cut(wall, f"Opening {name}", shape, (spot.along, 0, spot.sill))
    filling = draw.copy(spot.type_name, name, storey, (0, 0, 0))
    filling.OverallWidth, filling.OverallHeight = width, height
    feature.add_filling(draw.file, hole, filling)
    draw.place(filling, hole, (0, 0, 0))
    if spot.shutters:
        for side, offset in (("left", -500), ("right", width)):
            leaf = draw.copy("Shutter 500 x 1310", f"Shutter {side} {name}", storey, (0, 0, 0))
            draw.place(leaf, wall, (spot.along + offset, 0, spot.sill + 40))
