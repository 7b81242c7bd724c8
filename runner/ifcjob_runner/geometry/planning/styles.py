"""Colours of items, representations and products (IfcStyledItem, material styles), by IfcOpenShell's rules."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from ifcjob_runner.data.attribute_access import REPRESENTATION, File, Instance
from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.attribute_access import checked_step_id as step_id
from ifcjob_runner.geometry.planning.material_colours import BROKEN, ProductMaterials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ifcjob_runner.geometry.meshes import Colour

GREY: Colour = (0.7, 0.7, 0.7, 1.0)
"""IfcOpenShell's colour for items without one."""
_CLASS_COLOURS: dict[str, Colour] = {
    "IfcBeam": (0.75, 0.7, 0.7, 1.0),
    "IfcDoor": (0.55, 0.3, 0.15, 1.0),
    "IfcMember": (0.65, 0.6, 0.6, 1.0),
    "IfcPlate": (0.8, 0.8, 0.8, 1.0),
    "IfcRailing": (0.65, 0.6, 0.6, 1.0),
    "IfcSite": (0.75, 0.8, 0.65, 1.0),
    "IfcSlab": (0.4, 0.4, 0.4, 1.0),
    "IfcSpace": (0.65, 0.75, 0.8, 0.2),
    "IfcWall": (0.9, 0.9, 0.9, 1.0),
    "IfcWallStandardCase": (0.9, 0.9, 0.9, 1.0),
    "IfcWindow": (0.75, 0.8, 0.75, 0.7),
}
"""IfcOpenShell's colours for products without a style; for the exact class: subclasses are grey."""

_FIRST_OPERAND = {"IfcBooleanClippingResult": 1, "IfcBooleanResult": 1, "IfcCsgSolid": 0}
"""The number of the attribute with the solid whose colour an item has, unless it has its own."""
_SHELLS = ("IfcClosedShell", "IfcConnectedFaceSet", "IfcOpenShell")
_SHELL_MODELS = (
    *("IfcFaceBasedSurfaceModel", "IfcShellBasedSurfaceModel"),
    *("IfcAdvancedBrep", "IfcAdvancedBrepWithVoids", "IfcFacetedBrep", "IfcFacetedBrepWithVoids"),
)
"""Items whose attribute 0 is a shell or a list of shells."""


_FACES = frozenset(
    {"IfcFace", "IfcFaceSurface", "IfcAdvancedFace", "IfcIndexedPolygonalFace", "IfcIndexedPolygonalFaceWithVoids"}
)


