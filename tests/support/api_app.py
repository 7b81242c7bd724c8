"""The API in this process, with users and rights that a test lists."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import httpx

from ifcjob_api.access.bearer import bearer_token, unauthenticated
from ifcjob_api.access.protocol import Caller
from ifcjob_api.app import create_app
from ifcjob_api.services import Services
from ifcjob_api.settings import ApiSettings
from ifcjob_backends.cluster.errors import NotFound
from ifcjob_backends.storage.folder import FolderObjects

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection
    from pathlib import Path

    from fastapi import FastAPI, Request

    from ifcjob.http.caller import Verb
    from ifcjob_api.access.protocol import Resource


class ListedAccess:
    """Tokens are the names of users; each user has rights in namespaces."""

    def __init__(self, **namespaces: Collection[str]) -> None:
        self.namespaces = {user: set(names) for user, names in namespaces.items()}

    async def caller(self, request: Request, /) -> Caller:
        """Return the user whose name is the token."""
        token = bearer_token(request)
        if token not in self.namespaces:
            raise unauthenticated("Unknown.")
        return Caller(token)

    async def allows(
        self, caller: Caller, _verb: Verb, _resource: Resource, namespace: str, _name: str = "", /
    ) -> bool:
        """Allow every verb in the user's namespaces."""
        return namespace in self.namespaces[caller.name]

    async def allowed_namespaces(
        self, caller: Caller, _verb: Verb, _resource: Resource, among: Collection[str], /
    ) -> frozenset[str]:
        """Return the user's namespaces."""
        return frozenset(among) & self.namespaces[caller.name]


class EmptyCluster:
    """A cluster without any object; `requests` lists what was asked."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []

    async def ask(self, method: str, path: str, *_: Any) -> NoReturn:
        """Answer 404."""
        self.requests.append((method, path))
        raise NotFound(404, f"there is no {path}")

    async def pages(self, path: str, **_: str) -> AsyncIterator[dict[str, Any]]:
        """Yield nothing."""
        self.requests.append(("GET", path))
        items: tuple[dict[str, Any], ...] = ()
        for item in items:
            yield item

    watch = stream = pages


def api_app(folder: Path, access: Any, *, kubernetes: Any = None, **settings: Any) -> FastAPI:
    """Return the application over an empty cluster, or another one, and an empty store."""
    cluster = kubernetes or EmptyCluster()
    return create_app(Services(ApiSettings(**settings), cluster, FolderObjects(folder), access))  # type: ignore[arg-type]


@asynccontextmanager
async def api_client(
    app: FastAPI, user: str = "", address: str = "http://api.test"
) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of the application, with the token of a user."""
    headers = {"Authorization": f"Bearer {user}"} if user else {}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=address, headers=headers) as client:
        yield client
