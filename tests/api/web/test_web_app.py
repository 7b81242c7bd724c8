"""The web app beside the API: its files, its pages, and what stays the API's."""

from __future__ import annotations

import gzip
import os
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob_api.access.open_access import OpenAccess
from ifcjob_api.web import folder as web
from tests.support.api_app import ListedAccess, api_app, api_client
from tests.support.async_tests import finish

if TYPE_CHECKING:
    from pathlib import Path

    import httpx
    from fastapi import FastAPI

SCRIPT, PAGE = "console.log('ifcjob')\n" * 100, "<!doctype html><title>ifcjob</title>"
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a small built web app."""
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text(PAGE)
    (dist / "favicon.svg").write_text("<svg/>")
    script = dist / "assets" / "index-B4c5.js"
    script.write_text(SCRIPT)
    (dist / "assets" / "index-B4c5.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    return dist


@pytest.fixture
def app(folder: Path, tmp_path: Path) -> FastAPI:
    return api_app(tmp_path / "store", ListedAccess(ann={"bim"}), web_folder=folder)


def send(app: FastAPI, path: str, accept: str = "*/*", method: str = "GET", **options: Any) -> httpx.Response:
    """Send a request without a token."""
    address = options.pop("address", "http://api.test")
    headers = {"Accept": accept, "Accept-Encoding": "identity"} | options.pop("headers", {})

    async def run() -> httpx.Response:
        async with api_client(app, address=address) as client:
            return await client.request(method, path, headers=headers, **options)

    return finish(run())


def test_hashed_files_are_kept_forever_and_the_page_is_revalidated(app: FastAPI) -> None:
    script = send(app, "/assets/index-B4c5.js")
    assert (script.status_code, script.text) == (200, SCRIPT)
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for path in ("/", "/index.html", "/favicon.svg"):
        assert send(app, path).headers["Cache-Control"] == "no-cache"
    assert send(app, "/favicon.svg").headers["Content-Type"] == "image/svg+xml"
    page = send(app, "/")
    assert page.text == PAGE
    unchanged = send(app, "/", headers={"If-None-Match": page.headers["ETag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["Content-Security-Policy"] == page.headers["Content-Security-Policy"]


def test_a_new_page_of_the_same_time_and_size_is_sent(app: FastAPI, folder: Path) -> None:
    index = folder / "index.html"
    page, time = send(app, "/"), index.stat().st_mtime
    index.write_text(PAGE.swapcase())
    os.utime(index, (time, time))
    known = {"If-None-Match": page.headers["ETag"], "If-Modified-Since": "Mon, 30 Nov 2099 00:00:00 GMT"}
    assert send(app, "/", headers=known).text == PAGE.swapcase()


@pytest.mark.parametrize("path", ["/namespaces/default/jobs", "/namespaces/bim/jobs/house.v2", "/search", "/apiary"])
def test_addresses_of_pages_answer_with_the_page_to_browsers_only(app: FastAPI, path: str) -> None:
    assert send(app, path, BROWSER).text == PAGE
    answer = send(app, path)
    assert (answer.status_code, answer.json()["code"]) == (404, "NotFound")


def test_a_missing_asset_is_not_answered_with_the_page(app: FastAPI) -> None:
    assert send(app, "/assets/index-OLD.js", BROWSER).status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/not-a-route", "/api", "/api/", "/v1/progress/a/b/1"])
def test_paths_of_the_api_stay_the_apis(app: FastAPI, path: str) -> None:
    assert send(app, path, BROWSER).json()["code"] == "Unauthenticated"
    assert send(app, "/healthz", BROWSER).json() == {"status": "ok"}
    assert send(app, "/search", method="POST").status_code == 401


@pytest.mark.parametrize(
    "path",
    ["/../store", "/%2e%2e/secret", "/assets/..%2f..%2fsecret", "/assets/%00", "//etc/passwd", "/assets/a.js.gz"],
)
def test_a_path_cannot_leave_the_folder(app: FastAPI, folder: Path, path: str) -> None:
    (folder.parent / "secret").write_text("words of another file")
    answer = send(app, path)
    assert answer.status_code == 404
    assert "words of another file" not in answer.text


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, deflate, br", "gzip"), ("br", None), ("gzip;q=0, br", None), ("gzip; q=0.5", "gzip"), ("", None)],
)
def test_a_compressed_copy_is_sent_to_those_who_read_it(app: FastAPI, accepted: str, encoding: str | None) -> None:
    answer = send(app, "/assets/index-B4c5.js", headers={"Accept-Encoding": accepted})
    assert answer.text == SCRIPT
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Content-Type"].startswith("text/javascript")


def test_head_answers_like_get_without_a_body(app: FastAPI) -> None:
    answer = send(app, "/assets/index-B4c5.js", method="HEAD")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(SCRIPT))


def test_the_policy_of_pages_allows_only_their_own_origin(app: FastAPI) -> None:
    for path in ("/", "/assets/index-B4c5.js"):
        policy = _policy(send(app, path))
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == "'self' 'wasm-unsafe-eval'"
        assert policy["worker-src"] == "'self' blob:"
        assert policy["connect-src"] == policy["form-action"] == "'self'"
    assert send(app, "/").headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src" not in send(app, "/healthz").headers["Content-Security-Policy"]


def test_pages_may_send_to_the_store_that_signs_urls_for_them(folder: Path, tmp_path: Path) -> None:
    store = "https://s3.example.com:9000"
    app = api_app(tmp_path, ListedAccess(), web_folder=folder, s3_public_endpoint=store)
    assert _policy(send(app, "/"))["connect-src"] == "'self' https://s3.example.com:9000"


def test_without_authentication_other_sites_get_no_page(folder: Path, tmp_path: Path) -> None:
    app = api_app(tmp_path, OpenAccess(), web_folder=folder, auth_mode="none")
    assert send(app, "/", BROWSER, address="http://localhost:8080").text == PAGE
    assert send(app, "/", BROWSER, address="http://evil.example.com").status_code == 403
    foreign = {"Origin": "https://evil.example.com"}
    assert send(app, "/assets/index-B4c5.js", address="http://localhost:8080", headers=foreign).status_code == 403


def test_an_unbuilt_app_says_how_to_build_it_until_it_is_built(tmp_path: Path) -> None:
    app = api_app(tmp_path, ListedAccess(), web_folder=tmp_path / "dist")
    answer = send(app, "/", BROWSER)
    assert (answer.status_code, "make web" in answer.text, "/api/v1/docs" in answer.text) == (200, True, True)
    assert send(app, "/assets/index.js").status_code == 404
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").write_text(PAGE)
    assert send(app, "/search", BROWSER).text == PAGE


def test_without_a_web_folder_the_api_leads_to_its_documentation(tmp_path: Path) -> None:
    app = api_app(tmp_path, ListedAccess())
    assert send(app, "/", BROWSER).headers["Location"] == "/api/v1/docs"
    assert send(app, "/namespaces/default/jobs", BROWSER).status_code == 401


def test_the_installed_app_goes_before_that_of_the_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert web.web_folder().parts[-2:] == ("web", "dist")
    monkeypatch.setattr(web, "INSTALLED", tmp_path)
    assert web.web_folder() == tmp_path


def _policy(answer: httpx.Response) -> dict[str, str]:
    directives = (item.strip().partition(" ") for item in answer.headers["Content-Security-Policy"].split(";"))
    return {name: sources for name, _, sources in directives}
