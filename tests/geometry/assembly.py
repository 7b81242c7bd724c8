"""Put bodies into one IFC file: units, sites, placements, elements and their openings."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from tests.geometry import families
from tests.geometry.draw import CASES, Draw
from tests.geometry.measure import probes
from tests.geometry.solid import Frame, frame_of
from tests.geometry.step import DERIVED, Ref, Setting, Step, Word
from tests.support.plain_step import file_with

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.geometry.draw import Body
    from tests.geometry.solid import Mask, Points, Solid

for _module in pkgutil.iter_modules(families.__path__):
    importlib.import_module(f"{families.__name__}.{_module.name}")

_GUID = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$"
_BEAM = "IfcBeam"


@dataclass(frozen=True)
class Instance:
    """One element of a file, and the body that it must have."""

    case: str
    seed: int
    global_id: str
    expected: Solid
    placement: Frame
    """From the body's frame to the world, in metres."""

    @cached_property
    def probes(self) -> tuple[Points, Mask]:
        """Points that must be inside or outside of its surface, and which of them are inside."""
        return probes(self.expected, self.seed)


@dataclass(frozen=True)
class Model:
    """A file with many instances."""

    setting: Setting
    text: str
    instances: list[Instance]


def guid(name: object) -> str:
    """Return a GlobalId made from a name."""
    number = int.from_bytes(blake2b(str(name).encode(), digest_size=16).digest(), "big")
    return "".join(_GUID[number >> shift & (3 if shift == 126 else 63)] for shift in range(126, -1, -6))


def model(setting: Setting, picks: Iterable[tuple[str, int]]) -> Model:
    """Write a file with the given kinds of bodies, each from its own seed."""
    step = Step(setting)
    context, storey, placement = _project(step)
    instances, elements = [], []
    for name, seed in picks:
        random = Random(f"{name} {seed}")
        draw = Draw(random, step)
        body = CASES[name].make(draw)
        frame = _placement_frame(draw)
        key = guid(f"{name} {seed} {setting}")
        elements.append(_element(step, body, key, f"{name}, seed {seed}", context, _local(step, placement, frame)))
        world = frame_of(setting.site) @ frame
        instances.append(Instance(name, seed, key, body.solid, world))
    step.add("IfcRelContainedInSpatialStructure", guid("contained"), None, None, None, elements, storey)
    return Model(setting, file_with("\n".join(step.lines) + "\n", setting.schema), instances)


def _placement_frame(draw: Draw) -> Frame:
    if draw.step.setting.place == "vertices":
        return np.eye(4)  # a turn around the origin would move the body by kilometres
    return frame_of([draw.between(-20, 20) for _ in range(3)], draw.direction(), (0.6, 0.48, 0.64))


def _local(step: Step, parent: Ref | None, frame: Frame) -> Ref:
    z, x = tuple(map(float, frame[:3, 2])), tuple(map(float, frame[:3, 0]))
    return step.add("IfcLocalPlacement", parent, step.axes(frame[:3, 3], z, x))


def _element(step: Step, body: Body, key: str, name: str, context: Ref, placement: Ref) -> Ref:
    shape = _shape(step, body.items, body.kind, context)
    element = step.add(_BEAM, key, None, name, None, None, placement, shape, None, *_predefined(step))
    for number, items in enumerate(body.openings):
        own = step.add("IfcLocalPlacement", placement, step.axes())
        shape = _shape(step, items, "SweptSolid", context)
        values = (guid(f"{key} {number}"), None, None, None, None, own, shape, None)
        opening = step.add("IfcOpeningElement", *values, *_predefined(step))
        step.add("IfcRelVoidsElement", guid(f"{key} {number} void"), None, None, None, element, opening)
    return element


def _predefined(step: Step) -> tuple[None, ...]:
    return () if step.setting.schema == "IFC2X3" else (None,)


def _shape(step: Step, items: list[Ref], kind: str, context: Ref) -> Ref:
    representation = step.add("IfcShapeRepresentation", context, "Body", kind, items)
    return step.add("IfcProductDefinitionShape", None, None, [representation])


def _units(step: Step) -> Ref:
    metre = step.add("IfcSIUnit", DERIVED, Word(".LENGTHUNIT."), None, Word(".METRE."))
    length, radian = metre, step.add("IfcSIUnit", DERIVED, Word(".PLANEANGLEUNIT."), None, Word(".RADIAN."))
    if step.setting.unit == "mm":
        length = step.add("IfcSIUnit", DERIVED, Word(".LENGTHUNIT."), Word(".MILLI."), Word(".METRE."))
    if step.setting.unit == "ft":
        length = _converted(step, "LENGTHUNIT", (1, 0), "FOOT", Word("IFCLENGTHMEASURE(0.3048)"), metre)
    angle = radian
    if step.setting.degrees:
        value = Word(f"IFCPLANEANGLEMEASURE({np.pi / 180!r})")
        angle = _converted(step, "PLANEANGLEUNIT", (0, 0), "DEGREE", value, radian)
    return step.add("IfcUnitAssignment", [length, angle])


def _converted(step: Step, kind: str, exponents: tuple[int, int], name: str, value: Word, unit: Ref) -> Ref:
    dimensions = step.add("IfcDimensionalExponents", *exponents, 0, 0, 0, 0, 0)
    measure = step.add("IfcMeasureWithUnit", value, unit)
    return step.add("IfcConversionBasedUnit", dimensions, Word(f".{kind}."), name, measure)


def _project(step: Step) -> tuple[Ref, Ref, Ref]:
    """Return the context of bodies, the storey, and its placement."""
    context = step.add("IfcGeometricRepresentationContext", None, "Model", 3, 1e-6, step.axes(), None)
    project = step.add("IfcProject", guid("project"), None, "Proof", None, None, None, None, [context], _units(step))
    placement = step.add("IfcLocalPlacement", None, step.axes(step.setting.site))
    element = Word(".ELEMENT.")
    site = step.add("IfcSite", guid("site"), None, "Site", None, None, placement, *(None, None, element), *(None,) * 5)
    building = (
        "IfcBuilding",
        guid("building"),
        None,
        "Building",
        None,
        None,
        placement,
        None,
        None,
        element,
        None,
        None,
        None,
    )
    house = step.add(*building)
    storey = step.add(
        "IfcBuildingStorey", guid("storey"), None, "Storey", None, None, placement, None, None, element, 0.0
    )
    for number, (whole, part) in enumerate(((project, site), (site, house), (house, storey))):
        step.add("IfcRelAggregates", guid(f"part {number}"), None, None, None, whole, [part])
    return context, storey, placement
