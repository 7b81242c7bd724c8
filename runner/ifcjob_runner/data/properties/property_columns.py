"""Read many single values or simple quantities, attribute by attribute: three times faster than one at a time."""

from ifcjob_runner.data.attribute_access import Instance, Value, argument, class_of, is_instance, step_id
from ifcjob_runner.data.model import Model
from ifcjob_runner.data.properties.property_values import Group, PropertyReader
from ifcjob_runner.data.properties.rows import Rows
from ifcjob_runner.data.units import QUANTITY_MEASURES, ProjectUnits
from ifcjob_runner.data.values import number_of, text_of


class PropertyColumns:
    """Adds a row per property to the shared columns, in order."""

    def __init__(self, model: Model, rows: Rows, units: ProjectUnits) -> None:
        self._rows = rows
        self._units = units
        self._original_id = model.original_id
        self._untyped = model.untyped
        self._has_class = model.schema.has
        self._reader = PropertyReader(model, units)

    def add_singles(self, properties: list[Instance]) -> None:
        """Add IfcPropertySingleValue."""
        try:
            names = [argument(p, 0) for p in properties]
            holders = [argument(p, 2) for p in properties]
        except RuntimeError:
            self._add_one_by_one(self._reader.properties(properties))
            return
        # A value of a type that the schema lacks is not an instance.
        if untyped := [p for p, h in zip(properties, holders, strict=True) if not (h is None or is_instance(h))]:
            self._untyped.update(map(step_id, untyped))
            holders = [h if is_instance(h) else None for h in holders]
        pointers = [None if h is None else h.this for h in holders]
        types = [None if p is None else class_of(p) for p in pointers]
        if any(t is not None and self._has_class(t) for t in set(types)):  # references where the schema has measures
            self._add_one_by_one(self._reader.properties(properties))
            return
        values = [None if p is None else argument(p, 0) for p in pointers]
        # Text has no unit.
        own_units = [None if v.__class__ is str else argument(p, 3) for p, v in zip(properties, values, strict=True)]
        self._add(names, values, types, own_units)

    def add_quantities(self, quantities: list[Instance]) -> None:
        """Add IfcPhysicalSimpleQuantity."""
        try:
            names = [argument(q, 0) for q in quantities]
            own_units = [argument(q, 2) for q in quantities]
            values = [argument(q, 3) for q in quantities]
        except RuntimeError:
            self._add_one_by_one(self._reader.quantities(quantities))
            return
        types = [QUANTITY_MEASURES.get(class_of(q)) for q in quantities]
        self._add(names, values, types, own_units)

    def _add(self, names: list[Value], values: list[Value], types: list[str | None], own_units: list[Value]) -> None:
        symbols = self._units.symbol_of_measure
        units = [symbols[t] for t in types]
        # Not any(): the truth value of an instance is its length, which costs a call of the engine.
        if own_units.count(None) != len(own_units):
            symbol = self._units.symbol
            units = [u if own is None else symbol(own) for u, own in zip(units, own_units, strict=True)]
        original_id = self._original_id
        texts = [v if (c := v.__class__) is str else repr(v) if c is float else text_of(v, original_id) for v in values]
        numbers = [v if (c := v.__class__) is float else None if c is str else number_of(v) for v in values]
        self._rows.extend(names, texts, numbers, types, units)

    def _add_one_by_one(self, groups: list[Group]) -> None:
        rows = [row for _, group in groups for row in group]
        self._rows.extend(*zip(*rows, strict=True))
