"""A server with the credentials for it, and the HTTP request of a call."""

import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ifcjob import __version__
from ifcjob_client.flows import Call

DEFAULT_SERVER = "http://127.0.0.1:8080"
PREFIX = "/api/v1"
TIMEOUT_SECONDS = 60.0
PARALLEL = 4
"""Calls of a flow that are sent at once."""


def default_server() -> str:
    """Return the server that IFCJOB_SERVER names, or `ifcjob serve` on this machine."""
    return os.environ.get("IFCJOB_SERVER") or DEFAULT_SERVER


@dataclass(frozen=True)
class Connection:
    """A server and the credentials for it."""

    server: str
    token: str | None = None

    def request(self, call: Call) -> dict[str, Any]:
        """Return the arguments of httpx's `request`. Other servers, such as an object store, get no token."""
        headers = {"User-Agent": f"ifcjob-client/{__version__}"} | call.headers
        url = call.path
        if not urlsplit(url).scheme:
            prefix = "" if call.path.startswith(f"{PREFIX}/") else PREFIX
            url = f"{self.server.rstrip('/')}{prefix}{call.path}"
            if self.token:
                headers["Authorization"] = f"Bearer {self.token}"
        return {
            "method": call.method,
            "url": url,
            "params": {name: value for name, value in call.params.items() if value is not None} or None,
            "json": call.json,
            "content": call.content() if call.content else None,
            "headers": headers,
            "timeout": call.timeout or TIMEOUT_SECONDS,
        }
