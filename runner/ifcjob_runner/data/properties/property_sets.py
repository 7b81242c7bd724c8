"""Property sets, quantity sets and predefined sets, each read once into rows.

Nearly all sets contain single values only; these are read column by column in batches, the others one at a time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ifcjob_runner.data.attribute_access import NAME, RELATING, Instance, class_of, is_instance, pointers, step_id
from ifcjob_runner.data.model import Model
from ifcjob_runner.data.properties.property_columns import PropertyColumns
from ifcjob_runner.data.properties.property_values import PropertyReader
from ifcjob_runner.data.properties.rows import Row, Rows, RowSet
from ifcjob_runner.data.units import ProjectUnits

BATCH_ROWS = 8_192
HAS_PROPERTIES, QUANTITIES = 4, 5
FIRST_OWN_ATTRIBUTE = 4
OVERRIDING_PROPERTIES = 6
SINGLE, COMPLEX = "IfcPropertySingleValue", "IfcPhysicalComplexQuantity"


@dataclass(slots=True)
class _Batch:
    """Sets that are read together."""

    kind: str
    add: Callable[[list[Instance]], None]
    sets: list[tuple[int, str | None, int]] = field(default_factory=list)
    members: list[Instance] = field(default_factory=list)


class PropertySets:
    """RowSets of property set definitions by STEP id; complete after `finish`."""

    def __init__(self, model: Model, rows: Rows, units: ProjectUnits) -> None:
        self._model = model
        self._rows = rows
        self._reader = PropertyReader(model, units)
        self._sets: dict[int, RowSet | None] = {}
        columns = PropertyColumns(model, rows, units)
        self._singles = _Batch("property", columns.add_singles)
        self._quantities = _Batch("quantity", columns.add_quantities)

    def __getitem__(self, number: int) -> RowSet | None:
        return self._sets[number]

    def read(self, definition: Instance) -> list[int]:
        """Read a definition, at most once, or put it into a batch; return the STEP ids of its sets."""
        number = step_id(definition)
        if number == 0:
            # IfcPropertySetDefinitionSet is a value that is a list of definitions.
            inner = self._model.read(definition, 0)
            return [n for member in pointers(inner if isinstance(inner, tuple) else ()) for n in self.read(member)]
        if number not in self._sets:
            self._sets[number] = None
            self._read(number, definition)
        return [number]

    def read_overriding(self, relationship: Instance) -> list[int]:
        """Read the properties by which an IfcRelOverridesProperties (IFC2X3) replaces some of a set's."""
        number = step_id(relationship)
        overriding = pointers(self._model.read(relationship, OVERRIDING_PROPERTIES))
        definition = self._model.read(relationship, RELATING)
        name = self._model.read(definition, NAME) if is_instance(definition) else None
        self._sets[number] = self._rows.add(name, "property", self._reader.properties(overriding))
        return [number]

    def finish(self) -> None:
        """Read the batches that are not full."""
        for batch in (self._singles, self._quantities):
            self._flush(batch)

    def _read(self, number: int, definition: Instance) -> None:
        kind = class_of(definition)
        if not self._model.is_a(definition, "IfcPropertySetDefinition"):
            self._model.not_sets.add(number)
            return
        name = self._model.text_at(definition, NAME)
        if kind == "IfcPropertySet":
            properties = pointers(self._model.read(definition, HAS_PROPERTIES))
            if [class_of(p) for p in properties].count(SINGLE) == len(properties):
                self._enqueue(self._singles, number, name, properties)
            else:
                self._sets[number] = self._rows.add(name, "property", self._reader.properties(properties))
        elif kind == "IfcElementQuantity":
            quantities = pointers(self._model.read(definition, QUANTITIES))
            if COMPLEX not in [class_of(q) for q in quantities]:
                self._enqueue(self._quantities, number, name, quantities)
            else:
                self._sets[number] = self._rows.add(name, "quantity", self._reader.quantities(quantities))
        else:
            name = name or kind
            # A door has a set per panel, and all of them may have the same name.
            panel = self._model.attribute(definition, "PanelPosition")
            self._sets[number] = self._rows.add(
                name, "property", self._predefined(definition, kind), f"{name} {panel}" if panel else name
            )

    def _enqueue(self, batch: "_Batch", number: int, name: str | None, members: list[Instance]) -> None:
        batch.sets.append((number, name, len(members)))
        batch.members.extend(members)
        if len(batch.members) >= BATCH_ROWS:
            self._flush(batch)

    def _flush(self, batch: "_Batch") -> None:
        start = len(self._rows)
        batch.add(batch.members)
        for number, name, size in batch.sets:
            rows = self._last_of_each(start, start + size)
            self._sets[number] = RowSet(name or "", batch.kind, rows, name or "")
            start += size
        batch.members.clear()
        batch.sets.clear()

    def _last_of_each(self, start: int, stop: int) -> range | list[int]:
        names = self._rows.names[start:stop]
        if len(set(names)) == len(names):
            return range(start, stop)
        return list(dict(zip(names, range(start, stop), strict=True)).values())

    def _predefined(self, definition: Instance, kind: str) -> Iterator[tuple[str, list[Row]]]:
        """Read a set whose properties are attributes, such as IfcDoorLiningProperties."""
        for name, number in self._model.schema.attributes(kind).items():
            value = self._model.read(definition, number) if number >= FIRST_OWN_ATTRIBUTE else None
            if value is not None:
                yield name, [self._reader.attribute(name, value, self._model.schema.attribute_type(kind, number))]
