"""The model page by touch: fingers turn, move, zoom and pick, and a finger that is held opens the menu."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.support.browser.checks import eventually, point_in
from tests.support.browser.pages import PHONE
from tests.support.browser.rooms import FRONT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.browser.pages import Pages
    from tests.support.browser.site import Site

FROM_THE_CORNER = "p,12,-9,6,2,1,1.5"
Finger = tuple[float, float]


class Screen:
    """The screen of a phone that shows a model."""

    def __init__(self, pages: Pages, site: Site) -> None:
        path = f"{site.model('two_walls').page}?camera={FROM_THE_CORNER}"
        self.page = pages.open(path, viewport=PHONE, has_touch=True, is_mobile=True)
        self._devtools = self.page.context.new_cdp_session(self.page)
        expect(self.page.get_by_role("toolbar", name="Tools of the 3D view")).to_be_visible()

    def put(self, *fingers: Finger) -> None:
        for count in range(1, len(fingers) + 1):
            self._send("touchStart", fingers[:count])

    def move(self, path: Callable[[float], tuple[Finger, ...]]) -> None:
        for step in range(1, 7):
            self._send("touchMove", path(step / 6))

    def lift(self) -> None:
        self._send("touchEnd", ())

    def _send(self, kind: str, fingers: tuple[Finger, ...]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(fingers)]
        self._devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def camera(page: Page) -> list[float]:
    """Return the position and the target of the camera, as the address has them."""
    (text,) = parse_qs(urlsplit(page.url).query).get("camera", [FROM_THE_CORNER])
    return [float(number) for number in text.removeprefix("p,").split(",")]


def after(page: Page, gesture: Callable[[], None]) -> tuple[list[float], list[float]]:
    """Return the camera before and after a gesture."""
    before, address = camera(page), page.url
    gesture()
    eventually(page, lambda: page.url != address)
    expect(page.locator("[data-settled=true]")).to_be_attached()
    # The address follows the camera after 400 ms.
    page.wait_for_timeout(600)
    return before, camera(page)


def test_fingers_turn_move_and_zoom_the_model(pages: Pages, site: Site) -> None:
    screen = Screen(pages, site)
    x, y = point_in(screen.page.locator("canvas").first, 0.5, 0.5)

    def one_finger() -> None:
        screen.put((x, y))
        screen.move(lambda share: ((x + 80 * share, y),))
        screen.lift()

    def two_fingers(apart: float, right: float) -> Callable[[], None]:
        def gesture() -> None:
            screen.put((x - 40, y), (x + 40, y))
            screen.move(lambda s: ((x - 40 + (right - apart) * s, y), (x + 40 + (right + apart) * s, y)))
            screen.lift()

        return gesture

    before, turned = after(screen.page, one_finger)
    assert abs(direction(turned) - direction(before)) > 0.3
    before, moved = after(screen.page, two_fingers(0, 60))
    assert abs(direction(moved) - direction(before)) < 0.05
    assert math.dist(moved[3:], before[3:]) > 0.5
    before, nearer = after(screen.page, two_fingers(40, 0))
    assert distance(nearer) < 0.8 * distance(before)
    expect(screen.page.get_by_role("toolbar", name="Selection")).to_have_count(0)


def direction(view: list[float]) -> float:
    """Return from which side the camera looks, in radians."""
    return math.atan2(view[1] - view[4], view[0] - view[3])


def distance(view: list[float]) -> float:
    return math.dist(view[:3], view[3:])


def test_a_tap_picks_and_the_panels_work_by_touch(pages: Pages, site: Site) -> None:
    page = (screen := Screen(pages, site)).page
    page.touchscreen.tap(*point_in(page.locator("canvas").first, 0.5, 0.5))
    expect(page.get_by_role("toolbar", name="Selection")).to_contain_text("1")
    panels = page.get_by_role("toolbar", name="Panels")
    panels.get_by_role("button", name="Properties").tap()
    expect(page.get_by_role("region", name="Properties")).to_contain_text(re.compile("F[39]0"))
    panels.get_by_role("button", name="Elements").tap()
    page.get_by_label("Search in the tree").fill(FRONT)
    item = page.get_by_role("treeitem").filter(has_text=FRONT).first
    expect(item).to_be_visible()
    screen.put(point_in(item, 0.5, 0.5))
    menu = page.get_by_role("menu")
    expect(menu).to_be_visible()
    screen.lift()
    menu.get_by_text("Hide", exact=True).tap()
    expect(page).to_have_url(re.compile("hidden="))
