"""Serves the built web app beside the API: its files, and index.html for the addresses of its pages.

It needs no token: the files are the same for everybody, and the pages call the API with the user's own token.
"""

import asyncio
import mimetypes
import os
from hashlib import sha256
from pathlib import Path

from fastapi import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from ifcjob_api.problems import Problem, problem_response
from ifcjob_api.request_headers import accepted_encodings
from ifcjob_api.web.not_built import not_built
from ifcjob_api.web.policy import content_policy

API_PATHS = frozenset({"api", "v1", "healthz", "readyz", "metrics"})
"""First segments of the paths that are not the web app's."""
ASSETS = "/assets/"
"""Files with a checksum in their names."""
INDEX = "index.html"
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""Compressed copies that the build makes, the smallest first."""
_FOREVER, _REVALIDATE = "public, max-age=31536000, immutable", "no-cache"


class WebApp:
    """Answers GET and HEAD of all paths but the API's."""

    def __init__(self, app: ASGIApp, folder: Path, store_url: str | None = None) -> None:
        self._app = app
        # A folder that is built later is served from then on.
        self._files = StaticFiles(directory=folder, check_dir=False)
        self._policy = content_policy(store_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or _is_of_api(scope["path"]):
            await self._app(scope, receive, send)
            return
        response = await self._response(Request(scope))
        await response(scope, receive, send)

    async def _response(self, request: Request) -> Response:
        path: str = request.scope["path"]
        if path != "/" and (file := await self._file(path.lstrip("/"), request)) is not None:
            return file
        if not _is_page(request):
            detail = "The web app has no such file: reload the page, since a new version may have replaced it."
            return problem_response(request, Problem(404, "NotFound", detail))
        return await self._file(INDEX, request) or not_built()

    async def _file(self, path: str, request: Request) -> Response | None:
        if "\0" in path:
            return None
        accepted = accepted_encodings(request.headers.get("Accept-Encoding"))
        for encoding in [*(name for name in _ENCODINGS if name in accepted), ""]:
            full_path, stat = await asyncio.to_thread(self._files.lookup_path, path + _ENCODINGS.get(encoding, ""))
            if stat is not None and os.path.isfile(full_path):  # noqa: ASYNC240, PTH113 - the stat is at hand
                headers = self._headers(path, encoding)
                if not f"/{path}".startswith(ASSETS):
                    # Packages give all files the same time, and another page may well have the same size.
                    headers["ETag"] = f'"{sha256(await asyncio.to_thread(Path(full_path).read_bytes)).hexdigest()}"'
                response = FileResponse(full_path, stat_result=stat, media_type=_media_type(path), headers=headers)
                del response.headers["Last-Modified"]
                if not self._files.is_not_modified(response.headers, request.headers):
                    return response
                unchanged = NotModifiedResponse(response.headers)
                # Without it, the browser would apply the stricter policy of the API to the page that it has.
                unchanged.headers["Content-Security-Policy"] = self._policy
                return unchanged
        return None

    def _headers(self, path: str, encoding: str) -> dict[str, str]:
        headers = {
            "Cache-Control": _FOREVER if f"/{path}".startswith(ASSETS) else _REVALIDATE,
            "Content-Security-Policy": self._policy,
            "Vary": "Accept-Encoding",
        }
        return headers | ({"Content-Encoding": encoding} if encoding else {})


def _is_of_api(path: str) -> bool:
    return path.split("/", 2)[1] in API_PATHS if path.startswith("/") else True


def _is_page(request: Request) -> bool:
    path: str = request.scope["path"]
    return path == "/" or (not path.startswith(ASSETS) and "text/html" in request.headers.get("Accept", ""))


def _media_type(path: str) -> str:
    # Machines have their own tables of types; browsers run modules only of this one.
    if path.endswith(".js"):
        return "text/javascript"
    return mimetypes.guess_type(path)[0] or "application/octet-stream"
