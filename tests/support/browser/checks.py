"""Checks and actions that tests of all pages share."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

from PIL import Image

from tools.web_app import MODULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from playwright.sync_api import Locator, Page

Rgb = tuple[int, int, int]
AXE = MODULES / "axe-core" / "axe.min.js"
_RUN_AXE = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html.slice(0, 300)} ${failureSummary}`));
}"""
_DROP = """(target, files) => {
  const dataTransfer = new DataTransfer();
  for (const { name, content } of files) {
    const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
    dataTransfer.items.add(new File([bytes], name));
  }
  for (const kind of ["dragenter", "dragover", "drop"])
    target.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
}"""


def axe(page: Page) -> list[str]:
    """Return the accessibility faults that axe finds on the page as it is now."""
    # Not add_script_tag: the CSP of the app forbids inline scripts, as it should.
    page.evaluate(AXE.read_text("utf-8"))
    faults: list[str] = page.evaluate(_RUN_AXE)
    return faults


def horizontal_overflow(page: Page) -> int:
    """Return how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def drop(target: Locator, files: Iterable[Path]) -> None:
    """Drop files on an element, as from a file manager."""
    content = [{"name": path.name, "content": base64.b64encode(path.read_bytes()).decode()} for path in files]
    target.evaluate(_DROP, content)


def point_in(target: Locator, across: float, down: float) -> tuple[float, float]:
    """Return the page position at shares of an element's width and height, from its upper left."""
    box = target.bounding_box()
    assert box is not None, "the element is not shown"
    return box["x"] + box["width"] * across, box["y"] + box["height"] * down


def pixel(page: Page, x: float, y: float) -> Rgb:
    """Return the colour that the screen shows at a position of the page, canvas included."""
    return pixels(page, x, y, 1, 1)[0]


def pixels(page: Page, x: float, y: float, width: int, height: int) -> list[Rgb]:
    """Return the colours of a rectangle of the page, row by row."""
    clip: Any = {"x": round(x), "y": round(y), "width": width, "height": height}
    image = Image.open(io.BytesIO(page.screenshot(clip=clip, animations="disabled"))).convert("RGB")
    return [(red, green, blue) for red, green, blue in zip(*[iter(image.tobytes())] * 3, strict=True)]


def eventually(page: Page, holds: Callable[[], object], seconds: float = 15) -> None:
    """Wait for a condition that no locator expresses; the page keeps running meanwhile."""
    step = 50
    for _ in range(int(seconds * 1000 / step)):
        if holds():
            return
        page.wait_for_timeout(step)
    raise AssertionError(f"not so within {seconds} s")
