"""Properties that every page has: one heading, no accessibility faults, a phone's width, hostile text shown as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.checks import axe, horizontal_overflow
from tests.support.browser.pages import PHONE
from tests.support.browser.rooms import BIDI, SCRIPT

if TYPE_CHECKING:
    from tests.support.browser.pages import Pages
    from tests.support.browser.site import Site

PATHS = {
    "upload": "/namespaces/default/upload",
    "jobs": "/namespaces/default/jobs",
    "job": "/namespaces/default/jobs/{job}",
    "queues": "/namespaces/default/queues",
    "search": "/search?class=IfcWall",
    "model": "/models/{sha256}",
}
BUSY = ".mantine-Skeleton-root, .mantine-Loader-root"


def open_page(pages: Pages, site: Site, name: str, model: str = "two_walls", **look: object) -> Page:
    """Open a page with what it shows of a model, and wait until it is complete."""
    processed = site.model(model)
    page = pages.open(PATHS[name].format(job=processed.job, sha256=processed.sha256), **look)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.locator(BUSY)).to_have_count(0)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PATHS)
def test_axe_finds_nothing(pages: Pages, site: Site, name: str, scheme: str) -> None:
    assert axe(open_page(pages, site, name, color_scheme=scheme)) == []


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
@pytest.mark.parametrize("name", PATHS)
def test_pages_fit_a_phone(pages: Pages, site: Site, name: str, locale: str) -> None:
    page = open_page(pages, site, name, viewport=PHONE, locale=locale)
    assert horizontal_overflow(page) == 0
    expect(page.locator("html")).to_have_attribute("lang", locale[:2])
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


@pytest.mark.parametrize("name", PATHS)
def test_hostile_texts_of_a_file_are_shown_as_text(pages: Pages, site: Site, name: str) -> None:
    site.submit(site.model("hostile_texts").path, fileName=f"{SCRIPT.replace('/', '')}.ifc")
    page = open_page(pages, site, name, "hostile_texts", viewport=PHONE)
    assert page.locator("img[src=x]").count() == 0
    assert horizontal_overflow(page) == 0


def test_hostile_names_are_isolated_and_their_controls_are_visible(pages: Pages, site: Site) -> None:
    page = open_page(pages, site, "model", "hostile_texts", viewport={"width": 1000, "height": 600})
    expect(page.get_by_role("treeitem").filter(has_text="<script>").first).to_be_visible()
    row = page.get_by_role("treeitem").filter(has_text=f"Storey {BIDI[:4]}").first
    expect(row.locator(".from-file").first).to_have_css("unicode-bidi", "isolate")
    assert "\u202e" not in row.inner_text()
    assert "\x1b" not in page.get_by_role("tree").inner_text()
