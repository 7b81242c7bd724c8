"""Pages of elements: the columns that a request selects, their order, and the rows as answers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic.alias_generators import to_camel

from ifcjob.http.models import Element
from ifcjob.http.problems import FieldProblem
from ifcjob.tables import ELEMENTS
from ifcjob_api.models.filtering.element_filter import Key, Selection
from ifcjob_api.models.query_engine import Cursor, fetched_rows
from ifcjob_api.problems import Problem

_BOX = tuple(column.name for column in ELEMENTS if column.name.startswith("bbox_"))
FIELDS: dict[str, tuple[str, ...]] = {
    to_camel(column.name): (column.name,) for column in ELEMENTS if column.name not in _BOX
} | {"boundingBox": _BOX}
"""The fields of an element and the columns that each needs; nothing else of a request names a column."""
SORTABLE = {
    to_camel(column.name): column.name
    for column in ELEMENTS
    if column.type != "list<string>" and column.name not in _BOX
}
_ALWAYS = ("stepId", "globalId")


@dataclass(frozen=True)
class Page:
    """Where a page begins, how it is sorted, and how long it is."""

    limit: int
    column: str = "step_id"
    descending: bool = False
    after: tuple[Any, int] | None = None
    """Value of that column and STEP id of the last row before the page."""


def selected_fields(text: str | None) -> tuple[str, ...]:
    """Return the fields that a request names, or all; a Problem for an unknown one."""
    if text is None:
        return tuple(FIELDS)
    names = list(dict.fromkeys(name.strip() for name in text.split(",")))
    if unknown := [name for name in names if name not in FIELDS]:
        raise _unknown("fields", unknown[0], FIELDS)
    return (*_ALWAYS, *(name for name in names if name not in _ALWAYS))


def sort_column(text: str) -> tuple[str, bool]:
    """Return column and direction of a `sort` parameter such as `-name`; a Problem for an unknown one."""
    name = text.removeprefix("-")
    if name not in SORTABLE:
        raise _unknown("sort", name, SORTABLE)
    return SORTABLE[name], text.startswith("-")


def count_elements(cursor: Cursor, selection: Selection) -> int:
    """Return the number of selected elements."""
    sql = f"{selection.conditions_sql} SELECT count(*) FROM {selection.keys}"
    row = selection.execute(cursor, sql).fetchone()
    assert row is not None
    return int(row[0])


def step_ids(cursor: Cursor, selection: Selection) -> list[int]:
    """Return the STEP ids of the selected elements of one model, in order."""
    selection.execute(cursor, f"{selection.conditions_sql} SELECT list(step_id ORDER BY step_id) FROM {selection.keys}")
    row = cursor.fetchone()
    return list(row[0] or ()) if row else []


def element_rows(cursor: Cursor, selection: Selection, fields: Sequence[str], page: Page) -> list[dict[str, Any]]:
    """Return one row more than the page has, if there is one; rows of several models are in the order of the models."""
    several = page.column == "step_id" and not page.descending
    order = "model, step_id" if several else _order(page)
    table = selection.keys if several else f"{selection.elements} WHERE {selection.where}"
    sql = (
        f"{selection.conditions_sql} SELECT model, step_id FROM {table}"
        f" {'WHERE' if several else 'AND'} {_after(selection, page)}"
        f" ORDER BY {order} LIMIT {selection.parameters.add(page.limit + 1)}"
    )
    return rows_of(cursor, selection, fields, selection.execute(cursor, sql).fetchall(), page.column)


def rows_of(
    cursor: Cursor, selection: Selection, fields: Sequence[str], keys: Sequence[Key], column: str = "step_id"
) -> list[dict[str, Any]]:
    """Return the rows of elements, by the place of the model and the STEP id, in this order.

    They are read on their own: a search that reads all columns of all models takes six times as long.
    """
    if not keys:
        return []
    models = sorted({model for model, _ in keys})
    chosen = selection.only(models)
    table = chosen.key_table([(models.index(model), step_id) for model, step_id in keys])
    columns = ", ".join(dict.fromkeys(["model", "step_id", column, *(c for name in fields for c in FIELDS[name])]))
    chosen.execute(cursor, f"SELECT {columns} FROM {chosen.elements} JOIN {table} USING (model, step_id)")
    rows = {(models[row["model"]], row["step_id"]): row for row in fetched_rows(cursor)}
    for place, condition in enumerate(selection.conditions):
        chosen.execute(
            cursor,
            "SELECT model, step_id, min(struct_pack(value := value, unit := unit)) AS match"
            f" FROM {chosen.property_rows(condition.path)} JOIN {table} USING (model, step_id)"
            f" WHERE {condition.sql(chosen.parameters)} GROUP BY model, step_id",
        )
        for match in fetched_rows(cursor):
            rows[models[match["model"]], match["step_id"]][f"match{place}"] = match["match"]
    return [row | {"model": key[0]} for key in keys if (row := rows.get(key)) is not None]


def element_values(row: dict[str, Any], fields: Sequence[str], selection: Selection) -> dict[str, Any]:
    """Return the fields of an element of one row."""
    values: dict[str, Any] = {}
    for name in fields:
        if name == "boundingBox":
            box = [row[column] for column in _BOX]
            values[name] = {"min": box[:3], "max": box[3:]} if all(map(_is_finite, box)) else None
        else:
            values[name] = row[FIELDS[name][0]]
    if selection.conditions:
        values["matches"] = [
            {"condition": condition.text, **(row.get(f"match{place}") or {"value": None})}
            for place, condition in enumerate(selection.conditions)
        ]
    return values


def element_of(row: dict[str, Any], fields: Sequence[str], selection: Selection) -> Element:
    """Return one row as an answer."""
    return Element.model_validate(element_values(row, fields, selection))


def _is_finite(number: float | None) -> bool:
    return number is not None and math.isfinite(number)


def _order(page: Page) -> str:
    direction = "DESC" if page.descending else "ASC"
    return f"{page.column} {direction} NULLS LAST, step_id"


def _after(selection: Selection, page: Page) -> str:
    if page.after is None:
        return "true"
    value, step_id = page.after
    add, column = selection.parameters.add, page.column
    later = f"step_id > {add(step_id)}"
    if column == "step_id" and not page.descending:
        return f"(model > 0 OR {later})"
    if value is None:
        return f"({column} IS NULL AND {later})"
    last = add(value)
    beyond = "<" if page.descending else ">"
    return f"({column} {beyond} {last} OR ({column} = {last} AND {later}) OR {column} IS NULL)"


def _unknown(parameter: str, name: str, known: dict[str, Any]) -> Problem:
    detail = f"There is no field {name[:80]!r}: use {', '.join(known)}."
    return Problem(422, "UnknownField", detail, errors=[FieldProblem(pointer=parameter, detail=detail)])
