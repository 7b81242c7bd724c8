"""Buttons say which right is missing, and do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Locator, Page, expect

if TYPE_CHECKING:
    from playwright.sync_api import Route

    from tests.support.browser.pages import Pages
    from tests.support.browser.site import Site

NAMESPACE = "/namespaces/default"
READ = ["get", "list", "watch"]


def grant(page: Page, jobs: list[str], queues: list[str]) -> None:
    """Alter the answer to /me: `ifcjob serve` grants all rights to everybody."""

    def answer(route: Route) -> None:
        response = route.fetch()
        rights = {"namespace": "default", "ifcjobs": jobs, "ifcqueues": queues}
        route.fulfill(response=response, json=response.json() | {"name": "ann", "namespaces": [rights]})

    page.route("**/api/v1/me", answer)


def is_denied(page: Page, button: Locator, verb: str, kind: str) -> None:
    """Expect that a button names the missing right, and does nothing."""
    expect(button).to_have_attribute("aria-disabled", "true")
    button.hover()
    denial = f"ann lacks the right to {verb} {kind} in default"
    expect(page.get_by_role("tooltip").filter(has_text=denial)).to_be_visible()
    button.click(force=True)
    button.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    button.blur()
    page.mouse.move(0, 0)
    expect(page.get_by_role("tooltip")).to_have_count(0)


def test_actions_on_jobs_without_their_rights_say_so(pages: Pages, site: Site) -> None:
    page = pages.context().new_page()
    grant(page, [*READ, "create"], READ)
    name = site.model("two_walls").job
    page.goto(f"{NAMESPACE}/jobs/{name}")
    is_denied(page, page.get_by_role("button", name="Delete"), "delete", "ifcjobs")
    expect(page.get_by_role("button", name="Run again")).to_have_attribute("aria-disabled", "false")
    page.goto(f"{NAMESPACE}/jobs?q={name}")
    page.get_by_role("checkbox", name=f"Select {name}").click()
    bar = page.get_by_role("region", name="Selected jobs")
    is_denied(page, bar.get_by_role("button", name="Delete"), "delete", "ifcjobs")
    is_denied(page, bar.get_by_role("button", name="Cancel"), "patch", "ifcjobs")
    bar.get_by_role("button", name="Run again").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_actions_on_queues_without_their_right_say_so(pages: Pages) -> None:
    page = pages.context().new_page()
    grant(page, READ, READ)
    page.goto(f"{NAMESPACE}/queues")
    queue = page.get_by_role("region", name="default", exact=True)
    for action in ("Hold", "Drain", "Change slots"):
        is_denied(page, queue.get_by_role("button", name=action), "patch", "ifcqueues")
