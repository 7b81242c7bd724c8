"""The documentation page of the API: Swagger UI, with its files in this process and not on another server."""

from pathlib import Path

import fastapi_offline
from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

PAGE = "/api/v1/docs"
FILES = f"{PAGE}/files"
SCRIPT, STYLE, ICON = (f"{FILES}/{name}" for name in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"))
PUBLIC = frozenset({"/", PAGE, SCRIPT, STYLE, ICON})
"""Paths that need no token."""


def install(app: FastAPI) -> None:
    """Add the page, and lead people who open the server's address there."""
    # The package's own page is bound to its application class; only its files are used.
    app.mount(FILES, StaticFiles(directory=Path(fastapi_offline.__file__).with_name("static")))

    @app.get(PAGE, include_in_schema=False)
    async def page() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=str(app.openapi_url),
            title="ifcjob API",
            swagger_js_url=SCRIPT,
            swagger_css_url=STYLE,
            swagger_favicon_url=ICON,
        )

    @app.get("/", include_in_schema=False)
    async def root() -> RedirectResponse:
        return RedirectResponse(PAGE)
