"""The page of a job: live, with its result, its failure, its log, and texts that nobody should trust."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from ifcjob_client import jobs
from tests.support.browser.checks import axe
from tests.support.browser.rooms import distinct_walls
from tests.support.served import HOUSE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.browser.pages import Pages
    from tests.support.browser.site import Site

JOBS = "/namespaces/default/jobs"
FINISHED = 60_000
EARLY = r"/logs.*: 4(04|09)"
"""The log is asked for while its pod starts."""
NOTIFICATION = """
window.shown = [];
window.Notification = class {
  static permission = "default";
  static requestPermission = async () => (Notification.permission = "granted");
  constructor(title) { this.title = title; shown.push(this); }
};"""
"""Collect the notifications of the page; Chromium without a window shows none."""


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def test_a_job_is_followed_to_its_end_without_a_reload(pages: Pages, site: Site) -> None:
    name = site.submit(HOUSE, cache="Off", suspend=True)
    page = pages.open(f"{JOBS}/{name}")
    pages.allow(EARLY)
    expect(page.get_by_text("Suspended").first).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("dialog").get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Succeeded").first).to_be_visible(timeout=FINISHED)
    line = page.get_by_role("region", name="Time line").get_by_role("row")
    for stage in ("Queued", "Starting", "Fetch the file", "Properties", "3D model", "Publish"):
        expect(line.filter(has_text=stage)).to_have_count(1)
    expect(page.get_by_role("table", name="Attempts").get_by_role("progressbar")).to_have_count(1)
    expect(page.get_by_role("link", name="Open the model")).to_have_attribute("href", site.model().page)


@pytest.mark.parametrize("tab", ["Overview", "Log", "Artifacts", "Findings", "Events", "Manifest"])
def test_a_tab_of_a_job_is_accessible(pages: Pages, site: Site, tab: str) -> None:
    page = pages.open(f"{JOBS}/{site.model().job}")
    open_tab(page, tab)
    page.wait_for_timeout(500)
    assert axe(page) == []


def test_artifacts_are_saved_with_their_content(pages: Pages, site: Site, tmp_path: Path) -> None:
    page = pages.open(f"{JOBS}/{site.model().job}?tab=artifacts")
    with page.expect_download() as started:
        page.get_by_role("button", name="Download model.glb").click()
    assert started.value.suggested_filename == "house-model.glb"
    saved = tmp_path / "model.glb"
    started.value.save_as(saved)
    assert saved.read_bytes().startswith(b"glTF")


def test_a_log_is_searched_and_saved(pages: Pages, site: Site, tmp_path: Path) -> None:
    page = pages.open(f"{JOBS}/{site.model().job}?tab=logs")
    log = page.get_by_role("region", name="Log")
    expect(log.get_by_role("listitem").filter(has_text="stage=fetch")).to_have_count(1)
    page.get_by_role("searchbox", name="Search the log").fill("GLTF")
    expect(log.get_by_text("stage=fetch")).to_have_count(0)
    expect(log.locator("mark").first).to_have_text("gltf")
    with page.expect_download() as started:
        page.get_by_role("button", name="Download").click()
    saved = tmp_path / "job.log"
    started.value.save_as(saved)
    assert b'"stage": "fetch"' in saved.read_bytes()


def test_each_attempt_of_a_job_has_its_log(pages: Pages, site: Site) -> None:
    small = {"memory": "32Mi", "maxMemory": "64Mi"}
    name = site.submit(HOUSE, name="twice", cache="Off", resources=small, retry={"limit": 1})
    page = pages.open(f"{JOBS}/{name}?tab=logs")
    pages.allow(EARLY)
    attempt = page.get_by_role("combobox", name="Attempt")
    expect(attempt.get_by_role("option")).to_have_count(2, timeout=FINISHED)
    expect(page.get_by_text("Failed", exact=True).first).to_be_visible(timeout=FINISHED)
    log = page.get_by_role("region", name="Log")
    expect(attempt).to_have_value("2")
    expect(log).to_contain_text("limit is 64 MiB")
    attempt.select_option("1")
    expect(log).to_contain_text("limit is 32 MiB")
    expect(log).not_to_contain_text("limit is 64 MiB")
    page.get_by_role("tab", name="Overview").click()
    expect(page.get_by_role("table", name="Attempts").get_by_role("row")).to_have_count(3)


def test_the_end_of_a_job_is_a_notification_that_opens_it(pages: Pages, site: Site, tmp_path: Path) -> None:
    context = pages.context(permissions=["notifications"])
    context.add_init_script(NOTIFICATION)
    page = context.new_page()
    page.goto(f"{JOBS}?q=bell")
    wish = page.get_by_role("switch", name="Notify me when my jobs finish")
    expect(wish).not_to_be_checked()
    path = distinct_walls(tmp_path / "bell.ifc")
    for name, is_wished in (("bell-off", False), ("bell-on", True)):
        wish.set_checked(is_wished)
        site.submit(path, name=name, fileName=f"{name}.ifc", suspend=True)
        row = page.get_by_role("row").filter(has_text=f"{name}.ifc")
        expect(row).to_contain_text("Suspended")
        site.client.run(jobs.resume(name))
        expect(row).to_contain_text("Succeeded", timeout=FINISHED)
    assert page.evaluate("shown.map(({ title }) => title)") == ["bell-on.ifc: Succeeded"]
    page.evaluate("shown[0].onclick()")
    expect(page).to_have_url(f"{pages.url}{JOBS}/bell-on")


def test_a_failed_job_has_a_hint_and_can_be_run_again(pages: Pages, site: Site) -> None:
    name = site.submit_stored("cut.ifc", HOUSE.read_bytes()[:100_000])
    page = pages.open(f"{JOBS}/{name}")
    pages.allow(EARLY)
    failure = page.get_by_role("alert")
    expect(failure).to_contain_text("TruncatedFile", timeout=FINISHED)
    expect(failure).to_contain_text("export it again")
    assert axe(page) == []
    failure.get_by_role("button", name="Run again").click()
    dialog = page.get_by_role("dialog", name="Run this job again?")
    dialog.get_by_role("button", name="Run again").click()
    page.wait_for_url(lambda url: JOBS in url and not url.endswith(name))
    expect(page.get_by_role("alert")).to_contain_text("TruncatedFile", timeout=FINISHED)


def test_the_manifest_is_copied_as_commands(pages: Pages, site: Site) -> None:
    context = pages.context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{JOBS}/{site.model().job}?tab=manifest")
    expect(page.get_by_role("region", name="Manifest")).to_contain_text("kind: IfcJob")
    copied = {}
    for button in ("Copy as kubectl apply", "Copy as curl"):
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("button", name="Copied").first).to_be_visible()
        copied[button] = page.evaluate("navigator.clipboard.readText()")
    assert copied["Copy as kubectl apply"].startswith("kubectl apply --namespace default")
    assert f"curl --request POST '{pages.url}/api/v1/namespaces/default/jobs'" in copied["Copy as curl"]


def test_a_hostile_file_name_is_shown_as_text(pages: Pages, site: Site) -> None:
    hostile = "<img src=x onerror=alert(1)>\u202egnp.ifc"
    name = site.submit(HOUSE, fileName=hostile, suspend=True, name="hostile")
    page = pages.open(f"{JOBS}/{name}")
    shown = "<img src=x onerror=alert(1)>⟨U+202E⟩gnp.ifc"
    expect(page.get_by_text(shown)).to_be_visible()
    page.goto(f"{JOBS}?q=hostile")
    expect(page.get_by_text(shown)).to_be_visible()
    assert page.locator("img[src=x]").count() == 0


def test_a_job_that_never_was_leads_back(pages: Pages) -> None:
    page = pages.open(f"{JOBS}/nothing")
    pages.allow("nothing.*404")
    expect(page.get_by_text("There is no job nothing")).to_be_visible()
    page.get_by_role("link", name="To the jobs").click()
    expect(page).to_have_url(f"{pages.url}{JOBS}")
