"""The fetch stage over HTTP: downloads are streamed, hashed and limited; server errors become typed failures."""

from __future__ import annotations

import hashlib
import socket
import threading
import traceback
from typing import TYPE_CHECKING

import pytest

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.request import Source
from ifcjob_runner.stages.fetch import Fetched, fetch
from ifcjob_runner.transfer import http_pool
from ifcjob_runner.workspace import Workspace
from tests.support.small_disk import small_disk
from tests.support.web import Answer, Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTENT = b"ISO-10303-21;" + bytes(range(32, 126)) * 30_000
IMPATIENT = http_pool.Timing(backoff_seconds=0.001)
SECRET = "X-Amz-Signature=5ec2e7"


def download(
    url: str, workspace: Workspace, timing: http_pool.Timing = IMPATIENT, *, max_bytes: int = 10**9
) -> Fetched:
    return fetch(Source(uri=url, max_bytes=max_bytes), workspace, lambda *_: None, timing)


@pytest.fixture(autouse=True)
def no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert SECRET not in "".join(record.getMessage() for record in caplog.get_records("call"))


def refused(url: str, tmp_path: Path, timing: http_pool.Timing = IMPATIENT, *, max_bytes: int = 10**9) -> RunFailure:
    with Workspace(tmp_path) as workspace, pytest.raises(RunFailure) as caught:
        download(url, workspace, timing, max_bytes=max_bytes)
    failure = caught.value
    assert SECRET not in failure.message + failure.hint
    assert SECRET not in "".join(traceback.format_exception(failure))
    return failure


def test_a_download_is_streamed_hashed_and_named(site: Site, tmp_path: Path) -> None:
    url = site.at("/models/Haus%201.ifc", Answer(CONTENT))
    calls: list[tuple[int, int]] = []
    with Workspace(tmp_path) as workspace:
        source = Source(uri=f"{url}?{SECRET}#top")
        result = fetch(source, workspace, lambda done, total: calls.append((done, total)))
        assert result.path.read_bytes() == CONTENT
        assert result.path.is_relative_to(workspace.folder)
    assert result.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert (result.name, result.uri, result.bytes) == ("Haus 1.ifc", url, len(CONTENT))
    assert calls[-1] == (len(CONTENT), len(CONTENT))
    assert len(calls) > 1
    (request,) = site.seen
    assert (request.path, request.headers["Accept-Encoding"]) == (f"/models/Haus%201.ifc?{SECRET}", "identity")


def test_credentials_in_the_url_are_sent_and_not_shown(site: Site, tmp_path: Path) -> None:
    url = site.at("/a.ifc", Answer(CONTENT))
    with Workspace(tmp_path) as workspace:
        result = download(url.replace("://", "://me:pa%40ss@"), workspace)
    assert result.uri == url
    assert site.seen[0].headers["Authorization"] == "Basic bWU6cGFAc3M="


