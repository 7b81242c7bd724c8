"""The properties of a model as columns: which there are, and the values of one of them per element."""

from pathlib import Path
from typing import Any

from ifcjob_api.models.filtering.conditions import Parameters, path_sql
from ifcjob_api.models.query_engine import Cursor, fetched_rows

MAX_NAMES = 20_000
_NAMES = (
    "SELECT kind, set_name, name, count(DISTINCT step_id) AS elements, count(number) AS numbers,"
    " count(DISTINCT value) AS distinct_values, list(DISTINCT unit ORDER BY unit) FILTER (unit IS NOT NULL) AS units"
    " FROM read_parquet($files) WHERE value IS NOT NULL GROUP BY ALL ORDER BY ALL LIMIT $limit"
)


def property_names(cursor: Cursor, properties: Path) -> list[dict[str, Any]]:
    """Return the properties with their numbers of elements."""
    cursor.execute(_NAMES, {"files": [str(properties)], "limit": MAX_NAMES})
    return [
        {
            "kind": row["kind"],
            "set": row["set_name"],
            "name": row["name"],
            "elements": row["elements"],
            "numbers": row["numbers"],
            "distinct": row["distinct_values"],
            "units": row["units"] or [],
        }
        for row in fetched_rows(cursor)
    ]


def property_values(cursor: Cursor, properties: Path, path: str) -> dict[str, Any]:
    """Return the values of the property `[Set.]Name`."""
    parameters = Parameters()
    files = parameters.add([str(properties)])
    sql = (
        f"WITH found AS (SELECT step_id, value, number, unit FROM read_parquet({files})"
        f" WHERE value IS NOT NULL AND {path_sql(path, parameters)}),"
        " coded AS (SELECT *, dense_rank() OVER (ORDER BY number NULLS LAST, value, unit NULLS FIRST) - 1 AS place"
        " FROM found)"
    )
    values = f"{sql} SELECT DISTINCT place, value, number, unit FROM coded ORDER BY place"
    cursor.execute(values, parameters.used_in(values))
    distinct = [{name: row[name] for name in ("value", "number", "unit")} for row in fetched_rows(cursor)]
    rows = (
        f"{sql}, pairs AS (SELECT DISTINCT step_id, place FROM coded)"
        " SELECT list(step_id ORDER BY step_id, place) AS steps, list(place ORDER BY step_id, place) AS places"
        " FROM pairs"
    )
    cursor.execute(rows, parameters.used_in(rows))
    (pairs,) = fetched_rows(cursor)
    return {"property": path, "values": distinct, "stepId": pairs["steps"] or [], "index": pairs["places"] or []}
