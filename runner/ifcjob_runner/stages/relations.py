"""relations: a row per pair of objects that a relationship connects."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ifcjob.tables import RELATIONS
from ifcjob_runner.data.attribute_access import (
    GLOBAL_ID,
    NAME,
    Instance,
    Value,
    class_of,
    is_instance,
    reading,
    step_id,
)
from ifcjob_runner.data.formats.parquet import ROW_GROUP, arrow_schema, column_array, write_parquet
from ifcjob_runner.data.model import Model
from ifcjob_runner.data.relations.relationships import FURTHER_MEMBERS, IN_RELATIONS

FIRST_OWN_ATTRIBUTE = 4
Pair = tuple[str, int, int, str | None]
"""The relation, the STEP ids of the relating and the related object (0: none), and the relationship's name."""


class _Object(NamedTuple):
    """The columns of a relating or related object."""

    step_id: int | None
    global_id: str | None
    ifc_class: str | None


_NOTHING = _Object(None, None, None)


def relations(model: Model, path: Path) -> None:
    """Write relations.parquet."""
    import pyarrow as pa  # 40 ms, and only the writing needs it

    with reading():
        rows = _Relations(model).rows()
    columns: Iterable[Sequence[Value]] = zip(*rows, strict=True) if rows else ((),) * len(RELATIONS)
    schema = arrow_schema(RELATIONS)
    arrays = [column_array(c, f.type, nullable=f.nullable) for c, f in zip(columns, schema, strict=True)]
    batch = pa.record_batch(arrays, schema=schema)
    write_parquet(path, schema, (batch.slice(first, ROW_GROUP) for first in range(0, batch.num_rows, ROW_GROUP)))


class _Relations:
    """Reads all relationships class by class, and then each object in them once."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._instances: dict[int, Instance] = {}
        self._names: dict[int, str | None] = {}

    def rows(self) -> list[tuple[Value, ...]]:
        """Return the rows, sorted by relation, relating and related object."""
        pairs = [pair for ifc_class in IN_RELATIONS for pair in self._pairs_of_class(ifc_class)]
        objects = self._objects()
        rows = [
            (relation, *objects[above], *objects[below], name or self._name_of(above))
            for relation, above, below, name in pairs
        ]
        rows.sort(key=lambda row: (row[0], row[1] or 0, row[4] or 0, row[7] or ""))
        return rows

    def _pairs_of_class(self, ifc_class: str) -> Iterator[Pair]:
        model = self._model
        if not model.schema.has(ifc_class):
            return
        rels = [r.this for r in model.file.by_type(ifc_class, include_subtypes=False)]
        if not rels:
            return
        relating, related = self._ends(ifc_class)
        relating_values: list[Value] = model.column(rels, relating) if relating >= 0 else [None] * len(rels)
        names, related_values = model.texts(rels, NAME), model.column(rels, related)
        yield from self._pairs(ifc_class, relating_values, related_values, names)
        further = FURTHER_MEMBERS.get(ifc_class, "")
        if (position := model.schema.index(ifc_class, further)) >= 0:
            values = model.column(rels, position)
            present = [(a, b, n) for a, b, n in zip(relating_values, values, names, strict=True) if b is not None]
            yield from self._pairs(f"{ifc_class}.{further}", *zip(*present, strict=True)) if present else ()

    def _pairs(
        self, relation: str, relating: Sequence[Value], related: Sequence[Value], names: Sequence[str | None]
    ) -> Iterator[Pair]:
        members = [
            (above, name, member)
            for above, several, name in zip(self._numbers(relating), related, names, strict=True)
            for member in (several if several.__class__ is tuple else (several,))
        ]
        numbers = self._numbers([member for _, _, member in members])
        for (above, name, _), below in zip(members, numbers, strict=True):
            if above or below:
                yield relation, above, below, name

    def _numbers(self, values: Sequence[Value]) -> list[int]:
        """Return the STEP id of each instance and remember it; 0 for anything else."""
        try:
            members = [None if v is None else v.this for v in values]
        except AttributeError:
            members = [v.this if is_instance(v) else None for v in values]
        numbers = [0 if m is None else step_id(m) for m in members]
        self._instances.update(zip(numbers, members, strict=True))
        return numbers

    def _ends(self, ifc_class: str) -> tuple[int, int]:
        """Return the numbers of the attributes with the relating (-1: none) and the related objects."""
        own = list(self._model.schema.attributes(ifc_class).items())[FIRST_OWN_ATTRIBUTE:]
        related = [number for name, number in own if name.startswith("Related")]
        relating = [number for name, number in own if name.startswith("Relating")]
        if ifc_class == "IfcRelCoversSpaces" and not relating:  # IFC2X3 calls the space RelatedSpace
            relating, related = related[:1], related[1:]
        return (relating or [-1])[0], related[0]

    def _objects(self) -> dict[int, _Object]:
        self._instances.pop(0, None)
        model, original_id = self._model, self._model.original_id
        numbers, members = list(self._instances), list(self._instances.values())
        classes = [class_of(m) for m in members]
        rooted = {kind: model.schema.is_a(kind, "IfcRoot") for kind in set(classes)}
        roots = [m for m, kind in zip(members, classes, strict=True) if rooted[kind]]
        global_ids = dict(zip(map(step_id, roots), model.texts(roots, GLOBAL_ID), strict=True))
        described = (
            _Object(original_id(number), global_ids.get(number), kind)
            for number, kind in zip(numbers, classes, strict=True)
        )
        return {0: _NOTHING, **dict(zip(numbers, described, strict=True))}

    def _name_of(self, number: int) -> str | None:
        """Return the name of a relating object that elements.parquet does not have."""
        if number not in self._names:
            instance = self._instances.get(number)
            named = instance is not None and not self._model.is_a(instance, "IfcProduct")
            self._names[number] = self._model.label(instance) if named else None
        return self._names[number]
