"""Every route of the application, also those that are added later: without a token, and with ids of other users."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.routing import iter_route_contexts

from tests.support.api_app import ListedAccess, api_app, api_client
from tests.support.async_tests import finish
from tests.support.tenants import OWNER, STRANGER, tenants

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx
    from fastapi import FastAPI

PUBLIC = {"/healthz", "/readyz", "/metrics", "/api/v1/openapi.json", "/", "/api/v1/docs", "/api/v1/docs/files"}
"""Paths that need no token."""
STREAM = "/api/v1/events"
"""It does not end by itself: see test_events.py."""
QUEUES = re.compile(r"(?<=/queues/)\{name\}")
NO_SUCH = {
    "/api/v1/namespaces/{namespace}/history": "there is no catalog",
    "/api/v1/namespaces/{namespace}/history/{uid}": "there is no catalog",
    "/api/v1/namespaces/{namespace}/jobs/{name}/logs": "there is no pod",
}
"""Paths at which the owner has nothing to read."""

Operation = tuple[str, str, dict[str, Any]]


def operations(app: FastAPI) -> list[Operation]:
    """Return method, path and an example body of each operation that needs a token."""
    return [
        (method.upper(), path, _example(about))
        for path, item in app.openapi()["paths"].items()
        for method, about in item.items()
        if path not in PUBLIC
    ]


def _example(about: dict[str, Any]) -> dict[str, Any]:
    content = about.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return {"content": b"x"} if content else {}
    examples = content["application/json"].get("examples") or {}
    schema = content["application/json"].get("schema", {})
    first = next((example["value"] for example in examples.values()), None)
    return {"json": first or content["application/json"].get("example") or (schema.get("examples") or [{}])[0]}


def filled(path: str, ids: dict[str, str], namespace: str) -> str:
    """Fill the ids in; KeyError: a new kind of id needs a value in tests/support/tenants.py."""
    path = QUEUES.sub("fast", path).replace("{artifact}/{sha256}", "{artifact}/{artifactSha256}")
    return re.sub(r"\{(\w+)\}", lambda match: (ids | {"namespace": namespace})[match[1]], path)


def has_foreign_id(path: str) -> bool:
    return bool(set(re.findall(r"\{(\w+)\}", path)) - {"namespace"})


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return api_app(tmp_path, ListedAccess(ann=["bim"]))


@asynccontextmanager
async def strangers_client(folder: Path, user: str) -> AsyncIterator[tuple[httpx.AsyncClient, Any, Any]]:
    async with tenants(folder) as (app, cluster, ids), api_client(app, user) as client:
        client.app = app  # type: ignore[attr-defined]
        cluster.writes.clear()
        yield client, cluster, ids


def test_every_route_is_in_the_openapi_document(app: FastAPI) -> None:
    paths = {context.path for context in iter_route_contexts(app.routes)}
    assert paths - PUBLIC == {path for _, path, _ in operations(app)}
    assert len(paths) > 20


def test_no_operation_answers_without_a_token(app: FastAPI) -> None:
    async def run() -> list[str]:
        async with api_client(app) as client:
            ids = dict.fromkeys([*re.findall(r"\{(\w+)\}", str(operations(app))), "artifactSha256"], "1")
            answered = []
            for method, path, body in operations(app):
                for headers in ({}, {"Authorization": "Bearer eve"}):
                    answer = await client.request(method, filled(path, ids, "bim"), headers=headers, **body)
                    if answer.status_code != 401:
                        answered.append(f"{method} {path}: {answer.status_code}")
            return answered

    assert finish(run()) == []


def test_no_operation_answers_in_a_foreign_namespace(tmp_path: Path) -> None:
    async def run() -> tuple[list[str], list[str]]:
        async with strangers_client(tmp_path, STRANGER) as (client, cluster, ids):
            answered = []
            for method, path, body in operations(client.app):  # type: ignore[attr-defined]
                if "{namespace}" in path:
                    answer = await client.request(method, filled(path, ids, "bim"), **body)
                    if answer.status_code not in (403, 404):
                        answered.append(f"{method} {path}: {answer.status_code}")
            return answered, cluster.writes

    assert finish(run()) == ([], [])


def test_ids_of_others_name_nothing_in_ones_own_namespace(tmp_path: Path) -> None:
    async def run() -> tuple[list[str], list[str]]:
        async with strangers_client(tmp_path, STRANGER) as (client, cluster, ids):
            answered = []
            for method, path, body in operations(client.app):  # type: ignore[attr-defined]
                if has_foreign_id(path):
                    answer = await client.request(method, filled(path, ids, "other"), **body)
                    if answer.status_code not in (404, 410, 503) and not _nothing_deleted(method, path, answer):
                        answered.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
            return answered, [write for write in cluster.writes if "/bim/" in write]

    assert finish(run()) == ([], [])


def _nothing_deleted(method: str, path: str, answer: httpx.Response) -> bool:
    """Tell whether an upload that does not exist was aborted, which is not an error."""
    return method == "DELETE" and path.endswith("/uploads/{upload}") and answer.status_code == 204


def test_lists_and_searches_show_nothing_of_others(tmp_path: Path) -> None:
    async def run() -> list[str]:
        async with strangers_client(tmp_path, STRANGER) as (client, _, ids):
            leaks = []
            for method, path, _body in operations(client.app):  # type: ignore[attr-defined]
                if method == "GET" and path != STREAM and not has_foreign_id(path):
                    answer = await client.get(filled(path, ids, "other"))
                    secrets = [ids[name] for name in ("name", "uid", "sha256", "globalId", "upload")]
                    if any(secret in answer.text for secret in secrets):
                        leaks.append(f"{path}: {answer.text[:200]}")
            return leaks

    assert finish(run()) == []


def test_the_owner_reads_at_each_of_these_paths(tmp_path: Path) -> None:
    """Otherwise the tests above would also pass with ids that name nothing."""

    async def run() -> list[str]:
        async with strangers_client(tmp_path, OWNER) as (client, _, ids):
            refused = []
            for method, path, _body in operations(client.app):  # type: ignore[attr-defined]
                if method == "GET" and path != STREAM and path not in NO_SUCH:
                    answer = await client.get(filled(path, ids, "bim"))
                    if answer.status_code not in (200, 400, 422):
                        refused.append(f"{path}: {answer.status_code} {answer.text[:200]}")
            return refused

    assert finish(run()) == []
