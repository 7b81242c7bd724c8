"""All about one object: its row, its properties by set, and its relationships."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ifcjob.http.models import ElementDetails, PropertySet, PropertyValue, Relation
from ifcjob_api.models.filtering.element_filter import ElementFilter, Selection
from ifcjob_api.models.query_engine import Cursor, fetched_rows
from ifcjob_api.models.reading.element_pages import FIELDS, element_of, rows_of

MAX_RELATIONS = 1000
MAX_VALUES = 20_000
_PROPERTIES = (
    "SELECT step_id, kind, set_name, name, value, number, unit, value_type, source FROM read_parquet($files)"
    " WHERE step_id = $step AND global_id = $id LIMIT $limit"
)
_RELATIONS = (
    "SELECT relation, name, relating_step_id, relating_global_id, relating_class,"
    " related_step_id, related_global_id, related_class FROM read_parquet($files)"
    " WHERE relating_step_id = $step OR related_step_id = $step LIMIT $limit"
)


def element_details(
    cursor: Cursor, model: str, files: Sequence[Path], global_id: str, step_id: int | None
) -> ElementDetails | None:
    """Return an object by GlobalId; None if the model has none. The files are elements, properties and relations."""
    elements, properties, relations = (str(path) for path in files)
    numbers = _step_ids(cursor, elements, properties, global_id)
    chosen = step_id if step_id is not None else next(iter(numbers), None)
    if chosen is None or chosen not in numbers:
        return None
    about = {"step": chosen, "id": global_id, "limit": MAX_VALUES}
    values = _rows(cursor, _PROPERTIES, {**about, "files": [properties]})
    links = _rows(cursor, _RELATIONS, {"step": chosen, "limit": MAX_RELATIONS, "files": [relations]})
    selection = Selection(ElementFilter(), [files])
    rows = rows_of(cursor, selection, tuple(FIELDS), [(0, chosen)])
    return ElementDetails(
        model=model,
        step_id=chosen,
        global_id=global_id,
        element=element_of(rows[0], tuple(FIELDS), selection) if rows else None,
        property_sets=_sets(values, "property"),
        quantity_sets=_sets(values, "quantity"),
        materials=_sets(values, "material"),
        classifications=_sets(values, "classification"),
        relations=[_relation(row, chosen) for row in links],
        same_global_id=[number for number in numbers if number != chosen],
    )


def _step_ids(cursor: Cursor, elements: str, properties: str, global_id: str) -> list[int]:
    """Return the objects with a GlobalId, sorted; groups and the like have rows in properties.parquet only."""
    for file in (elements, properties):
        sql = "SELECT DISTINCT step_id FROM read_parquet($files) WHERE global_id = $id ORDER BY step_id LIMIT 100"
        if rows := cursor.execute(sql, {"files": [file], "id": global_id}).fetchall():
            return [int(row[0]) for row in rows]
    return []


def _rows(cursor: Cursor, sql: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    cursor.execute(sql, parameters)
    return fetched_rows(cursor)


def _sets(rows: Sequence[dict[str, Any]], kind: str) -> list[PropertySet]:
    sets: dict[str, list[PropertyValue]] = {}
    for row in rows:
        if row["kind"] == kind:
            sets.setdefault(row["set_name"], []).append(PropertyValue.model_validate(row))
    return [PropertySet(name=name, values=values) for name, values in sets.items()]


def _relation(row: dict[str, Any], step_id: int) -> Relation:
    role, other = ("relating", "related") if row["relating_step_id"] == step_id else ("related", "relating")
    return Relation(
        relation=row["relation"],
        role=role,
        name=row["name"],
        other_step_id=row[f"{other}_step_id"],
        other_global_id=row[f"{other}_global_id"],
        other_class=row[f"{other}_class"],
    )
