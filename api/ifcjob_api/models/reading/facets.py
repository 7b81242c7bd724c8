"""Counts of the selected elements by a column or a property."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic.alias_generators import to_camel

from ifcjob.http.models import Facet, FacetValue
from ifcjob.http.problems import FieldProblem
from ifcjob.tables import ELEMENTS
from ifcjob_api.models.filtering.conditions import check_path, path_sql
from ifcjob_api.models.filtering.element_filter import Selection
from ifcjob_api.models.filtering.kept_rows import Scan
from ifcjob_api.models.query_engine import Cursor, fetched_rows
from ifcjob_api.problems import Problem

MAX_FACETS = 5
MAX_DISTINCT = 50_000
"""Values per batch of models whose counts can be added up."""
_COLUMNS = {to_camel(c.name): c for c in ELEMENTS if c.type in ("string", "list<string>")}
_NAMES = {
    "storey": "storeyGlobalId",
    "type": "typeGlobalId",
    "material": "materials",
    "classification": "classifications",
    "layer": "layers",
}


def facet_names(names: Sequence[str]) -> tuple[str, ...]:
    """Check the `by` parameters."""
    unique = tuple(dict.fromkeys(name.strip() for name in names))
    if len(unique) > MAX_FACETS:
        detail = f"At most {MAX_FACETS} columns or properties at once."
        raise Problem(422, "TooManyFacets", detail, errors=[FieldProblem(pointer="by", detail=detail)])
    return tuple(check_path(name, "by") for name in unique)


def scans(names: Sequence[str]) -> list[Scan]:
    """Return the scans of the facets that are properties."""
    return [Scan(name) for name in names if _NAMES.get(name, name) not in _COLUMNS]


@dataclass
class ValueCounts:
    """The values of a column or property, with the number of elements of each."""

    counts: dict[str | None, int] = field(default_factory=dict)
    """The most frequent values."""
    labels: dict[str | None, str] = field(default_factory=dict)
    distinct: int = 0
    """Number of all values."""

    def add(self, other: "ValueCounts") -> None:
        """Add the counts of further models."""
        if other.distinct > len(other.counts):
            detail = f"There are more than {len(other.counts)} different values: add conditions."
            raise Problem(422, "TooManyValues", detail)
        for value, count in other.counts.items():
            self.counts[value] = self.counts.get(value, 0) + count
        self.labels |= other.labels
        self.distinct = len(self.counts)

    def facet(self, by: str, limit: int) -> Facet:
        """Return the most frequent values as an answer."""
        frequent = sorted(self.counts.items(), key=lambda item: (-item[1], item[0] is None, item[0] or ""))[:limit]
        values = [FacetValue(value=value, label=self.labels.get(value), count=count) for value, count in frequent]
        return Facet(by=by, values=values, distinct=self.distinct)


def count_values(cursor: Cursor, selection: Selection, by: str, limit: int) -> ValueCounts:
    """Count the selected elements by a column or property; only the most frequent values are returned."""
    column = _COLUMNS.get(_NAMES.get(by, by))
    if column is None:
        source = _property_values(selection, by)
    else:
        value = (
            f"unnest(if(len({column.name}) > 0, {column.name}, [NULL]))"
            if column.type == "list<string>"
            else column.name
        )
        source = f"SELECT model, step_id, {value} AS value, storey_name FROM selected"
    labelled = column is not None and column.name == "storey_global_id"
    label = "min(storey_name)" if labelled else "NULL"
    prefix = selection.conditions_sql
    limited = selection.parameters.add(limit)
    sql = (
        f"{prefix}{',' if prefix else 'WITH'} selected AS (SELECT * FROM {selection.elements} WHERE {selection.where}),"
        f" counted AS (SELECT value, count(DISTINCT (model, step_id)) AS elements, {label} AS label"
        f" FROM ({source}) GROUP BY value)"
        f" SELECT value, label, elements, count(*) OVER () AS values FROM counted"
        f" ORDER BY elements DESC, value LIMIT {limited}"
    )
    counted_values = ValueCounts()
    selection.execute(cursor, sql)
    for row in fetched_rows(cursor):
        value, counted_values.distinct = row["value"], row["values"]
        counted_values.counts[value] = row["elements"]
        if row["label"] is not None:
            counted_values.labels[value] = row["label"]
    return counted_values


def _property_values(selection: Selection, path: str) -> str:
    table, where = selection.property_rows(path), path_sql(path, selection.parameters)
    rows = f"SELECT model, step_id, value FROM {table} WHERE {where}"
    return f"SELECT s.model, s.step_id, p.value FROM selected AS s LEFT JOIN ({rows}) AS p USING (model, step_id)"
