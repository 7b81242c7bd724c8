"""The opened file, and the data that several stages need, read once and kept as columns."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from pathlib import Path

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


_TEXT_TYPES = {str, type(None)}
_NUMBER = re.compile(rb"\s*#(\d+)\s*=")


class Model:
    """One opened file. A lazily opened file fails only when a broken line is read, so reads go through this class."""

    def __init__(self, file: File, original_id: Callable[[int], int] = int, path: Path | None = None) -> None:
        self.file = file
        self.schema = schema_of(file.schema_identifier)
        self._path = path
        self.unreadable: set[int] = set()
        self.not_text: dict[int, int] = {}
        """The number of the attribute that holds something else than its text, by STEP id."""
        self.not_sets: set[int] = set()
        """Instances that a relationship takes for property sets."""
        self.untyped: set[int] = set()
        """Instances with a value of a type that the schema lacks."""
        self.original_id = original_id
        """Returns the number that an instance has in the user's file, for artifacts and messages."""

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

    def texts(self, instances: Sequence[Instance], number: int) -> list[str | None]:
        """Return an attribute of many instances that is a text; None for other values, which become a finding."""
        values = self.column(instances, number)
        if {*map(type, values)} <= _TEXT_TYPES:
            return values
        return [self._text(i, number, v) for i, v in zip(instances, values, strict=True)]

    def text(self, instance: Instance, name: str) -> str | None:
        """Return one attribute by name that is a text; None for other values, which become a finding."""
        number = self.schema.index(class_of(instance), name)
        return None if number < 0 else self.text_at(instance, number)

    def text_at(self, instance: Instance, number: int) -> str | None:
        """Return one attribute that is a text; None for other values, which become a finding."""
        return self._text(instance, number, self.read(instance, number))

    def _text(self, instance: Instance, number: int, value: Value) -> str | None:
        if value is None or isinstance(value, str):
            return value
        self.not_text[step_id(instance)] = number
        return None

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

    def label_or_number(self, instance: Instance) -> str:
        """Return the label of an instance, or its number as `#42`."""
        return self.label(instance) or f"#{self.original_id(instance.id())}"

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
        # Two instances may have the same number.
        numbered = sorted(((step_id(p), p) for p in (i.this for i in self.all(ifc_class))), key=itemgetter(0))
        roots = [pointer for _, pointer in numbered]
        return Objects(
            roots,
            [number for number, _ in numbered],
            [class_of(p) for p in roots],
            [text or "" for text in self.texts(roots, GLOBAL_ID)],
            self.texts(roots, NAME),
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
        """Report the lines and values that could not be read until now."""
        return [
            *self._unreadable_lines(),
            *self._not_text_findings(),
            *self._listed("WrongReference", "Instances are taken for property sets but are not", self.not_sets),
            *self._listed("UnreadableValue", "Values of types that the schema lacks are lost", self.untyped),
        ]

    def _listed(self, code: str, message: str, numbers: set[int]) -> list[Finding]:
        if not numbers:
            return []
        shown = ", ".join(f"#{self.original_id(number)}" for number in sorted(numbers)[:MAX_LISTED])
        return [finding(code, f"{message}: {shown}", count=len(numbers), severity="error")]

    def _not_text_findings(self) -> list[Finding]:
        if not self.not_text:
            return []
        lines = line_numbers(self._path, self.not_text) if self._path else {}
        places = [
            f"line {lines.get(number, '?')} (#{self.original_id(number)}), attribute {attribute + 1}"
            for number, attribute in sorted(self.not_text.items())[:MAX_LISTED]
        ]
        message = f"Values that must be texts are references or numbers, and are lost: {'; '.join(places)}"
        return [finding("NotText", message, count=len(self.not_text), severity="error")]

    def _unreadable_lines(self) -> list[Finding]:
        if not self.unreadable:
            return []
        lines = sorted(self.unreadable)
        shown = ", ".join(f"#{self.original_id(number)}" for number in lines[:MAX_LISTED])
        return [
            finding(
                "UnreadableInstance",
                f"Lines that the engine cannot read were left out: {shown}",
                count=len(lines),
                severity="error",
            )
        ]


def line_numbers(path: Path, step_ids: Collection[int]) -> dict[int, int]:
    """Return the lines on which instances begin, as far as each begins a line."""
    lines = {}
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if (match := _NUMBER.match(line)) and int(match[1]) in step_ids:
                lines[int(match[1])] = number
    return lines
