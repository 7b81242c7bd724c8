"""The upload page: drop files, see their jobs run, and continue after interruptions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from tests.support.browser.checks import axe, drop, horizontal_overflow
from tests.support.browser.pages import PHONE
from tests.support.browser.rooms import distinct_walls, hostile_texts
from tests.support.browser.tcp_proxy import tcp_proxy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator, Page, Route

    from tests.support.browser.pages import Pages
    from tests.support.browser.site import Site

UPLOAD = "/namespaces/default/upload"
PROCESSED = 60_000
MIB = 2**20
FILE_PICKER = """
window.showOpenFilePicker = async () => {
  if (sessionStorage.hasChosen) throw new DOMException("The user chooses no second time.", "AbortError");
  sessionStorage.hasChosen = true;
  return [await (await navigator.storage.getDirectory()).getFileHandle("kept.ifc")];
};
if (window.isSecureContext) FileSystemHandle.prototype.queryPermission = async () => "prompt";
"""
"""Choose a file of the page's own storage, whose handle is as those of the disk: after a reload, the user is asked."""
KEEP_FILE = """async (text) => {
  const folder = await navigator.storage.getDirectory();
  const file = await (await folder.getFileHandle("kept.ifc", { create: true })).createWritable();
  await file.write(text.replace("DATA;", () => "DATA;" + `/*${"x".repeat(2 ** 20)}*/\\n`.repeat(34)));
  await file.close();
}"""
"""Write an IFC file of three parts into the page's own storage."""


def area(page: Page) -> Locator:
    """Return the place where files are dropped."""
    return page.get_by_role("region", name="Files to upload")


def row(page: Page, name: str) -> Locator:
    """Return the row of a file."""
    return page.get_by_role("list", name="Files").get_by_role("listitem").filter(has_text=name)


def big_ifc(path: Path) -> Path:
    """Write an IFC file of three parts."""
    comment = f"/*{'x' * (MIB - 5)}*/\n" * 34
    return distinct_walls(path, comment)


def test_dropped_files_become_models(pages: Pages, tmp_path: Path) -> None:
    page = pages.open(UPLOAD)
    drop(area(page), [distinct_walls(tmp_path / "walls.ifc")])
    file = row(page, "walls.ifc")
    expect(file.get_by_text("Succeeded")).to_be_visible(timeout=PROCESSED)
    file.get_by_role("link", name="Open model").click()
    expect(page).to_have_url(re.compile(r"/models/[0-9a-f]{64}$"))


def test_content_that_was_processed_is_not_sent_again(pages: Pages, site: Site) -> None:
    house = site.model()
    page = pages.open(UPLOAD)
    parts: list[str] = []
    page.on("request", lambda request: parts.append(request.url) if request.method == "PUT" else None)
    drop(area(page), [house.path])
    file = row(page, house.path.name)
    expect(file.get_by_text("The same content has been processed before")).to_be_visible()
    expect(file.get_by_role("link", name="Open model")).to_have_attribute("href", house.page)
    assert parts == []


