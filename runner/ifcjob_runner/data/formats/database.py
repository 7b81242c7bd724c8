"""All artifacts but the GLB as one SQLite or DuckDB file, read back from the Parquet files batch by batch."""

import sqlite3
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from ifcjob.tables import ELEMENTS, PROPERTIES, RELATIONS, Column
from ifcjob_runner.data.document import Metadata, SpatialTree, TreeNode

TABLES = {"elements": ELEMENTS, "properties": PROPERTIES, "relations": RELATIONS}
"""Tables with the columns of the Parquet file of the same name."""
METADATA = (("key", "string"), ("value", "string"))
TREE = (
    ("step_id", "int64"),
    ("global_id", "string"),
    ("class", "string"),
    ("name", "string"),
    ("long_name", "string"),
    ("elevation", "float64"),
    ("parent_step_id", "int64"),
    ("depth", "int32"),
    ("is_orphan", "int32"),
)
INDEXES = ("elements (step_id)", "elements (global_id)", "properties (step_id)", "properties (name)")
SQLITE_TYPES = {"int64": "INTEGER", "int32": "INTEGER", "float64": "REAL", "string": "TEXT", "list<string>": "TEXT"}
DUCKDB_TYPES = {"int64": "BIGINT", "int32": "INTEGER", "float64": "DOUBLE", "string": "VARCHAR"}
BATCH_ROWS = 4_096
DUCKDB_MEMORY = "512MB"
"""DuckDB writes more than this to the disk."""


class Documents(NamedTuple):
    """The documents that the database repeats; None: their operation does not run."""

    metadata: Metadata | None
    tree: SpatialTree | None


def write_sqlite(path: Path, tables: Path, documents: Documents) -> None:
    """Write the database from the Parquet files in the folder `tables`."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        # The file is complete or is not published, so it needs no journal.
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN")
        for name, columns in TABLES.items():
            _create(connection, name, [(c.name, c.type) for c in columns], SQLITE_TYPES)
            _insert(connection, name, len(columns), _rows(tables / f"{name}.parquet", columns))
        _create(connection, "metadata", METADATA, SQLITE_TYPES)
        _insert(connection, "metadata", len(METADATA), _metadata_rows(documents.metadata))
        _create(connection, "tree", TREE, SQLITE_TYPES)
        _insert(connection, "tree", len(TREE), _tree_rows(documents.tree))
        for number, columns_of in enumerate(INDEXES):
            connection.execute(f"CREATE INDEX index_{number} ON {columns_of}")
        connection.execute("COMMIT")
    finally:
        connection.close()


def write_duckdb(path: Path, tables: Path, documents: Documents) -> None:
    """Write the database from the Parquet files in the folder `tables`."""
    import duckdb  # large, and not in the runner image
    import pyarrow as pa  # only this format needs it here

    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,
        "memory_limit": DUCKDB_MEMORY,
        "temp_directory": str(path.with_suffix(".tmp")),
        "autoinstall_known_extensions": False,
    }
    with duckdb.connect(str(path), config=settings) as connection:
        for name in TABLES:
            connection.read_parquet(str(tables / f"{name}.parquet")).create(name)
        for name, columns, rows in (
            ("metadata", METADATA, _metadata_rows(documents.metadata)),
            ("tree", TREE, _tree_rows(documents.tree)),
        ):
            _create(connection, name, columns, DUCKDB_TYPES)
            values = list(zip(*rows, strict=True)) or [()] * len(columns)
            kinds = {"int64": pa.int64(), "int32": pa.int32(), "float64": pa.float64(), "string": pa.string()}
            arrays = [pa.array(v, kinds[kind]) for v, (_, kind) in zip(values, columns, strict=True)]
            table = pa.table(arrays, names=[column for column, _ in columns])
            connection.from_arrow(table).insert_into(name)


def _create(connection: Any, name: str, columns: Any, types: dict[str, str]) -> None:
    listed = ", ".join(f'"{column}" {types[kind]}' for column, kind in columns)
    connection.execute(f"CREATE TABLE {name} ({listed})")


def _insert(connection: sqlite3.Connection, name: str, count: int, rows: Iterator[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * count)
    connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608 - names of this module


def _rows(path: Path, columns: tuple[Column, ...]) -> Iterator[tuple[Any, ...]]:
    from pyarrow.parquet import ParquetFile  # 40 ms, and only this format needs it here

    lists = [c.type == "list<string>" for c in columns]
    with ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH_ROWS):
            values = [
                [orjson.dumps(entry).decode() for entry in column.to_pylist()] if is_list else column.to_pylist()
                for column, is_list in zip(batch.columns, lists, strict=True)
            ]
            yield from zip(*values, strict=True)


def _metadata_rows(metadata: Metadata | None) -> Iterator[tuple[str, str]]:
    for key, value in (metadata or {}).items():
        yield key, orjson.dumps(value).decode()


def _tree_rows(tree: SpatialTree | None) -> Iterator[tuple[Any, ...]]:
    """Yield a row per object, a parent before its children; without recursion, since files nest thousands deep."""
    if tree is None:
        return
    roots = [] if tree["root"] is None else [tree["root"]]
    pending: list[tuple[TreeNode, int | None, int, bool]] = [
        *((node, None, 0, True) for node in reversed(tree["orphans"])),
        *((node, None, 0, False) for node in roots),
    ]
    while pending:
        node, parent, depth, is_orphan = pending.pop()
        names = (node["globalId"], node["class"], node["name"], node.get("longName"))
        yield (node["stepId"], *names, node.get("elevation"), parent, depth, int(is_orphan))
        below = chain(reversed(node["elements"]), reversed(node.get("children", [])))
        pending.extend((child, node["stepId"], depth + 1, is_orphan) for child in below)
