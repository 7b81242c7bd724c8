"""The container's entry point behind a real proxy."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from ifcjob.failures import FailureReason
from tests.support.entry_point import ARTIFACTS, EntryPoint, request_for
from tests.support.forward_proxy import LOGIN, ForwardProxy, forward_proxy
from tests.support.web import Answer, Site, serve
from tools.cluster.pki import make_pki

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[ForwardProxy]:
    with forward_proxy(tmp_path / "proxy", LOGIN) as running:
        yield running


def via_proxy(site: Site, method: str) -> list[bool]:
    """Tell for each request of a method whether it came through the proxy."""
    return ["Via" in seen.headers for seen in site.seen if seen.method == method]


def test_a_run_reads_and_uploads_through_the_proxy_and_posts_progress_directly(
    entry: EntryPoint, walls: Path, site: Site, proxy: ForwardProxy
) -> None:
    uploads = {name: site.at(f"/out/{name}", Answer()) for name in ARTIFACTS}
    request = {
        "source": {"uri": site.at("/walls.ifc", Answer(walls.read_bytes()))},
        "output": {"uploads": uploads},
        "progress": {"url": site.at("/progress", Answer(status=204)), "token": "token-of-the-attempt"},
    }
    ended = entry.run(request, HTTP_PROXY=proxy.url)
    assert ended.code == 0, ended.report
    assert via_proxy(site, "GET") == [True]
    assert via_proxy(site, "PUT") == [True] * len(ARTIFACTS)
    assert set(via_proxy(site, "POST")) == {False}


def test_https_passes_the_proxy_as_a_tunnel(
    entry: EntryPoint, walls: Path, proxy: ForwardProxy, tmp_path: Path
) -> None:
    make_pki(tmp_path / "pki", ["127.0.0.1"])
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(tmp_path / "pki" / "server.crt", tmp_path / "pki" / "server.key")
    authority = (tmp_path / "pki" / "ca.crt").read_text()
    with serve(tls) as secure:
        url = secure.at("/walls.ifc", Answer(walls.read_bytes()))
        ended = entry.run(request_for(url, tmp_path / "out", trustedCertificates=authority), HTTPS_PROXY=proxy.url)
    assert ended.code == 0, ended.report
    assert proxy.requests(1) == [f"CONNECT {secure.url.removeprefix('https://')}"]


def test_no_proxy_is_honoured(entry: EntryPoint, walls: Path, site: Site, tmp_path: Path) -> None:
    url = site.at("/walls.ifc", Answer(walls.read_bytes()))
    ended = entry.run(request_for(url, tmp_path / "out"), HTTP_PROXY="http://127.0.0.1:9", NO_PROXY="127.0.0.1")
    assert ended.code == 0, ended.report
    assert via_proxy(site, "GET") == [False]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_away_is_named_in_the_failure(entry: EntryPoint, tmp_path: Path, scheme: str) -> None:
    variables = {f"{scheme.upper()}_PROXY": "http://ann:hush@127.0.0.1:9"}
    ended = entry.run(request_for(f"{scheme}://files.example.com/a.ifc?key=hush", tmp_path / "out"), **variables)
    failure = ended.report.failure
    assert failure is not None
    assert failure.reason == FailureReason.STORAGE_UNAVAILABLE
    assert failure.message.startswith(f"{scheme}://files.example.com/a.ifc cannot be reached through the proxy (")
    assert "hush" not in failure.message + ended.log
