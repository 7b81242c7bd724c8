"""All elements of a model as columns: read with one statement, each different text once."""

import hashlib
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import orjson

from ifcjob_api.models.artifact_cache import ArtifactCorrupt
from ifcjob_api.models.query_engine import MAX_ANSWER, AnswerTooLarge, Cursor, fetched_rows
from ifcjob_api.models.store import ModelArtifacts

Value = TypeVar("Value", bound=Hashable)
Row = dict[str, Any]

VERSION = 1
"""Of the answer: it increases when the same artifacts give another one, because clients keep it forever."""
TREE = "spatial-tree.json"
IN_PROJECT = -1
_TEXTS = (
    *("global_id", "name", "class", "predefined_type", "type_global_id", "object_type"),
    *("storey_global_id", "parent_global_id"),
)
_LISTS = ("layers", "materials", "classifications")
MAX_TREE = 64 * 2**20
_GROUPS = (
    "SELECT relating_step_id AS id, min(relating_global_id) AS global_id, min(relating_class) AS class,"
    " min(name) AS name, list(related_step_id ORDER BY related_step_id) AS members FROM read_parquet($files)"
    " WHERE relation IN ('IfcRelAssignsToGroup', 'IfcRelAssignsToGroupByFactor')"
    " AND relating_step_id IS NOT NULL AND related_step_id IS NOT NULL"
    " GROUP BY relating_step_id ORDER BY relating_step_id"
)
_NAMES = (
    "SELECT step_id, min(object_name) AS name FROM read_parquet($files)"
    " WHERE class NOT IN (SELECT DISTINCT class FROM read_parquet($elements)) GROUP BY step_id"
)


def sources(artifacts: ModelArtifacts) -> tuple[list[str], str]:
    """Return the names of the artifacts that the columns need, and the version of an answer made of them."""
    names = ["elements.parquet", "properties.parquet", "relations.parquet"]
    names += [artifact.name for artifact in artifacts.listed if artifact.name == TREE and artifact.bytes <= MAX_TREE]
    checksums = [artifacts.stored(name).sha256 for name in names]
    return names, hashlib.sha256(orjson.dumps([VERSION, *checksums])).hexdigest()


def element_columns(cursor: Cursor, files: Sequence[Path]) -> Row:
    """Return the answer; the files are elements, properties, relations and, if there is one, the spatial tree."""
    elements, properties, relations = (str(path) for path in files[:3])
    columns = _columns(cursor, elements)
    rows = {step_id: row for row, step_id in enumerate(columns["step_id"])}
    # A damaged file may repeat a GlobalId: the first element has it.
    by_global_id = dict(reversed(list(zip(columns["global_id"], rows.values(), strict=True))))
    nodes = _nodes(files[3]) if len(files) > 3 else []
    projects = {node["globalId"] for node in nodes if node["class"] == "IfcProject"}
    return {
        "total": len(rows),
        "stepId": columns["step_id"],
        "globalId": columns["global_id"],
        "name": columns["name"],
        "class": _encoded(columns["class"]),
        "predefinedType": _encoded(columns["predefined_type"]),
        "type": _types(columns),
        "storey": [by_global_id.get(storey) for storey in columns["storey_global_id"]],
        "parent": [_parent(parent, by_global_id, projects) for parent in columns["parent_global_id"]],
        "layers": _text_lists(cursor, elements, "layers", columns["layers"]),
        "materials": _text_lists(cursor, elements, "materials", columns["materials"]),
        "classifications": _text_lists(cursor, elements, "classifications", columns["classifications"]),
        "triangles": columns["triangles"],
        "spatial": _spatial(nodes, rows),
        "groups": _groups(cursor, relations, _group_names(cursor, elements, properties), rows),
    }


