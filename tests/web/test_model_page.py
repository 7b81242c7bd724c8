"""The model page: trees, properties, filters, views and panels, in step with each other and with the address."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.checks import axe, eventually, horizontal_overflow
from tests.support.browser.pages import PHONE
from tests.support.browser.rooms import BACK, FRONT, LONG, SCRIPT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.browser.pages import Pages
    from tests.support.browser.site import Site

PANELS = ("Elements", "Filter", "Colours", "Saved views", "Report", "Model")
WIDE = {"width": 1100, "height": 600}


def open_model(pages: Pages, site: Site, name: str = "two_walls", query: str = "", **options: object) -> Page:
    """Open a model and wait until it is drawn."""
    page = pages.open(f"{site.model(name).page}{query}", **({"viewport": WIDE} | options))
    expect(page.get_by_role("toolbar").filter(has=page.locator("svg")).nth(1)).to_be_visible()
    return page


def panel(page: Page, name: str) -> Locator:
    """Show a side panel and return it."""
    button = page.locator(".rail").get_by_role("button", name=name, exact=True)
    if button.get_attribute("aria-pressed") != "true":
        button.click()
    return page.get_by_role("region", name=name, exact=True)


def title_width(page: Page, text: str) -> float:
    """Return the width of the page's title, which has this text."""
    title = page.get_by_role("heading", level=1)
    expect(title).to_have_text(text)
    box = title.bounding_box()
    assert box is not None
    return box["width"]


def item(page: Page, text: str) -> Locator:
    return page.get_by_role("treeitem").filter(has_text=text).first


def test_the_selection_follows_between_tree_properties_and_address(pages: Pages, site: Site) -> None:
    page = open_model(pages, site)
    panel(page, "Elements").get_by_label("Search in the tree").fill(FRONT)
    item(page, FRONT).click()
    expect(item(page, FRONT)).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("region", name="Properties")).to_contain_text("F30")
    expect(page).to_have_url(re.compile("element="))
    page.reload()
    expect(page.get_by_role("region", name="Properties")).to_contain_text(FRONT)
    expect(item(page, FRONT)).to_have_attribute("aria-selected", "true")


def test_a_tree_is_used_by_keyboard_alone(pages: Pages, site: Site) -> None:
    page = open_model(pages, site)
    tree = page.get_by_role("tree")
    tree.focus()
    page.keyboard.press("u")
    page.keyboard.press("ArrowRight")
    expect(item(page, "Upper floor")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Properties")).to_contain_text(BACK)
    page.keyboard.press("Space")
    expect(item(page, BACK).get_by_role("button", name="Show")).to_be_attached()
    expect(page).to_have_url(re.compile("hidden="))


def test_a_filter_by_property_counts_and_selects(pages: Pages, site: Site) -> None:
    page = open_model(pages, site)
    filters = panel(page, "Filter")
    filters.get_by_role("combobox", name="Property").fill("FireRating")
    page.get_by_role("option", name="FireRating").click()
    filters.get_by_label("Value").fill("F90")
    filters.get_by_role("button", name="Add the condition").click()
    expect(filters).to_contain_text("1 element")
    expect(page).to_have_url(re.compile("where=Pset_WallCommon.FireRating"))
    filters.get_by_role("button", name="Select them").click()
    expect(page.get_by_role("region", name="Properties")).to_contain_text(BACK)
    filters.get_by_role("button", name="Clear the filter").click()
    expect(page).not_to_have_url(re.compile("where="))


def test_a_click_in_the_legend_selects_its_elements(pages: Pages, site: Site) -> None:
    page = open_model(pages, site, query="?colour=storey")
    legend = panel(page, "Colours").get_by_role("table")
    expect(legend).to_contain_text("All2")
    legend.get_by_role("button", name="Ground floor").click()
    expect(page.get_by_role("region", name="Properties")).to_contain_text(FRONT)


def test_a_link_with_colours_opens_with_their_legend(pages: Pages, site: Site) -> None:
    page = open_model(pages, site, query="?colour=storey")
    expect(page.get_by_role("region", name="Colours", exact=True).get_by_role("table")).to_contain_text("Ground floor")
    expect(page.get_by_role("heading", level=1)).to_have_text("two_walls.ifc")


def test_a_view_is_saved_exported_to_bcf_and_imported(pages: Pages, site: Site, tmp_path: Path) -> None:
    page = open_model(pages, site)
    panel(page, "Elements").get_by_label("Search in the tree").fill(FRONT)
    item(page, FRONT).click()
    views = panel(page, "Saved views")
    views.get_by_label("Name of the view").fill("Front <b>")
    views.get_by_role("button", name="Save view").click()
    expect(views.get_by_text("Front <b>")).to_be_visible()
    with page.expect_download() as download:
        views.get_by_role("button", name="Export saved views").click()
    content = download.value.path().read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name.rpartition("/")[2] for name in archive.namelist()]
        markup = next(archive.read(name).decode() for name in archive.namelist() if name.endswith("markup.bcf"))
    assert sorted(names) == ["bcf.version", "markup.bcf", "snapshot.jpg", "viewpoint.bcfv"]
    assert "<Title>Front &lt;b&gt;</Title>" in markup
    assert "two_walls.ifc" in markup
    other = open_model(pages, site)
    (tmp_path / "views.bcfzip").write_bytes(content)
    panel(other, "Saved views")
    other.locator("input[type=file]").set_input_files(tmp_path / "views.bcfzip")
    expect(other.get_by_text("1 view imported")).to_be_visible()
    expect(other.get_by_role("region", name="Properties")).to_contain_text(FRONT)
    (tmp_path / "bad.bcfzip").write_bytes(b"not an archive")
    other.locator("input[type=file]").set_input_files(tmp_path / "bad.bcfzip")
    expect(other.get_by_text("The file could not be read")).to_be_visible()


