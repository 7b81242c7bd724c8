"""Choose the texture of each item: a texture that has coordinates on the item, preferably one of the item's own style.

Only `geometry.direct` draws textures, on face sets, faceted breps and surface models. A texture that an element should
show and does not becomes a `TextureProblem`; the element keeps its base colour.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from ifcjob_runner.data.attribute_access import File, Instance
from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.attribute_access import checked_step_id as step_id
from ifcjob_runner.geometry.planning.engine_choice import has_old_normals
from ifcjob_runner.geometry.planning.material_colours import BROKEN
from ifcjob_runner.geometry.planning.styles import Styles, items_of_layer, styled_items_of_material, surface_styles
from ifcjob_runner.geometry.shapes import MAX_NESTED_MAPS, TextureProblem

MODES = ("", "DIFFUSE", "MODULATE", "REPLACE")
"""Modes of the textures that are drawn; others, such as NORMAL, are not the colour of a surface."""
TRIANGULATED = ("IfcTriangulatedFaceSet", "IfcTriangulatedIrregularNetwork")
NO_COORDINATES = "the item has no texture coordinates for it"
GENERATED = "the coordinates come from an IfcTextureCoordinateGenerator"
OLD_SCHEMA = "IFC2X3 has texture coordinates for annotations only"
FURTHER = "of several textures of a style, only the first is drawn"
CUT = "openings cut the body"
SEVERAL = "an item of the body has several colours"
OTHER_ITEMS = "the item is neither a face set nor a faceted brep or surface model"
_SHELLS = ("IfcFacetedBrep", "IfcFacetedBrepWithVoids", "IfcFaceBasedSurfaceModel", "IfcShellBasedSurfaceModel")


class ItemTextures:
    """The textures of one file that has at least one."""

    def __init__(self, file: File, styles: Styles) -> None:
        self._file = file
        self._styles = styles
        self._problems: dict[tuple[int, str], dict[int, None]] = {}
        self._mapped: dict[int, list[int]] = {}
        self._generated: set[int] = set()
        if file.schema != "IFC2X3":
            self._read_coordinates()
        self._of_item: dict[int, tuple[int, ...]] = {}
        self._read_styles()

    @property
    def problems(self) -> list[TextureProblem]:
        """The textures that are not drawn on some elements."""
        return [TextureProblem(*key, list(elements)) for key, elements in sorted(self._problems.items())]

    def of_body(
        self, product: Instance, body: Instance, outer: Iterable[Instance], *, cut: bool, several: bool
    ) -> dict[int, int]:
        """Return the texture of each item of a body that a product shows, by STEP id.

        `outer` are the mapped items that lead to the body, the outermost first.
        `several` says that an item has several colours.
        """
        aspects = self._styles.materials_of_aspects(product)
        material = self._styles.material(product)
        whole = CUT if cut else SEVERAL if several else ""
        drawn: dict[int, int] = {}
        for item in argument(body, 3):
            inherited = _textures_of_material(aspects.get(step_id(item), material))
            for mapped_item in outer:
                inherited = self._own(mapped_item, inherited)
            for leaf, own in self._leaves(item, inherited):
                mapped = list(dict.fromkeys(self._mapped_on(leaf)))
                chosen = next((texture for texture in mapped if texture in own), next(iter(mapped), 0))
                if chosen and not whole and is_meshable(leaf):
                    drawn[step_id(leaf)] = chosen
                for texture in dict.fromkeys([*own, *mapped]):
                    if texture != drawn.get(step_id(leaf)):
                        reason = FURTHER if step_id(leaf) in drawn else whole or OTHER_ITEMS
                        self._add_problem(texture, self._reason(texture, mapped, reason), product)
                for texture in self._in_operands(leaf):
                    self._add_problem(texture, whole or OTHER_ITEMS, product)
        return drawn

    def _leaves(
        self, item: Instance, inherited: tuple[int, ...], depth: int = 0
    ) -> Iterator[tuple[Instance, tuple[int, ...]]]:
        """Yield an item, or the items that a mapped item shows, with the textures of the style of each."""
        own = self._own(item, inherited)
        if class_of(item) != "IfcMappedItem":
            yield item, own
        elif depth < MAX_NESTED_MAPS:
            for inner in argument(argument(argument(item, 0), 1), 3):
                yield from self._leaves(inner, own, depth + 1)

    def _own(self, item: Instance, inherited: tuple[int, ...]) -> tuple[int, ...]:
        """Return the textures of an item's style; those that it inherits when it has no style."""
        own = self._of_item.get(step_id(item))
        if own is None:
            own = inherited if self._styles.of_item(item) is None else ()
        return own

    def _reason(self, texture: int, mapped: list[int], body: str) -> str:
        """Return why a texture is not drawn; `body` is the reason if it has coordinates."""
        if self._file.schema == "IFC2X3":
            return OLD_SCHEMA
        mode = self._mode(texture)
        if mode not in MODES:
            return f"the mode is {mode[:40]!a}"
        if texture in mapped or body == FURTHER:
            return body
        return GENERATED if texture in self._generated else NO_COORDINATES

    def _add_problem(self, texture: int, reason: str, product: Instance) -> None:
        self._problems.setdefault((texture, reason), {})[step_id(product)] = None

    def _mapped_on(self, item: Instance) -> Iterator[int]:
        """Yield the textures with coordinates on an item or its faces."""
        yield from self._drawable(step_id(item))
        with suppress(*BROKEN):
            for face in faces_of(item) if self._mapped else ():
                yield from self._drawable(step_id(face))

    def _drawable(self, mapped_to: int) -> Iterator[int]:
        return (texture for texture in self._mapped.get(mapped_to, ()) if self._mode(texture) in MODES)

    def _mode(self, texture: int) -> str:
        """Return Mode in capitals; in IFC2X3 that attribute is TextureType."""
        with suppress(*BROKEN):
            return str(argument(self._file.by_id(texture), 2) or "").upper()
        return ""

    def _in_operands(self, item: Instance) -> Iterator[int]:
        """Yield the textures of the operands of a boolean result."""
        pending, seen = [item], set[int]()
        while pending:
            operation = pending.pop()
            if step_id(operation) in seen or not operation.is_a("IfcBooleanResult"):
                continue
            seen.add(step_id(operation))
            for operand in (argument(operation, 1), argument(operation, 2)):
                yield from (*self._of_item.get(step_id(operand), ()), *self._mapped_on(operand))
                pending.append(operand)

    def _read_coordinates(self) -> None:
        for coordinates in self._file.by_type("IfcTextureCoordinate"):
            with suppress(*BROKEN):
                textures = [step_id(texture) for texture in argument(coordinates, 0)]
                if class_of(coordinates) == "IfcTextureCoordinateGenerator":
                    self._generated.update(textures)
                else:
                    place = 1 if coordinates.is_a("IfcIndexedTextureMap") else 2
                    self._mapped.setdefault(step_id(argument(coordinates, place)), []).extend(textures)

    def _read_styles(self) -> None:
        for styled in self._file.by_type("IfcStyledItem"):
            with suppress(*BROKEN):
                item = argument(styled, 0)
                if item is not None and (textures := _textures(argument(styled, 1))):
                    self._of_item.setdefault(step_id(item), textures)
        for layer in self._file.by_type("IfcPresentationLayerWithStyle"):
            with suppress(*BROKEN):
                if textures := _textures(argument(layer, 7)):
                    for item in items_of_layer(layer):
                        self._of_item.setdefault(step_id(item), textures)


