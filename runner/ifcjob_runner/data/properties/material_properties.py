"""Properties of materials (IfcMaterialProperties), such as the density, which elements have through their material."""

from collections.abc import Iterator
from functools import cached_property

from ifcjob_runner.data.attribute_access import Instance, class_of, is_instance, pointers, step_id
from ifcjob_runner.data.model import Model
from ifcjob_runner.data.properties.materials import Materials
from ifcjob_runner.data.properties.property_values import Group, PropertyReader
from ifcjob_runner.data.properties.rows import Rows, RowSet


class MaterialProperties:
    """RowSets of IfcMaterialProperties per material definition."""

    def __init__(self, model: Model, materials: Materials, rows: Rows, reader: PropertyReader) -> None:
        self._model = model
        self._materials = materials
        self._rows = rows
        self._reader = reader
        self._sets: dict[int, list[RowSet]] = {}

    def of_definition(self, number: int) -> list[RowSet]:
        """Return the sets of a definition itself and of every material in it."""
        if not self._sources:
            return []
        inner = self._materials.set_of(number)
        members = [] if inner is None else [inner]
        numbers = dict.fromkeys(step_id(m) for m in [*members, *self._materials.materials(number)])
        return [row_set for n in numbers for row_set in self._of_material(n)]

    @cached_property
    def _sources(self) -> dict[int, list[tuple[Instance, Instance]]]:
        sources: dict[int, list[tuple[Instance, Instance]]] = {}
        for pointer in sorted(pointers(self._model.all("IfcMaterialProperties")), key=step_id):
            material = self._model.attribute(pointer, "Material")
            if is_instance(material):
                sources.setdefault(step_id(material), []).append((pointer, material))
        return sources

    def _of_material(self, number: int) -> list[RowSet]:
        if number not in self._sets:
            self._sets[number] = [
                self._rows.add(self._set_name(source), "material", self._groups(source, material))
                for source, material in self._sources.get(number, ())
            ]
        return self._sets[number]

    def _set_name(self, source: Instance) -> str:
        return self._model.attribute(source, "Name") or class_of(source)

    def _groups(self, source: Instance, material: Instance) -> Iterator[Group]:
        label = self._model.label(material) or class_of(material)
        for outer, rows in self._properties(source):
            yield f"{label}.{outer}", [row._replace(name=f"{label}.{row.name}") for row in rows]

    def _properties(self, source: Instance) -> Iterator[Group]:
        """Read listed properties (IFC4, IfcExtendedMaterialProperties) or attributes (the other classes of IFC2X3)."""
        for listed in ("Properties", "ExtendedProperties"):
            properties = self._model.attribute(source, listed)
            if properties is not None:
                yield from self._reader.properties(pointers(properties))
                return
        kind = class_of(source)
        for name, position in self._model.schema.attributes(kind).items():
            value = None if name == "Material" else self._model.read(source, position)
            if value is not None:
                declared = self._model.schema.attribute_type(kind, position)
                yield name, [self._reader.attribute(name, value, declared)]
