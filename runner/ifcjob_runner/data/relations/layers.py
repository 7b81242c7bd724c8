"""Presentation layers of products (IfcPresentationLayerAssignment), of their representations and items.

A mapped item also has the layers of its mapped representation, a boolean operation those of its operands.
"""

from collections.abc import Iterator

from ifcjob_runner.data.attribute_access import REPRESENTATION, Instance, class_of, is_instance, pointers, step_id
from ifcjob_runner.data.model import Model

ASSIGNED = 2
REPRESENTATIONS, ITEMS = 2, 3
MAX_DEPTH = 16
"""Mapped items nested deeper than this are a cycle."""
PARTS = {
    "IfcBooleanResult": ("FirstOperand", "SecondOperand"),
    "IfcBooleanClippingResult": ("FirstOperand", "SecondOperand"),
    "IfcCsgSolid": ("TreeRootExpression",),
    "IfcPolygonalBoundedHalfSpace": ("BaseSurface",),
    "IfcBoxedHalfSpace": ("BaseSurface",),
    "IfcHalfSpaceSolid": ("BaseSurface",),
    "IfcFaceBasedSurfaceModel": ("FbsmFaces",),
    "IfcShellBasedSurfaceModel": ("SbsmBoundary",),
    "IfcGeometricSet": ("Elements",),
    "IfcGeometricCurveSet": ("Elements",),
}
"""Attributes with items that are parts of an item."""


class Layers:
    """Layer names by product; a file without layers costs no reading."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._names: dict[int, list[str]] = {}
        self._items_have_layers = False
        for layer in pointers(model.all("IfcPresentationLayerAssignment")):
            name = model.read(layer, 0)
            for assigned in pointers(model.read(layer, ASSIGNED)):
                self._names.setdefault(step_id(assigned), []).append(name or "")
                self._items_have_layers |= not model.is_a(assigned, "IfcRepresentation")
        self._of_shape: dict[int, list[str]] = {}

    def of(self, product: Instance) -> list[str]:
        """Return the layer names of a product's shape, each once, in file order."""
        if not self._names:
            return []
        shape = self._model.read(product, REPRESENTATION)
        if not is_instance(shape):
            return []
        representations = pointers(self._model.read(shape, REPRESENTATIONS))
        names = [name for r in representations for name in self._of_representation(r, 0)]
        return list(dict.fromkeys(names))

    def _of_representation(self, representation: Instance, depth: int) -> list[str]:
        number = step_id(representation)
        if number not in self._of_shape:
            # Set first: a representation that contains itself ends here.
            self._of_shape[number] = self._names.get(number, [])
            self._of_shape[number] = [*self._of_shape[number], *self._of_items(representation, depth)]
        return self._of_shape[number]

    def _of_items(self, representation: Instance, depth: int) -> Iterator[str]:
        """Return the layers of items, if any item of the file has one, and those of mapped representations."""
        for item in pointers(self._model.read(representation, ITEMS)):
            if self._items_have_layers:
                yield from self._of_item(item)
            if class_of(item) == "IfcMappedItem" and depth < MAX_DEPTH:
                source = self._model.read(item, 0)
                mapped = self._model.read(source, 1) if is_instance(source) else None
                if is_instance(mapped):
                    yield from self._of_representation(mapped, depth + 1)

    def _of_item(self, item: Instance) -> Iterator[str]:
        """Return the layers of an item and its parts; with a list instead of recursion, since files nest deep."""
        pending, seen = [item], set()
        while pending:
            part = pending.pop()
            number = step_id(part)
            if number in seen:
                continue
            seen.add(number)
            yield from self._names.get(number, ())
            for attribute in reversed(PARTS.get(class_of(part), ())):
                value = self._model.attribute(part, attribute)
                pending.extend(reversed(pointers(value if isinstance(value, tuple) else (value,))))