def _columns(cursor: Cursor, elements: str) -> dict[str, list[Any]]:
    """Return the columns, sorted by STEP id; of a column of lists the place of each element's list among all lists."""
    size = " + ".join(f"coalesce(sum(strlen({column})), 0)" for column in _TEXTS)
    files = {"files": [elements]}
    row = cursor.execute(f"SELECT {size} FROM read_parquet($files)", files).fetchone()
    if row is None or row[0] > MAX_ANSWER:
        raise AnswerTooLarge(f"the answer has more than {MAX_ANSWER} characters")
    # Lists become Python objects slowly, and most elements have the same few.
    ranks = ", ".join(f"dense_rank() OVER (ORDER BY {column}) - 1 AS {column}" for column in _LISTS)
    names = ["step_id", *_TEXTS, "triangles", *_LISTS]
    lists = ", ".join(f"list({column} ORDER BY step_id)" for column in names)
    ranked = f"SELECT step_id, {', '.join(_TEXTS)}, triangles, {ranks} FROM read_parquet($files)"
    row = cursor.execute(f"SELECT {lists} FROM ({ranked})", files).fetchone()
    return {name: values or [] for name, values in zip(names, row or [None] * len(names), strict=True)}


def _text_lists(cursor: Cursor, elements: str, column: str, index: Sequence[int]) -> Row:
    cursor.execute(f"SELECT DISTINCT {column} AS texts FROM read_parquet($files) ORDER BY texts", {"files": [elements]})
    lists: list[list[str]] = [row["texts"] for row in fetched_rows(cursor)]
    places = _places(text for texts in lists for text in texts)
    encoded = [[places[text] for text in texts] for texts in lists]
    return {"values": list(places), "index": [encoded[place] for place in index]}


def _places(values: Iterable[Value | None]) -> dict[Value, int]:
    distinct = {value for value in values if value is not None}
    return {value: place for place, value in enumerate(sorted(distinct, key=str))}


def _encoded(texts: Sequence[str | None]) -> Row:
    places = _places(texts)
    return {"values": list(places), "index": [None if text is None else places[text] for text in texts]}


def _types(columns: dict[str, list[Any]]) -> Row:
    names: dict[str, str | None] = {}
    for global_id, name in zip(columns["type_global_id"], columns["object_type"], strict=True):
        if global_id is not None:
            names[global_id] = names.get(global_id) or name
    encoded = _encoded(columns["type_global_id"])
    encoded["values"] = [{"globalId": global_id, "name": names[global_id]} for global_id in encoded["values"]]
    return encoded


def _parent(global_id: str | None, rows: dict[str, int], projects: set[str]) -> int | None:
    if global_id is None:
        return None
    return IN_PROJECT if global_id in projects else rows.get(global_id)


def _nodes(tree: Path) -> list[Row]:
    """Return the project and the spatial elements, each parent before its children."""
    try:
        root = orjson.loads(tree.read_bytes())["root"]
        pending, nodes = [root] if root else [], []
        while pending:
            node = pending.pop()
            nodes.append({name: node[name] for name in ("globalId", "stepId", "class", "longName", "elevation")})
            pending.extend(reversed(node["children"]))
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise ArtifactCorrupt(f"{TREE} cannot be read") from error
    return nodes


def _spatial(nodes: Iterable[Row], rows: dict[int, int]) -> list[Row]:
    places = [(rows[node["stepId"]], node) for node in nodes if node["stepId"] in rows]
    return [{"row": row, "longName": node["longName"], "elevation": node["elevation"]} for row, node in places]


def _group_names(cursor: Cursor, elements: str, properties: str) -> dict[int, str | None]:
    """Return the names of objects that are not elements, if they have properties."""
    cursor.execute(_NAMES, {"files": [properties], "elements": [elements]})
    return {row["step_id"]: row["name"] for row in fetched_rows(cursor)}


def _groups(cursor: Cursor, relations: str, names: dict[int, str | None], rows: dict[int, int]) -> list[Row]:
    cursor.execute(_GROUPS, {"files": [relations]})
    groups = fetched_rows(cursor)
    places = {group["id"]: place for place, group in enumerate(groups)}
    parents = {
        places[member]: places[group["id"]] for group in groups for member in group["members"] if member in places
    }
    return [
        {
            "globalId": group["global_id"],
            "class": group["class"] or "IfcGroup",
            "name": names.get(group["id"]) or group["name"],
            "parent": parents.get(place),
            "rows": sorted({rows[member] for member in group["members"] if member in rows}),
        }
        for place, group in enumerate(groups)
    ]