def test_a_download_without_content_length_succeeds(site: Site, tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        assert download(site.at("/a.ifc", Answer(CONTENT, claimed_length=-1)), workspace).bytes == len(CONTENT)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
def test_a_temporary_error_is_retried(site: Site, tmp_path: Path, status: int) -> None:
    url = site.at("/a.ifc", Answer(status=status), Answer(status=status), Answer(CONTENT))
    with Workspace(tmp_path) as workspace:
        assert download(url, workspace).bytes == len(CONTENT)
    assert len(site.seen) == 3


@pytest.mark.parametrize(
    ("status", "reason", "requests"),
    [
        (404, FailureReason.INPUT_NOT_FOUND, 1),
        (410, FailureReason.INPUT_NOT_FOUND, 1),
        (400, FailureReason.ACCESS_DENIED, 1),
        (401, FailureReason.ACCESS_DENIED, 1),
        (403, FailureReason.ACCESS_DENIED, 1),
        (501, FailureReason.STORAGE_UNAVAILABLE, 1),
        (429, FailureReason.STORAGE_UNAVAILABLE, 1 + http_pool.RETRIES),
        (503, FailureReason.STORAGE_UNAVAILABLE, 1 + http_pool.RETRIES),
    ],
)
def test_an_error_status_has_its_failure_reason(
    site: Site, tmp_path: Path, status: int, reason: FailureReason, requests: int
) -> None:
    body = b"<?xml version='1.0'?><Error><Code>NotHere</Code><Message>Try elsewhere</Message></Error>"
    failure = refused(f"{site.at('/a.ifc', Answer(body, status))}?{SECRET}", tmp_path)
    assert failure.reason == reason
    assert f"{site.url}/a.ifc answers HTTP {status}: NotHere Try elsewhere." == failure.message
    assert len(site.seen) == requests


def test_a_short_body_is_storage_unavailable(site: Site, tmp_path: Path) -> None:
    url = site.at("/a.ifc", Answer(CONTENT, claimed_length=len(CONTENT) + 1, headers={"Connection": "close"}))
    failure = refused(f"{url}?{SECRET}", tmp_path)
    assert failure.reason == FailureReason.STORAGE_UNAVAILABLE
    assert str(len(CONTENT)) in failure.message


def test_a_content_length_above_the_limit_is_refused_before_reading(site: Site, tmp_path: Path) -> None:
    never = threading.Event()
    url = site.at("/a.ifc", Answer(b"", claimed_length=10**12, hold=never))
    failure = refused(url, tmp_path, max_bytes=10**9)
    never.set()
    assert failure.reason == FailureReason.INPUT_TOO_LARGE
    assert str(10**12) in failure.message


def test_a_download_without_content_length_stops_at_the_limit(site: Site, tmp_path: Path) -> None:
    url = site.at("/a.ifc", Answer(bytes(50_000_000), claimed_length=-1))
    with Workspace(tmp_path) as workspace:
        with pytest.raises(RunFailure) as caught:
            download(url, workspace, max_bytes=5_000_000)
        assert sum(path.stat().st_size for path in workspace.folder.iterdir()) <= 5_000_000
    assert caught.value.reason == FailureReason.INPUT_TOO_LARGE


def test_a_silent_server_is_storage_unavailable(site: Site, tmp_path: Path) -> None:
    timing = http_pool.Timing(read_seconds=0.2, backoff_seconds=0.001)
    never = threading.Event()
    failure = refused(f"{site.at('/a.ifc', Answer(CONTENT, hold=never))}?{SECRET}", tmp_path, timing)
    never.set()
    assert failure.reason == FailureReason.STORAGE_UNAVAILABLE
    assert failure.message == f"{site.url}/a.ifc sent nothing for 0.2 s."


def test_a_refused_connection_is_storage_unavailable(tmp_path: Path) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # bound and not listening
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/a.ifc"
        failure = refused(f"{url}?{SECRET}", tmp_path)
    assert failure.reason == FailureReason.STORAGE_UNAVAILABLE
    assert failure.message == f"{url} refuses the connection."


def test_an_unknown_host_is_storage_unavailable(tmp_path: Path) -> None:
    failure = refused(f"http://store.invalid/a.ifc?{SECRET}", tmp_path)
    assert failure.reason == FailureReason.STORAGE_UNAVAILABLE
    assert "store.invalid" in failure.message
    assert "resolved" in failure.message


def test_a_server_without_tls_is_storage_unavailable(site: Site, tmp_path: Path) -> None:
    failure = refused(site.at("/a.ifc", Answer(CONTENT)).replace("http:", "https:") + f"?{SECRET}", tmp_path)
    assert failure.reason == FailureReason.STORAGE_UNAVAILABLE
    assert "TLS" in failure.message


def test_redirects_are_followed(site: Site, tmp_path: Path) -> None:
    for number in range(5):
        site.at(f"/{number}", Answer(status=302, headers={"Location": f"{site.url}/{number + 1}"}))
    site.at("/5", Answer(CONTENT))
    with Workspace(tmp_path) as workspace:
        assert download(f"{site.url}/0", workspace).bytes == len(CONTENT)


def test_endless_redirects_are_refused(site: Site, tmp_path: Path) -> None:
    url = site.at("/a.ifc", Answer(status=302, headers={"Location": "/a.ifc"}))
    failure = refused(f"{url}?{SECRET}", tmp_path)
    assert failure.reason == FailureReason.INPUT_NOT_FOUND
    assert "5 times" in failure.message


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/a.ifc", "file:///etc/passwd"])
def test_a_redirect_to_another_scheme_is_refused(site: Site, tmp_path: Path, location: str) -> None:
    url = site.at("/a.ifc", Answer(status=302, headers={"Location": location}))
    assert refused(f"{url}?{SECRET}", tmp_path).reason == FailureReason.INVALID_REQUEST


@pytest.mark.parametrize("url", ["http://[::1/a.ifc", "http://host:port/a.ifc", "http:///a.ifc"])
def test_a_malformed_url_is_an_invalid_request(tmp_path: Path, url: str) -> None:
    assert refused(url, tmp_path).reason == FailureReason.INVALID_REQUEST


def test_a_content_encoding_is_not_decoded(site: Site, tmp_path: Path) -> None:
    url = site.at("/a.ifc", Answer(b"not brotli", headers={"Content-Encoding": "br"}))
    with Workspace(tmp_path) as workspace:
        assert download(url, workspace).path.read_bytes() == b"not brotli"


def test_a_full_disk_is_reported_as_disk_full(site: Site, tmp_path: Path) -> None:
    url = site.at("/a.ifc", Answer(bytes(600_000)))
    with small_disk(tmp_path / "disk") as disk:
        assert refused(url, disk).reason == FailureReason.DISK_FULL


def test_no_redirect_is_followed_when_the_request_forbids_it(site: Site, tmp_path: Path) -> None:
    url = site.at("/a.ifc", Answer(status=302, headers={"Location": f"{site.url}/b.ifc?{SECRET}"}))
    site.at("/b.ifc", Answer(CONTENT))
    with Workspace(tmp_path) as workspace, pytest.raises(RunFailure) as caught:
        fetch(Source(uri=url, follow_redirects=False), workspace, lambda *_: None)
    assert caught.value.reason == FailureReason.ACCESS_DENIED
    assert SECRET not in caught.value.message
    assert [request.path for request in site.seen] == ["/a.ifc"]
