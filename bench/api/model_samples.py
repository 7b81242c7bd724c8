"""The models that the measurements query: one large model, and a thousand that differ in their GlobalIds."""

import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.scale import replicate
from ifcjob.options import Operations
from ifcjob.request import RunRequest
from ifcjob_runner.pipeline import run
from ifcjob_runner.progress.observer import SilentObserver

CORPUS = ("ac20_fzk.ifc", "duplex_arch.ifc", "houten_kozijnen.ifc", "janesville.ifc", "office_a.ifc")
"""From 8,000 to 81,000 properties, from 130 to 3,600 elements."""
LARGE, LARGE_PROPERTIES = "office_a.ifc", 340_000
TABLES = ("elements.parquet", "properties.parquet", "relations.parquet")
_OPERATIONS: dict[str, Any] = {"metadata": {}, "spatialTree": {}, "properties": {}}


@dataclass(frozen=True)
class Samples:
    """Folders of artifacts."""

    large: Path
    many: list[Path]
    properties: int
    """Rows of all properties.parquet of `many`."""


def samples(corpus: Path, folder: Path, count: int) -> Samples:
    """Make the models that the folder does not have yet."""
    large = folder / "large"
    if not (large / "manifest.json").exists():
        _log("makes the large model")
        once = _run(corpus / LARGE, folder / "once")
        copies = -(-LARGE_PROPERTIES // pq.read_metadata(once / "properties.parquet").num_rows)
        file = folder / "large.ifc"
        replicate(corpus / LARGE, file, copies=copies)
        _run(file, large)
    sources = [_run(corpus / name, folder / "sources" / name) for name in CORPUS]
    many = [
        _variant(sources[number % len(sources)], folder / "many" / f"{number:04d}", number) for number in range(count)
    ]
    rows = sum(pq.read_metadata(path / "properties.parquet").num_rows for path in many)
    return Samples(large, many, rows)


def _run(file: Path, folder: Path) -> Path:
    if not (folder / "manifest.json").exists():
        _log(f"runs {file.name}")
        request = {"source": {"uri": str(file)}, "output": {"folder": str(folder)}}
        report = run(
            RunRequest.model_validate(request | {"operations": Operations.model_validate(_OPERATIONS)}),
            SilentObserver(),
        )
        assert report.outcome == "Succeeded", report
    return folder


def _variant(source: Path, folder: Path, number: int) -> Path:
    """Copy the artifacts of a model with other GlobalIds, so that no two files have the same content."""
    if (folder / "manifest.json").exists():
        return folder
    if number % 100 == 0:
        _log(f"makes model {number}")
    folder.mkdir(parents=True)
    for name in TABLES:
        pq.write_table(
            _renamed(pq.read_table(source / name), number), folder / name, compression="zstd", store_schema=False
        )
    manifest = json.loads((source / "manifest.json").read_bytes())
    manifest["artifacts"] = [
        {"name": name, "mediaType": "application/vnd.apache.parquet", **_facts(folder / name)} for name in TABLES
    ]
    manifest["input"]["sha256"] = hashlib.sha256(f"{source.name} {number}".encode()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def _renamed(table: Any, number: int) -> Any:
    prefix = f"{number:04d}"
    for place, name in enumerate(table.column_names):
        if name.endswith("global_id"):
            column = pc.binary_replace_slice(table.column(name).cast(pa.binary()), 0, 4, prefix.encode())
            table = table.set_column(place, table.schema.field(name), column.cast(pa.string()))
    return table


def _facts(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def global_ids(folder: Path) -> Iterator[str]:
    """Yield the GlobalIds of a model."""
    yield from pq.read_table(folder / "elements.parquet", columns=["global_id"]).column(0).to_pylist()


def _log(text: str) -> None:
    sys.stderr.write(f"{text}\n")
