"""The browser, the server and the pages of the tests."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.browser.pages import TIMEOUT, Pages
from tests.support.browser.site import Site
from tools import web_app
from tools.chromium import chromium_program
from tools.go_programs import ToolsUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

_PAGES = pytest.StashKey[list[Pages]]()
_FAILURES = Path(tempfile.gettempdir(), "ifcjob-web-failures")
expect.set_options(timeout=TIMEOUT)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of Chromium, and build the web app."""
    path = chromium_program()
    if path is None:
        _unavailable("the tests of the web app need chromium")
    try:
        web_app.built()
    except ToolsUnavailable as error:
        _unavailable(str(error))
    return str(path)


def _unavailable(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def launch(chromium: str) -> Iterator[Callable[..., Browser]]:
    """Start a browser with more arguments."""
    with sync_playwright() as playwright:
        yield lambda *arguments: playwright.chromium.launch(executable_path=chromium, args=list(arguments))


@pytest.fixture(scope="session")
def browser(launch: Callable[..., Browser]) -> Iterator[Browser]:
    """Start the browser that all tests of this process share."""
    started = launch()
    yield started
    started.close()


@pytest.fixture(scope="session")
def site(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:  # noqa: ARG001 - builds the app
    """Start the server that all tests of this process share; a test adds jobs and deletes only its own."""
    started = Site(tmp_path_factory.mktemp("site"))
    started.start()
    yield started
    started.stop()


@pytest.fixture
def own_site(chromium: str, tmp_path: Path) -> Iterator[Site]:  # noqa: ARG001 - builds the app
    """Return a server for one test, not started yet."""
    made = Site(tmp_path / "site")
    yield made
    made.stop()


@pytest.fixture
def pages_of(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Pages]]:
    """Open pages of a server, in another browser if given. The test fails at its end if a page has a fault."""
    opened: list[Pages] = []
    request.node.stash[_PAGES] = opened

    def make(url: str, in_browser: Browser = browser) -> Pages:
        opened.append(Pages(in_browser, url))
        return opened[-1]

    yield make
    faults = [fault for pages in opened for fault in pages.faults]
    for pages in opened:
        pages.close()
    assert faults == []


@pytest.fixture
def pages(pages_of: Callable[..., Pages], site: Site) -> Pages:
    """Open pages of the shared server, in contexts of the test."""
    return pages_of(site.url)


@pytest.fixture
def page(pages: Pages) -> Page:
    """Return a blank page of a small window, in English and light."""
    return pages.context().new_page()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Name screenshots of the open pages in the report of a failed test."""
    report = yield
    if call.when == "call" and report.failed:
        for pages in item.stash.get(_PAGES, []):
            _FAILURES.mkdir(exist_ok=True)
            folder = Path(tempfile.mkdtemp(prefix=re.sub(r"\W+", "-", item.name)[:40], dir=_FAILURES))
            report.sections.append(("browser", pages.photograph(folder)))
    return report
