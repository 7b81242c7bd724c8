"""The web app on the cluster: nginx, the API, an OIDC token and a real file, as a user in Chromium sees them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.e2e.conftest import node_address
from tests.e2e.kube import Kube, proved, wait_until
from tests.support.browser.checks import drop, point_in
from tests.support.browser.pages import Pages
from tools.chromium import chromium_program

pytestmark = pytest.mark.parallel
RUN = 180_000
"""Milliseconds for a job of a real model, beside other scenarios."""


@pytest.fixture
def pages(system: Kube) -> Iterator[Pages]:
    """Open pages of the web app, by plain HTTP as behind a NodePort."""
    chromium = chromium_program()
    if chromium is None:
        pytest.skip("needs Chromium")
    wait_until(
        lambda: (system.get("deployment", "ifcjob-web") or {}).get("status", {}).get("readyReplicas") == 2,
        120,
        "both replicas of the web app are ready",
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        opened = Pages(browser, node_address(system, "ifcjob-web"))
        yield opened
        opened.close()
        browser.close()


def test_a_file_is_uploaded_watched_and_opened_in_the_browser(
    pages: Pages, token: str, kube: Kube, corpus: Path
) -> None:
    path = corpus / "duplex_arch.ifc"
    page = pages.open(f"/namespaces/{kube.namespace}/upload", viewport={"width": 1000, "height": 600})
    pages.allow(r": 401$")  # the answer that asks for the token
    sign_in(page, token)
    drop(page.locator("main section:has(input[type=file])"), [path])
    row = page.get_by_role("listitem").filter(has_text=path.name)
    expect(row).to_contain_text(re.compile("Starting|Running"), timeout=RUN)
    row.get_by_role("link", name="Open model").click(timeout=RUN)
    expect(page).to_have_url(re.compile(r"/models/[0-9a-f]{64}"))

    canvas = page.locator("canvas").first
    expect(canvas).to_be_visible(timeout=RUN)
    expect(page.get_by_role("treeitem").filter(has_text="IfcBuilding").first).to_be_visible(timeout=RUN)
    properties = page.get_by_role("region", name="Properties")
    wait_until(lambda: picked(page, canvas, properties), RUN / 1000, "a wall in the middle of the picture is picked")
    global_id = properties.get_by_role("code").first.inner_text()
    assert f"IFCWALLSTANDARDCASE('{global_id}'" in path.read_text("latin-1")
    (job,) = kube.all("ifcjob")
    assert job["status"]["phase"] == "Succeeded"
    assert pages.faults == []
    proved("a file dropped in the browser is uploaded through nginx, watched live, opened in 3D and picked")


def picked(page: Page, canvas: Locator, properties: Locator) -> bool:
    """Click in the middle, and tell whether that selects a wall; the picture may not be there yet."""
    page.mouse.click(*point_in(canvas, 0.5, 0.5))
    page.wait_for_timeout(1000)
    return "IfcWallStandardCase" in properties.inner_text()


def sign_in(page: Page, token: str) -> None:
    """Enter the token that the page asks for."""
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