def is_meshable(item: Instance) -> bool:
    """Return whether `geometry.direct` can mesh the item, with or without a texture."""
    name = class_of(item)
    if name in TRIANGULATED:
        return not has_old_normals(item)
    if name == "IfcPolygonalFaceSet":
        return True
    with suppress(*BROKEN):
        faces = list(faces_of(item))
        bounds = [bound for face in faces for bound in argument(face, 0)]
        plain = all(class_of(face) == "IfcFace" for face in faces)
        return bool(faces) and plain and all(class_of(argument(bound, 0)) == "IfcPolyLoop" for bound in bounds)
    return False


def faces_of(item: Instance) -> Iterator[Instance]:
    """Yield the faces of a faceted brep or surface model; none for other items."""
    name = class_of(item)
    if name not in _SHELLS:
        return
    shells = argument(item, 0)
    if name.startswith("IfcFacetedBrep"):
        shells = [shells, *(argument(item, 1) if name.endswith("Voids") else ())]
    for shell in shells:
        yield from argument(shell, 0)


def _textures_of_material(material: Instance | None) -> tuple[int, ...]:
    with suppress(*BROKEN):
        for styled in () if material is None else styled_items_of_material(material):
            if textures := _textures(argument(styled, 1)):
                return textures
    return ()


def _textures(styles: Instance) -> tuple[int, ...]:
    """Return the textures of the first surface style that has some."""
    for style in surface_styles(styles):
        for element in argument(style, 2):
            if class_of(element) == "IfcSurfaceStyleWithTextures":
                return tuple(map(step_id, argument(element, 0)))
    return ()
