"""Boolean operations with exact results: of boxes in every relative position, and of a box with round bodies."""

from __future__ import annotations

from dataclasses import replace
from math import pi
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.geometry.boxes import combined, intersection, minus, union
from tests.geometry.draw import Body, Draw, case
from tests.geometry.families.operands import BOXES, DIFFERENCE, INTERSECTION, UNION, any_box
from tests.geometry.families.primitives import placed, sphere
from tests.geometry.solid import FLAT, Solid, box
from tests.geometry.step import AREA

if TYPE_CHECKING:
    from tests.geometry.solid import Points
    from tests.geometry.step import Ref, Word

POSITIONS = ("inside", "low", "high", "through", "flush", "almost flush", "touching", "apart")
"""How an operand lies along one axis of the host."""


def host_box(draw: Draw) -> Points:
    """Return a box near the origin of bodies."""
    low = np.array([draw.between(-2, 2) for _ in range(3)])
    return np.array([low, np.round(low + [draw.size(0.2) for _ in range(3)], 6)])


def interval(draw: Draw, extent: Points, how: str) -> tuple[float, float]:
    """Return an operand's extent along one axis of a host, whose extent (low, high) is given."""
    low, high = extent
    size = high - low
    first, second = sorted(low + size * draw.between(0.1, 0.9) for _ in range(2))
    if second - first < 0.1 * size:
        second = first + 0.1 * size if first < (low + high) / 2 else first
        first = second - 0.1 * size
    beyond = size * draw.between(0.1, 1)
    off = draw.between(1e-6, 5e-5) * draw.random.choice((1, -1))
    return {
        "inside": (first, second),
        "low": (low - beyond, second),
        "high": (first, high + beyond),
        "through": (low - beyond, high + beyond),
        "flush": (low, high),
        "almost flush": (low + off, high + draw.between(-5e-5, 5e-5)),
        "touching": (high, high + beyond),
        "apart": (high + beyond, high + 2 * beyond),
    }[how]


def operand_box(draw: Draw, host: Points, positions: tuple[str, ...]) -> Points:
    """Return an operand with a position along each axis, in any order of axes."""
    hows = list(positions)
    draw.random.shuffle(hows)
    return np.array([interval(draw, host[:, axis], how) for axis, how in enumerate(hows)]).T.round(7)


PLACES: dict[str, tuple[str, str, str]] = {
    "cavity": ("inside", "inside", "inside"),
    "pocket": ("inside", "inside", "high"),
    "hole": ("inside", "inside", "through"),
    "hole, flush": ("inside", "inside", "flush"),
    "hole, almost flush": ("inside", "inside", "almost flush"),
    "notch": ("low", "high", "through"),
    "notch, almost flush": ("low", "inside", "almost flush"),
    "slab cut off": ("high", "through", "through"),
    "cut in two": ("inside", "through", "through"),
    "cut in two, almost flush": ("inside", "almost flush", "through"),
    "touching": ("touching", "inside", "inside"),
    "apart": ("apart", "inside", "through"),
    "containing": ("through", "through", "through"),
}


def write(draw: Draw, operator: Word, first: Ref, second: Ref) -> Ref:
    """Write an IfcBooleanResult."""
    return draw.step.add("IfcBooleanResult", operator, first, second)


def _boxes(draw: Draw, operator: Word, rule: Any, place: str) -> Body:
    host = host_box(draw)
    operand = operand_box(draw, host, PLACES[place])
    ref = write(draw, operator, any_box(draw, host), any_box(draw, operand))
    return Body([ref], _shifted(draw, combined([host, operand], rule)), "CSG")


def _shifted(draw: Draw, solid: Solid) -> Solid:
    frame = np.eye(4)
    frame[:3, 3] = draw.step.setting.origin
    return solid.moved(frame)


def _register(operator: Word, rule: Any, name: str, places: tuple[str, ...]) -> None:
    for place in places:

        def make(draw: Draw, place: str = place) -> Body:
            return _boxes(draw, operator, rule, place)

        make.__module__ = __name__
        case(f"IfcBooleanResult, {name}, {place}")(make)


_register(DIFFERENCE, minus, "difference", tuple(PLACES))
_register(UNION, union, "union", ("pocket", "notch", "apart", "hole", "containing"))
_register(INTERSECTION, intersection, "intersection", ("pocket", "hole", "notch", "containing", "cavity"))


def _operand_case(name: str) -> None:
    make_box, schemas = BOXES[name]

    def second(draw: Draw) -> Body:
        host = host_box(draw)
        operand = operand_box(draw, host, draw.random.choice(tuple(PLACES.values())[:5]))
        ref = write(draw, DIFFERENCE, any_box(draw, host, ("IfcExtrudedAreaSolid",)), make_box(draw, operand))
        return Body([ref], _shifted(draw, combined([host, operand], minus)), "CSG")

    def first(draw: Draw) -> Body:
        host = host_box(draw)
        operand = operand_box(draw, host, draw.random.choice(tuple(PLACES.values())[:5]))
        ref = write(draw, DIFFERENCE, make_box(draw, host), any_box(draw, operand, ("IfcExtrudedAreaSolid",)))
        return Body([ref], _shifted(draw, combined([host, operand], minus)), "CSG")

    first.__module__ = second.__module__ = __name__
    case(f"IfcBooleanResult, first operand {name}", schemas)(first)
    case(f"IfcBooleanResult, second operand {name}", schemas)(second)


