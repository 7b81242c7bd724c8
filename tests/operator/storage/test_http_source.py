"""Files on a real web server: observed facts, followed redirects, and servers that get no request."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from ifcjob.failures import FailureReason
from ifcjob.report import Failure
from ifcjob.resource import HttpSource
from ifcjob.status import ObservedInput
from ifcjob_operator.storage import http_source
from ifcjob_operator.storage.http_source import Place, WebSources
from ifcjob_operator.storage.url_policy import REFUSED, WebPolicy
from tests.support.web import Answer, Site, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENT = b"ISO-10303-21;" * 10
SECRET = "token=hush"


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


def host(site: Site) -> str:
    return site.url.removeprefix("http://")


def look(
    url: str, *hosts: str, refused: Any = (), locate: bool = False, answer_seconds: float = 10
) -> ObservedInput | Place | Failure:
    """Ask as an operator that allows these hosts; loopback, where the tests' server is, is not refused."""

    async def answer() -> ObservedInput | Place | Failure:
        async with WebSources(WebPolicy(hosts, refused), answer_seconds=answer_seconds) as web:
            source = HttpSource(url=url)
            return await (web.locate(source) if locate else web.head(source))

    return asyncio.run(answer())


def observed(site: Site, url: str) -> ObservedInput:
    result = look(url, host(site))
    assert isinstance(result, ObservedInput), result
    return result


def refusal(url: str, *hosts: str, refused: Any = (), answer_seconds: float = 10) -> Failure:
    result = look(url, *hosts, refused=refused, answer_seconds=answer_seconds)
    assert isinstance(result, Failure), result
    assert SECRET not in result.message
    return result


def test_a_file_is_observed_without_being_read(site: Site) -> None:
    url = site.at("/häuser/a b.ifc", Answer(CONTENT, headers={"ETag": '"e1"'})).replace("ä", "%C3%A4")
    site.answers["/h%C3%A4user/a%20b.ifc"] = site.answers["/häuser/a b.ifc"]
    seen = observed(site, url.replace(" ", "%20"))
    assert seen == ObservedInput(uri=f"{site.url}/h%C3%A4user/a%20b.ifc", bytes=len(CONTENT), etag="e1")
    assert [request.method for request in site.seen] == ["HEAD"]


def test_the_query_of_a_url_is_sent_and_not_shown(site: Site) -> None:
    url = site.at("/a.ifc", Answer(CONTENT, headers={"ETag": '"e1"'})) + f"?{SECRET}"
    # Files that differ by the query only may have the same fingerprint, such as a version number.
    assert observed(site, url) == ObservedInput(uri=f"{site.url}/a.ifc", bytes=len(CONTENT))
    assert site.seen[0].path.endswith(SECRET)


def test_a_weak_etag_is_not_a_fingerprint(site: Site) -> None:
    assert observed(site, site.at("/a.ifc", Answer(CONTENT, headers={"ETag": 'W/"e1"'}))).etag is None


@pytest.mark.parametrize("status", [403, 404, 405, 501])
def test_a_server_without_head_gets_a_get_for_one_byte(site: Site, status: int) -> None:
    part = Answer(b"I", status=206, headers={"Content-Range": "bytes 0-0/12345"})
    url = site.at("/a.ifc", Answer(status=status), part)
    assert observed(site, url).bytes == 12345
    assert site.seen[1].headers["Range"] == "bytes=0-0"


def test_an_answer_without_range_support_is_not_read_to_the_end(site: Site) -> None:
    url = site.at("/a.ifc", Answer(status=405), Answer(CONTENT, claimed_length=10**12))
    assert observed(site, url).bytes == 10**12


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (404, FailureReason.INPUT_NOT_FOUND),
        (410, FailureReason.INPUT_NOT_FOUND),
        (401, FailureReason.ACCESS_DENIED),
        (403, FailureReason.ACCESS_DENIED),
        (418, FailureReason.ACCESS_DENIED),
        (304, FailureReason.ACCESS_DENIED),
        (429, FailureReason.STORAGE_UNAVAILABLE),
        (500, FailureReason.STORAGE_UNAVAILABLE),
        (503, FailureReason.STORAGE_UNAVAILABLE),
    ],
)
def test_an_error_status_is_a_failure(site: Site, status: int, reason: FailureReason) -> None:
    failure = refusal(site.at("/a.ifc", Answer(status=status)) + f"?{SECRET}", host(site))
    assert failure.reason == reason
    assert f"HTTP {status}" in failure.message


def test_a_stopped_server_is_unavailable() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        failure = refusal(f"http://127.0.0.1:{port}/a.ifc?{SECRET}", f"127.0.0.1:{port}")
    assert failure.reason == FailureReason.STORAGE_UNAVAILABLE
    assert "refuses the connection" in failure.message


