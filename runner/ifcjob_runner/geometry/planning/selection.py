"""Choose the products, and their representations, that belong in the GLB."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from ifcjob_runner.data.attribute_access import REPRESENTATION, File, Instance, schema_of
from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.attribute_access import checked_step_id as step_id

if TYPE_CHECKING:
    from ifcjob_runner.engine_options import GltfOptions

_SCHEMAS = ("IFC2X3", "IFC4", "IFC4X3_ADD2")
_BODY_IDENTIFIERS = ("Body", "Facetation", "Tessellation")
_BODY_TYPES = frozenset(
    {
        "AdvancedBrep", "AdvancedSweptSolid", "AdvancedSurface", "Brep", "Clipping", "CSG", "MappedRepresentation",
        "SectionedSpine", "SolidModel", "SurfaceModel", "Surface3D", "SweptSolid", "Tessellation", "BoundingBox",
    }
)  # fmt: skip
OTHER_IDENTIFIERS = frozenset(
    {"Annotation", "Axis", "Clearance", "CoG", "Cut", "FootPrint", "Lighting", "Plan", "Profile", "Survey", "Surface"}
)
_SOLID_CLASSES = (
    "IfcSolidModel", "IfcBooleanResult", "IfcFaceBasedSurfaceModel", "IfcShellBasedSurfaceModel",
    "IfcTessellatedFaceSet", "IfcCsgPrimitive3D", "IfcBoundingBox", "IfcSectionedSpine",
)  # fmt: skip

_SPACE_CLASSES = ("IfcSpace", "IfcSpatialZone", "IfcExternalSpatialStructureElement")
"""Classes whose bodies are volumes of space around other elements."""
_FLAT_CLASSES = (
    "IfcPoint",
    "IfcCurve",
    "IfcGeometricCurveSet",
    "IfcTextLiteral",
    "IfcAnnotationFillArea",
    "IfcSegment",
)

MAX_NAMED = 5
"""The most unknown GlobalIds that a message names."""

_descents: dict[tuple[str, tuple[str, ...]], bool] = {}


class Selection:
    """The products that pass the request's filters, in file order.

    `storey_elements` holds the STEP ids that pass the storey filter; None without a storey filter.
    """

    def __init__(self, file: File, options: "GltfOptions", storey_elements: set[int] | None) -> None:
        self._file = file
        self._include_ids = frozenset(options.include_global_ids)
        self._exclude_ids = frozenset(options.exclude_global_ids)
        self._include = _known_classes(file.schema_identifier, options.include_classes)
        self._any_class = not options.include_classes
        _check_contexts(file, options.contexts)
        self._exclude = _known_classes(file.schema_identifier, options.exclude_classes)
        self._spaces = options.spaces == "show"
        self._storey_elements = storey_elements
        self._class_passes: dict[str, bool] = {}

    def __iter__(self) -> Iterator[Instance]:
        for product in self._file.by_type("IfcProduct"):
            if argument(product, REPRESENTATION) is not None and self.passes(product):
                yield product

    def passes(self, product: Instance) -> bool:
        """Return whether a product with a representation passes the filters."""
        name = class_of(product)
        passes = self._class_passes.get(name)
        if passes is None:
            passes = self._class_passes[name] = self._passes_by_class(lambda ancestor: _is_a(product, ancestor))
        if not passes:
            return False
        if self._storey_elements is not None and step_id(product) not in self._storey_elements:
            return False
        return (not self._include_ids and not self._exclude_ids) or self._passes_by_id(argument(product, 0))

    def without_storey(self, instances: Iterable[Instance]) -> Iterator[Instance]:
        """Yield the products that pass all but the storey filter: for those whose storey cannot be read."""
        storeys, self._storey_elements = self._storey_elements, None
        for instance in instances if storeys is not None else ():
            is_product = _is_a(instance, "IfcProduct") and argument(instance, REPRESENTATION) is not None
            if is_product and step_id(instance) not in (storeys or ()) and self.passes(instance):
                yield instance
        self._storey_elements = storeys

    def includes(self, number: int, ifc_class: str, global_id: str) -> bool:
        """Return whether a product passes whose line the engine must not read: by its STEP id, class and GlobalId."""
        in_storeys = self._storey_elements is None or number in self._storey_elements
        schema = schema_of(self._file.schema_identifier)
        by_class = self._passes_by_class(lambda ancestor: schema.is_a(ifc_class, ancestor))
        return in_storeys and by_class and self._passes_by_id(global_id)

    def _passes_by_id(self, global_id: str) -> bool:
        return (not self._include_ids or global_id in self._include_ids) and global_id not in self._exclude_ids

    def _passes_by_class(self, is_a: Callable[[str], bool]) -> bool:
        if is_a("IfcFeatureElementSubtraction"):  # an opening is not an element of the GLB
            return False
        if not self._spaces and any(map(is_a, _SPACE_CLASSES)):
            return False
        included = self._any_class or any(map(is_a, self._include))
        return included and not any(map(is_a, self._exclude))


def body_representations(product: Instance, contexts: list[str]) -> list[Instance]:
    """Return the representations of the product's body: those named `Body`, or the nearest substitute."""
    shapes: list[tuple[str | None, Instance, tuple[Instance, ...]]] = [
        (argument(representation, 1), representation, items)
        for representation in argument(argument(product, REPRESENTATION), 2)
        if (items := argument(representation, 3)) and (not contexts or _in_contexts(representation, contexts))
    ]
    for identifier in _BODY_IDENTIFIERS:
        if bodies := [shape for name, shape, items in shapes if name == identifier and not _is_flat(items)]:
            return bodies if len(bodies) == 1 else _of_best_context(bodies)
    solid = [(name, shape) for name, shape, _ in shapes if name not in OTHER_IDENTIFIERS and _looks_solid(shape)]
    # A surface or a bounding box is shown only without a better representation. An element whose body is points and
    # curves is listed as not drawn; annotations and alignments are points and curves by nature.
    surfaces = [shape for name, shape, items in shapes if name == "Surface" and not _is_flat(items)]
    is_element = descends(product, ("IfcElement",))
    flat = [shape for name, shape, _ in shapes if is_element and name in _BODY_IDENTIFIERS]
    boxes = [shape for name, shape in solid if name == "Box"]
    return [shape for name, shape in solid if name != "Box"][:1] or surfaces[:1] or boxes[:1] or flat[:1]


