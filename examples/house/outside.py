"""Around the house: terrain, garden, porch, terrace, balcony, gutters and solar panels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .inside import balustrade
from .openings import rectangle
from .roof import Gable, build_gable
from .walls import EAVES, LENGTH, SLOPE, STOREY, WIDTH

if TYPE_CHECKING:
    from .drawing import Drawing, Entity, Point

LAWN = -150.0
TREES = (
    ("Linden", 16200, 12200),
    ("Linden", 9300, 12900),
    ("Poplar", -5000, 800),
    ("Poplar", -5000, 3200),
    ("Poplar", -5000, 5600),
    ("Linden", -4300, -6000),
)
SHRUBS = [(x, -650) for x in (500, 2650, 4000, 8000, 9350, 11500)] + [(12700, y) for y in (900, 4200, 7000)]


def ball(
    rings: int, around: int, radius: Point, centre: float, wobble: float
) -> tuple[list[Point], list[tuple[int, int, int]]]:
    """Give the points and triangles of a lumpy ball that stands `centre` above its origin."""
    points: list[Point] = [(0, 0, centre - radius[2])]
    for ring in range(1, rings):
        angle = math.pi * ring / rings
        for step in range(around):
            turn = 2 * math.pi * (step + ring / 2) / around
            lump = 1 + wobble * math.sin(3.7 * step + 2.3 * ring)
            flat = math.sin(angle) * lump
            points.append(
                (
                    radius[0] * flat * math.cos(turn),
                    radius[1] * flat * math.sin(turn),
                    centre - radius[2] * math.cos(angle),
                )
            )
    points.append((0, 0, centre + radius[2]))
    last = len(points)
    triangles: list[tuple[int, int, int]] = []
    for step in range(around):
        after = (step + 1) % around
        triangles.append((1, 2 + after, 2 + step))
        top = 2 + (rings - 2) * around
        triangles.append((last, top + step, top + after))
        for ring in range(rings - 2):
            low, high = 2 + ring * around, 2 + (ring + 1) * around
            triangles += [(low + step, low + after, high + step), (low + after, high + after, high + step)]
    return points, triangles


def build_garden(draw: Drawing, site: Entity) -> None:
    """Write the terrain with a pit for the house, trees, shrubs, hedges and the path."""
    lot = rectangle(-7000, -8500, LENGTH + 14000, WIDTH + 15500)
    ground = draw.flat(lot, LAWN - 750, 750, [rectangle(0, 0, LENGTH, WIDTH)])
    draw.new("IfcGeographicElement", "TERRAIN", "Terrain", site, (0, 0, 0), {"Lawn": [ground]}, "C-TOPO")
    forms = {
        "Linden": (7, 11, (1550, 1500, 1650), 3500, 0.07, 140, 2300),
        "Poplar": (8, 9, (720, 720, 2600), 3500, 0.06, 110, 1200),
        "Shrub": (5, 9, (480, 440, 420), 330, 0.12, 60, 60),
    }
    for name, (rings, around, radius, centre, wobble, trunk, height) in forms.items():
        crown = draw.mesh(*ball(rings, around, radius, centre, wobble))
        parts = {"Foliage": [crown], "Bark": [draw.mesh(*ball(3, 8, (trunk, trunk, height), height * 0.6, 0))]}
        draw.new_type("IfcGeographicElementType", name, "USERDEFINED", parts, "L-PLNT").ElementType = "VEGETATION"
    for number, (name, x, y) in enumerate([*TREES, *(("Shrub", *spot) for spot in SHRUBS)], start=1):
        turn = math.radians(47 * number)
        axis = (round(math.cos(turn), 6), round(math.sin(turn), 6), 0)
        draw.copy(name, f"{name} {number}", site, (x, y, LAWN), axis)
    hedges = {
        "garden": (-6700, 14000, 25400, 700), "west": (-6700, -2500, 700, 16500), "east": (18000, -2500, 700, 16500),
    }  # fmt: skip
    for name, (x, y, dx, dy) in hedges.items():
        parts = {"Hedge": [draw.box(x, y, LAWN - 20, dx, dy, 1370)]}
        hedge = draw.new("IfcGeographicElement", "USERDEFINED", f"Hedge {name}", site, (0, 0, 0), parts, "L-PLNT")
        hedge.ObjectType = "VEGETATION"
    stone = {"Natural stone": [draw.box(-650, 0, -60, 1300, 460, 90)]}
    draw.new_type("IfcSlabType", "Paving stone", "USERDEFINED", stone, "C-PAVE").ElementType = "PAVING"
    for number in range(10):
        draw.copy("Paving stone", f"Paving stone {number + 1}", site, (6000, -3050 - 590 * number, LAWN))


def build_porch(draw: Drawing, ground: Entity) -> None:
    """Write the porch: a stone landing with a step, two posts, beams and a small gable roof."""
    stones = [draw.box(4500, -2050, LAWN, 3000, 2050, 130), draw.box(5000, -2400, LAWN, 2000, 350, 65)]
    draw.new("IfcSlab", "LANDING", "Porch landing", ground, (0, 0, 0), {"Natural stone": stones}, "A-SLAB")
    draw.new_type("IfcColumnType", "Post 140", "COLUMN", {"Oak": [draw.box(-70, -70, 0, 140, 140, 2250)]}, "S-COLS")
    for name, x in (("left", 4770), ("right", 7230)):
        draw.copy("Post 140", f"Porch post {name}", ground, (x, -1830, -20))
    beams = {"left": (4700, -1900, 140, 1900), "right": (7160, -1900, 140, 1900), "street": (4840, -1900, 2320, 140)}
    for name, (x, y, dx, dy) in beams.items():
        parts = {"Oak": [draw.box(x, y, 2230, dx, dy, 180)]}
        draw.new("IfcBeam", "BEAM", f"Porch beam {name}", ground, (0, 0, 0), parts, "S-BEAM")
    gable = Gable("Porch roof", 1300, 1900, 230, (0, 220), 100, 5)
    build_gable(draw, ground, gable, (4700, 0, 2410), (0, -1))
    front = {"Larch": [draw.upright([(4700, 2410), (7300, 2410), (6000, 2410 + SLOPE * 1300)], -1890, 60)]}
    draw.new("IfcPlate", "SHEET", "Porch gable boarding", ground, (0, 0, 0), front, "A-ROOF")


def build_terrace(draw: Drawing, ground: Entity, upper: Entity) -> None:
    """Write the wooden deck and, above it, the balcony on two posts with its railing."""
    boards = [draw.box(300, WIDTH + 150 * row, -50, 5200, 142, 30) for row in range(22)]
    joists = [draw.box(300 + 1025 * row, WIDTH, LAWN, 100, 3292, 100) for row in range(5)] + [
        draw.box(5400, WIDTH, LAWN, 100, 3292, 100)
    ]
    draw.new(
        "IfcSlab", "USERDEFINED", "Terrace deck", ground, (0, 0, 0), {"Larch": [*boards, *joists]}, "A-SLAB"
    ).ObjectType = "DECK"
    post = {"Oak": [draw.box(-70, -70, 0, 140, 140, 2720)]}
    draw.new_type("IfcColumnType", "Post 140, balcony", "COLUMN", post, "S-COLS")
    for name, x in (("left", 700), ("right", 4300)):
        draw.copy("Post 140, balcony", f"Balcony post {name}", ground, (x, WIDTH + 1450, -20))
    floor = {"Concrete": [draw.box(500, WIDTH, -200, 4000, 1600, 180)]}
    draw.new("IfcSlab", "FLOOR", "Balcony slab", upper, (0, 0, 0), floor, "A-SLAB")
    sides = (
        ("west", 1560, (540, WIDTH, -20), (0, 1, 0)), ("east", 1560, (4500, WIDTH, -20), (0, 1, 0)),
        ("garden", 3920, (540, WIDTH + 1560, -20), (1, 0, 0)),
    )  # fmt: skip
    for name, length, at, axis in sides:
        parts = balustrade(draw, length, "White lacquer")
        draw.new("IfcRailing", "GUARDRAIL", f"Balcony railing {name}", upper, at, parts, "A-FLOR-HRAL", axis)


def build_drainage(draw: Drawing, upper: Entity) -> None:
    """Write a gutter along each eaves line and a downpipe at its ends."""
    arc = [(math.cos(math.pi * step / 8), math.sin(math.pi * step / 8)) for step in range(9)]
    bowl = [(-65 * c, -65 * s) for c, s in arc] + [(55 * c, -55 * s) for c, s in arc]
    gutter = {"Zinc": [draw.section(bowl, 0, LENGTH + 960)]}
    draw.new_type("IfcPipeSegmentType", "Gutter", "GUTTER", gutter, "P-STRM")
    eave = EAVES - SLOPE * 540 + 200
    for name, at, axis in (
        ("street", (-480, -565, eave), (1, 0, 0)), ("garden", (LENGTH + 480, WIDTH + 565, eave), (-1, 0, 0)),
    ):  # fmt: skip
        draw.copy("Gutter", f"Gutter {name}", upper, at, axis)
    elbow = draw.frame((0, 55, 1880), x=(1, 0, 0), z=(0, 510, 200))
    pipe = [
        draw.disc(draw.frame((0, 55, LAWN - STOREY)), 45, 1900 - LAWN + STOREY),
        draw.disc(elbow, 45, math.hypot(510, 200)),
        draw.disc(draw.frame((0, 565, 2070)), 45, eave - 50 - 2070),
    ]
    draw.new_type("IfcPipeSegmentType", "Downpipe", "RIGIDSEGMENT", {"Zinc": pipe}, "P-STRM")
    spots = [(x, y, (1 if y else -1, 0, 0)) for x in (180, LENGTH - 180) for y in (0, WIDTH)]
    for number, (x, y, turned) in enumerate(spots, start=1):
        draw.copy("Downpipe", f"Downpipe {number}", upper, (x, y, 0), turned)


def build_solar(draw: Drawing, slope: Entity) -> None:
    """Lay two rows of solar panels on the garden side of the roof, on rails on the tiles."""
    cells = draw.box(20, 20, 250, 980, 1610, 32)
    edge = draw.flat(rectangle(0, 0, 1020, 1650), 250, 30, [rectangle(20, 20, 980, 1610)])
    rails = [draw.box(0, y, 180, 1040, 50, 70) for y in (350, 1250)]
    draw.new_type(
        "IfcSolarDeviceType", "Solar panel", "SOLARPANEL", {"Solar cell": [cells], "Zinc": [edge, *rails]}, "E-POWR"
    )
    for row in range(2):
        for column in range(6):
            up = 700.0 + row * 1680 / math.hypot(1, SLOPE)
            place = (500.0 + 1040 * column, up, SLOPE * up)
            name = f"Solar panel {row + 1}.{column + 1}"
            draw.copy("Solar panel", name, slope, place, z=(0, -SLOPE, 1))