class Styles:
    """The surface colours of one file."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._colour_of_style: dict[int, Colour | None] = {}
        self._style_of_item: dict[int, Colour] = {}
        self._layer_style_of_item: dict[int, Colour] = {}
        self._shells_have_styles = False
        self.of_face: dict[int, Colour] = {}
        """The colours of single faces, by STEP id."""
        for styled in file.by_type("IfcStyledItem"):
            with suppress(*BROKEN):  # a broken style costs a colour, not the run
                item = argument(styled, 0)
                if item is not None and (colour := self._of_styles(argument(styled, 1))) is not None:
                    self._style_of_item.setdefault(step_id(item), colour)
                    self._shells_have_styles |= class_of(item) in _SHELLS
                    if class_of(item) in _FACES:
                        self.of_face.setdefault(step_id(item), colour)
        self._add_layer_styles(file)
        self._representations: dict[int, frozenset[Colour | None]] = {}
        self._items: dict[int, frozenset[Colour | None]] = {}
        self._material_colours: dict[int, Colour | None] = {}

    def of_item(self, item: Instance) -> Colour | None:
        """Return the colour of the item, else of its first operand; None without one. The style of a layer is last."""
        colour = self._style_of_item.get(step_id(item))
        if colour is not None or not (self._layer_style_of_item or class_of(item) in _FIRST_OPERAND):
            return colour
        chain = list(_with_first_operands(item))
        for styles in (self._style_of_item, self._layer_style_of_item):
            for number in chain:
                if (colour := styles.get(number)) is not None:
                    return colour
        return None

    def of_any_item(self, item: Instance) -> frozenset[Colour | None]:
        """Return the colours of an item, its shells and its mapped representation; None for a face without a style."""
        number = step_id(item)
        known = self._items.get(number)
        if known is not None:
            return known
        own = self.of_item(item)
        if class_of(item) == "IfcMappedItem":  # not kept: in a cycle, it is not complete yet
            inner = self.of_representation(argument(argument(item, 0), 1))
        elif self._shells_have_styles and (shells := _shells(item)):
            inner = frozenset(map(self.of_item, shells))
        else:
            known = self._items[number] = frozenset((own,))
            return known
        return inner if own is None else frozenset(own if colour is None else colour for colour in inner)

    def of_leaves(self, item: Instance, default: Colour) -> dict[int, Colour]:
        """Return the colours of an item's mapped items and shells by STEP id, or else that of the item itself."""
        colours: dict[int, Colour] = {}
        pending, seen = [(item, default)], set[int]()
        while pending:
            part, inherited = pending.pop()
            colour = self.of_item(part) or inherited
            colours[step_id(part)] = colour
            if class_of(part) == "IfcMappedItem" and step_id(part) not in seen:
                seen.add(step_id(part))
                pending += ((inner, colour) for inner in argument(argument(argument(part, 0), 1), 3))
            pending += ((shell, colour) for shell in _shells(part))
        return colours

    def of_representation(
        self, representation: Instance, items: tuple[Instance, ...] | None = None
    ) -> frozenset[Colour | None]:
        """Return the colours of all items of a representation, which need not be read again when they are given."""
        number = step_id(representation)
        known = self._representations.get(number)
        if known is None:
            self._representations[number] = frozenset()  # a representation that maps itself ends here
            items = argument(representation, 3) if items is None else items
            known = self._representations[number] = frozenset().union(*map(self.of_any_item, items))
        return known

    def of_aspects(self, product: Instance) -> dict[int, Colour]:
        """Return the colours of items by IfcShapeAspect: that of the material constituent with the aspect's name."""
        materials = self.materials_of_aspects(product)
        return {
            item: colour for item, material in materials.items() if (colour := self._of_material(material)) is not None
        }

    def materials_of_aspects(self, product: Instance) -> dict[int, Instance]:
        """Return the material constituent of items by IfcShapeAspect."""
        constituents = self._materials.constituents(step_id(product))
        materials: dict[int, Instance] = {}
        with suppress(*BROKEN):
            for aspect in _aspects(argument(product, REPRESENTATION)) if constituents else ():
                if (material := constituents.get(argument(aspect, 1))) is not None:
                    for representation in argument(aspect, 0):
                        materials |= {step_id(item): material for item in argument(representation, 3)}
        return materials

    def fallback(self, product: Instance) -> Colour:
        """Return the colour of the product's faces without a style: its material's, else its class's."""
        material = self.material(product)
        if material is not None and (colour := self._of_material(material)) is not None:
            return colour
        return _CLASS_COLOURS.get(class_of(product), GREY)

    def material(self, product: Instance) -> Instance | None:
        """Return the product's material, when it is the only one."""
        return self._materials.single(step_id(product))

    @cached_property
    def _materials(self) -> ProductMaterials:
        return ProductMaterials(self._file)

    def _add_layer_styles(self, file: File) -> None:
        """Read the styles of presentation layers, for the items without a style of their own."""
        for layer in file.by_type("IfcPresentationLayerWithStyle"):
            with suppress(*BROKEN):
                if (colour := self._of_styles(argument(layer, 7))) is not None:
                    for item in items_of_layer(layer):
                        self._layer_style_of_item.setdefault(step_id(item), colour)
                        self._shells_have_styles |= class_of(item) in _SHELLS

    def _of_material(self, material: Instance) -> Colour | None:
        if step_id(material) not in self._material_colours:
            self._material_colours[step_id(material)] = next(
                (
                    colour
                    for styled in styled_items_of_material(material)
                    if (colour := self._of_styles(argument(styled, 1))) is not None
                ),
                None,
            )
        return self._material_colours[step_id(material)]

    def _of_styles(self, styles: Instance) -> Colour | None:
        for style in surface_styles(styles):
            if step_id(style) not in self._colour_of_style:
                self._colour_of_style[step_id(style)] = _surface_colour(style)
            if (colour := self._colour_of_style[step_id(style)]) is not None:
                return colour
        return None


