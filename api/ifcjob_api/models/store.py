"""Opens the artifacts of models: manifest, then the files that a query needs, in the cache."""

import asyncio
import hashlib
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from ifcjob.failures import RunFailure
from ifcjob.manifest import MANIFEST, MEDIA_TYPES, Artifact, Manifest
from ifcjob.status import Result
from ifcjob_api.models.artifact_cache import ArtifactCache, ArtifactCorrupt, ArtifactMissing, StoredArtifact
from ifcjob_api.models.directory import ModelDirectory
from ifcjob_api.models.filtering.kept_rows import KeptRows
from ifcjob_api.models.query_engine import AnswerTooLarge, Cursor, QueryEngine
from ifcjob_api.models.results import CatalogResults, IfcJobResults, ModelResult, ResultSource
from ifcjob_api.problems import Problem
from ifcjob_api.services import Services
from ifcjob_backends.storage.protocol import ObjectReader

Answer = TypeVar("Answer")

MAX_MANIFEST = 16 * 2**20
MANIFESTS_KEPT = 10_000
SHA256 = re.compile("[0-9a-f]{64}")
FOLDER = re.compile(r"[A-Za-z0-9][-A-Za-z0-9_]{0,127}/")


class ModelArtifacts:
    """The artifacts of one model."""

    def __init__(self, bucket: str, folder: str, manifest: Manifest) -> None:
        # A run writes the manifest, and a hostile file may control the run: its names must not lead elsewhere.
        if not all(a.name in MEDIA_TYPES and SHA256.fullmatch(a.sha256) and a.bytes >= 0 for a in manifest.artifacts):
            raise ArtifactCorrupt(f"s3://{bucket}/{folder}{MANIFEST} lists files that no job writes")
        self.bucket, self.folder, self.job = bucket, folder, manifest.ifcjob
        self.listed: tuple[Artifact, ...] = tuple(manifest.artifacts)
        self._stored: Mapping[str, StoredArtifact] = {
            a.name: StoredArtifact(bucket, f"{folder}{a.name}", a.bytes, a.sha256) for a in manifest.artifacts
        }

    def stored(self, name: str) -> StoredArtifact:
        """Return an artifact; ArtifactMissing when the job did not make it."""
        if name not in self._stored:
            raise ArtifactMissing(f"the job did not write {name}: run it with the operation that makes it")
        return self._stored[name]


class ModelStore:
    """The models: who may see them, their files, and queries over them."""

    def __init__(
        self,
        directory: ModelDirectory,
        store: ObjectReader,
        cache: ArtifactCache,
        engine: QueryEngine,
        *,
        query_seconds: float = 10.0,
        search_seconds: float = 10.0,
        kept_bytes: int = 2**27,
    ) -> None:
        """Limit the time of a query, the time in which a page of a search begins further batches, and the kept rows."""
        self.directory, self.cache, self.engine = directory, cache, engine
        self.query_seconds, self.search_seconds = query_seconds, search_seconds
        self.kept = KeptRows(kept_bytes)
        self._store = store
        self._artifacts: OrderedDict[str, ModelArtifacts] = OrderedDict()
        self._reading = asyncio.Semaphore(32)

    async def artifacts(self, model: ModelResult) -> ModelArtifacts:
        """Return the artifacts that the manifest lists."""
        uri = model.result.manifest
        if uri not in self._artifacts:
            async with self._reading:
                self._artifacts[uri] = await read_artifacts(self._store, model.result)
        self._artifacts.move_to_end(uri)
        while len(self._artifacts) > MANIFESTS_KEPT:
            self._artifacts.popitem(last=False)
        return self._artifacts[uri]

    @asynccontextmanager
    async def open(self, model: ModelResult, *names: str) -> AsyncIterator[list[Path]]:
        """Yield the files with these names of one model; they stay until the end of the block."""
        stored = [(await self.artifacts(model)).stored(name) for name in names]
        with self.cache.hold(stored) as paths:
            for artifact in stored:
                await self.cache.fetch(artifact)
            yield paths

    async def answer(
        self, model: ModelResult, names: Sequence[str], query: Callable[[Cursor, list[Path]], Answer]
    ) -> Answer:
        """Run a query over the files of one model; a Problem when they cannot be read."""
        try:
            async with self.open(model, *names) as paths:
                return await self.engine.run(lambda cursor: query(cursor, paths), self.query_seconds)
        except (ArtifactMissing, ArtifactCorrupt, AnswerTooLarge, RunFailure) as error:
            raise problem_of(error) from error