def test_refused_files_have_their_reasons(pages: Pages, tmp_path: Path) -> None:
    page = pages.open(UPLOAD)
    contents = {"plan.rvt": b"x", "empty.ifc": b"", "drawing.ifc": b"%PDF-1.7", "cut.ifc": b"ISO-10303-21;\nHEADER;"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    drop(area(page), [tmp_path / name for name in contents])
    refused = page.get_by_role("region", name="4 files were not sent")
    for reason in ("Revit file", "0 bytes", "PDF document", "END-ISO-10303-21"):
        expect(refused.get_by_text(reason)).to_be_visible()
    assert axe(page) == []


def test_files_are_chosen_by_button_and_folder(pages: Pages, tmp_path: Path) -> None:
    page = pages.open(UPLOAD)
    folder = tmp_path / "project" / "storeys"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("x")
    (folder / ".hidden.ifc").write_text("x")
    page.locator("input[webkitdirectory]").set_input_files(tmp_path / "project")
    refused = page.get_by_role("region", name="One file was not sent")
    expect(refused.get_by_text("project/storeys/notes.txt")).to_be_visible()
    page.locator("input[accept]").set_input_files(distinct_walls(tmp_path / "chosen.ifc"))
    expect(row(page, "chosen.ifc")).to_be_visible()


def test_an_upload_survives_a_lost_network(pages_of: Callable[[str], Pages], site: Site, tmp_path: Path) -> None:
    with tcp_proxy(site.url) as proxy:
        pages = pages_of(proxy.url)
        page = pages.open(UPLOAD)
        pages.allow("failed request")
        stored: list[str] = []
        page.on("response", lambda answer: stored.append(answer.url[-1]) if answer.request.method == "PUT" else None)

        def cut(route: Route) -> None:
            proxy.cut()
            route.continue_()

        page.route(re.compile(r"/parts/2$"), cut, times=1)
        page.locator("input[accept]").set_input_files(big_ifc(tmp_path / "big.ifc"))
        file = row(page, "big.ifc")
        expect(file.get_by_text("The connection is lost")).to_be_visible()
        proxy.restore()
        expect(file.get_by_text("Succeeded")).to_be_visible(timeout=PROCESSED)
        assert sorted(stored) == ["1", "2", "3"]


def reload_before_the_last_part(file: Locator, send: Callable[[], None]) -> list[str]:
    """Send a file of three parts and reload the page after two. The result collects the parts that follow."""
    page, held, numbers = file.page, re.compile(r"/parts/3$"), list[str]()
    page.on("request", lambda request: numbers.append(request.url[-1]) if request.method == "PUT" else None)
    page.route(held, lambda _: None)
    send()
    expect(file.get_by_text("Sending: 32 MiB")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.unroute(held)
    expect(file.get_by_text("Interrupted")).to_be_visible()
    numbers.clear()
    return numbers


def test_an_upload_continues_after_a_reload(pages: Pages, tmp_path: Path) -> None:
    page = pages.open(UPLOAD)
    big, file = big_ifc(tmp_path / "big.ifc"), row(page, "big.ifc")
    numbers = reload_before_the_last_part(file, lambda: page.locator("input[accept]").set_input_files(big))
    # The button opens the same input where the browser has no handles of files.
    file.locator("input").set_input_files(big)
    expect(file.get_by_text("Succeeded")).to_be_visible(timeout=PROCESSED)
    assert numbers == ["3"]


def test_an_upload_continues_with_the_handle_of_its_file(pages: Pages, tmp_path: Path) -> None:
    context = pages.context()
    context.add_init_script(FILE_PICKER)
    page = context.new_page()
    page.goto(UPLOAD)
    page.evaluate(KEEP_FILE, distinct_walls(tmp_path / "kept.ifc").read_text("utf-8"))
    file = row(page, "kept.ifc")
    numbers = reload_before_the_last_part(file, page.get_by_role("button", name="Choose files").click)
    file.get_by_role("button", name="Continue").click()
    expect(file.get_by_text("Succeeded")).to_be_visible(timeout=PROCESSED)
    assert numbers == ["3"]


def test_a_cancelled_upload_is_deleted(pages: Pages, tmp_path: Path) -> None:
    page = pages.open(UPLOAD)
    page.route(re.compile(r"/parts/\d+$"), lambda _: None)
    drop(area(page), [distinct_walls(tmp_path / "cancelled.ifc")])
    file = row(page, "cancelled.ifc")
    expect(file.get_by_text("Sending")).to_be_visible()
    with page.expect_response(lambda response: response.request.method == "DELETE") as deleted:
        file.get_by_role("button", name="Cancel").click()
    assert deleted.value.status == 204
    expect(file.get_by_text("Cancelled", exact=True)).to_be_visible()


def test_options_are_sent_and_remembered(pages: Pages, tmp_path: Path) -> None:
    page = pages.open(UPLOAD)
    page.get_by_role("button", name="Options").click()
    page.get_by_label("Compression").select_option("meshopt")
    page.get_by_label("Priority").fill("7")
    page.get_by_label("Priority").blur()
    page.reload()
    expect(page.get_by_text("2 changed")).to_be_visible()
    with page.expect_request(lambda request: request.url.endswith("/jobs") and request.method == "POST") as created:
        drop(area(page), [distinct_walls(tmp_path / "options.ifc")])
    body: dict[str, Any] = created.value.post_data_json or {}
    assert body["priority"] == 7
    assert body["operations"]["gltf"] == {"compression": "meshopt"}
    assert created.value.headers["idempotency-key"] == body["source"]["upload"]
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_text("2 changed")).to_be_hidden()


def test_a_failed_job_shows_its_hint(pages: Pages, tmp_path: Path) -> None:
    path = distinct_walls(tmp_path / "empty.ifc")
    path.write_text(re.sub(r"#\d+ ?= ?IFCPROJECT\(.*\n", "", path.read_text("utf-8")), "utf-8")
    page = pages.open(UPLOAD)
    page.get_by_role("button", name="Options").click()
    page.get_by_label("Minimum coverage").fill("1")
    page.get_by_label("Below the minimum").select_option("Fail")
    drop(area(page), [path])
    file = row(page, "empty.ifc")
    expect(file.get_by_text("Failed", exact=True)).to_be_visible(timeout=PROCESSED)
    expect(file.get_by_text("IfcProject")).to_be_visible()
    file.get_by_role("link", name="Details").click()
    expect(page).to_have_url(re.compile("/namespaces/default/jobs/"))


def test_hostile_names_are_shown_as_text(pages: Pages, tmp_path: Path) -> None:
    path = hostile_texts(tmp_path / "<img src=x onerror=alert(1)>\u202egpj.ifc")
    page = pages.open(UPLOAD)
    drop(area(page), [path])
    expect(page.get_by_text("<img src=x onerror=alert(1)>⟨U+202E⟩gpj.ifc")).to_be_visible()


def test_the_page_fits_a_phone_in_german_and_dark(pages: Pages, tmp_path: Path) -> None:
    page = pages.open(UPLOAD, viewport=PHONE, locale="de-DE", color_scheme="dark")
    page.get_by_role("button", name="Optionen").click()
    name = f"{'Ein sehr langer Name_' * 8}.ifc"
    page.get_by_role("region", name="Hochzuladende Dateien").wait_for()
    drop(page.get_by_role("region", name="Hochzuladende Dateien"), [distinct_walls(tmp_path / name)])
    expect(page.get_by_role("list", name="Dateien")).to_be_visible()
    page.wait_for_timeout(300)
    assert horizontal_overflow(page) == 0
    assert axe(page) == []
