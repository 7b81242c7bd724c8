"""List the shapes to mesh: one per distinct body, with the elements that show it and the engine to use."""

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING

from ifcjob_runner.data.attribute_access import File, Instance
from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.attribute_access import checked_step_id as step_id
from ifcjob_runner.data.placements import Affine, multiply
from ifcjob_runner.geometry.meshes import Colour
from ifcjob_runner.geometry.planning.engine_choice import EngineChoice
from ifcjob_runner.geometry.planning.fingerprint import Fingerprints
from ifcjob_runner.geometry.planning.lost_shapes import shape_problem
from ifcjob_runner.geometry.planning.selection import body_representations
from ifcjob_runner.geometry.planning.styles import GREY, Styles
from ifcjob_runner.geometry.planning.transforms import Transforms
from ifcjob_runner.geometry.shapes import EngineName, Parts, Shape, Worklist

if TYPE_CHECKING:
    from ifcjob_runner.engine_options import GltfOptions

MAX_NESTED_MAPS = 20
"""The deepest nesting of mapped items; a deeper one is a cycle."""


def make_worklist(file: File, options: "GltfOptions", length_scale: float, selection: Iterable[Instance]) -> Worklist:
    """List the bodies of all selected products."""
    return _Maker(file, options, length_scale).make(selection)


class _Maker:
    def __init__(self, file: File, options: "GltfOptions", length_scale: float) -> None:
        self._file = file
        self._options = options
        self._styles = Styles(file)
        self._transforms = Transforms(file, length_scale)
        self._length_scale = length_scale
        self._voided = {
            step_id(argument(relation, 4))
            for relation in file.by_type("IfcRelVoidsElement")
            if argument(relation, 4) is not None
        }
        self._solids: dict[int, tuple[bool, bool]] = {}
        self._fingerprints = Fingerprints(file)
        self._shapes: dict[Hashable, Shape] = {}
        self._engine_choice = EngineChoice(file, options)
        self._textures = None
        if file.by_type("IfcSurfaceTexture"):
            from ifcjob_runner.geometry.planning.textures import ItemTextures  # few files have textures

            self._textures = ItemTextures(file, self._styles)

    def make(self, products: Iterable[Instance]) -> Worklist:
        expected: dict[int, tuple[str, str]] = {}
        unreadable: dict[int, str] = {}
        doubtful: dict[int, str] = {}
        for product in products:
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
            except (RuntimeError, TypeError, AttributeError) as error:
                expected.setdefault(step_id(product), (argument(product, 0) or "", class_of(product)))
                unreadable[step_id(product)] = f"Unreadable: {error}"[:200]
        shapes, free_id = list(self._shapes.values()), self._file.get_max_id() + 1
        problems = self._textures.problems if self._textures else None
        return Worklist(shapes, expected, unreadable, doubtful, free_id, self._length_scale, problems)

    def _add(self, product: Instance, body: Instance, affine: Affine) -> None:
        cut = step_id(product) in self._voided
        fallback = self._fallback(product, body)
        if not cut:
            # An instance: mesh the mapped representation once, in its own frame.
            for _ in range(MAX_NESTED_MAPS):
                item = _only_mapped_item(body)
                if item is None:
                    break
                affine = multiply(affine, self._transforms.of_mapped_item(item))
                fallback = self._styles.of_item(item) or fallback
                body = argument(argument(item, 0), 1)
        lacks_style = None in self._styles.of_representation(body)
        aspects = self._styles.of_aspects(product) if lacks_style else {}
        parts = self._parts(body, fallback, aspects)
        colour = parts[0][0] if len(parts) == 1 else fallback
        textures = self._textures.of_body(product, body, cut=cut, several=not parts) if self._textures else {}
        key = self._key(product, body, parts, colour, cut=cut), *textures.items()
        shape = self._shapes.get(key)
        if shape is None:
            solid, boolean = self._solidity(body)
            shape = self._shapes[key] = Shape(
                representation=step_id(body),
                kind=argument(body, 2) or "",
                product=step_id(product),
                cut=cut,
                closed=solid and (cut or boolean),
                engine="direct" if textures else self._engine(product, body, parts, cut=cut),
                colour=colour,
                parts=parts,
                textures=textures,
                item_colours={} if len(parts) == 1 else self._item_colours(body, fallback, aspects),
            )
        shape.elements.append(step_id(product))
        shape.affines.append(affine)

    def _key(self, product: Instance, body: Instance, parts: Parts, colour: Colour, *, cut: bool) -> Hashable:
        """Return the identity of a shape: its colours and items, or the items' content where that is quick to compare.

        Some tools repeat the representation but share its items; others repeat all of it.
        """
        if cut:
            return step_id(product), step_id(body)
        if parts and self._solidity(body)[1]:
            contents = [self._fingerprints.of(items) for _, items in parts]
            if None not in contents:
                return tuple((part_colour, name) for (part_colour, _), name in zip(parts, contents, strict=True))
        return parts or (step_id(body), colour)

    def _fallback(self, product: Instance, body: Instance) -> Colour:
        return self._styles.fallback(product) if None in self._styles.of_representation(body) else GREY

    def _parts(self, body: Instance, fallback: Colour, aspects: dict[int, Colour]) -> Parts:
        items: dict[Colour, list[int]] = {}
        for item in argument(body, 3):
            default = aspects.get(step_id(item), fallback)
            colours = {default if colour is None else colour for colour in self._styles.of_any_item(item)}
            if len(colours) != 1:
                return ()
            items.setdefault(colours.pop(), []).append(step_id(item))
        return tuple((colour, tuple(ids)) for colour, ids in sorted(items.items()))

    def _item_colours(self, body: Instance, fallback: Colour, aspects: dict[int, Colour]) -> dict[int, Colour]:
        colours: dict[int, Colour] = {}
        for item in argument(body, 3):
            colours |= self._styles.of_leaves(item, aspects.get(step_id(item), fallback))
        return colours

    def _engine(self, product: Instance, body: Instance, parts: Parts, *, cut: bool) -> EngineName:
        engines = {self._engine_choice.of_item(item) for item in argument(body, 3)}
        if "direct" in engines and parts and not cut:
            return "direct"
        # ifclite gives a cut product one colour, and meshes it in the world, where it ignores grids and alignments.
        one_colour = len(parts) == 1 or (bool(parts) and not cut)
        lite = one_colour and not (cut and self._transforms.follows_curve(product))
        return "lite" if lite and "kernel" not in engines else "kernel"

    def _solidity(self, representation: Instance) -> tuple[bool, bool]:
        """Return whether all items, mapped ones included, are solids, and whether any is a boolean operation."""
        known = self._solids.get(step_id(representation))
        if known is None:
            self._solids[step_id(representation)] = (True, False)  # a representation that maps itself ends here
            solid, boolean = True, False
            for item in argument(representation, 3):
                if class_of(item) == "IfcMappedItem":
                    inner_solid, inner_boolean = self._solidity(argument(argument(item, 0), 1))
                else:
                    inner_boolean = item.is_a("IfcBooleanResult")
                    inner_solid = inner_boolean or item.is_a("IfcSolidModel") or item.is_a("IfcCsgPrimitive3D")
                solid, boolean = solid and inner_solid, boolean or inner_boolean
            known = self._solids[step_id(representation)] = (solid, boolean)
        return known


def _only_mapped_item(representation: Instance) -> Instance:
    items = argument(representation, 3)
    return items[0] if len(items) == 1 and class_of(items[0]) == "IfcMappedItem" else None