def first_operand(item: Instance) -> Instance | None:
    """Return the first operand of a boolean result, or the root of a CSG solid; None for other items."""
    number = _FIRST_OPERAND.get(class_of(item))
    return None if number is None else argument(item, number)


def _with_first_operands(item: Instance) -> Iterator[int]:
    """Yield the STEP ids of an item, its first operand, that one's first operand, and so on."""
    seen: set[int] = set()  # a boolean result may be its own operand
    part: Instance | None = item
    while part is not None and step_id(part) not in seen:
        seen.add(step_id(part))
        yield step_id(part)
        part = first_operand(part)


def _aspects(shape: Instance) -> Iterator[Instance]:
    """Yield the shape aspects of a product's shape, then those of the representation maps that it shows."""
    yield from shape.HasShapeAspects
    for representation in argument(shape, 2):
        for item in argument(representation, 3):
            if class_of(item) == "IfcMappedItem":
                yield from getattr(argument(item, 0), "HasShapeAspects", ())  # IFC2X3 has none


def surface_styles(styles: Instance) -> Iterator[Instance]:
    """Yield each IfcSurfaceStyle of a list of styles, also those in an IfcPresentationStyleAssignment."""
    for assigned in styles or ():
        grouped = class_of(assigned) == "IfcPresentationStyleAssignment"
        for style in argument(assigned, 0) or () if grouped else (assigned,):
            if class_of(style) == "IfcSurfaceStyle":
                yield style


def items_of_layer(layer: Instance) -> Iterator[Instance]:
    """Yield the items of a presentation layer, and those of its representations."""
    for assigned in argument(layer, 2):
        yield from argument(assigned, 3) if assigned.is_a("IfcRepresentation") else (assigned,)


def styled_items_of_material(material: Instance) -> Iterator[Instance]:
    """Yield each IfcStyledItem of a material."""
    for definition in material.HasRepresentation:
        for representation in argument(definition, 2):
            yield from (styled for styled in argument(representation, 3) if styled.is_a("IfcStyledItem"))


def _shells(item: Instance) -> tuple[Instance, ...]:
    """Return the shells of a brep or a surface model."""
    name = class_of(item)
    if name not in _SHELL_MODELS:
        return ()
    shells = argument(item, 0)
    return (shells,) if name.endswith(("Brep", "BrepWithVoids")) else tuple(shells)


def _surface_colour(style: Instance) -> Colour | None:
    for element in argument(style, 2):
        if not element.is_a("IfcSurfaceStyleShading"):
            continue
        surface = argument(element, 0)
        red, green, blue = (float(argument(surface, i)) for i in (1, 2, 3))
        alpha = 1.0
        if len(element) > 1 and argument(element, 1) is not None:  # IFC2X3 shading has no Transparency
            alpha = 1.0 - float(argument(element, 1))
        if element.is_a("IfcSurfaceStyleRendering") and (diffuse := argument(element, 2)) is not None:
            if diffuse.is_a("IfcColourRgb"):
                red, green, blue = (float(argument(diffuse, i)) for i in (1, 2, 3))
            else:
                factor = float(argument(diffuse, 0))
                red, green, blue = red * factor, green * factor, blue * factor
        return (rounded_share(red), rounded_share(green), rounded_share(blue), rounded_share(alpha))
    return None


def rounded_share(value: float) -> float:
    """Limit to 0..1 and round: files in single precision write the same colour in several ways."""
    return round(min(1.0, max(0.0, value)), 5)
