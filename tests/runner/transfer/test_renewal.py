"""A run whose URLs end before it: it takes later ones from the file in which the operator replaces its request."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.request import Output, Renewal, RunRequest, Source
from ifcjob_runner.transfer.renewal import renewed
from tests.support.entry_point import ARTIFACTS
from tests.support.web import Answer, serve

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.entry_point import EntryPoint

HOUR = timedelta(hours=1)


def request_until(file: Path, expires_at: datetime, source: str = "old", **uploads: str) -> RunRequest:
    renewal_of = Renewal(file=str(file), expires_at=expires_at)
    return RunRequest(source=Source(uri=source), output=Output(uploads=uploads), renewal=renewal_of)


def replace_file(file: Path, request: RunRequest) -> None:
    """Replace the file as the kubelet does: another file under the same name."""
    new = file.with_name("new")
    new.write_text(request.to_json(), encoding="utf-8")
    new.replace(file)


def test_a_request_without_renewal_stays_as_it_is() -> None:
    request = RunRequest(source=Source(uri="house.ifc"), output=Output(folder="out"))
    assert renewed(request) is request


def test_the_newest_request_of_the_file_counts(tmp_path: Path) -> None:
    file, now = tmp_path / "request.json", datetime.now(UTC)
    first = request_until(file, now + HOUR)
    replace_file(file, request_until(file, now + 2 * HOUR, "new"))
    assert renewed(first).source.uri == "new"


def test_a_run_waits_for_a_renewal_that_is_late(tmp_path: Path) -> None:
    file, now = tmp_path / "request.json", datetime.now(UTC)
    expired = request_until(file, now - HOUR)
    replace_file(file, expired)
    late = threading.Timer(0.5, replace_file, (file, request_until(file, now + HOUR, "new")))
    late.start()
    began = time.monotonic()
    assert renewed(expired, wait_seconds=30, poll_seconds=0.05).source.uri == "new"
    assert time.monotonic() - began < 10
    late.join()


def test_urls_that_nobody_renews_are_a_retryable_failure(tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    expired = request_until(file, datetime.now(UTC) - HOUR)
    replace_file(file, expired)
    with pytest.raises(RunFailure, match=r"expired at .* and were not renewed") as caught:
        renewed(expired, wait_seconds=0)
    assert caught.value.reason == FailureReason.STORAGE_UNAVAILABLE
    file.write_text("{", encoding="utf-8")
    with pytest.raises(RunFailure, match="cannot be read: ValidationError"):
        renewed(expired, wait_seconds=0)


def test_source_artifacts_and_log_use_the_renewed_urls(entry: EntryPoint, walls: Path, tmp_path: Path) -> None:
    file, now = tmp_path / "request.json", datetime.now(UTC)
    with serve() as site:
        source = site.at("/new.ifc", Answer(walls.read_bytes()))
        old = {name: site.at(f"/old/{name}", Answer(status=403)) for name in (*ARTIFACTS, "run.log")}
        new = {name: site.at(f"/new/{name}", Answer()) for name in old}
        replace_file(file, request_until(file, now + HOUR, source, **new))
        stale = request_until(file, now - HOUR, site.at("/old.ifc", Answer(status=403)), **old)
        ended = entry.run(stale.to_json())
    assert ended.code == 0, ended.log
    assert {seen.path for seen in site.seen} == {"/new.ifc", *(f"/new/{name}" for name in new)}
