"""Materials of elements (IfcRelAssociatesMaterial): their definitions, material names, and rows."""

from collections.abc import Iterator
from functools import cached_property

from ifcjob_runner.data.attribute_access import Instance, class_of, is_instance, pointers, step_id
from ifcjob_runner.data.model import Model
from ifcjob_runner.data.properties.rows import Row
from ifcjob_runner.data.units import ProjectUnits
from ifcjob_runner.data.values import number_of, text_of

PARTS = {
    "IfcMaterialLayerSet": ("MaterialLayers", "Layers"),
    "IfcMaterialProfileSet": ("MaterialProfiles", "Profiles"),
    "IfcMaterialConstituentSet": ("MaterialConstituents", "Constituents"),
    "IfcMaterialList": ("Materials", "Materials"),
}
"""The attribute with the parts of a set, and the name of the parts' rows."""
USAGES = {"IfcMaterialLayerSetUsage": "ForLayerSet", "IfcMaterialProfileSetUsage": "ForProfileSet"}


class Materials:
    """The material definition of each object, and its content."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._parts: dict[int, list[Instance]] = {}

    @cached_property
    def definitions(self) -> dict[int, Instance]:
        """Every definition that an object has, by STEP id."""
        return {step_id(definition): definition.this for definition, _ in self._associations}

    @cached_property
    def definition_of(self) -> dict[int, int]:
        """The STEP id of the first definition of each object or type object."""
        definition_of: dict[int, int] = {}
        for definition, objects in self._associations:
            number = step_id(definition)
            for member in objects:
                definition_of.setdefault(member, number)
        return definition_of

    def of(self, number: int) -> tuple[int | None, str]:
        """Return the STEP id of an object's definition, and its source: `instance` or `type`."""
        own = self.definition_of.get(number)
        if own is not None:
            return own, "instance"
        return self.definition_of.get(self._model.type_of.get(number, 0)), "type"

    @cached_property
    def _associations(self) -> list[tuple[Instance, list[int]]]:
        return self._model.related("IfcRelAssociatesMaterial")

    def materials(self, number: int) -> list[Instance]:
        """Return every IfcMaterial of a definition, in order, as often as it is used."""
        if number not in self._parts:
            parts = self._set_and_parts(self.definitions[number])[1]
            materials = [p if class_of(p) == "IfcMaterial" else self._model.attribute(p, "Material") for p in parts]
            self._parts[number] = [m for m in materials if m is not None]
        return self._parts[number]

    def names(self, number: int) -> list[str]:
        """Return the names of the materials in a definition, each once."""
        names = [self._model.read(m, 0) for m in self.materials(number)]
        return list(dict.fromkeys(n for n in names if n))

    def set_of(self, number: int) -> Instance | None:
        """Return a definition without its usage: the material, list or set itself."""
        return self._set_and_parts(self.definitions[number])[0]

    def _set_and_parts(self, definition: Instance) -> tuple[Instance | None, list[Instance]]:
        kind = class_of(definition)
        if kind in USAGES:
            definition = self._model.attribute(definition, USAGES[kind])
            if not is_instance(definition):
                return None, []
            kind = class_of(definition)
        if kind in PARTS:
            return definition, pointers(self._model.attribute(definition, PARTS[kind][0]))
        return definition, [definition]

    def rows(self, number: int, units: ProjectUnits) -> Iterator[tuple[str, list[Row]]]:
        """Describe a definition: its own attributes, then those of every layer, profile or constituent."""
        definition = self.definitions[number]
        inner, parts = self._set_and_parts(definition)
        if class_of(definition) in USAGES:
            yield from self._attributes(definition, "", units)
        if inner is None:
            return
        kind = class_of(inner)
        if kind in PARTS:
            yield from self._attributes(inner, "", units)
            for position, part in enumerate(parts, 1):
                yield from self._attributes(part, f"{PARTS[kind][1]}.{position}.", units)
        else:
            yield from self._attributes(inner, "", units)

    def _attributes(self, instance: Instance, prefix: str, units: ProjectUnits) -> Iterator[tuple[str, list[Row]]]:
        kind, schema = class_of(instance), self._model.schema
        for attribute, number in schema.attributes(kind).items():
            value = self._model.read(instance, number)
            if value is None or isinstance(value, tuple) or attribute in USAGES.values():
                continue
            name, declared = prefix + attribute, schema.attribute_type(kind, number)
            if is_instance(value):
                yield (
                    name,
                    [
                        Row(
                            name,
                            self._model.label_or_number(value),
                            None,
                            class_of(value),
                        )
                    ],
                )
            else:
                unit = units.symbol_of_measure[declared]
                yield name, [Row(name, text_of(value, self._model.original_id), number_of(value), declared, unit)]
