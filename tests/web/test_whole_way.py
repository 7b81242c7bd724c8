"""From a dropped file to the properties of a wall, over all pages on the way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.checks import drop
from tests.support.browser.rooms import FRONT, two_walls
from tests.support.corpus import corpus_file
from tests.support.served import HOUSE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.browser.pages import Pages
    from tests.support.browser.site import Site

UPLOAD, JOBS = "/namespaces/default/upload", "/namespaces/default/jobs"
RUN = 60_000
"""Milliseconds for a job of a real model, beside other tests."""
WIDE = {"width": 1000, "height": 600}


def test_two_real_files_are_uploaded_watched_and_opened(pages: Pages) -> None:
    files = [corpus_file("duplex_arch.ifc"), corpus_file("openhouse.ifc")]
    page = pages.open(UPLOAD, viewport=WIDE)
    drop(page.locator("main section:has(input[type=file])"), files)
    rows = [page.get_by_role("listitem").filter(has_text=path.name) for path in files]
    for row in rows:
        expect(row.get_by_role("link", name="Open model")).to_be_visible(timeout=RUN)
    rows[0].get_by_role("link", name="Open model").click()
    expect(page).to_have_url(re.compile(r"/models/[0-9a-f]{64}"))
    expect(page.get_by_role("treeitem").filter(has_text="IfcBuildingStorey").first).to_be_visible(timeout=RUN)
    expect(page.locator("canvas").first).to_be_visible(timeout=RUN)


def test_a_job_is_watched_live_from_the_queue_to_its_result(pages: Pages, site: Site) -> None:
    page = pages.open(JOBS, viewport=WIDE)
    expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()
    path = corpus_file("openhouse.ifc")
    name = site.submit(path, fileName="Watched.ifc", cache="Off")
    row = page.get_by_role("row").filter(has_text="Watched.ifc")
    expect(row).to_contain_text("Succeeded", timeout=RUN)
    row.get_by_role("link").first.click()
    expect(page).to_have_url(f"{pages.url}{JOBS}/{name}")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.get_by_role("tab", name="Artifacts").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("model.glb")


def test_the_page_of_a_failed_job_shows_its_hint(pages: Pages, site: Site) -> None:
    name = site.submit_stored("letter.ifc", b"Dear Sir or Madam,\n")
    page = pages.open(f"{JOBS}/{name}")
    expect(page.get_by_role("main")).to_contain_text("Failed", timeout=RUN)
    failure = site.job(name).status.failure
    assert failure is not None
    assert failure.hint
    expect(page.get_by_role("main")).to_contain_text(failure.message)
    expect(page.get_by_role("main")).to_contain_text(failure.hint)


def test_a_search_result_opens_the_model_at_the_element(pages: Pages, site: Site, tmp_path: Path) -> None:
    path = two_walls(tmp_path / "searched.ifc")
    # Other tests add models with the same walls.
    path.write_text(path.read_text("utf-8").replace(FRONT, "Searched wall"), "utf-8")
    model = site.process(path)
    page = pages.open("/search?name=Searched+wall", viewport=WIDE)
    page.get_by_role("row").filter(has_text="searched.ifc").get_by_role("link").click()
    expect(page).to_have_url(re.compile(f"/models/{model.sha256}.*element="))
    expect(page.get_by_role("region", name="Properties")).to_contain_text("F30")


def test_the_keyboard_alone_uploads_a_file_and_opens_its_job(pages: Pages, tmp_path: Path) -> None:
    file = tmp_path / "by-keyboard.ifc"
    file.write_bytes(HOUSE.read_bytes().replace(b"House Office", b"Keyboard Office"))
    page = pages.context().new_page()
    # Registered early: the browser takes a moment to leave its dialogs to the test.
    page.on("filechooser", lambda chooser: chooser.set_files(file))
    # Tests cannot answer the dialog that remembers files for the next visit.
    page.add_init_script("delete window.showOpenFilePicker")
    page.goto(UPLOAD)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    tab_to(page, "Skip to the content")
    page.keyboard.press("Enter")
    tab_to(page, "Choose files")
    page.keyboard.press("Enter")
    details = page.get_by_role("link", name="Details").first
    expect(details).to_be_visible(timeout=RUN)
    tab_to(page, "Details")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"{JOBS}/[a-z0-9-]+$"))


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of that name has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement?.textContent?.trim()") == name:
            return
    pytest.fail(f"Tab does not reach {name}")
