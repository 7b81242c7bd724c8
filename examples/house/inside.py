"""Inside the house: rooms, stair, railings, furniture and fittings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .facts import quantities, zone
from .openings import rectangle
from .roof import STAIRWELL
from .walls import STOREY

if TYPE_CHECKING:
    from .drawing import Drawing, Entity, Outline, Parts

RISERS, GOING, STAIR_START = 16, 270.0, 2200.0
Block = tuple[str, float, float, float, float, float, float]
"""A colour and a block: lowest corner, size."""


def legs(dx: float, dy: float, height: float, thick: float, colour: str) -> list[Block]:
    """Give the four legs under a table or chair."""
    corners = [(x, y) for x in (0.0, dx - thick) for y in (0.0, dy - thick)]
    return [(colour, x, y, 0, thick, thick, height) for x, y in corners]


KITS: dict[str, tuple[str, str, list[Block]]] = {
    "Dining table": ("IfcFurnitureType", "TABLE", [
        ("Oak", 0, 0, 710, 2000, 900, 40), *legs(2000, 900, 710, 70, "Oak"),
    ]),
    "Chair": ("IfcFurnitureType", "CHAIR", [
        *legs(440, 440, 430, 40, "Oak"), ("Linen", 0, 0, 430, 440, 440, 50), ("Oak", 0, 400, 480, 440, 40, 420),
    ]),
    "Sofa": ("IfcFurnitureType", "SOFA", [
        ("Wool", 0, 0, 80, 2200, 950, 340), ("Wool", 0, 700, 420, 2200, 250, 380), ("Wool", 0, 0, 420, 220, 700, 180),
        ("Wool", 1980, 0, 420, 220, 700, 180), *legs(2200, 950, 80, 60, "Oak"),
    ]),
    "Low table": ("IfcFurnitureType", "TABLE", [
        ("Oak", 0, 0, 340, 1100, 600, 40), *legs(1100, 600, 340, 50, "Steel"),
    ]),
    "Double bed": ("IfcFurnitureType", "BED", [
        ("Oak", 0, 0, 0, 1800, 2100, 280), ("Linen", 40, 60, 280, 1720, 2000, 200), ("Oak", 0, 2100, 0, 1800, 50, 900),
        ("Ceramic", 120, 1600, 480, 700, 400, 110), ("Ceramic", 980, 1600, 480, 700, 400, 110),
    ]),
    "Wardrobe": ("IfcFurnitureType", "SHELF", [
        ("White lacquer", 0, 0, 0, 1800, 600, 2100), ("Steel", 880, -25, 950, 15, 25, 300),
        ("Steel", 905, -25, 950, 15, 25, 300),
    ]),
    "Kitchen run": ("IfcFurnitureType", "USERDEFINED", [
        ("Sage lacquer", 0, 0, 100, 3600, 580, 770), ("Oak", -20, -20, 870, 3640, 620, 40),
        ("Steel", 40, 40, 0, 3520, 500, 100), ("Steel", 600, 90, 910, 560, 420, 6),
        ("Sage lacquer", 3000, 0, 910, 600, 580, 1190),
    ]),
    "Toilet": ("IfcSanitaryTerminalType", "TOILETPAN", [
        ("Ceramic", 60, 0, 0, 260, 480, 390), ("Ceramic", 0, 0, 390, 380, 540, 40),
        ("Ceramic", 20, 440, 430, 340, 160, 380),
        ("Ceramic", 20, 480, 0, 340, 120, 390),
    ]),
    "Washbasin": ("IfcSanitaryTerminalType", "WASHHANDBASIN", [
        ("Oak", 0, 0, 300, 900, 480, 500), ("Ceramic", -20, -20, 800, 940, 500, 90),
        ("Steel", 435, 380, 890, 30, 30, 180),
        ("Steel", 435, 240, 1060, 30, 140, 20),
    ]),
    "Bathtub": ("IfcSanitaryTerminalType", "BATH", [
        ("Ceramic", 0, 0, 0, 1800, 800, 120), ("Ceramic", 0, 0, 120, 1800, 70, 440),
        ("Ceramic", 0, 730, 120, 1800, 70, 440),
        ("Ceramic", 0, 70, 120, 70, 660, 440), ("Ceramic", 1730, 70, 120, 70, 660, 440),
    ]),
}  # fmt: skip
# The back of every piece is at its +y side, which lies to the left of the direction named here.
EASTWARD, WESTWARD, NORTHWARD, SOUTHWARD = (1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0)
GROUND_FIT = [
    ("Sofa", 1290, 4600, NORTHWARD), ("Sofa", 3900, 4300, WESTWARD), ("Low table", 1900, 5300, EASTWARD),
    ("Kitchen run", 11090, 4450, SOUTHWARD), ("Dining table", 8000, 2950, EASTWARD),
    ("Toilet", 11070, 7200, SOUTHWARD), ("Washbasin", 10600, 5500, WESTWARD),
    *(("Chair", x, 2900, WESTWARD) for x in (8640, 9240, 9840)),
    *(("Chair", x, 3900, EASTWARD) for x in (8200, 8800, 9400)),
]  # fmt: skip
UPPER_FIT = [
    ("Double bed", 1300, 2350, EASTWARD), ("Double bed", 2480, 5000, NORTHWARD),
    ("Double bed", 8900, 2750, EASTWARD), ("Wardrobe", 4000, 2150, SOUTHWARD),
    ("Wardrobe", 8000, 2500, NORTHWARD), ("Toilet", 8200, 5620, WESTWARD),
    ("Bathtub", 9800, 6870, EASTWARD), ("Washbasin", 10400, 5500, WESTWARD),
]  # fmt: skip
LANDING: Outline = [
    (4720, 330), (7280, 330), (7280, 2800), (6280, 2800), (6280, 6250), (7280, 6250), (7280, 7670), (4720, 7670),
]  # fmt: skip
ROOMS: list[tuple[int, str, str, Outline]] = [
    (0, "0.1", "Hall", rectangle(4720, 330, 2560, 7340)),
    (0, "0.2", "Living room", rectangle(330, 330, 4270, 7340)),
    (0, "0.3", "Kitchen and dining", rectangle(7400, 330, 4270, 4570)),
    (0, "0.4", "Utility and guest bathroom", rectangle(7400, 5020, 4270, 2650)),
    (1, "1.1", "Landing", LANDING),
    (1, "1.2", "Bedroom, street", rectangle(330, 330, 4270, 4170)),
    (1, "1.3", "Bedroom, garden", rectangle(330, 4620, 4270, 3050)),
    (1, "1.4", "Bedroom, east", rectangle(7400, 330, 4270, 4570)),
    (1, "1.5", "Bathroom", rectangle(7400, 5020, 4270, 2650)),
]


def build_rooms(draw: Drawing, storeys: tuple[Entity, Entity]) -> None:
    """Write the spaces with their areas, and the zones of common and private rooms."""
    zones: dict[str, list[Entity]] = {"Common rooms": [], "Private rooms": []}
    for level, number, long_name, outline in ROOMS:
        height = 2650.0 if level == 0 else 2500.0
        solid = {"Room": [draw.flat(outline, 0, height)]}
        space = draw.new("IfcSpace", "INTERNAL", number, storeys[level], (0, 0, 0), solid, "A-AREA")
        space.LongName, space.CompositionType = long_name, "ELEMENT"
        pairs = list(zip(outline, [*outline[1:], outline[0]], strict=True))
        area = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs) / 2e6
        around = sum(abs(x1 - x0) + abs(y1 - y0) for (x0, y0), (x1, y1) in pairs)
        quantities(draw.file, space, "Qto_SpaceBaseQuantities", {
            "Height": height, "NetPerimeter": around, "NetFloorArea": area, "NetVolume": area * height / 1e3,
        })  # fmt: skip
        zones["Private rooms" if "ed" in long_name or "ath" in long_name else "Common rooms"].append(space)
    for name, spaces in zones.items():
        zone(draw.file, name, spaces)


def balustrade(draw: Drawing, length: float, colour: str, gap: float = 115) -> Parts:
    """Draw a straight railing along x: posts, two rails and balusters."""
    count = int(length // gap)
    bars = [draw.box(60 + (length - 120) * n / count - 9, 11, 80, 18, 18, 850) for n in range(1, count)]
    posts = [draw.box(x, 0, 0, 60, 40, 930) for x in (0, length - 60)]
    rails = [draw.box(60, 0, 80, length - 120, 40, 40), draw.box(-10, -10, 930, length + 20, 60, 45)]
    return {colour: [*bars, *posts, rails[0]], "Oak": [rails[1]]}


def build_stair(draw: Drawing, ground: Entity, upper: Entity) -> None:
    """Write the straight stair, its handrail and the railings around the stairwell."""
    rise = STOREY / RISERS
    steps: list[tuple[float, float]] = [(0, 0)]
    for step in range(RISERS - 1):
        steps += [(step * GOING, (step + 1) * rise), ((step + 1) * GOING, (step + 1) * rise)]
    end = steps[-1][0]
    steps += [(end, (end - GOING) * rise / GOING - 50), (GOING + 60, 0)]
    x, y, width, length = STAIRWELL
    stair = draw.new("IfcStair", "STRAIGHT_RUN_STAIR", "Stair", ground, (x, STAIR_START, 0))
    body = {"Concrete": [draw.section(steps, 40, width - 80)]}
    flight = draw.new("IfcStairFlight", "STRAIGHT", "Stair flight", stair, (0, 0, 0), body, "A-FLOR-STRS")
    flight.NumberOfRisers, flight.NumberOfTreads = RISERS, RISERS - 1
    flight.RiserHeight, flight.TreadLength = rise, GOING
    treads = [draw.box(0, step * GOING - 25, (step + 1) * rise, width, GOING + 25, 30) for step in range(RISERS - 1)]
    draw.new("IfcCovering", "FLOORING", "Stair treads", stair, (0, 0, 0), {"Oak": treads}, "A-FLOR-STRS")
    bars = [draw.box(10, step * GOING + 100, (step + 1) * rise + 30, 22, 22, 900) for step in range(RISERS - 1)]
    low, high = rise + 930, rise * (RISERS - 1) + 930
    slope = [(100, low - 14), (end - 148, high - 14), (end - 148, high + 40), (100, low + 40)]
    rail = {"White lacquer": bars, "Oak": [draw.section(slope, 0, 45)]}
    draw.new("IfcRailing", "HANDRAIL", "Stair handrail", stair, (0, 0, 0), rail, "A-FLOR-STRS")
    long_side = balustrade(draw, length, "White lacquer")
    short_side = balustrade(draw, width - 60, "White lacquer")
    at = ((x, y, 0), (0, 1, 0)), ((x + 60, y - 40, 0), (1, 0, 0))
    for name, parts, (spot, axis) in (("long", long_side, at[0]), ("short", short_side, at[1])):
        draw.new("IfcRailing", "GUARDRAIL", f"Stairwell railing, {name} side", upper, spot, parts, "A-FLOR-STRS", axis)


def furnish(draw: Drawing, storeys: tuple[Entity, Entity]) -> None:
    """Write the furniture types and set the pieces into the rooms."""
    for name, (ifc_class, kind, blocks) in KITS.items():
        parts: Parts = {}
        for colour, *size in blocks:
            parts.setdefault(colour, []).append(draw.box(*size))
        made = draw.new_type(ifc_class, name, kind, parts, "I-FURN" if "Furn" in ifc_class else "P-SANR-FIXT")
        if ifc_class == "IfcFurnitureType":
            made.AssemblyPlace = "FACTORY"
        if kind == "USERDEFINED":
            made.ElementType = "KITCHEN"
    for storey, pieces in zip(storeys, (GROUND_FIT, UPPER_FIT), strict=True):
        for number, (name, x, y, axis) in enumerate(pieces, start=1):
            draw.copy(name, f"{name} {storey.Name} {number}", storey, (x, y, 0), axis)