def _of_best_context(bodies: list[Instance]) -> list[Instance]:
    """Return the bodies of one context: several contexts have the same body for several views or scales."""
    contexts = {step_id(argument(body, 0)): argument(body, 0) for body in bodies}
    best = min(contexts.values(), key=_detail)
    return [body for body in bodies if step_id(argument(body, 0)) == step_id(best)]


def _detail(context: Instance) -> tuple[bool, float]:
    """Return a key that is least for the most detailed context of the model view."""
    if class_of(context) != "IfcGeometricRepresentationSubContext":
        return True, 0.0
    scale = argument(context, 7)
    return argument(context, 8) != "MODEL_VIEW", 0.0 if scale is None else 1.0 / max(float(scale), 1e-9)


def _is_flat(items: tuple[Instance, ...]) -> bool:
    """Return whether all items are points, curves and texts."""
    return all(descends(item, _FLAT_CLASSES) for item in items)


def _looks_solid(shape: Instance) -> bool:
    if argument(shape, 2) in _BODY_TYPES and argument(shape, 2) != "MappedRepresentation":
        return True
    for item in argument(shape, 3):
        if class_of(item) == "IfcMappedItem":
            if _looks_solid(argument(argument(item, 0), 1)):
                return True
        elif descends(item, _SOLID_CLASSES):
            return True
    return False


def descends(item: Instance, ancestors: tuple[str, ...]) -> bool:
    """Return whether the item is of one of the classes or a subclass; calls the engine once per class."""
    key = (class_of(item), ancestors)
    known = _descents.get(key)
    if known is None:
        known = _descents[key] = any(_is_a(item, name) for name in ancestors)
    return known


def _is_a(item: Instance, name: str) -> bool:
    try:
        return bool(item.is_a(name))
    except RuntimeError:  # the schema does not have that class
        return False


def _in_contexts(representation: Instance, names: list[str]) -> bool:
    context = argument(representation, 0)
    return context is not None and (argument(context, 0) in names or argument(context, 1) in names)


def unknown_global_ids(file: File, options: "GltfOptions") -> list[str]:
    """Return the GlobalIds of the request that no product has."""
    requested = {*options.include_global_ids, *options.exclude_global_ids}
    known = set()
    for product in file.by_type("IfcProduct") if requested else ():
        with suppress(RuntimeError):  # a line that cannot be read
            known.add(argument(product, 0))
    return sorted(requested - known)


def refuse_global_ids(unknown: list[str]) -> None:
    """Raise InvalidRequest if there are unknown GlobalIds."""
    if not unknown:
        return
    from ifcjob.failures import FailureReason, RunFailure  # see worklist.py

    more = f" and {len(unknown) - MAX_NAMED} more" if len(unknown) > MAX_NAMED else ""
    raise RunFailure(
        FailureReason.INVALID_REQUEST,
        f"no element has the GlobalId {', '.join(unknown[:MAX_NAMED])}{more}",
        hint="GlobalIds have 22 characters and are case-sensitive; elements.parquet lists those of the file.",
    )


def _check_contexts(file: File, names: list[str]) -> None:
    """Raise InvalidRequest for a context that the file does not have: the GLB would be empty without a reason."""
    if not names:
        return
    known = {
        str(name)
        for context in file.by_type("IfcRepresentationContext")
        for name in (argument(context, 0), argument(context, 1))
        if name
    }
    if missing := [name for name in names if name not in known]:
        from ifcjob.failures import FailureReason, RunFailure  # see worklist.py

        raise RunFailure(
            FailureReason.INVALID_REQUEST,
            f"no geometric context is called {', '.join(missing)}",
            hint=f"The file's contexts are: {', '.join(sorted(known)) or 'none'}.",
        )


def _known_classes(schema: str, names: list[str]) -> list[str]:
    """Return the names of classes in this file's schema; raise InvalidRequest for a class of no schema."""
    from ifcopenshell import ifcopenshell_wrapper as wrapper  # selection is imported by light code too

    def known(name: str, in_schema: str) -> bool:
        try:
            wrapper.schema_by_name(in_schema).declaration_by_name(name)
        except RuntimeError:
            return False
        return True

    for name in names:
        if not any(known(name, other) for other in _SCHEMAS):
            from ifcjob.failures import FailureReason, RunFailure  # see worklist.py

            raise RunFailure(
                FailureReason.INVALID_REQUEST,
                f"{name} is not a class of IFC2X3, IFC4 or IFC4X3",
                hint="Class names are spelled like IfcWall; their subclasses are meant too.",
            )
    return [name for name in names if known(name, schema)]
