"""The search page: conditions, facets, results and exports, all from the address."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

from tests.support.browser.checks import axe, horizontal_overflow
from tests.support.browser.pages import PHONE
from tests.support.browser.rooms import hostile_texts

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.browser.pages import Pages
    from tests.support.browser.site import Site

WIDE = {"width": 1200, "height": 800}


def open_search(pages: Pages, site: Site, query: str = "", **options: object) -> Page:
    """Open the search over the house and whatever else the server has."""
    site.model()
    return pages.open(f"/search{query}", **options)


def test_a_condition_and_a_facet_find_an_element(pages: Pages, site: Site) -> None:
    page = open_search(pages, site, viewport=WIDE)
    page.get_by_role("link", name="Outer walls").click()
    page.wait_for_url("**/search?class=IfcWall&property=*")
    house = page.get_by_role("row").filter(has_text="house.ifc")
    expect(house.first).to_be_visible()
    page.get_by_role("region", name="Storeys").get_by_role("button", name="Upper floor").click()
    expect(page).to_have_url(
        f"{pages.url}/search?class=IfcWall&property=Pset_WallCommon.IsExternal%3Dtrue&storey=Upper+floor"
    )
    expect(house.first).to_be_visible()
    link = house.first.get_by_role("link")
    assert "/models/" in str(link.get_attribute("href"))
    link.click()
    page.wait_for_url("**/models/*?element=*")


def test_a_condition_with_a_unit_is_entered_in_the_form(pages: Pages, site: Site) -> None:
    page = open_search(pages, site)
    page.get_by_role("button", name="Add a condition").click()
    condition = page.get_by_role("group", name="Condition 1")
    condition.get_by_label("Property").fill("Qto_WindowBaseQuantities.Width")
    condition.get_by_label("Operator").select_option("<=")
    condition.get_by_label("Value").fill("1000 mm")
    condition.get_by_label("Value").press("Enter")
    page.wait_for_url("**/search?property=Qto_WindowBaseQuantities.Width%3C%3D1000+mm")
    expect(page.get_by_role("status").filter(has_text="element")).to_be_visible()
    condition.get_by_role("button", name="Remove condition 1").click()
    page.wait_for_url("**/search")


def test_the_whole_result_is_saved_as_csv_and_xlsx(pages: Pages, site: Site, tmp_path: Path) -> None:
    page = open_search(pages, site, "?class=IfcWindow&text=window")
    page.get_by_role("row").nth(1).wait_for()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save all results as CSV").click()
    saved.value.save_as(tmp_path / "elements.csv")
    with (tmp_path / "elements.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert {row["class"] for row in rows} == {"IfcWindow"}
    total = page.get_by_role("status").filter(has_text="elements in")
    expect(total).to_contain_text(f"{len(rows)} elements")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save all results as XLSX").click()
    saved.value.save_as(tmp_path / "elements.xlsx")
    assert (tmp_path / "elements.xlsx").read_bytes()[:2] == b"PK"


def test_a_condition_that_is_not_valid_is_explained(pages: Pages, site: Site) -> None:
    page = open_search(pages, site, "?property=Width%3Cwide")
    pages.allow("failed request.*422")
    expect(page.get_by_role("alert").first).to_contain_text("'wide' is not one")


def test_nothing_found_leads_on(pages: Pages, site: Site) -> None:
    page = open_search(pages, site, "?class=IfcWall&text=no-such-thing")
    expect(page.get_by_text("No element meets these conditions")).to_be_visible()
    expect(page.get_by_role("button", name="Save all results as CSV")).to_be_disabled()
    page.get_by_role("button", name="Clear all").click()
    expect(page.get_by_role("heading", name="Find elements in all models")).to_be_visible()


def test_hostile_texts_of_a_file_are_shown_as_text(pages: Pages, site: Site, tmp_path: Path) -> None:
    site.process(hostile_texts(tmp_path / "hostile.ifc"))
    page = open_search(pages, site, "?class=IfcWall&text=%3Cscript")
    expect(page.get_by_role("row").filter(has_text="<script").first).to_be_visible()


def test_the_page_fits_a_phone_in_german_and_dark(pages: Pages, site: Site) -> None:
    options = {"viewport": PHONE, "locale": "de-DE", "color_scheme": "dark"}
    page = open_search(pages, site, "?class=IfcElement&property=NetVolume%3E0", **options)
    page.get_by_role("row").nth(1).wait_for()
    page.get_by_role("button", name="Eingrenzen").click()
    expect(page.get_by_role("region", name="Klassen")).to_be_visible()
    assert horizontal_overflow(page) == 0
    assert axe(page) == []
