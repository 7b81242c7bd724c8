"""Make expression trees of solids from items: boolean operations, half spaces, mapped items, breps with voids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.attribute_access import checked_step_id as step_id
from ifcjob_runner.data.placements import IDENTITY, Affine, X, Y, Z, multiply
from ifcjob_runner.geometry.shapes import MAX_NESTED_MAPS, HalfSpace, Leaf, Operation, Prism, Unbuildable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from ifcjob_runner.data.attribute_access import Instance
    from ifcjob_runner.geometry.planning.engine_choice import EngineChoice
    from ifcjob_runner.geometry.planning.expectations import Expectations
    from ifcjob_runner.geometry.planning.transforms import Transforms
    from ifcjob_runner.geometry.shapes import Solid

_BOOLEANS = ("IfcBooleanResult", "IfcBooleanClippingResult")
_WITH_VOIDS: dict[str, Literal["IfcFacetedBrep", "IfcAdvancedBrep"]] = {
    "IfcFacetedBrepWithVoids": "IfcFacetedBrep",
    "IfcAdvancedBrepWithVoids": "IfcAdvancedBrep",
}
_HALF_SPACES = ("IfcHalfSpaceSolid", "IfcPolygonalBoundedHalfSpace", "IfcBoxedHalfSpace")
_OPERATORS: dict[str, Literal["union", "difference", "intersection"]] = {
    "UNION": "union",
    "DIFFERENCE": "difference",
    "INTERSECTION": "intersection",
}
MAX_DEPTH = 20
"""The deepest nesting of boolean results in second operands; a deeper one is a cycle."""
MAX_OPERANDS = 5000
"""The longest chain of boolean results in first operands; a longer one is a cycle."""


def is_operation(item: Instance) -> bool:
    """Return whether an item is made of several solids."""
    name = class_of(item)
    if name == "IfcCsgSolid":
        return class_of(argument(item, 0)) in _BOOLEANS
    return name in _BOOLEANS or name in _WITH_VOIDS


def _is_bounded(solid: Solid) -> bool:
    """Return whether a solid has a size by itself, unlike a half space."""
    if not isinstance(solid, Operation):
        return not isinstance(solid, (HalfSpace, Prism))
    if solid.operator == "difference":
        return _is_bounded(solid.operands[0])
    among = any if solid.operator == "intersection" else all
    return among(map(_is_bounded, solid.operands))


class Solids:
    """The expression trees of one file."""

    def __init__(self, transforms: Transforms, engine_choice: EngineChoice, expectations: Expectations) -> None:
        self._transforms = transforms
        self._engine_choice = engine_choice
        self._expectations = expectations

    def of_item(self, item: Instance, frame: Affine = IDENTITY) -> Solid:
        """Return the tree of an item that is not mapped, in the frame that `frame` leads to."""
        return self._solid(item, frame, 0)

    def mapped(self, item: Instance, frame: Affine = IDENTITY) -> Iterator[tuple[tuple[Instance, ...], Affine]]:
        """Yield each item behind an item, after the mapped items that lead to it, with its frame."""
        yield from self._mapped((item,), frame)

    def _mapped(self, path: tuple[Instance, ...], frame: Affine) -> Iterator[tuple[tuple[Instance, ...], Affine]]:
        item = path[-1]
        if class_of(item) != "IfcMappedItem":
            yield path, frame
            return
        if len(path) > MAX_NESTED_MAPS:
            raise RuntimeError(f"mapped items are nested more than {MAX_NESTED_MAPS} deep")
        inner = multiply(frame, self._transforms.of_mapped_item(item))
        for source in argument(argument(argument(item, 0), 1), 3):
            yield from self._mapped((*path, source), inner)

    def _solid(self, item: Instance, frame: Affine, depth: int) -> Solid:
        name = class_of(item)
        if depth > MAX_DEPTH:
            return Unbuildable(f"{name} #{step_id(item)} is nested too deep")
        if name == "IfcCsgSolid" and is_operation(item):
            return self._solid(argument(item, 0), frame, depth + 1)
        if name in _BOOLEANS:
            return self._boolean(item, frame, depth)
        if name in _WITH_VOIDS:
            shells = (argument(item, 0), *argument(item, 1))
            engine = self._engine_choice.of_item(item)
            leaves = (Leaf(step_id(shell), _WITH_VOIDS[name], engine, frame) for shell in shells)
            return Operation("difference", tuple(leaves))
        if name in _HALF_SPACES:
            return self._half_space(item, frame)
        return Leaf(step_id(item), "", self._engine_choice.of_item(item), frame, self._expectations.of_items((item,)))

    def _boolean(self, item: Instance, frame: Affine, depth: int) -> Solid:
        """Return the tree of a boolean result; a chain of equal operators is one operation."""
        chain: list[tuple[Literal["union", "difference", "intersection"], Instance]] = []
        while class_of(item) in _BOOLEANS and len(chain) < MAX_OPERANDS:
            operator = _OPERATORS.get(str(argument(item, 0)))
            if operator is None:
                raise TypeError(f"{class_of(item)} #{step_id(item)} has no operator of the schema")
            chain.append((operator, argument(item, 2)))
            item = argument(item, 1)
            if class_of(item) == "IfcCsgSolid" and is_operation(item):
                item = argument(item, 0)
        if class_of(item) in _BOOLEANS:
            return Unbuildable(f"{class_of(item)} #{step_id(item)} is its own operand")
        solid = self._solid(item, frame, depth + 1)
        for operator, operand in reversed(chain):
            second = self._solid(operand, frame, depth + 1)
            if operator == "intersection" and not _is_bounded(solid):  # what has a size comes first
                solid, second = second, solid
            if isinstance(solid, Operation) and solid.operator == operator:
                solid = Operation(operator, (*solid.operands, second))
            else:
                solid = Operation(operator, (solid, second))
        return solid

    def _half_space(self, item: Instance, frame: Affine) -> Solid:
        surface, agrees = argument(item, 0), argument(item, 1)
        if class_of(surface) != "IfcPlane":
            return Unbuildable(f"{class_of(item)} #{step_id(item)} is bounded by {class_of(surface)}")
        x, y, z, origin = self._transforms.of_axes(argument(surface, 0))
        if not agrees:  # the material is above the plane
            y, z = (-y[0], -y[1], -y[2]), (-z[0], -z[1], -z[2])
        half = HalfSpace(multiply(frame, (x, y, z, origin)))
        name = class_of(item)
        if name == "IfcPolygonalBoundedHalfSpace":
            bounds = multiply(frame, self._transforms.of_axes(argument(item, 2)))
            return Operation("intersection", (half, Prism(bounds, self._boundary(argument(item, 3), bounds))))
        if name == "IfcBoxedHalfSpace":
            return Operation("intersection", (half, *self._box(argument(item, 2), frame)))
        return half

    def _box(self, box: Instance, frame: Affine) -> tuple[Solid, ...]:
        length, width, height = (float(argument(box, i)) * self._transforms.length_scale for i in (1, 2, 3))
        low = multiply(frame, (X, Y, Z, self._transforms.of_point(argument(box, 0))))
        above = multiply(low, (X, (0.0, -1.0, 0.0), (0.0, 0.0, -1.0), (0.0, 0.0, 0.0)))
        below = multiply(low, (X, Y, Z, (0.0, 0.0, height)))
        sides = Prism(low, ((0.0, 0.0), (length, 0.0), (length, width), (0.0, width)))
        return sides, HalfSpace(above), HalfSpace(below)

    def _boundary(self, curve: Instance, frame: Affine) -> tuple[tuple[float, float], ...] | Leaf:
        if class_of(curve) == "IfcPolyline":
            return tuple(self._transforms.of_point(point)[:2] for point in argument(curve, 0))
        return Leaf(step_id(curve), "prism", self._engine_choice.of_item(curve), frame)
