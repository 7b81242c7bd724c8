"""The model page: pick, hide, cut and colour, as the pixels of the 3D view show it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.checks import Rgb, eventually, pixel, point_in
from tests.support.browser.rooms import BACK, FRONT, TERRAIN
from tests.support.browser.surveyed import SURVEYED
from tests.support.textured import CORNERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

    from tests.support.browser.pages import Pages
    from tests.support.browser.site import Site

FROM_THE_FRONT = "o,2,-10,1.5,2,0,1.5,8"
"""An orthographic view of the two walls, 8 m high, centred on the front wall."""
CENTRE = (0.5, 0.5)
ON_TERRAIN = (0.5, 0.5 + 1.75 / 8)
"""A quarter of a metre below the foot of the front wall."""
WIDE = {"width": 1000, "height": 600}


def open_walls(pages: Pages, site: Site, **query: str) -> Page:
    """Open the two walls from the front, and wait until the front wall is drawn."""
    page = pages.open(f"{site.model('two_walls').page}?{urlencode({'camera': FROM_THE_FRONT} | query)}", viewport=WIDE)
    expect(canvas(page)).to_be_visible()
    return page


def canvas(page: Page) -> Locator:
    return page.locator("canvas").first


def colour(page: Page, at: tuple[float, float] = CENTRE) -> Rgb:
    return pixel(page, *point_in(canvas(page), *at))


def is_red(rgb: Rgb) -> bool:
    return rgb[0] > 2 * max(rgb[1], rgb[2])


def is_blue(rgb: Rgb) -> bool:
    return rgb[2] > 2 * max(rgb[0], rgb[1])


def click(page: Page, at: tuple[float, float] = CENTRE) -> None:
    page.mouse.click(*point_in(canvas(page), *at))


def hide_selection(page: Page) -> None:
    page.get_by_role("toolbar", name="Selection").get_by_role("button", name="Hide", exact=True).click()


def picked(page: Page, name: str) -> bool:
    """Click into the middle, and return whether the properties are those of an element."""
    click(page)
    return name in properties(page).inner_text()


def properties(page: Page) -> Locator:
    return page.get_by_role("region", name="Properties")


def test_the_wall_behind_is_picked_after_the_front_one_is_hidden(pages: Pages, site: Site) -> None:
    page = open_walls(pages, site)
    eventually(page, lambda: is_red(colour(page)))
    click(page)
    expect(properties(page)).to_contain_text(FRONT)
    expect(properties(page)).to_contain_text("F30")
    hide_selection(page)
    eventually(page, lambda: is_blue(colour(page)))
    click(page)
    expect(properties(page)).to_contain_text(BACK)
    expect(properties(page)).to_contain_text("F90")


@pytest.mark.parametrize(
    ("section", "is_colour", "name"),
    [
        pytest.param("plane,2,1,0,0,1,0", is_blue, BACK, id="the wall behind the plane"),
        # Both faces of the front wall are cut away, and so is the wall behind it.
        pytest.param("box,-10,0.1,-10,10,0.2,10", is_red, FRONT, id="a slice of the front wall, by its cut face"),
    ],
)
def test_what_a_section_leaves_is_picked(
    pages: Pages, site: Site, section: str, is_colour: Callable[[Rgb], bool], name: str
) -> None:
    page = open_walls(pages, site, section=section)
    eventually(page, lambda: is_colour(colour(page)))
    click(page)
    expect(properties(page)).to_contain_text(name)


def test_a_cut_wall_is_closed_in_its_colour(pages: Pages, site: Site) -> None:
    page = open_walls(pages, site)
    eventually(page, lambda: is_red(colour(page)))
    front = colour(page)
    # The front wall is 0.3 m thick; without a cap its inside would be seen, which is darker.
    page = open_walls(pages, site, section="plane,2,0.1,0,0,1,0")
    eventually(page, lambda: colour(page) == front)
    click(page)
    expect(properties(page)).to_contain_text(FRONT)
    hide_selection(page)
    eventually(page, lambda: is_blue(colour(page)))


def test_a_terrain_is_picked_without_what_stands_on_it(pages: Pages, site: Site) -> None:
    query = urlencode({"camera": FROM_THE_FRONT})
    page = pages.open(f"{site.model('wall_on_terrain').page}?{query}", viewport=WIDE)
    eventually(page, lambda: is_red(colour(page)))
    wall, green = colour(page), colour(page, ON_TERRAIN)
    click(page, ON_TERRAIN)
    expect(properties(page)).to_contain_text(TERRAIN)
    eventually(page, lambda: colour(page, ON_TERRAIN) != green)
    assert colour(page) == wall
    page.get_by_role("treeitem").filter(has_text=TERRAIN).first.click()
    eventually(page, lambda: colour(page) != wall)
    click(page, ON_TERRAIN)
    eventually(page, lambda: colour(page) == wall)
    hide_selection(page)
    eventually(page, lambda: colour(page, ON_TERRAIN) == colour(page, (0.02, 0.02)))
    assert colour(page) == wall


def test_models_far_apart_are_shown_one_by_one(pages: Pages, site: Site) -> None:
    far = site.model("surveyed_blue")
    page = pages.open(f"{site.model('two_walls').page}?{urlencode({'with': far.sha256})}", viewport=WIDE)
    message = page.get_by_role("alert").filter(has_text="Models far apart")
    eventually(page, lambda: is_blue(colour(page)))
    click(page)
    expect(properties(page)).to_contain_text(BACK)
    message.get_by_role("button", name=far.path.name).click()
    eventually(page, lambda: picked(page, SURVEYED))
    message.get_by_role("button", name="two_walls.ifc").click()
    eventually(page, lambda: picked(page, BACK))
    message.get_by_role("button", name="Close").click()
    expect(message).to_have_count(0)


def test_the_address_of_a_view_shows_it_again(pages: Pages, site: Site) -> None:
    page = open_walls(pages, site)
    eventually(page, lambda: is_red(colour(page)))
    click(page)
    hide_selection(page)
    eventually(page, lambda: is_blue(colour(page)))
    eventually(page, lambda: "hidden=" in page.url)
    page.reload()
    eventually(page, lambda: is_blue(colour(page)))


def test_without_webgl_trees_and_properties_work_and_say_why(
    launch: Callable[..., Browser], site: Site, pages_of: Callable[..., Pages]
) -> None:
    browser = launch("--disable-3d-apis")
    try:
        pages = pages_of(site.url, browser)
        page = pages.open(site.model("two_walls").page, viewport=WIDE)
        expect(page.get_by_text("WebGL 2 is not available")).to_be_visible()
        page.get_by_role("treeitem").filter(has_text="Ground floor").first.click()
        for key in ("ArrowRight", "ArrowDown", "ArrowRight", "ArrowDown", "Enter"):
            page.keyboard.press(key)
        expect(properties(page)).to_contain_text("F30")
        pages.allow("WebGL")
        assert pages.faults == []
        pages.close()
    finally:
        browser.close()


def test_elements_are_coloured_by_a_property(pages: Pages, site: Site) -> None:
    page = open_walls(pages, site)
    eventually(page, lambda: is_red(colour(page)))
    page = open_walls(pages, site, colour=".Pset_WallCommon.FireRating")
    expect(page.get_by_role("region", name="Colours")).to_contain_text("F30")
    eventually(page, lambda: not is_red(colour(page)) and colour(page) != colour(page, (0.02, 0.02)))
    assert colour(page) != colour(page, (0.5, 0.15))


def test_models_with_turned_map_conversions_meet_at_their_place_on_the_map(pages: Pages, site: Site) -> None:
    red, blue = site.model("surveyed_red"), site.model("surveyed_blue")
    query = urlencode({"with": blue.sha256, "camera": FROM_THE_FRONT})
    page = pages.open(f"{red.page}?{query}", viewport=WIDE)
    # 4 m by 3 m in a picture of 8 m: the blue wall covers the red one, to the pixel beside its edges.
    eventually(page, lambda: is_blue(colour(page)))
    box = canvas(page).bounding_box()
    assert box is not None
    right, up = 2 / 8 * box["height"] / box["width"], 1.5 / 8
    for x, y in ((-1, -1), (1, -1), (-1, 1), (1, 1)):
        assert is_blue(colour(page, (0.5 + x * right * 0.98, 0.5 + y * up * 0.98))), (x, y)
        outside = colour(page, (0.5 + x * right * 1.02, 0.5 + y * up * 1.02))
        assert not is_blue(outside), (x, y)
        assert not is_red(outside), (x, y)
    click(page)
    expect(properties(page)).to_contain_text(SURVEYED)
    hide_selection(page)
    eventually(page, lambda: is_red(colour(page)))
    page.get_by_role("toolbar", name="Panels").get_by_role("button", name="Model").click()
    expect(page.get_by_role("region", name="Model", exact=True)).to_contain_text("brought to its place on the map")


def test_a_texture_of_the_file_is_drawn(pages: Pages, site: Site) -> None:
    # The panel of 2 m in the middle of a picture of 4 m.
    query = urlencode({"camera": "o,1,-10,1,1,0,1,4"})
    page = pages.open(f"{site.model('textured_panel').page}?{query}", viewport=WIDE)
    box = canvas(page).bounding_box()
    assert box is not None
    for (right, up), expected in CORNERS.items():
        at = (0.5 + (right - 0.5) / 2 * box["height"] / box["width"], 0.5 - (up - 0.5) / 2)
        eventually(page, partial(shows, page, at, expected))


def shows(page: Page, at: tuple[float, float], expected: Rgb) -> bool:
    """Return whether a surface seen at right angles has a colour, of which light takes a twentieth."""
    return all(abs(a - b) < 20 for a, b in zip(colour(page, at), expected, strict=True))
