"""Two users with a namespace each; the first has one of everything that an id can name."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from ifcjob_api.app import create_app
from ifcjob_api.services import Services
from ifcjob_api.settings import ApiSettings
from ifcjob_backends.cluster.errors import NotFound
from ifcjob_backends.storage.folder import FolderObjects
from tests.support.api_app import ListedAccess, api_client
from tests.support.async_tests import until
from tests.support.models import Models, write_manifest, write_tables

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from fastapi import FastAPI

    from ifcjob_api.models.results import ModelResult

OWNER, STRANGER = "ann", "bob"
GLOBAL_ID = "0000000000000000000001"
ARTIFACT = "elements.parquet"
UID = "6f0c2a9e-8d1b-4c53-9a55-3f1f5f0f7c11"
PATH = "/apis/ifcjob.io/v1alpha1"


class SmallCluster:
    """A cluster with an IfcJob and an IfcQueue, both in the owner's namespace."""

    def __init__(self, model: ModelResult) -> None:
        status = {
            "phase": "Succeeded",
            "input": {"uri": "s3://models/house.ifc", "sha256": model.sha256, "bytes": 1},
            "result": model.result.model_dump(mode="json", by_alias=True, exclude_none=True),
            "finishedAt": "2026-03-01T12:00:00Z",
        }
        spec = {"source": {"s3": {"bucket": "models", "key": "house.ifc"}}}
        self.objects = {
            f"{PATH}/namespaces/bim/ifcjobs/house": {**_metadata("IfcJob", "house"), "spec": spec, "status": status},
            f"{PATH}/namespaces/bim/ifcqueues/fast": {**_metadata("IfcQueue", "fast"), "spec": {"slots": 2}},
        }
        self.writes: list[str] = []

    async def ask(self, method: str, path: str, *_: Any) -> dict[str, Any]:
        """Answer reads, and note writes without a change."""
        place = path.partition("?")[0]
        if place.endswith(("/ifcjobs", "/ifcqueues")) and method == "GET":
            return {"metadata": {"resourceVersion": "10"}, "items": []}
        if method != "GET":
            self.writes.append(f"{method} {place}")
        if place not in self.objects:
            raise NotFound(404, f"there is no {place}")
        return self.objects[place]

    async def pages(self, path: str, **_: str) -> AsyncIterator[dict[str, Any]]:
        """Yield all objects of a kind."""
        kind = path.partition("?")[0].rpartition("/")[2]
        for place, item in self.objects.items():
            if place.split("/")[-2] == kind:
                yield item

    async def watch(self, *_: str, **__: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Yield nothing, and stay open."""
        events: tuple[tuple[str, dict[str, Any]], ...] = ()
        for event in events:
            yield event
        await asyncio.Event().wait()

    async def stream(self, path: str, **_: str) -> AsyncIterator[bytes]:
        """Answer 404: there are no pods."""
        if path:
            raise NotFound(404, "there is no pod")
        yield b""


def _metadata(kind: str, name: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "bim", "uid": UID, "resourceVersion": "10"}
    metadata["creationTimestamp"] = "2026-03-01T11:00:00Z"
    return {"apiVersion": "ifcjob.io/v1alpha1", "kind": kind, "metadata": metadata}


@asynccontextmanager
async def tenants(folder: Path) -> AsyncIterator[tuple[FastAPI, SmallCluster, dict[str, str]]]:
    """Run the application; yield it, its cluster, and the owner's ids by the names of path parameters."""
    models = Models(folder)
    run = write_tables(folder / "run", [{"step_id": 1, "global_id": GLOBAL_ID}])
    (run / "spatial-tree.json").write_text('{"root": null, "orphans": []}', encoding="utf-8")
    write_manifest(run)
    model = models.publish(run)
    cluster, store = SmallCluster(model), FolderObjects(folder / "data")
    access = ListedAccess(**{OWNER: ["bim"], STRANGER: ["other"]})
    settings = ApiSettings(cache_folder=folder / "cache", reads_per_minute=0, writes_per_minute=0)
    services = Services(settings, cast("Any", cluster), store, cast("Any", access))
    app = create_app(services)
    async with app.router.lifespan_context(app), api_client(app, OWNER) as client:
        await until(lambda: services.live.is_synced)
        begun = await client.post("/api/v1/namespaces/bim/uploads", json={"fileName": "house.ifc", "size": 100})
        assert begun.status_code == 201, begun.text
        content = (run / ARTIFACT).read_bytes()
        ids = {
            "artifact": ARTIFACT,
            "artifactSha256": hashlib.sha256(content).hexdigest(),
            "name": "house",
            "uid": UID,
            "sha256": model.sha256,
            "globalId": GLOBAL_ID,
            "number": "1",
        }
        yield app, cluster, ids | {"upload": begun.json()["id"]}
