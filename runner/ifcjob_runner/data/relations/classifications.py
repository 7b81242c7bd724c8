"""Classifications of objects, types and materials (IfcRelAssociatesClassification): system, code and title."""

from dataclasses import dataclass
from functools import cached_property

from ifcjob_runner.data.attribute_access import Instance, class_of, is_instance, pointers, step_id
from ifcjob_runner.data.model import Model

MAX_DEPTH = 64
"""A chain of references longer than this is a cycle."""


@dataclass(frozen=True, slots=True)
class Reference:
    """An entry of a classification system: an IfcClassificationReference, or the whole IfcClassification."""

    system: str
    """Name of the system, such as `Uniclass 2015`; empty when the file does not name it."""
    system_id: int
    """STEP id of the IfcClassification; 0 without one."""
    code: str | None
    """Identification, such as `Ss_25_10`."""
    title: str | None
    """Name."""

    def __str__(self) -> str:
        """Return it as `system: code title`."""
        text = " ".join(part for part in (self.code, self.title if self.title != self.code else None) if part)
        return ": ".join(part for part in (self.system, text) if part)


class Classifications:
    """References by STEP id, and the objects that have them."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.references: dict[int, Reference] = {}

    def of(self, number: int) -> list[tuple[int, str]]:
        """Return the STEP ids of an object's references with their source, `instance` or `type`.

        A reference of the type applies unless the object has its own reference of the same system.
        """
        if not self._by_object:
            return []
        own = [(r, "instance") for r in self._by_object.get(number, ())]
        inherited = self._by_object.get(self._model.type_of.get(number, 0), ())
        systems = {self.references[r].system_id for r, _ in own}
        return [(r, "type") for r in inherited if self.references[r].system_id not in systems] + own

    def of_material(self, number: int) -> list[int]:
        """Return the references of a material."""
        return self._by_material.get(number, [])

    @cached_property
    def _by_object(self) -> dict[int, list[int]]:
        by_object: dict[int, list[int]] = {}
        for reference, objects in self._model.related("IfcRelAssociatesClassification"):
            number = self._read(reference)
            for member in objects:
                numbers = by_object.setdefault(member, [])
                if number not in numbers:
                    numbers.append(number)
        return by_object

    @cached_property
    def _by_material(self) -> dict[int, list[int]]:
        by_material: dict[int, list[int]] = {}
        for reference, resources in self._model.related("IfcExternalReferenceRelationship", many=3, single=2):
            if self._model.is_a(reference, "IfcClassificationReference"):
                for resource in resources:
                    by_material.setdefault(resource, []).append(self._read(reference))
        for material, references in self._model.related("IfcMaterialClassificationRelationship", many=0, single=1):
            instances = [self._model.file.by_id(r) for r in references]
            by_material.setdefault(step_id(material), []).extend(self._read(r) for r in instances)
        return by_material

    def _read(self, reference: Instance) -> int:
        number = step_id(reference)
        if number not in self.references:
            self.references[number] = self._describe(reference)
        return number

    def _describe(self, reference: Instance) -> Reference:
        kind = class_of(reference)
        name = self._model.attribute(reference, "Name")
        if kind == "IfcClassification":
            return Reference(name or "", step_id(reference), None, name)
        if kind == "IfcClassificationNotation":
            facets = pointers(self._model.read(reference, 0))
            return Reference("", 0, " ".join(str(self._model.read(f, 0)) for f in facets), None)
        system = self._system(reference)
        system_name = self._model.attribute(system, "Name") if system is not None else None
        code = self._model.attribute(reference, "Identification") or self._model.attribute(reference, "ItemReference")
        return Reference(system_name or "", 0 if system is None else step_id(system), code, name)

    def _system(self, reference: Instance) -> Instance | None:
        for _ in range(MAX_DEPTH):
            if class_of(reference) == "IfcClassification":
                return reference
            reference = self._model.attribute(reference, "ReferencedSource")
            if not is_instance(reference):
                return None
        return None
