"""The API over a cluster that changes: `python -m bench.api.live_server PORT JOBS CHANGES`, started by bench.api.live.

The cluster is a list in memory that tells its watches of CHANGES jobs per second; all else is as in the product.
`/empty` is FastAPI's empty endpoint.
"""

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, cast

import uvicorn

from ifcjob_api.access.open_access import OpenAccess
from ifcjob_api.app import create_app
from ifcjob_api.services import Services
from ifcjob_api.settings import ApiSettings
from ifcjob_backends.cluster.objects import KubeObject
from ifcjob_backends.cluster.protocol import EventType

NAMESPACE = "bim"
PHASES = ("Queued", "Running", "Succeeded", "Succeeded", "Succeeded", "Failed")


class ChangingCluster:
    """Lists IfcJobs, and changes some of them per second."""

    def __init__(self, jobs: int, changes: float) -> None:
        self._changes = changes
        self._version = jobs
        self._items = [_ifcjob(number) for number in range(jobs)]

    async def ask(self, *_: Any) -> KubeObject:
        """Return an empty list with the version."""
        return {"metadata": {"resourceVersion": str(self._version)}, "items": []}

    async def pages(self, path: str, **_: str) -> AsyncIterator[KubeObject]:
        """List the IfcJobs; there are no queues."""
        for item in self._items if path.endswith("ifcjobs") else ():
            yield item

    async def watch(self, path: str, *_: str, **__: str) -> AsyncIterator[tuple[EventType, KubeObject]]:
        """Change one job after the other."""
        for number in itertools.count():
            await asyncio.sleep(1 / self._changes if path.endswith("ifcjobs") else 3600)
            self._version += 1
            item = self._items[number * 7 % len(self._items)]
            item["metadata"]["resourceVersion"] = str(self._version)
            item["status"]["phase"] = "Running"
            item["status"]["progress"] = _progress()
            yield "MODIFIED", item

    async def stream(self, *_: str, **__: str) -> AsyncIterator[bytes]:
        """Return no log."""
        yield b""


def _ifcjob(number: int) -> KubeObject:
    phase = PHASES[number % len(PHASES)]
    metadata = {
        "namespace": NAMESPACE,
        "name": f"ifc-{number:06d}",
        "uid": f"6f0c2a9e-8d1b-4c53-9a55-{number:012d}",
        "resourceVersion": str(number + 1),
        "creationTimestamp": f"2026-11-{1 + number % 28:02d}T{number % 24:02d}:{number % 60:02d}:00Z",
        "labels": {"project": f"tower-{number % 40}"},
        "annotations": {"ifcjob.io/submitted-by": f"user-{number % 25}"},
    }
    condition = {"type": "Accepted", "status": "True", "reason": "Accepted", "message": "The file exists."}
    status = {"phase": phase, "progress": _progress(), "conditions": [condition], "finishedAt": "2026-11-30T08:00:00Z"}
    source = {"s3": {"bucket": "models", "key": f"projects/{number}/model-{number}.ifc"}}
    return {"metadata": metadata, "spec": {"source": source, "queue": "default"}, "status": status}


def _progress() -> KubeObject:
    return {"percent": 42.0, "stage": "gltf", "updatedAt": datetime.now(UTC).isoformat()}


async def serve(port: int, jobs: int, changes: float) -> None:
    """Serve until the process is stopped."""
    settings = ApiSettings(_env_prefix="BENCH_", reads_per_minute=0, auth_mode="none", address="loopback")
    services = Services(settings, ChangingCluster(jobs, changes), cast("Any", None), OpenAccess())
    app = create_app(services)

    @app.get("/empty")
    async def empty() -> dict[str, str]:
        return {}

    options = uvicorn.Config(
        app, port=port, log_level="critical", backlog=4096, timeout_keep_alive=60, timeout_graceful_shutdown=2
    )
    await uvicorn.Server(options).serve()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