def test_two_models_share_one_scene(pages: Pages, site: Site) -> None:
    page = open_model(pages, site, query=f"?with={site.model('house').sha256}&colour=model")
    panel(page, "Elements")
    expect(item(page, "two_walls.ifc")).to_be_visible()
    expect(item(page, "house.ifc")).to_be_visible()
    assert title_width(page, "two_walls.ifc, house.ifc") > 100
    information = panel(page, "Model")
    expect(information).to_contain_text("Placed by its own origin")
    information.get_by_role("button", name="Remove house.ifc").click()
    expect(page).not_to_have_url(re.compile("with="))


def test_hostile_texts_are_shown_as_text(pages: Pages, site: Site) -> None:
    page = open_model(pages, site, "hostile_texts")
    expect(item(page, "Storey <script>")).to_be_visible()
    search = panel(page, "Elements").get_by_label("Search in the tree")
    for text, shown in ((SCRIPT, SCRIPT[:20]), ("wall\u202e", "wall⟨U+202E⟩.cfi"), (LONG[:12], LONG[:12])):
        search.fill(text)
        page.get_by_role("treeitem").filter(has_not_text="Storey").filter(has_text=shown).last.click()
        expect(page.get_by_role("region", name="Properties")).to_contain_text(f"Value {shown}")
        assert horizontal_overflow(page) == 0
    panel(page, "Colours")
    assert page.evaluate("document.querySelectorAll('.workspace script, .workspace img[src=x]').length") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_panel(pages: Pages, site: Site, scheme: str) -> None:
    page = open_model(pages, site, query="?colour=storey", color_scheme=scheme)
    panel(page, "Elements")
    item(page, "Ground floor").click()
    expect(page.get_by_role("region", name="Properties")).to_contain_text("IfcBuildingStorey")
    faults = {}
    for name in PANELS:
        panel(page, name)
        # The tooltip of the button that was pressed fades away.
        page.mouse.move(WIDE["width"] / 2, WIDE["height"] / 2)
        expect(page.get_by_role("tooltip")).to_have_count(0)
        faults[name] = axe(page)
    assert faults == {name: [] for name in PANELS}


def test_a_phone_shows_one_panel_below_the_3d_view(pages: Pages, site: Site) -> None:
    page = open_model(pages, site, viewport=PHONE, has_touch=True, locale="de-DE")
    for name in ("Bauteile", "Eigenschaften", "Filter", "Farben", "Gesicherte Ansichten", "Bericht", "Modell"):
        expect(panel(page, name)).to_be_visible()
        assert horizontal_overflow(page) == 0, name
    assert title_width(page, "two_walls.ifc") > 100
    page.locator(".rail").get_by_role("button", name="Modell").click()
    expect(page.get_by_role("region", name="Modell")).to_have_count(0)
    canvas = page.locator("canvas").first
    eventually(page, lambda: (canvas.bounding_box() or {"height": 0})["height"] > 500)
