"""Every kind of IfcProperty and IfcPhysicalQuantity as rows, one property at a time.

Lists become a value or a JSON array; bounds and tables a JSON object, complex properties
a row per part (`Outer.Inner`).
"""

import json
from collections.abc import Callable, Iterable

from ifcjob_runner.data.attribute_access import Instance, Value, argument, class_of, is_instance, pointers, step_id
from ifcjob_runner.data.model import Model
from ifcjob_runner.data.properties.rows import Row
from ifcjob_runner.data.units import QUANTITY_MEASURES, ProjectUnits
from ifcjob_runner.data.values import list_text, measure_of, number_of, plain, text_of

MAX_DEPTH = 32
"""Complex properties nested deeper than this are a cycle."""

Group = tuple[str, list[Row]]


class PropertyReader:
    """Turns properties and quantities into rows."""

    def __init__(self, model: Model, units: ProjectUnits) -> None:
        self._model = model
        self._units = units
        self._kinds: dict[str, Callable[[str, Instance], Row]] = {
            "IfcPropertySingleValue": self._single,
            "IfcPropertyEnumeratedValue": self._enumerated,
            "IfcPropertyListValue": self._list,
            "IfcPropertyBoundedValue": self._bounded,
            "IfcPropertyTableValue": self._table,
            "IfcPropertyReferenceValue": self._reference,
        }

    def properties(self, properties: Iterable[Instance], depth: int = 0) -> list[Group]:
        """Return each property's name with its rows."""
        groups = []
        for p in properties:
            name, kind = self._model.read(p, 0) or "", class_of(p)
            if kind == "IfcComplexProperty":
                inner = [] if depth > MAX_DEPTH else self.properties(pointers(self._model.read(p, 3)), depth + 1)
                groups.append((name, _prefixed(name, inner)))
            elif kind in self._kinds:
                groups.append((name, [self._kinds[kind](name, p)]))
        return groups

    def quantities(self, quantities: Iterable[Instance], depth: int = 0) -> list[Group]:
        """Return each quantity's name with its rows."""
        groups = []
        for q in quantities:
            name, kind = self._model.read(q, 0) or "", class_of(q)
            if kind == "IfcPhysicalComplexQuantity":
                inner = [] if depth > MAX_DEPTH else self.quantities(pointers(self._model.read(q, 2)), depth + 1)
                groups.append((name, _prefixed(name, inner)))
                continue
            value, measure, own = self._model.read(q, 3), QUANTITY_MEASURES.get(kind), self._model.read(q, 2)
            groups.append((name, [self._row(name, value, measure, own)]))
        return groups

    def attribute(self, name: str, value: Value, declared: str | None) -> Row:
        """Return an attribute of a predefined set as a row."""
        if is_instance(value) and value.id():
            return Row(name, self._model.label_or_number(value), None, class_of(value), None)
        if is_instance(value):
            return self._row(name, argument(value, 0), class_of(value), None)
        if isinstance(value, tuple):
            return Row(
                name,
                list_text(plain(value, self._model.original_id)),
                None,
                declared,
                self._units.symbol_of_measure[declared],
            )
        return self._row(name, value, declared, None)

    def _row(self, name: str, value: Value, measure: str | None, own_unit: Instance | None) -> Row:
        return Row(
            name,
            text_of(value, self._model.original_id),
            number_of(value),
            measure,
            self._unit(measure, own_unit, value),
        )

    def _unit(self, measure: str | None, own_unit: Instance | None, value: Value) -> str | None:
        if own_unit is not None and not isinstance(value, str):
            return self._units.symbol(own_unit)
        return self._units.symbol_of_measure[measure]

    def _value(self, holder: Value) -> Value:
        """Return the content of a measure; an instance where the schema has a measure stays itself."""
        if not is_instance(holder):
            return None
        return holder if holder.id() else self._model.read(holder, 0)

    def _single(self, name: str, p: Instance) -> Row:
        holder = self._model.read(p, 2)
        if holder is not None and not is_instance(holder):  # of a type that the schema lacks, or of none
            self._model.untyped.add(step_id(p))
        return self._row(name, self._value(holder), measure_of(holder), self._model.read(p, 3))

    def _enumerated(self, name: str, p: Instance) -> Row:
        enumeration = self._model.read(p, 3)
        own = self._model.attribute(enumeration, "Unit") if is_instance(enumeration) else None
        return self._several(name, self._model.read(p, 2), own)

    def _list(self, name: str, p: Instance) -> Row:
        return self._several(name, self._model.read(p, 2), self._model.read(p, 3))

    def _several(self, name: str, holders: Value, own_unit: Instance | None) -> Row:
        measure, values = measure_of(holders), [self._value(h) for h in holders or ()]
        only = values[0] if len(values) == 1 else None
        unit = self._unit(measure, own_unit, values[0] if values else None)
        return Row(name, list_text(values, self._model.original_id), number_of(only), measure, unit)

    def _bounded(self, name: str, p: Instance) -> Row:
        upper, lower, set_point = (
            self._model.read(p, 2),
            self._model.read(p, 3),
            self._model.attribute(p, "SetPointValue"),
        )
        measure = measure_of(lower) or measure_of(upper) or measure_of(set_point)
        parts = {"lower": self._value(lower), "upper": self._value(upper), "setPoint": self._value(set_point)}
        unit = self._unit(measure, self._model.read(p, 4), None)
        return Row(name, self._json(parts), number_of(parts["setPoint"]), measure, unit)

    def _table(self, name: str, p: Instance) -> Row:
        defining, defined = self._model.read(p, 2), self._model.read(p, 3)
        parts = {
            "defining": [self._value(v) for v in defining or ()],
            "defined": [self._value(v) for v in defined or ()],
            "expression": self._model.read(p, 4),
            "definingUnit": self._unit(measure_of(defining), self._model.read(p, 5), None),
            "interpolation": self._model.attribute(p, "CurveInterpolation"),
        }
        measure = measure_of(defined)
        return Row(name, self._json(parts), None, measure, self._unit(measure, self._model.read(p, 6), None))

    def _reference(self, name: str, p: Instance) -> Row:
        target = self._model.read(p, 3)
        if not is_instance(target):
            return Row(name, None)
        return Row(name, self._model.label_or_number(target), None, class_of(target))

    def _json(self, parts: dict[str, Value]) -> str | None:
        """Return the parts that have a value as a JSON object; None when no part has."""
        original_id = self._model.original_id
        values = {name: plain(part, original_id) for name, part in parts.items() if part not in (None, [])}
        return json.dumps(values, ensure_ascii=False, separators=(",", ":")) if values else None


def _prefixed(outer: str, groups: list[Group]) -> list[Row]:
    return [row._replace(name=f"{outer}.{row.name}") for _, rows in groups for row in rows]
