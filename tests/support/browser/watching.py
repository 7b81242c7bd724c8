"""The faults that a browser notices by itself: errors on the console, violations of the CSP, failed requests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP violation: ${event.violatedDirective} forbids ${event.blockedURI} in ${event.sourceFile}`);
});
"""
# Pages end their requests when the user leaves them.
_ENDED_BY_THE_PAGE = "net::ERR_ABORTED"
# The request that the console complains about is reported as a response already, with its URL and status.
_REPORTED_AS_RESPONSE = "Failed to load resource"


class Watch:
    """Collects the faults of all pages of a context."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self._origin = origin
        self._faults: list[str] = []
        self._allowed: list[re.Pattern[str]] = []
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)

    def allow(self, *patterns: str) -> None:
        """Expect faults that match one of these regular expressions."""
        self._allowed += [re.compile(pattern) for pattern in patterns]

    @property
    def faults(self) -> list[str]:
        """Return what the test does not expect."""
        return [fault for fault in self._faults if not any(pattern.search(fault) for pattern in self._allowed)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_REPORTED_AS_RESPONSE):
            self._faults.append(f"console: {message.text}")

    def _error(self, error: WebError) -> None:
        self._faults.append(f"exception: {error.error.stack or error.error.message}")

    def _request(self, request: Request) -> None:
        if request.url.startswith(("data:", "blob:")):
            return
        parts = urlsplit(request.url)
        if f"{parts.scheme}://{parts.netloc}" != self._origin:
            self._faults.append(f"request to another origin: {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != _ENDED_BY_THE_PAGE:
            self._faults.append(f"failed request: {request.method} {request.url}: {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self._faults.append(f"failed request: {response.request.method} {response.url}: {response.status}")
