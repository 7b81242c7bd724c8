"""Models for tests of the API: artifacts in a folder store, who may see them, and a client of the real application."""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from fastapi.testclient import TestClient

from ifcjob.manifest import MEDIA_TYPES, Artifact, Input, Manifest
from ifcjob.status import Result
from ifcjob.tables import ELEMENTS, PROPERTIES, RELATIONS
from ifcjob_api.access.protocol import Caller
from ifcjob_api.app import create_app
from ifcjob_api.models.artifact_cache import ArtifactCache
from ifcjob_api.models.directory import ModelDirectory
from ifcjob_api.models.query_engine import QueryEngine
from ifcjob_api.models.results import ModelResult
from ifcjob_api.models.store import ModelStore
from ifcjob_api.services import Services
from ifcjob_api.settings import ApiSettings
from ifcjob_backends.storage.folder import FolderObjects
from ifcjob_runner.data.formats.parquet import arrow_schema, write_parquet

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from fastapi import Request

    from ifcjob.tables import Column

BUCKET = "ifcjob-artifacts"
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass
class FakeResults:
    """A fake of the cluster's jobs and the catalog: results that a test has listed."""

    models: list[ModelResult] = field(default_factory=list)

    async def namespaces(self) -> Collection[str]:
        return {model.namespace for model in self.models}

    async def newest(self, namespaces: Collection[str], sha256: str | None = None) -> Sequence[ModelResult]:
        newest: dict[str, ModelResult] = {}
        for model in sorted(self.models, key=lambda model: model.finished_at):
            if model.namespace in namespaces and sha256 in (None, model.sha256):
                newest[model.sha256] = model
        return list(newest.values())


@dataclass
class NamespaceAccess:
    """Lets the caller do everything in some namespaces."""

    allowed: set[str] = field(default_factory=lambda: {"bim"})

    async def caller(self, _request: Request, /) -> Caller:
        return Caller("ann")

    async def allows(self, _caller: Caller, _verb: str, _resource: str, namespace: str, _name: str = "", /) -> bool:
        return namespace in self.allowed

    async def allowed_namespaces(
        self, _caller: Caller, _verb: str, _resource: str, among: Collection[str], /
    ) -> frozenset[str]:
        return frozenset(among) & self.allowed


class Models:
    """Models in a folder store, and the application that serves them."""

    def __init__(self, folder: Path, *, cache_bytes: int = 2**30, seconds: float = 60.0) -> None:
        self.objects = FolderObjects(folder / "data")
        self.access, self.results = NamespaceAccess(), FakeResults()
        self.cache_folder = folder / "cache"
        self.cache_bytes, self.seconds, self.kept_bytes = cache_bytes, seconds, 2**27

    @contextmanager
    def client(self) -> Iterator[TestClient]:
        """Run the application."""
        settings = ApiSettings(cache_folder=self.cache_folder)
        services = Services(settings, cast("Any", None), cast("Any", self.objects), cast("Any", self.access))
        app = create_app(services)
        cache = ArtifactCache(self.cache_folder, self.cache_bytes, self.objects)
        engine = QueryEngine(self.cache_folder)
        directory = ModelDirectory(cast("Any", self.access), [self.results])
        app.state.models = ModelStore(
            directory, self.objects, cache, engine, search_seconds=self.seconds, kept_bytes=self.kept_bytes
        )
        client = TestClient(app)
        try:
            yield client
        finally:
            engine.close()

    def publish(self, folder: Path, *, namespace: str = "bim", job: str = "house", age: int = 0) -> ModelResult:
        """Put the artifacts of a run into the store, as a job does."""
        prefix = f"{namespace}/{job}/{job}-1"
        target = self.objects.path(BUCKET, prefix)
        target.mkdir(parents=True)
        for path in folder.iterdir():
            shutil.copy(path, target / path.name)
        content = (folder / "manifest.json").read_bytes()
        manifest = Manifest.model_validate_json(content)
        model = ModelResult(
            sha256=manifest.input.sha256,
            namespace=namespace,
            job=job,
            finished_at=START - timedelta(seconds=age),
            result=Result(
                manifest=f"s3://{BUCKET}/{prefix}/manifest.json", manifest_sha256=hashlib.sha256(content).hexdigest()
            ),
        )
        self.results.models.append(model)
        return model


def write_tables(
    folder: Path,
    elements: Sequence[dict[str, Any]] = (),
    properties: Sequence[dict[str, Any]] = (),
    relations: Sequence[dict[str, Any]] = (),
) -> Path:
    """Write artifacts by hand, with defaults for the columns that a test does not care about."""
    folder.mkdir(parents=True)
    rows = [{"layers": [], "materials": [], "classifications": [], "class": "IfcWall"} | row for row in elements]
    _write(folder / "elements.parquet", ELEMENTS, rows)
    values = [
        {"source": "instance", "kind": "property", "global_id": "", "set_name": "Pset", "class": "IfcWall"} | row
        for row in properties
    ]
    _write(folder / "properties.parquet", PROPERTIES, values)
    _write(folder / "relations.parquet", RELATIONS, list(relations))
    write_manifest(folder)
    return folder


def write_corrupt(folder: Path, content: bytes = b"PAR1" + b"\xff" * 900 + b"PAR1") -> Path:
    """Write artifacts whose elements cannot be read, although they are what the manifest says."""
    write_tables(folder)
    (folder / "elements.parquet").write_bytes(content)
    write_manifest(folder)
    return folder


def write_manifest(folder: Path, changes: dict[str, Any] | None = None) -> None:
    """Write the manifest of the artifacts in a folder."""
    contents = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "manifest.json"}
    artifacts = [
        Artifact(
            name=name, media_type=MEDIA_TYPES[name], bytes=len(content), sha256=hashlib.sha256(content).hexdigest()
        )
        for name, content in contents.items()
    ]
    manifest = Manifest(
        input=Input(uri="file:///house.ifc", sha256=hashlib.sha256(str(folder).encode()).hexdigest(), bytes=1),
        engine={},
        options={},
        artifacts=artifacts,
        stages=[],
        cpu_seconds=0,
        peak_memory_bytes=0,
        findings=[],
    )
    (folder / "manifest.json").write_text(
        json.dumps(json.loads(manifest.to_json()) | (changes or {})), encoding="utf-8"
    )


def _write(path: Path, columns: tuple[Column, ...], rows: Sequence[dict[str, Any]]) -> None:
    import pyarrow as pa

    schema = arrow_schema(columns)
    arrays = [pa.array([row.get(column.name) for row in rows], schema.field(column.name).type) for column in columns]
    write_parquet(path, schema, [pa.RecordBatch.from_arrays(arrays, schema=schema)])
