"""The tools of the 3D view: measures, the section's handles, the view cube and screenshots."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

from tests.support.browser.checks import eventually
from tests.support.browser.rooms import HEIGHT, WIDTH
from tests.web.test_model_in_3d import canvas, colour, is_blue, is_red, open_walls

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.browser.pages import Pages
    from tests.support.browser.site import Site

PICTURE_HEIGHT = 8.0
"""Metres of the picture that `open_walls` shows, with the front wall in its centre."""
MEASUREMENTS = "Measurements"


def wall_point(page: Page, right: float, up: float) -> tuple[float, float]:
    """Return the pixel of a point of the front wall, in metres from its lower left corner."""
    box = canvas(page).bounding_box()
    assert box is not None
    scale = box["height"] / PICTURE_HEIGHT
    middle_x, middle_y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return middle_x + (right - WIDTH / 2) * scale, middle_y - (up - HEIGHT / 2) * scale


def choose(page: Page, button: str, item: str) -> None:
    page.get_by_role("toolbar", name="Tools of the 3D view").get_by_role("button", name=button).click()
    page.get_by_role("menu").get_by_text(item, exact=True).click()
    expect(page.get_by_role("menu")).to_have_count(0)


def click_near(page: Page, right: float, up: float) -> None:
    """Click some pixels inside of a corner, which the tool must snap to."""
    x, y = wall_point(page, right, up)
    inward = 4 if right == 0 else -4
    page.mouse.move(x + inward, y + 4 if up else y - 4)
    page.mouse.click(x + inward, y + 4 if up else y - 4)


def measured(page: Page) -> str:
    listed = page.get_by_role("list", name=MEASUREMENTS).get_by_role("listitem")
    expect(listed).to_have_count(1)
    return listed.inner_text()


def number(text: str) -> float:
    length = re.search(r"[\d.]+", text)
    assert length is not None, text
    return float(length.group())


def test_a_distance_between_corners_is_that_of_the_file(pages: Pages, site: Site) -> None:
    page = open_walls(pages, site)
    eventually(page, lambda: is_red(colour(page)))
    choose(page, "Measure", "Distance")
    click_near(page, 0, 0)
    click_near(page, WIDTH, HEIGHT)
    assert abs(number(measured(page)) - 5.0) < 0.05
    expect(page.get_by_role("region", name="Properties")).not_to_contain_text("F30")


def test_the_area_of_a_wall_is_that_of_the_file(pages: Pages, site: Site) -> None:
    page = open_walls(pages, site)
    eventually(page, lambda: is_red(colour(page)))
    choose(page, "Measure", "Area")
    for corner in ((0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT), (0, 0)):
        click_near(page, *corner)
    assert abs(number(measured(page)) - WIDTH * HEIGHT) < 0.01 * WIDTH * HEIGHT


def test_the_angle_at_a_corner_is_right(pages: Pages, site: Site) -> None:
    page = open_walls(pages, site)
    eventually(page, lambda: is_red(colour(page)))
    choose(page, "Measure", "Angle")
    for corner in ((0, 0), (WIDTH, 0), (WIDTH, HEIGHT)):
        click_near(page, *corner)
    assert number(measured(page)) == 90.0


def test_the_handle_of_a_section_moves_it_by_keys_and_by_the_mouse(pages: Pages, site: Site) -> None:
    page = open_walls(pages, site, section="plane,2,2,1,0,0,-1", camera="p,12,-9,6,2,1,1.5")
    eventually(page, lambda: "section=" in page.url)
    handle = page.get_by_role("slider", name="Move section")
    expect(handle).to_have_attribute("aria-valuenow", "1.00")
    handle.focus()
    page.keyboard.press("Shift+ArrowDown")
    expect(handle).to_have_attribute("aria-valuenow", "2.00")
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 20, steps=3)
    page.mouse.up()
    assert float(handle.get_attribute("aria-valuenow") or "nan") < 2.0


def test_the_view_cube_looks_from_its_faces(pages: Pages, site: Site) -> None:
    page = open_walls(pages, site)
    eventually(page, lambda: is_red(colour(page)))
    choose(page, "Views", "Back")
    eventually(page, lambda: is_blue(colour(page)))
    cube = page.get_by_role("group", name="Look from")
    cube.get_by_role("button", name="Back").click()
    cube.get_by_role("button", name="Front").focus()
    page.keyboard.press("Enter")
    eventually(page, lambda: is_red(colour(page, (0.5, 0.6))))


def test_a_screenshot_is_a_png(pages: Pages, site: Site, tmp_path: Path) -> None:
    page = open_walls(pages, site)
    eventually(page, lambda: is_red(colour(page)))
    with page.expect_download() as download:
        page.get_by_role("button", name="Save picture").click()
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    assert saved.suffix == ".png"
    assert saved.read_bytes().startswith(b"\x89PNG")


def test_a_model_left_while_measuring_does_not_write_the_next_address(pages: Pages, site: Site) -> None:
    page = open_walls(pages, site)
    eventually(page, lambda: is_red(colour(page)))
    choose(page, "Measure", "Distance")
    page.get_by_role("link", name="Jobs", exact=True).first.click()
    expect(canvas(page)).to_have_count(0)
    # The address of a model follows its camera after 400 ms.
    page.wait_for_timeout(1000)
    assert "camera=" not in page.url
