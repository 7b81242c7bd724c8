"""The API over prepared models: `python -m bench.api.model_server PORT STORE CACHE`, started by bench.api.models.

The results are read from the store's folder; all else is as in the product. `/empty` is FastAPI's empty endpoint.
"""

import asyncio
import hashlib
import logging
import sys
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import structlog
import uvicorn

from ifcjob.manifest import Manifest
from ifcjob.status import Result
from ifcjob_api.access.open_access import OpenAccess
from ifcjob_api.app import create_app
from ifcjob_api.models.artifact_cache import ArtifactCache
from ifcjob_api.models.directory import ModelDirectory
from ifcjob_api.models.query_engine import QueryEngine
from ifcjob_api.models.results import ModelResult
from ifcjob_api.models.store import ModelStore
from ifcjob_api.services import Services
from ifcjob_api.settings import ApiSettings
from ifcjob_backends.storage.folder import FolderObjects

BUCKET = "artifacts"
NEWEST = datetime(2026, 1, 1, tzinfo=UTC)


class PreparedResults:
    """The models in the folders of the namespaces `large`, `hundred` and `thousand`."""

    def __init__(self, folder: Path) -> None:
        self._models: dict[str, list[ModelResult]] = {}
        for namespace in folder.iterdir():
            jobs = sorted(namespace.iterdir())
            self._models[namespace.name] = [self._result(namespace.name, job, place) for place, job in enumerate(jobs)]

    async def namespaces(self) -> Collection[str]:
        """Return the namespaces."""
        return self._models

    async def newest(self, namespaces: Collection[str], sha256: str | None = None) -> Sequence[ModelResult]:
        """Return the models of the namespaces."""
        listed = [model for namespace in namespaces for model in self._models[namespace]]
        return [model for model in listed if sha256 in (None, model.sha256)]

    def _result(self, namespace: str, job: Path, place: int) -> ModelResult:
        content = (job / "manifest.json").read_bytes()
        uri = f"s3://{BUCKET}/{namespace}/{job.name}/manifest.json"
        result = Result(manifest=uri, manifest_sha256=hashlib.sha256(content).hexdigest())
        sha256 = Manifest.model_validate_json(content).input.sha256
        return ModelResult(sha256, namespace, job.name, NEWEST - timedelta(seconds=place), result)


async def serve(port: int, store: Path, cache_folder: Path) -> None:
    """Serve until the process is stopped."""
    objects = FolderObjects(store)
    settings = ApiSettings(_env_prefix="BENCH_", reads_per_minute=0, auth_mode="none", address="loopback")
    services = Services(settings, cast("Any", _NoCluster()), cast("Any", objects), OpenAccess())
    app = create_app(services)
    results = PreparedResults(store / "objects" / BUCKET)
    visible = {name for name in await results.namespaces() if name in sys.argv[4:]}
    directory = ModelDirectory(services.access, [results], visible)
    cache = ArtifactCache(cache_folder, settings.cache_bytes, objects)
    app.state.models = ModelStore(directory, objects, cache, QueryEngine(cache_folder, memory="512MiB"))

    @app.get("/empty")
    async def empty() -> dict[str, str]:
        return {}

    await uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", lifespan="off")).serve()


class _NoCluster:
    """The measured routes ask Kubernetes nothing."""


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))