def test_a_silent_server_is_unavailable_after_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        failure = refusal(f"http://127.0.0.1:{port}/a.ifc", f"127.0.0.1:{port}", answer_seconds=0.3)
    assert failure.reason == FailureReason.STORAGE_UNAVAILABLE
    assert "does not answer in time" in failure.message


def test_an_unknown_host_name_is_unavailable() -> None:
    failure = refusal("http://nowhere.invalid/a.ifc", "nowhere.invalid")
    assert failure.reason == FailureReason.STORAGE_UNAVAILABLE
    assert "cannot be resolved" in failure.message


def test_an_unlisted_host_is_not_contacted(site: Site) -> None:
    failure = refusal(site.at("/a.ifc", Answer(CONTENT)) + f"?{SECRET}", "files.example.org")
    assert failure.reason == FailureReason.ACCESS_DENIED
    assert not failure.retryable
    assert host(site) in failure.message
    assert "administrator" in failure.hint
    assert site.seen == []


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_listed_host_that_resolves_to_loopback_is_not_contacted(site: Site, name: str) -> None:
    port = host(site).partition(":")[2]
    site.at("/a.ifc", Answer(CONTENT))
    failure = refusal(f"http://{name}:{port}/a.ifc", f"{name}:{port}", refused=REFUSED)
    assert failure.reason == FailureReason.ACCESS_DENIED
    assert "address that sources must not have" in failure.message
    assert site.seen == []


def test_one_refused_address_refuses_the_host(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    port = int(host(site).partition(":")[2])
    site.at("/a.ifc", Answer(CONTENT))

    async def two(*_: Any) -> list[dict[str, Any]]:
        entry = {"hostname": "files.example.org", "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}
        return [entry | {"host": "127.0.0.1"}, entry | {"host": "169.254.169.254"}]

    monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", two)
    link_local = [network for network in REFUSED if str(network) == "169.254.0.0/16"]
    failure = refusal(f"http://files.example.org:{port}/a.ifc", f"files.example.org:{port}", refused=link_local)
    assert "169.254.169.254" in failure.message
    assert site.seen == []
    result = look(f"http://files.example.org:{port}/a.ifc", f"files.example.org:{port}")
    assert isinstance(result, ObservedInput)  # the same name with nothing refused: the address is what decides


def test_redirects_are_followed_with_the_same_checks(site: Site) -> None:
    site.at("/0", Answer(status=302, headers={"Location": "/1?x=%2F#part"}))
    site.at("/1", Answer(status=307, headers={"Location": f"{site.url}/files/b.ifc?{SECRET}"}))
    site.at("/files/b.ifc", Answer(CONTENT))
    assert observed(site, f"{site.url}/0").bytes == len(CONTENT)
    assert [seen.path for seen in site.seen] == ["/0", "/1?x=%2F", f"/files/b.ifc?{SECRET}"]


def test_the_pod_gets_the_last_url_and_the_status_the_first(site: Site) -> None:
    site.at("/house.ifc", Answer(status=302, headers={"Location": f"/blob/17?{SECRET}"}))
    site.at("/blob/17", Answer(status=405), Answer(CONTENT))
    place = look(f"{site.url}/house.ifc?a=1", host(site), locate=True)
    assert place == Place(f"{site.url}/blob/17?{SECRET}", f"{site.url}/house.ifc", "house.ifc")


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://169.254.169.254/latest/meta-data", FailureReason.ACCESS_DENIED),
        ("http://kubernetes.default.svc/api", FailureReason.ACCESS_DENIED),
        ("//evil.example/a.ifc", FailureReason.ACCESS_DENIED),
        ("http://user:secret@127.0.0.1/a.ifc", FailureReason.ACCESS_DENIED),
        ("file:///etc/passwd", FailureReason.ACCESS_DENIED),
        ("http://[::1/a.ifc", FailureReason.INVALID_REQUEST),
        (f"/{'x' * 8000}", FailureReason.INVALID_REQUEST),
    ],
)
def test_a_redirect_to_an_unlisted_host_is_not_followed(site: Site, location: str, reason: FailureReason) -> None:
    url = site.at("/a.ifc", Answer(status=302, headers={"Location": location}))
    failure = refusal(url, host(site))
    assert failure.reason == reason
    assert "secret" not in failure.message
    assert len(site.seen) == 1


def test_the_number_of_redirects_is_limited(site: Site) -> None:
    url = site.at("/a.ifc", Answer(status=302, headers={"Location": "/a.ifc"}))
    failure = refusal(url, host(site))
    assert failure.reason == FailureReason.INPUT_NOT_FOUND
    assert len(site.seen) == http_source.MAX_REDIRECTS + 1


def test_an_untrusted_certificate_is_reported(site: Site) -> None:
    failure = refusal(site.at("/a.ifc", Answer(CONTENT)).replace("http:", "https:"), host(site))
    assert failure.reason == FailureReason.STORAGE_UNAVAILABLE
