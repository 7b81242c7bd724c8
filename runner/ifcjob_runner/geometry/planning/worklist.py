"""List the shapes to mesh: one per distinct body, with the elements that show it and the engine to use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ifcjob_runner.data.attribute_access import File, Instance
from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.attribute_access import checked_step_id as step_id
from ifcjob_runner.data.placements import Affine, multiply
from ifcjob_runner.geometry.doubt_reasons import COLOUR_UNKNOWN, UNPROVED_ENGINE, joined
from ifcjob_runner.geometry.planning.engine_choice import EngineChoice
from ifcjob_runner.geometry.planning.expectations import Expectations
from ifcjob_runner.geometry.planning.features import Features
from ifcjob_runner.geometry.planning.fingerprint import Fingerprints
from ifcjob_runner.geometry.planning.lost_shapes import shape_problem
from ifcjob_runner.geometry.planning.material_colours import BROKEN
from ifcjob_runner.geometry.planning.selection import body_representations
from ifcjob_runner.geometry.planning.solids import Solids, is_operation
from ifcjob_runner.geometry.planning.styles import GREY, Styles
from ifcjob_runner.geometry.planning.transforms import Transforms
from ifcjob_runner.geometry.shapes import MAX_NESTED_MAPS, EngineName, Operation, Parts, Shape, Solid, Worklist, leaves

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from ifcjob_runner.engine_options import GltfOptions
    from ifcjob_runner.geometry.meshes import Colour


def make_worklist(file: File, options: GltfOptions, length_scale: float, selection: Iterable[Instance]) -> Worklist:
    """List the bodies of all selected products."""
    return _Maker(file, options, length_scale).make(selection)


class _Maker:
    def __init__(self, file: File, options: GltfOptions, length_scale: float) -> None:
        self._file = file
        self._options = options
        self._styles = Styles(file)
        self._transforms = Transforms(file, length_scale)
        self._length_scale = length_scale
        self._operations: dict[int, bool] = {}
        self._fingerprints = Fingerprints(file)
        self._shapes: dict[Hashable, Shape] = {}
        self._engine_choice = EngineChoice(file, options, self._styles.of_face)
        self._expectations = Expectations(self._transforms)
        self._solids = Solids(self._transforms, self._engine_choice, self._expectations)
        self._features = Features(file, self._transforms, self._solids, options.contexts)
        self._textures = None
        if file.by_type("IfcSurfaceTexture"):
            from ifcjob_runner.geometry.planning.textures import ItemTextures  # few files have textures

            self._textures = ItemTextures(file, self._styles)

    def make(self, products: Iterable[Instance]) -> Worklist:
        expected: dict[int, tuple[str, str]] = {}
        unreadable: dict[int, str] = {}
        doubtful: dict[int, str] = {}
        for product in self._features.without_united(products):
            # A lazily opened file fails when a broken line is read: skip the element that needs the line.
            try:
                bodies = body_representations(product, self._options.contexts)
                if not bodies:
                    if problem := shape_problem(product):
                        expected[step_id(product)] = (argument(product, 0) or "", class_of(product))
                        unreadable[step_id(product)] = f"Unreadable: {problem}"
                    continue
                expected[step_id(product)] = (argument(product, 0) or "", class_of(product))
                affine = self._transforms.of_product(product)
                for body in bodies:
                    self._add(product, body, affine)
            except (*BROKEN, ArithmeticError, LookupError) as error:
                expected.setdefault(step_id(product), (argument(product, 0) or "", class_of(product)))
                unreadable[step_id(product)] = f"Unreadable: {error}"[:200]
        shapes, free_id = list(self._shapes.values()), self._file.get_max_id() + 1
        problems = self._textures.problems if self._textures else None
        return Worklist(shapes, expected, unreadable, doubtful, free_id, self._length_scale, problems)

    def _add(self, product: Instance, body: Instance, affine: Affine) -> None:
        openings, projections = self._features_of(product, affine)
        cut = bool(openings or projections)
        items = argument(body, 3)
        fallback = self._styles.fallback(product) if self._lacks_style(body, items) else GREY
        outer = [] if cut else _outer_mapped_items(items)
        for item in outer:  # an instance: mesh the mapped representation once, in its own frame
            affine = multiply(affine, self._transforms.of_mapped_item(item))
            fallback = self._styles.of_item(item) or fallback
            body = argument(argument(item, 0), 1)
            items = argument(body, 3)
        aspects = self._styles.of_aspects(product) if self._lacks_style(body, items) else {}
        parts = self._parts(items, fallback, aspects)
        colour = parts[0][0] if len(parts) == 1 else fallback
        textures = self._textures.of_body(product, body, outer, cut=cut, several=not parts) if self._textures else {}
        combined = cut or self._has_operation(body, items)
        key = self._key(product, body, parts, colour, cut=cut, combined=combined), *textures.items()
        shape = self._shapes.get(key)
        if shape is None:
            solids = self._solids_of(items, fallback, aspects, projections) if combined and not textures else ()
            engines, proved = self._engine_choice.of_items(items)
            engine = self._engine(engines, parts, (*(tree for _, tree in solids), *openings), textured=bool(textures))
            shape = self._shapes[key] = Shape(
                representation=step_id(body),
                kind=argument(body, 2) or "",
                product=step_id(product),
                cut=cut,
                engine=engine,
                colour=colour,
                parts=parts,
                solids=solids,
                openings=openings,
                textures=textures,
                doubt=self._doubt(items, proved=proved),
                item_colours={} if len(parts) == 1 else self._item_colours(items, fallback, aspects),
                closed=all(class_of(item).startswith("IfcAdvancedBrep") for item in items),
                expected=None if solids or engine == "direct" else self._expectations.of_items(items),
            )
        shape.elements.append(step_id(product))
        shape.affines.append(affine)

    def _key(
        self, product: Instance, body: Instance, parts: Parts, colour: Colour, *, cut: bool, combined: bool
    ) -> Hashable:
        """Return the identity of a shape: its colours and items, or the items' content where that is quick to compare.

        Some tools repeat the representation but share its items; others repeat all of it.
        """
        if cut:
            return step_id(product), step_id(body)
        if parts and combined:
            contents = [self._fingerprints.of(items) for _, items in parts]
            if None not in contents:
                return "content", *zip((part_colour for part_colour, _ in parts), contents, strict=True)
        return parts or (step_id(body), colour)

    def _lacks_style(self, body: Instance, items: tuple[Instance, ...]) -> bool:
        return None in self._styles.of_representation(body, items)

    def _parts(self, items: tuple[Instance, ...], fallback: Colour, aspects: dict[int, Colour]) -> Parts:
        numbers: dict[Colour, list[int]] = {}
        for item in items:
            number = step_id(item)
            default = aspects.get(number, fallback)
            colours = {default if colour is None else colour for colour in self._styles.of_any_item(item)}
            if len(colours) != 1:
                return ()
            numbers.setdefault(colours.pop(), []).append(number)
        return tuple((colour, tuple(ids)) for colour, ids in sorted(numbers.items()))

    def _item_colours(
        self, items: tuple[Instance, ...], fallback: Colour, aspects: dict[int, Colour]
    ) -> dict[int, Colour]:
        colours: dict[int, Colour] = {}
        for item in items:
            colours |= self._styles.of_leaves(item, aspects.get(step_id(item), fallback))
        return colours

    def _features_of(self, product: Instance, affine: Affine) -> tuple[tuple[Solid, ...], tuple[Solid, ...]]:
        """Return the solids to subtract from the product's body, and those to add to it."""
        if not self._features.has_any(product):
            return (), ()
        return self._features.openings(product, affine), self._features.projections(product, affine)

    def _solids_of(
        self, items: tuple[Instance, ...], fallback: Colour, aspects: dict[int, Colour], projections: tuple[Solid, ...]
    ) -> tuple[tuple[Colour, Solid], ...]:
        """Return a body's items with their colours; projections are added to the first."""
        solids: list[tuple[Colour, Solid]] = []
        for outer in items:
            default = aspects.get(step_id(outer), fallback)
            for path, frame in self._solids.mapped(outer):
                outer_colours = (self._styles.of_item(item) for item in reversed(path[:-1]))
                inherited = next((colour for colour in outer_colours if colour is not None), default)
                colours = [colour for colour in self._styles.of_any_item(path[-1]) if colour is not None]
                colour = colours[0] if len(colours) == 1 else inherited
                solids.append((colour, self._solids.of_item(path[-1], frame)))
        if projections and solids:
            solids[0] = (solids[0][0], Operation("union", (solids[0][1], *projections)))
        return tuple(solids)

    def _engine(
        self, engines: set[EngineName], parts: Parts, solids: tuple[Solid, ...], *, textured: bool
    ) -> EngineName:
        if textured:
            return "direct"
        if solids:
            return "lite" if all(leaf.engine == "lite" for solid in solids for leaf in leaves(solid)) else "kernel"
        if "direct" in engines and parts:
            return "direct"
        return "lite" if parts and "kernel" not in engines else "kernel"

    def _doubt(self, items: tuple[Instance, ...], *, proved: bool) -> str:
        loses_styles = bool(self._styles.of_face) and any(map(self._engine_choice.loses_styles, items))
        return joined(["" if proved else UNPROVED_ENGINE, COLOUR_UNKNOWN if loses_styles else ""])

    def _has_operation(self, representation: Instance, items: tuple[Instance, ...] | None = None) -> bool:
        """Return whether any item of the representation, mapped ones included, is made of several solids."""
        number = step_id(representation)
        known = self._operations.get(number)
        if known is None:
            self._operations[number] = False  # a representation that maps itself ends here
            items = argument(representation, 3) if items is None else items
            known = self._operations[number] = any(map(self._is_operation, items))
        return known

    def _is_operation(self, item: Instance) -> bool:
        if class_of(item) != "IfcMappedItem":
            return is_operation(item)
        return self._has_operation(argument(argument(item, 0), 1))


def _outer_mapped_items(items: tuple[Instance, ...]) -> list[Instance]:
    """Return the mapped items that are the only item of a representation, of the one that it maps, and so on."""
    outer: list[Instance] = []
    while len(items) == 1 and class_of(items[0]) == "IfcMappedItem" and len(outer) < MAX_NESTED_MAPS:
        outer.append(items[0])
        items = argument(argument(argument(items[0], 0), 1), 3)
    return outer
