"""An application with routes of the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import pytest
from fastapi import APIRouter, Body, Depends, Request

from ifcjob_api.access.checks import allowed
from tests.support.api_app import ListedAccess, api_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fastapi import FastAPI

router = APIRouter(prefix="/api/v1")


@router.post("/namespaces/{namespace}/echo/{name}", dependencies=[Depends(allowed("create", "ifcjobs"))])
async def echo(namespace: str, name: str, body: Annotated[Any, Body()]) -> Any:
    assert namespace
    assert name
    return body


@router.get("/namespaces/{namespace}/echo/{name}", dependencies=[Depends(allowed("get", "ifcjobs"))])
async def read(namespace: str, name: str) -> str:
    return f"read {namespace}/{name}"


@router.put("/namespaces/{namespace}/uploads/{upload}/parts/{number}")
async def put_part(namespace: str, upload: str, number: int, request: Request) -> int:
    assert (namespace, upload, number) == ("bim", "u", 1)
    return sum([len(chunk) async for chunk in request.stream()])


@router.get("/forgotten")
async def forgotten() -> str:
    """Have no check of its own."""
    return "secret"


@router.get("/broken")
async def broken() -> str:
    raise RuntimeError("a secret detail")


@pytest.fixture
def make_app(tmp_path: Path) -> Callable[..., FastAPI]:
    """Return what makes the application; `ann` and `bob` have one namespace each."""

    def make(access: Any = None, **settings: Any) -> FastAPI:
        app = api_app(tmp_path, access or ListedAccess(ann={"bim"}, bob={"other"}), **settings)
        app.include_router(router)
        app.router.routes.insert(0, app.router.routes.pop())  # before the API's own
        return app

    return make