async def read_artifacts(store: ObjectReader, result: Result) -> ModelArtifacts:
    """Read the manifest of a result; ArtifactMissing or ArtifactCorrupt when it is not the one of the job's record."""
    bucket, folder = _place(result.manifest)
    content = bytearray()
    try:
        async for chunk in store.read(bucket, f"{folder}{MANIFEST}", 0, MAX_MANIFEST + 1):
            content += chunk
    except FileNotFoundError:
        raise ArtifactMissing(f"{result.manifest} does not exist any more") from None
    expected = result.manifest_sha256
    if len(content) > MAX_MANIFEST or (expected and hashlib.sha256(content).hexdigest() != expected):
        raise ArtifactCorrupt(f"{result.manifest} differs from the job's record")
    try:
        manifest = Manifest.model_validate_json(bytes(content))
    except ValidationError:
        raise ArtifactCorrupt(f"{result.manifest} is not a manifest") from None
    # An attempt's own manifest is beside its artifacts; only the committed copy names a folder.
    return ModelArtifacts(bucket, f"{folder}{_inside(manifest.folder)}", manifest)


def open_models(services: Services) -> ModelStore:
    """Make the models of one API process."""
    settings = services.settings
    sources: list[ResultSource] = [IfcJobResults(services.live)]
    if services.catalog is not None:
        sources.append(CatalogResults(services.catalog))
    folder = settings.cache_folder / "models"
    cache = ArtifactCache(folder, settings.cache_bytes, services.store)
    engine = QueryEngine(
        folder,
        memory=f"{settings.query_memory_bytes // 2**20}MiB",
        threads=settings.query_threads,
        at_once=settings.queries_at_once,
    )
    directory = ModelDirectory(services.access, sources, settings.namespaces)
    return ModelStore(
        directory,
        services.store,
        cache,
        engine,
        query_seconds=settings.query_seconds,
        search_seconds=settings.query_seconds,
        kept_bytes=settings.query_memory_bytes // 4,
    )


def _place(manifest: str) -> tuple[str, str]:
    """Return bucket and folder of a manifest's URI."""
    scheme, _, place = manifest.partition("://")
    bucket, _, key = place.partition("/")
    if scheme != "s3" or not bucket or not key:
        detail = f"The artifacts are at {manifest}, which the API cannot read: let the job write to the object store."
        raise Problem(409, "ArtifactsElsewhere", detail)
    return bucket, key.rpartition("/")[0] + "/"


def _inside(folder: str | None) -> str:
    """Return the folder that a manifest names; ArtifactCorrupt for one that leads elsewhere."""
    if folder is None:
        return ""
    if not FOLDER.fullmatch(folder):
        raise ArtifactCorrupt(f"the manifest names the folder {folder!r}")
    return folder


def problem_of(error: Exception) -> Problem:
    """Return the problem that tells a client why a model's artifacts cannot be read."""
    match error:
        case Problem():
            return error
        case ArtifactMissing():
            return Problem(410, "ArtifactMissing", f"{_sentence(error)}; submit the file again.")
        case ArtifactCorrupt():
            detail = f"{_sentence(error)}; submit the file again with cache: Refresh."
            return Problem(502, "ArtifactCorrupt", detail)
        case AnswerTooLarge():
            detail = f"{_sentence(error)}: select fewer fields or elements, or download the job's artifacts."
            return Problem(413, "AnswerTooLarge", detail)
        case RunFailure():
            return Problem(503, error.reason.value, str(error), retry_after=5)
    raise error


def _sentence(error: Exception) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]
