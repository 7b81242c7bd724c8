"""The views that are photographed: each one brings a page into a state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from ifcjob_client import jobs
from tests.support.browser.checks import drop
from tests.support.served import HOUSE

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.support.browser.site import Site

DEFAULT = "/namespaces/default"


@dataclass(frozen=True)
class View:
    """How a page comes into a state."""

    show: Callable[[Page, Site], None]
    is_empty: bool = False
    """On a server without jobs."""


def at(path: str) -> Callable[[Page, Site], None]:
    """Return the function that opens a path."""

    def show(page: Page, _: Site) -> None:
        page.goto(path)

    return show


def job(file_name: str) -> Callable[[Page, Site], None]:
    """Return the function that opens the newest job of a file."""

    def show(page: Page, site: Site) -> None:
        page.goto(f"{DEFAULT}/jobs/{job_of(site, file_name)}")

    return show


def job_of(site: Site, file_name: str) -> str:
    """Return the name of the newest job of a file."""
    listed = site.client.run(jobs.every())
    return next(item.name for item in listed if item.file_name == file_name)


def uploading(page: Page, _: Site) -> None:
    """Drop files, one of which is refused."""
    page.goto(f"{DEFAULT}/upload")
    letter = HOUSE.parents[1] / "README.md"
    drop(page.locator("main section:has(input[type=file])"), [HOUSE, letter])
    expect(page.get_by_text(HOUSE.name).first).to_be_visible()


def model(page: Page, site: Site) -> None:
    """Open a real model."""
    page.goto(site.model("office_a").page)
    expect(page.locator("canvas").first).to_be_visible(timeout=60_000)


def without_webgl(page: Page, site: Site) -> None:
    """Open a model in a browser that shows no 3D."""
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null;")
    page.goto(site.model("office_a").page)


def offline(page: Page, _: Site) -> None:
    """Open a page whose server does not answer."""
    page.route("**/api/**", lambda route: route.abort())
    page.goto(f"{DEFAULT}/jobs")


def signed_out(page: Page, _: Site) -> None:
    """Open a page whose API wants a token."""
    problem = {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "code": "Unauthorized",
        "detail": "No token.",
    }
    page.route("**/api/**", lambda route: route.fulfill(status=401, json=problem))
    page.goto(f"{DEFAULT}/jobs")


VIEWS = {
    "upload": View(at(f"{DEFAULT}/upload")),
    "upload-files": View(uploading),
    "jobs": View(at(f"{DEFAULT}/jobs")),
    "jobs-empty": View(at(f"{DEFAULT}/jobs"), is_empty=True),
    "jobs-none": View(at(f"{DEFAULT}/jobs?q=nothing+like+this")),
    "job": View(job("Office A, level 0 to 3.ifc")),
    "job-failed": View(job("House, all details.ifc")),
    "job-running": View(job("Janesville hospital, all trades.ifc")),
    "job-queued": View(job("Block 6, level 06.ifc")),
    "job-missing": View(at(f"{DEFAULT}/jobs/nothing")),
    "queues": View(at(f"{DEFAULT}/queues")),
    "queues-empty": View(at(f"{DEFAULT}/queues"), is_empty=True),
    "search": View(at("/search?class=IfcDoor")),
    "search-start": View(at("/search")),
    "search-empty": View(at("/search"), is_empty=True),
    "model": View(model),
    "model-without-webgl": View(without_webgl),
    "model-missing": View(at(f"/models/{'0' * 64}")),
    "not-found": View(at("/nowhere")),
    "offline": View(offline),
    "signed-out": View(signed_out),
}
