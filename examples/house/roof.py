"""Footings, floor slabs, roof and chimney."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ifcopenshell.api import feature, material

from .facts import quantities
from .openings import rectangle
from .walls import EAVES, LENGTH, OUTER, SLAB, SLOPE, WIDTH

if TYPE_CHECKING:
    from .drawing import Drawing, Entity, Outline

STAIRWELL = (6280.0, 2800.0, 1000.0, 3450.0)
CHIMNEY = (3900.0, 4700.0, 700.0, 600.0)


def slab(draw: Drawing, storey: Entity, kind: str, name: str, outline: Outline, top: float) -> Entity:
    """Write a floor slab 250 mm thick."""
    solid = draw.flat(outline, top - SLAB, SLAB)
    made = draw.new(
        "IfcSlab",
        kind,
        name,
        storey,
        (0, 0, 0),
        {"Natural stone" if kind == "BASESLAB" else "Concrete": [solid]},
        "A-SLAB",
    )
    concrete = next(iter(entry for entry in draw.file.by_type("IfcMaterial") if entry.Name == "Concrete C25/30"), None)
    concrete = concrete or material.add_material(draw.file, name="Concrete C25/30", category="concrete")
    material.assign_material(draw.file, [made], material=concrete)
    area = LENGTH * WIDTH / 1e6
    quantities(draw.file, made, "Qto_SlabBaseQuantities", {
        "Width": SLAB, "GrossArea": area, "GrossVolume": area * SLAB / 1e3, "GrossWeight": area * SLAB * 2.5,
    })  # fmt: skip
    return made


def build_slabs(draw: Drawing, ground: Entity, upper: Entity) -> None:
    """Write the footings and the two floor slabs; the upper one is open for the stair and the chimney."""
    plan = rectangle(0, 0, LENGTH, WIDTH)
    lines = {
        "street": (0, 0, LENGTH, OUTER), "garden": (0, WIDTH - OUTER, LENGTH, OUTER),
        "west": (0, OUTER, OUTER, WIDTH - 2 * OUTER),
        "east": (LENGTH - OUTER, OUTER, OUTER, WIDTH - 2 * OUTER),
    }  # fmt: skip
    for name, (x, y, dx, dy) in lines.items():
        parts = {"Concrete": [draw.box(x, y, -900, dx, dy, 650)]}
        draw.new("IfcFooting", "STRIP_FOOTING", f"Footing {name}", ground, (0, 0, 0), parts, "S-FNDN")
    slab(draw, ground, "BASESLAB", "Base slab", plan, 0)
    floor = slab(draw, upper, "FLOOR", "Upper floor slab", plan, 0)
    for name, (x, y, dx, dy) in (("Stairwell", STAIRWELL), ("Chimney, upper floor slab", CHIMNEY)):
        draw.cut(floor, name, draw.box(0, 0, -50, dx, dy, SLAB + 100), (x, y, -SLAB))


def tiles(run: float, eave: float, base: float, courses: int) -> Outline:
    """Give the section of a tiled slope: a flat underside and one step per course."""
    step = (run + eave) / courses
    under = [(run, base + SLOPE * run), (-eave, base - SLOPE * eave)]
    top: list[tuple[float, float]] = []
    for course in range(courses):
        for y, thick in ((course * step - eave, 75), ((course + 1) * step - eave, 35)):
            top.append((y, base + SLOPE * y + thick))
    return [*under, *top]


@dataclass(frozen=True)
class Gable:
    """A gable roof by half its span, its length and its overhangs."""

    name: str
    run: float
    length: float
    eave: float
    verge: tuple[float, float]
    """Overhang at the start and at the end of the first slope."""
    thick: float
    courses: int


def build_gable(
    draw: Drawing, into: Entity, gable: Gable, foot: tuple[float, float, float], along: tuple[float, float]
) -> tuple[Entity, dict[str, Entity]]:
    """Write a roof of two slabs, two tile coverings and a ridge; `foot` is where the first eaves line starts."""
    roof = draw.new("IfcRoof", "GABLE_ROOF", gable.name, into, foot, x=(*along, 0))
    run, eave, thick = gable.run, gable.eave, gable.thick
    outline = [(run, SLOPE * run), (run, SLOPE * run + thick)]
    outline += [(-eave, thick - SLOPE * eave), (-eave, -SLOPE * eave)]
    parts: dict[str, Entity] = {}
    turned = ((0.0, 0.0, 0.0), (1, 0, 0)), ((gable.length, 2 * run, 0.0), (-1, 0, 0))
    for (side, (at, x)), (near, far) in zip(
        (("front", turned[0]), ("back", turned[1])), (gable.verge, gable.verge[::-1]), strict=True
    ):
        span = gable.length + near + far
        deck = {"Larch": [draw.section(outline, -near, span)]}
        cover = {"Roof tile": [draw.section(tiles(run, eave + 40, thick, gable.courses), -near - 30, span + 60)]}
        name = f"{gable.name}, {side}"
        parts[f"{side} slab"] = draw.new("IfcSlab", "ROOF", f"{name} slab", roof, at, deck, "A-ROOF", x)
        parts[f"{side} tiles"] = draw.new("IfcCovering", "ROOFING", f"{name} tiles", roof, at, cover, "A-ROOF", x)
    top = SLOPE * run + thick
    cap = [(run - 140, top - 63), (run, top + 35), (run + 140, top - 63), (run + 140, top - 20), (run, top + 80)]
    near, far = gable.verge
    solid = draw.section([*cap, (run - 140, top - 20)], -near - 50, gable.length + near + far + 100)
    draw.new("IfcCovering", "ROOFING", f"{gable.name}, ridge", roof, (0, 0, 0), {"Roof tile": [solid]}, "A-ROOF")
    return roof, parts


def build_roof(draw: Drawing, upper: Entity) -> dict[str, Entity]:
    """Write the main roof with two roof windows and the holes for the chimney."""
    gable = Gable("Main roof", WIDTH / 2, LENGTH, 500, (450, 450), 200, 18)
    roof, parts = build_gable(draw, upper, gable, (0, 0, EAVES), (1, 0))
    normal = (0, -SLOPE, 1)
    for number, x in enumerate((2410.0, 8810.0), start=1):
        foot = (x, 1500.0, SLOPE * 1500)
        for part in ("front slab", "front tiles"):
            shape = draw.box(0, 0, -200, 780, 1180, 700)
            hole = draw.cut(parts[part], f"Opening roof window {number}, {part}", shape, foot, z=normal)
            if part == "front slab":
                window = draw.copy("Roof window 780 x 1180", f"Roof window {number}", upper, (0, 0, 0))
                window.OverallWidth, window.OverallHeight = 780.0, 1180.0
                feature.add_filling(draw.file, hole, window)
                draw.place(window, hole, (0, 0, 0))
    x, y, dx, dy = CHIMNEY
    for part in ("back slab", "back tiles"):
        shape = draw.box(0, 0, 0, dx, dy, 4000)
        draw.cut(parts[part], f"Chimney, {part}", shape, (LENGTH - x - dx, WIDTH - y - dy, 0))
    plan = 2 * (gable.run + gable.eave) * (gable.length + sum(gable.verge)) / 1e6
    pitched = plan * (1 + SLOPE**2) ** 0.5
    holes = (2 * 780 * 1180 + dx * dy * (1 + SLOPE**2) ** 0.5) / 1e6
    areas = {"GrossArea": pitched, "NetArea": pitched - holes, "ProjectedArea": plan}
    quantities(draw.file, roof, "Qto_RoofBaseQuantities", areas)
    return parts


def build_chimney(draw: Drawing, ground: Entity) -> None:
    """Write the chimney: brick stack, stone cap and two clay pots."""
    x, y, dx, dy = CHIMNEY
    top = 9150.0
    pots = [draw.disc(draw.frame((px, dy / 2, top + 110)), 110, 260, hole=80) for px in (200.0, dx - 200)]
    parts = {
        "Brick": [draw.box(0, 0, 0, dx, dy, top - 80), draw.box(-40, -40, top - 80, dx + 80, dy + 80, 80), *pots],
        "Natural stone": [draw.box(-80, -80, top, dx + 160, dy + 160, 110)],
    }
    draw.new("IfcChimney", None, "Chimney", ground, (x, y, 0), parts, "A-ROOF")
