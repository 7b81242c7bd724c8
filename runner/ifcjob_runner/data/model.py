"""The opened file, and the data that several stages need, read once and kept as columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ifcjob_runner.data.attribute_access import (
    GLOBAL_ID,
    NAME,
    RELATED,
    RELATING,
    File,
    Instance,
    Value,
    argument,
    class_of,
    is_instance,
    pointers,
    schema_of,
    step_id,
)
from ifcjob_runner.data.document import MAX_LISTED, Finding, finding


@dataclass(frozen=True, slots=True)
class Objects:
    """Instances of IfcRoot as columns, sorted by STEP id."""

    pointers: list[Instance]
    step_ids: list[int]
    classes: list[str]
    global_ids: list[str]
    names: list[str | None]


class Model:
    """One opened file. A lazily opened file fails only when a broken line is read, so reads go through this class."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.schema = schema_of(file.schema_identifier)
        self.unreadable: set[int] = set()

    def all(self, ifc_class: str) -> Sequence[Instance]:
        """Return all instances of a class and its subclasses; none when the schema lacks the class."""
        return self.file.by_type(ifc_class) if self.schema.has(ifc_class) else ()

    def read(self, instance: Instance, number: int) -> Value:
        """Return one attribute, or None when the line in the file cannot be read."""
        try:
            return argument(instance, number)
        except RuntimeError:
            self.unreadable.add(step_id(instance))
            return None

    def column(self, instances: Sequence[Instance], number: int) -> list[Value]:
        """Return one attribute of many instances; None for lines that cannot be read."""
        try:
            return [argument(i, number) for i in instances]
        except RuntimeError:
            return [self.read(i, number) for i in instances]

    def attribute(self, instance: Instance, name: str) -> Value:
        """Return one attribute by name, or None when the class has no such attribute."""
        number = self.schema.index(class_of(instance), name)
        return None if number < 0 else self.read(instance, number)

    def is_a(self, instance: Instance, ancestor: str) -> bool:
        """Return whether an instance is of a class or of a subclass of it."""
        return self.schema.is_a(class_of(instance), ancestor)

    def label(self, instance: Instance) -> str | None:
        """Return the name of an instance that is not an IfcRoot, such as a material or a person."""
        for name in ("Name", "Identification", "Id", "ItemReference", "FamilyName", "Label", "ProfileName"):
            text = self.attribute(instance, name)
            if isinstance(text, str) and text:
                return text
        return None

    def related(self, ifc_class: str, many: int = RELATED, single: int = RELATING) -> list[tuple[Instance, list[int]]]:
        """Return each relationship of a class: the instance of attribute `single`, and the STEP ids of `many`."""
        rels = [r.this for r in self.all(ifc_class)]
        singles, lists = self.column(rels, single), self.column(rels, many)
        pairs = []
        for instance, several in zip(singles, lists, strict=True):
            if is_instance(instance):
                members = several if isinstance(several, tuple) else (several,)
                pairs.append((instance, [step_id(m) for m in pointers(members)]))
        return pairs

    def objects(self, ifc_class: str) -> Objects:
        """Return all IfcRoot instances of a class as columns."""
        numbered = sorted((step_id(p), p) for p in (i.this for i in self.all(ifc_class)))
        roots = [pointer for _, pointer in numbered]
        return Objects(
            roots,
            [number for number, _ in numbered],
            [class_of(p) for p in roots],
            [text if isinstance(text, str) else "" for text in self.column(roots, GLOBAL_ID)],
            self.column(roots, NAME),
        )

    @cached_property
    def products(self) -> Objects:
        """Every IfcProduct."""
        return self.objects("IfcProduct")

    @cached_property
    def type_objects(self) -> dict[int, Instance]:
        """Every type object that has occurrences, by STEP id."""
        return {step_id(kind): kind.this for kind, _ in self._typings}

    @cached_property
    def type_of(self) -> dict[int, int]:
        """The STEP id of the type object of each occurrence."""
        type_of: dict[int, int] = {}
        for kind, occurrences in self._typings:
            number = step_id(kind)
            for occurrence in occurrences:
                type_of.setdefault(occurrence, number)
        return type_of

    @cached_property
    def _typings(self) -> list[tuple[Instance, list[int]]]:
        return self.related("IfcRelDefinesByType")

    def unreadable_findings(self) -> list[Finding]:
        """Report the lines that could not be read until now."""
        if not self.unreadable:
            return []
        lines = sorted(self.unreadable)
        shown = ", ".join(f"#{number}" for number in lines[:MAX_LISTED])
        return [
            finding(
                "UnreadableInstance",
                f"Lines that are not valid STEP were left out: {shown}",
                count=len(lines),
                severity="error",
            )
        ]
