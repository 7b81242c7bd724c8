"""The frame around every page: addresses, languages, colours, keyboard, and what the tests themselves notice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from tests.support.browser.checks import eventually
from tests.support.browser.tcp_proxy import tcp_proxy

if TYPE_CHECKING:
    from tests.support.browser.pages import Pages
    from tests.support.browser.site import Site


def test_the_first_page_shows_the_jobs(pages: Pages) -> None:
    page = pages.open("/")
    expect(page).to_have_url(f"{pages.url}/namespaces/default/jobs")
    expect(page.get_by_role("link", name="Jobs").first).to_have_attribute("aria-current", "page")


def test_an_unknown_address_leads_to_the_jobs(pages: Pages) -> None:
    page = pages.open("/nowhere")
    expect(page.get_by_text("There is no such page")).to_be_visible()
    page.get_by_role("link", name="To the jobs").click()
    expect(page).to_have_url(f"{pages.url}/namespaces/default/jobs")


def test_the_browsers_language_and_the_chosen_one_are_used(pages: Pages) -> None:
    page = pages.open("/", locale="de-DE")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.get_by_role("button", name="Einstellungen").click()
    page.get_by_role("menuitem", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.reload()
    expect(page.get_by_role("link", name="Upload").first).to_be_visible()


@pytest.mark.parametrize("fault", ["console", "exception", "origin", "status"])
def test_faults_of_pages_are_noticed(pages: Pages, fault: str) -> None:
    page = pages.open("/")
    scripts = {
        "console": "console.error('a fault')",
        "exception": "setTimeout(() => { throw new Error('a fault') })",
        "origin": "fetch('http://127.0.0.1:9/fault').catch(() => null)",
        "status": "fetch('/api/v1/fault')",
    }
    page.evaluate(scripts[fault])
    page.wait_for_timeout(200)
    assert any("fault" in text for text in pages.faults)
    pages.allow("fault")


@pytest.mark.parametrize("name", ["house", "two_walls", "hostile_texts"])
def test_models_are_processed_for_the_tests(site: Site, name: str) -> None:
    model = site.model(name)
    assert httpx.get(f"{site.url}/api/v1/models/{model.sha256}").status_code == 200


def test_a_cut_network_is_noticed_and_restored(site: Site) -> None:
    with tcp_proxy(site.url) as proxy:
        assert httpx.get(f"{proxy.url}/api/v1/me").status_code == 200
        proxy.cut()
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{proxy.url}/api/v1/me")
        proxy.restore()
        assert httpx.get(f"{proxy.url}/api/v1/me").status_code == 200


def test_the_csp_forbids_scripts_and_hosts_of_others(pages: Pages) -> None:
    page = pages.open("/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=data:, onerror=\"window.ran = true\">')")
    page.evaluate("fetch('http://127.0.0.1:9/').catch(() => null)")
    eventually(page, lambda: len(pages.faults) >= 2)
    assert page.evaluate("window.ran") is None
    assert {"connect-src", "script-src"} <= set(re.findall(r"CSP violation: ([a-z]+-src)", "\n".join(pages.faults)))
    pages.allow("CSP", "Content Security Policy", "Refused", "127.0.0.1:9")


def test_the_skip_link_leads_to_the_content(pages: Pages) -> None:
    page = pages.open("/")
    expect(page.get_by_role("main")).not_to_be_empty()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
