"""Keeps web pages of other sites away from an API without authentication on this machine.

A browser sends their requests to localhost, too; a name that resolves to 127.0.0.1 would even let them read answers.
"""

from urllib.parse import urlsplit

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from ifcjob_api.problems import Problem, problem_response

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class LocalOnly:
    """Answers 403 to requests by another name than the loopback address's, or from pages of other sites."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...] = ()) -> None:
        self._app, self._origins = app, origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http":
            request = Request(scope)
            origin = request.headers.get("Origin")
            is_local = _host(f"//{request.headers.get('Host', '')}") in LOOPBACK
            if not is_local or (origin is not None and origin not in self._origins and _host(origin) not in LOOPBACK):
                detail = "Without authentication the API answers only to http://localhost, and to its own pages."
                await problem_response(request, Problem(403, "NotLocal", detail))(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
