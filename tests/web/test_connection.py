"""Pages outlive the network and the server."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

from tests.support.browser.rooms import distinct_walls
from tests.support.browser.tcp_proxy import tcp_proxy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.browser.pages import Pages
    from tests.support.browser.site import Site

JOBS = "/namespaces/default/jobs"
BROKEN = r"failed request|console: .*(ERR_|Failed to fetch|network error|Unable to preload)"
"""Faults that a test causes when it cuts the network."""
RESTORED = 40_000
"""Milliseconds until a page must be live again: its longest pause between attempts is 15 s, times up to 1.5."""


def live_page(pages: Pages) -> Page:
    """Open the jobs, complete and with an open event stream."""
    page = pages.context().new_page()
    pages.allow(BROKEN)
    with page.expect_response("**/api/v1/events"):
        page.goto(JOBS)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def is_live(page: Page) -> None:
    expect(page.get_by_text("Reconnecting")).to_have_count(0, timeout=RESTORED)


def test_a_cut_connection_is_shown_and_restored(site: Site, pages_of: Callable[..., Pages], tmp_path: Path) -> None:
    model = site.process(distinct_walls(tmp_path / "walls.ifc"))
    with tcp_proxy(site.url) as proxy:
        pages = pages_of(proxy.url)
        page = live_page(pages)
        proxy.cut()
        expect(page.get_by_text("Reconnecting")).to_be_visible()
        proxy.restore()
        is_live(page)
        name = site.submit(model.path, fileName="After the cut.ifc")
        expect(page.get_by_text("After the cut.ifc")).to_be_visible()
        expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("Succeeded")


def test_a_restarted_server_continues_the_page(own_site: Site, pages_of: Callable[..., Pages]) -> None:
    own_site.start()
    with tcp_proxy(own_site.url) as proxy:
        pages = pages_of(proxy.url)
        page = live_page(pages)
        own_site.stop(signal.SIGKILL)
        expect(page.get_by_text("Reconnecting")).to_be_visible()
        proxy.restore(own_site.start())
        is_live(page)
        own_site.submit(own_site.model("two_walls").path, fileName="After the restart.ifc")
        expect(page.get_by_text("After the restart.ifc")).to_be_visible()


def test_a_page_that_could_not_be_loaded_is_loaded_again(site: Site, pages_of: Callable[..., Pages]) -> None:
    with tcp_proxy(site.url) as proxy:
        page = live_page(pages_of(proxy.url))
        proxy.cut()
        page.get_by_role("link", name="Upload").first.click()
        expect(page.get_by_text("This page could not be loaded")).to_be_visible()
        page.get_by_role("link", name="Jobs").first.click()
        expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()
        page.get_by_role("link", name="Upload").first.click()
        proxy.restore()
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("heading", name="Upload IFC files", level=1)).to_be_visible()
