"""Opens pages of the web app in contexts that are watched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error

from tests.support.browser.watching import Watch

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

TIMEOUT = 15_000
"""Milliseconds that an action or an expectation may take: two cores render WebGL in software, and run other tests."""
NAVIGATION = 45_000
"""Milliseconds in which a page and its scripts are loaded; a new process of Chromium is part of it."""
SMALL = {"width": 800, "height": 600}
PHONE = {"width": 360, "height": 740}


class Pages:
    """The contexts of one test."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser, self.url = browser, url
        self._contexts: list[tuple[BrowserContext, Watch]] = []

    def context(self, **options: Any) -> BrowserContext:
        """Return a new context; by default a small window, English and light."""
        defaults = {"viewport": SMALL, "locale": "en-GB", "color_scheme": "light", "reduced_motion": "reduce"}
        context = self._browser.new_context(**(defaults | {"base_url": self.url} | options))
        context.set_default_timeout(TIMEOUT)
        context.set_default_navigation_timeout(NAVIGATION)
        self._contexts.append((context, Watch(context, self.url)))
        return context

    def open(self, path: str, **options: Any) -> Page:
        """Open a path in a new context and return its page."""
        page = self.context(**options).new_page()
        page.goto(path)
        return page

    def allow(self, *patterns: str) -> None:
        """Expect faults that match, in all contexts that are open."""
        for _, watch in self._contexts:
            watch.allow(*patterns)

    @property
    def faults(self) -> list[str]:
        """Return the faults that the test does not expect."""
        return [fault for _, watch in self._contexts for fault in watch.faults]

    def close(self) -> None:
        """Close the contexts."""
        for context, _ in self._contexts:
            context.close()

    def photograph(self, folder: Path) -> str:
        """Save the open pages for the report of a failed test; return their addresses and files."""
        lines = []
        pages = [page for context, _ in self._contexts for page in context.pages]
        for number, page in enumerate(pages):
            picture = folder / f"page-{number}.png"
            try:
                page.screenshot(path=picture, timeout=5_000)
                picture.with_suffix(".html").write_text(page.content(), "utf-8")
            except Error as error:
                lines.append(f"{page.url}: {error.message}")
            else:
                lines.append(f"{page.url}: {picture} (and .html)")
        return "\n".join([*lines, *self.faults])
