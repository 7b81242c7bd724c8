"""Mapped items: moved, turned, scaled, unequally scaled, mirrored, nested, with openings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tests.geometry.boxes import combined, minus
from tests.geometry.draw import Body, Draw, case
from tests.geometry.families.booleans import PLACES, _shifted, host_box, operand_box
from tests.geometry.families.breps import faceted
from tests.geometry.families.extrusions import extruded
from tests.geometry.families.operands import any_box
from tests.geometry.families.profiles import PROFILES
from tests.geometry.solid import box, frame_of

if TYPE_CHECKING:
    from tests.geometry.solid import Frame
    from tests.geometry.step import Ref

SOURCES = (
    "IfcLShapeProfileDef",
    "IfcRectangleProfileDef",
    "IfcCircleHollowProfileDef",
    "IfcArbitraryClosedProfileDef, IfcPolyline",
)


def _source(draw: Draw) -> Body:
    if draw.chance(0.3):
        return faceted(draw)
    return extruded(draw, PROFILES[draw.random.choice(SOURCES)][0](draw))


def map_of(draw: Draw, body: Body, origin: Ref) -> Ref:
    """Write an IfcRepresentationMap."""
    context = draw.step.add("IfcGeometricRepresentationContext", None, "Model", 3, 1e-6, draw.step.axes(), None)
    shape = draw.step.add("IfcShapeRepresentation", context, "Body", body.kind, body.items)
    return draw.step.add("IfcRepresentationMap", origin, shape)


def operator(draw: Draw, scales: tuple[float, ...], *, mirrored: bool) -> tuple[Ref, Frame]:
    """Write an IfcCartesianTransformationOperator3D and return its matrix."""
    turned = draw.step.setting.place != "vertices"  # a turn around the origin would move the body by kilometres
    frame = (
        frame_of([draw.between(-3, 3) for _ in range(3)], draw.direction(), (0.6, 0.48, 0.64)) if turned else np.eye(4)
    )
    axes = [frame[:3, i].copy() for i in range(3)]
    if mirrored:
        axes[1] *= -1
    origin = frame[:3, 3].copy()
    if draw.step.setting.place == "vertices":
        # The scales and the mirror must keep the body near its point.
        linear = np.column_stack(axes) @ np.diag([*scales, *scales, *scales][:3] if len(scales) == 1 else scales)
        origin = np.array(draw.step.setting.origin) - linear @ draw.step.setting.origin
    refs = [draw.step.direction(*map(float, axis)) for axis in axes]
    point = draw.step.point(*map(float, origin))
    if len(scales) == 1:
        ref = draw.step.add("IfcCartesianTransformationOperator3D", refs[0], refs[1], point, scales[0], refs[2])
        scales = (scales[0],) * 3
    else:
        values = (refs[0], refs[1], point, scales[0], refs[2], scales[1], scales[2])
        ref = draw.step.add("IfcCartesianTransformationOperator3DnonUniform", *values)
    matrix = np.eye(4)
    matrix[:3, :3] = np.column_stack(axes) @ np.diag(scales)
    matrix[:3, 3] = origin
    return ref, matrix


def _mapped(draw: Draw, scales: tuple[float, ...], *, mirrored: bool = False, levels: int = 1) -> Body:
    body = _source(draw)
    for _ in range(levels):
        source = map_of(draw, body, draw.step.axes())
        target, matrix = operator(draw, scales, mirrored=mirrored)
        item = draw.step.add("IfcMappedItem", source, target)
        body = replace(body, items=[item], solid=body.solid.moved(matrix), kind="MappedRepresentation")
    return body


@case("IfcMappedItem")
def mapped(draw: Draw) -> Body:
    return _mapped(draw, (1.0,))


@case("IfcMappedItem, scaled")
def scaled(draw: Draw) -> Body:
    return _mapped(draw, (draw.between(0.2, 4),))


@case("IfcMappedItem, scaled unequally")
def scaled_unequally(draw: Draw) -> Body:
    return _mapped(draw, (draw.between(0.2, 4), draw.between(0.2, 4), draw.between(0.2, 4)))


@case("IfcMappedItem, mirrored")
def mirrored(draw: Draw) -> Body:
    return _mapped(draw, (draw.random.choice((1.0, 2.0)),), mirrored=True)


@case("IfcMappedItem, nested")
def nested(draw: Draw) -> Body:
    return _mapped(draw, (1.0,), levels=2)


@case("IfcMappedItem, two in one body")
def two(draw: Draw) -> Body:
    """The same map at two places; only volume is compared, since the two may meet."""
    body = _source(draw)
    source = map_of(draw, body, draw.step.axes())
    items, solids = [], []
    for _ in range(2):
        target, matrix = operator(draw, (1.0,), mirrored=False)
        items.append(draw.step.add("IfcMappedItem", source, target))
        solids.append(body.solid.moved(matrix))
    first, second = (solid.extremes for solid in solids)
    assert first is not None
    assert second is not None
    volume = None if body.solid.volume is None else 2 * body.solid.volume
    area = None if body.solid.area is None else 2 * body.solid.area
    both = np.concatenate((first, second))
    solid = replace(body.solid, volume=volume, area=area, extremes=both, inside=None, euler=None)
    return Body(items, solid, "MappedRepresentation")


@case("IfcMappedItem with an opening")
def with_opening(draw: Draw) -> Body:
    """A mapped box, moved but not turned, with a hole through it along Z."""
    host = host_box(draw)
    hole = operand_box(draw, host, PLACES["hole"])
    shift = np.array([draw.between(-2, 2) for _ in range(3)])
    source = map_of(draw, Body([any_box(draw, host)], box(*host), "SweptSolid"), draw.step.axes())
    target = draw.step.add("IfcCartesianTransformationOperator3D", None, None, draw.step.point(*shift), None, None)
    item = draw.step.add("IfcMappedItem", source, target)
    solid = _shifted(draw, combined([host + shift, hole + shift], minus))
    return Body([item], solid, "MappedRepresentation", [[any_box(draw, hole + shift)]])
