"""The API's uploads and artifacts in this process, on a real store, without Kubernetes."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import httpx

from ifcjob_api.access.open_access import OpenAccess
from ifcjob_api.app import create_app
from ifcjob_api.services import Services
from ifcjob_api.settings import ApiSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ifcjob_api.store import Store

API = "/api/v1"
UPLOADS = f"{API}/namespaces/bim/uploads"


class Replica(httpx.AsyncClient):
    """One instance of the application."""

    def __init__(self, services: Services) -> None:
        transport = httpx.ASGITransport(app=create_app(services), raise_app_exceptions=False)
        super().__init__(transport=transport, base_url="http://api", timeout=60)
        self.services = services

    async def begin(self, size: int, name: str = "House.ifc", **more: Any) -> dict[str, Any]:
        """Begin an upload, and return the answer."""
        answer = await self.post(UPLOADS, json={"fileName": name, "size": size} | more)
        assert answer.status_code == 201, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def send_part(self, part: dict[str, Any], file: bytes) -> int:
        """Send a part to its URL, as a client does, and return the status."""
        body = file[part["offset"] : part["offset"] + part["size"]]
        if urlsplit(part["url"]).scheme:
            async with httpx.AsyncClient() as direct:
                return (await direct.put(part["url"], content=body)).status_code
        return (await self.put(part["url"], content=body)).status_code

    async def upload(self, file: bytes, name: str = "House.ifc", **more: Any) -> httpx.Response:
        """Upload a file, and return the answer to its completion."""
        upload = await self.begin(len(file), name, **more)
        for part in upload["parts"]:
            assert await self.send_part(part, file) in (200, 204)
        return await self.post(upload["links"]["complete"])


@asynccontextmanager
async def replica(store: Store, **parts: Any) -> AsyncIterator[Replica]:
    """Run an instance of the application on a store; keyword arguments are settings or services."""
    settings = ApiSettings(
        upload_bucket="models",
        output_bucket="models",
        **{name: parts.pop(name) for name in list(parts) if name in ApiSettings.model_fields},
    )
    parts.setdefault("access", OpenAccess())
    parts.setdefault("kubernetes", cast("Any", None))
    services = Services(settings=settings, store=store, **parts)
    async with Replica(services) as client:
        yield client