for _name in BOXES:
    _operand_case(_name)


@case("IfcBooleanResult, chain of differences")
def chain(draw: Draw) -> Body:
    host = host_box(draw)
    ref, boxes = any_box(draw, host), [host]
    for _ in range(draw.random.randint(2, 5)):
        boxes.append(operand_box(draw, host, draw.random.choice(tuple(PLACES.values())[1:7])))
        ref = write(draw, DIFFERENCE, ref, any_box(draw, boxes[-1]))
    return Body([ref], _shifted(draw, combined(boxes, minus)), "CSG")


@case("IfcBooleanResult in IfcCsgSolid")
def in_csg(draw: Draw) -> Body:
    host = host_box(draw)
    operand = operand_box(draw, host, PLACES["hole"])
    ref = write(draw, DIFFERENCE, BOXES["IfcBlock"][0](draw, host), BOXES["IfcBlock"][0](draw, operand))
    return Body([draw.step.add("IfcCsgSolid", ref)], _shifted(draw, combined([host, operand], minus)), "CSG")


def _round(draw: Draw, *, through: bool, primitive: bool) -> Body:
    """A box less a cylinder along Z."""
    host = host_box(draw)
    x, y, z = host[1] - host[0]
    radius = draw.between(0.1, 0.4) * min(x, y)
    centre = (host[0] + host[1])[:2] / 2
    start = host[0][2] - 0.1 * z if through else host[0][2] + draw.between(0.2, 0.8) * z
    height = 2 * z
    position = draw.at((*centre, start))
    if primitive:
        operand = draw.step.add("IfcRightCircularCylinder", position[0], draw.step.m(height), draw.step.m(radius))
    else:
        profile = draw.step.add("IfcCircleProfileDef", AREA, None, draw.step.axes_2d(), draw.step.m(radius))
        up = draw.step.direction(0, 0, 1)
        operand = draw.step.add("IfcExtrudedAreaSolid", profile, position[0], up, draw.step.m(height))
    ref = write(draw, DIFFERENCE, any_box(draw, host), operand)
    depth = z if through else host[1][2] - start
    return Body(
        [ref], _shifted(draw, drilled(host, centre, radius, (host[1][2] - depth, host[1][2]), through=through)), "CSG"
    )


def drilled(host: Points, centre: Points, radius: float, span: tuple[float, float], *, through: bool) -> Solid:
    """Return a box with a round hole or pocket along Z."""
    whole, depth = box(*host), span[1] - span[0]
    removed = pi * radius**2 * depth
    assert whole.volume is not None
    assert whole.area is not None

    def inside(points: Points) -> Any:
        near = np.hypot(points[:, 0] - centre[0], points[:, 1] - centre[1]) < radius
        return ((points > host[0]) & (points < host[1])).all(axis=1) & ~(near & (points[:, 2] > span[0]))

    return replace(
        whole,
        volume=whole.volume - removed,
        area=whole.area + 2 * pi * radius * depth - (2 * pi * radius**2 if through else 0.0),
        inside=inside,
        euler=0 if through else 2,
        curved=True,
        slack=max(0.03 * removed, FLAT * 1e-3 * whole.volume),
    )


@case("IfcBooleanResult, difference, round hole")
def round_hole(draw: Draw) -> Body:
    return _round(draw, through=True, primitive=False)


@case("IfcBooleanResult, difference, round pocket")
def round_pocket(draw: Draw) -> Body:
    return _round(draw, through=False, primitive=False)


@case("IfcBooleanResult, second operand IfcRightCircularCylinder")
def cylinder_hole(draw: Draw) -> Body:
    return _round(draw, through=draw.chance(0.5), primitive=True)


@case("IfcBooleanResult, second operand IfcSphere")
def sphere_cavity(draw: Draw) -> Body:
    """A sphere inside of a box."""
    host = host_box(draw)
    radius = draw.between(0.1, 0.4) * float((host[1] - host[0]).min())
    centre = (host[0] + host[1]) / 2
    operand, hole = placed(draw, ("IfcSphere", sphere(radius), (radius,)), draw.at(centre))
    ref = write(draw, DIFFERENCE, any_box(draw, host), operand)
    whole = _shifted(draw, box(*host))
    return Body([ref], less_inner(whole, hole), "CSG")


def less_inner(whole: Solid, hole: Solid) -> Solid:
    """Return a body with a cavity that does not touch its surface."""
    assert whole.volume is not None
    assert whole.area is not None
    assert hole.volume is not None
    assert hole.area is not None
    outer, inner = whole.inside, hole.inside
    assert outer is not None
    assert inner is not None
    return replace(
        whole,
        volume=whole.volume - hole.volume,
        area=whole.area + hole.area,
        inside=lambda points: outer(points) & ~inner(points),
        euler=(whole.euler or 2) + (hole.euler or 2),
        curved=whole.curved or hole.curved,
        slack=0.03 * hole.volume if hole.curved else 0.0,
    )
