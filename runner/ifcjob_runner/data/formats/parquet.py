"""Write Parquet files whose bytes depend on their content only."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from ifcjob.tables import Column

ROW_GROUP = 65_536

# pyarrow has no type information.
ArrowArray = Any
ArrowBatch = Any
"""A pyarrow.RecordBatch."""
ArrowSchema = Any
ArrowType = Any


def arrow_schema(columns: Iterable[Column]) -> ArrowSchema:
    """Return the Arrow schema of a table."""
    import pyarrow as pa  # 40 ms, and only the writing needs it

    types = {
        "int64": pa.int64(),
        "int32": pa.int32(),
        "float64": pa.float64(),
        "string": pa.string(),
        "list<string>": pa.list_(pa.string()),
    }
    return pa.schema([pa.field(c.name, types[c.type], nullable=c.nullable) for c in columns])


def column_array(values: Sequence[Any], kind: ArrowType, *, nullable: bool = True) -> ArrowArray:
    """Return an Arrow array; in a text column, values of other types become null or empty."""
    import pyarrow as pa  # as above

    try:
        return pa.array(values, kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        if kind == pa.string():
            return pa.array([v if isinstance(v, str) else None if nullable else "" for v in values], kind)
        if pa.types.is_list(kind):
            return pa.array([[v for v in several if isinstance(v, str)] for several in values], kind)
        raise


def write_parquet(path: Path, schema: ArrowSchema, batches: Iterable[ArrowBatch]) -> None:
    """Write record batches, each as one row group; batches stream, so memory stays flat."""
    import pyarrow as pa  # as above

    # pyarrow.parquet wraps this class, but its module loads TLS, S3, Google and Azure, too: 10 ms.
    from pyarrow._parquet import ParquetWriter

    settings = {
        "version": "2.6",
        "compression": "zstd",
        "use_dictionary": [f.name for f in schema if str(f.type) in ("string", "list<element: string>")],
        "write_statistics": True,
        "writer_engine_version": "V2",
        "data_page_version": "1.0",
        "store_schema": False,
    }
    with closing(ParquetWriter(path, schema, **settings)) as writer:
        for batch in batches:
            writer.write_table(pa.Table.from_batches([batch]), row_group_size=ROW_GROUP)
