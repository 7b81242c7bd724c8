"""Photograph every page with realistic jobs: `python -m tests.web.screenshots [NAME…]`, by default all views.

The pictures of the documentation go to docs/images/web, all pictures to screenshots/, which git ignores.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image
from playwright.sync_api import expect, sync_playwright

from tests.support.browser.pages import PHONE, Pages
from tests.support.browser.showcase import showcase
from tests.support.browser.site import Site
from tests.web.views import VIEWS, View
from tools import web_app
from tools.chromium import chromium_program

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
ALL, SHOWN = ROOT / "screenshots", ROOT / "docs" / "images" / "web"
DESKTOP = {"width": 1280, "height": 800}
LOOKS: dict[str, dict[str, Any]] = {
    "": {"viewport": DESKTOP},
    "-dark": {"viewport": DESKTOP, "color_scheme": "dark"},
    "-phone": {"viewport": PHONE, "has_touch": True, "is_mobile": True},
    "-phone-dark": {"viewport": PHONE, "has_touch": True, "is_mobile": True, "color_scheme": "dark"},
    "-german": {"viewport": DESKTOP, "locale": "de-DE"},
}
IN_THE_DOCUMENTATION = frozenset({"upload", "jobs", "job", "queues", "search", "model", "model-dark", "model-phone"})
_BUSY = ".mantine-Skeleton-root, .mantine-Loader-root, [aria-busy=true]"
_SETTLE_SECONDS = 60


def main() -> None:
    """Take the pictures of the named views."""
    chromium = chromium_program()
    if chromium is None:
        raise SystemExit("screenshots need Chromium")
    web_app.built()
    names = sys.argv[1:] or list(VIEWS)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        empty = Site(Path(scratch, "empty"))
        empty.start()
        try:
            with showcase(Path(scratch, "full")) as full:
                for name in names:
                    _photograph(browser, name, VIEWS[name], empty if VIEWS[name].is_empty else full)
        finally:
            empty.stop()
            browser.close()


def _photograph(browser: Browser, name: str, view: View, site: Site) -> None:
    for suffix, look in LOOKS.items():
        pages = Pages(browser, site.url)
        page = pages.context(**look).new_page()
        view.show(page, site)
        _settle(page)
        picture = f"{name}{suffix}"
        _save(page, ALL / f"{picture}.png")
        if picture in IN_THE_DOCUMENTATION:
            SHOWN.mkdir(parents=True, exist_ok=True)
            shutil.copy(ALL / f"{picture}.png", SHOWN)
        for fault in pages.faults:
            sys.stderr.write(f"{picture}: {fault}\n")
        pages.close()


def _settle(page: Page) -> None:
    """Wait until nothing loads and two pictures in a row are equal."""
    expect(page.locator(_BUSY)).to_have_count(0, timeout=_SETTLE_SECONDS * 1000)
    before = b""
    for _ in range(20):
        page.wait_for_timeout(300)
        picture = page.screenshot(animations="disabled")
        if picture == before:
            return
        before = picture


def _save(page: Page, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    page.screenshot(path=path, animations="disabled")
    with Image.open(path) as image:
        image.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()
