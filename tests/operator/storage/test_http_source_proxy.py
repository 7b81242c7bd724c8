"""Web servers behind a real proxy: hosts are checked as without one, addresses are the proxy's to refuse."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from ifcjob.failures import FailureReason
from ifcjob.report import Failure
from ifcjob.resource import HttpSource
from ifcjob.status import ObservedInput
from ifcjob_operator.storage.http_source import WebSources
from ifcjob_operator.storage.url_policy import WebPolicy
from tests.support.forward_proxy import LOGIN, forward_proxy
from tests.support.web import Answer, Site, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTENT = b"ISO-10303-21;"


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


def look(url: str, *hosts: str) -> ObservedInput | Failure:
    """Ask as an operator that allows these hosts, and refuses loopback, where the tests' proxy is."""

    async def answer() -> ObservedInput | Failure:
        async with WebSources(WebPolicy(hosts)) as web:
            return await web.head(HttpSource(url=url))

    return asyncio.run(answer())


def test_files_are_observed_through_the_proxy(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The operator refuses what localhost resolves to; the proxy does not.
    host = site.url.removeprefix("http://").replace("127.0.0.1", "localhost")
    site.at("/a.ifc", Answer(CONTENT))
    with forward_proxy(tmp_path / "proxy", LOGIN) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        observed = look(f"http://{host}/a.ifc", host)
    assert observed == ObservedInput(uri=f"http://{host}/a.ifc", bytes=len(CONTENT))
    assert ["Via" in seen.headers for seen in site.seen] == [True]


def test_a_host_that_no_proxy_names_is_resolved_and_checked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "localhost")
    host = site.url.removeprefix("http://").replace("127.0.0.1", "localhost")
    refused = look(f"http://{host}/a.ifc", host)
    assert isinstance(refused, Failure)
    assert refused.reason == FailureReason.ACCESS_DENIED
    assert "an address that sources must not have" in refused.message


def test_the_proxy_gets_no_host_that_the_settings_do_not_allow(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", site.url)
    site.at("http://other.example/a.ifc", Answer(CONTENT))
    refused = look("http://other.example/a.ifc", "files.example.com")
    assert isinstance(refused, Failure)
    assert refused.reason == FailureReason.ACCESS_DENIED
    assert site.seen == []


def test_a_proxy_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    failure = look("https://files.example.com/a.ifc", "files.example.com")
    assert isinstance(failure, Failure)
    assert failure.reason == FailureReason.STORAGE_UNAVAILABLE
    assert "cannot be reached: the proxy refuses the connection" in failure.message


def test_a_tunnel_that_the_proxy_refuses_is_named(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", site.url)  # answers CONNECT with 501
    failure = look("https://files.example.com/a.ifc", "files.example.com")
    assert isinstance(failure, Failure)
    assert "cannot be reached: the proxy answers HTTP 501" in failure.message
