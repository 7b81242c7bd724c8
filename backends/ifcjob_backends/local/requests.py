"""The few requests that the local controllers make."""

from contextlib import suppress
from typing import Literal

from ifcjob_backends.cluster.errors import NotFound
from ifcjob_backends.cluster.objects import Key, KubeObject
from ifcjob_backends.local.api_server.server import LocalApiServer

JOBS, PODS, SECRETS = "/apis/batch/v1/jobs", "/api/v1/pods", "/api/v1/secrets"
Kind = Literal["jobs", "pods", "secrets"]
PATHS: dict[Kind, str] = {"jobs": JOBS, "pods": PODS, "secrets": SECRETS}


async def get(server: LocalApiServer, path: str, key: Key) -> KubeObject | None:
    """Return an object, or None."""
    try:
        return await server.ask("GET", object_path(path, key))
    except NotFound:
        return None


async def patch_status(server: LocalApiServer, path: str, key: Key, status: KubeObject) -> None:
    """Change fields of a status; raises ClusterError."""
    await server.ask("PATCH", f"{object_path(path, key)}/status", {"status": status})


async def delete(server: LocalApiServer, path: str, key: Key, options: KubeObject) -> None:
    """Delete an object; a missing one is not an error."""
    with suppress(NotFound):
        await server.ask("DELETE", object_path(path, key), options)


def object_path(path: str, key: Key) -> str:
    """Return the path of one object of a resource."""
    return f"{list_path(path, key[0])}/{key[1]}"


def list_path(path: str, namespace: str) -> str:
    """Return the path of a resource's objects in a namespace."""
    group, _, resource = path.rpartition("/")
    return f"{group}/namespaces/{namespace}/{resource}"
