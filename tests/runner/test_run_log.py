"""The log of a run is uploaded at its end, whatever the outcome, and never changes the outcome."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import time
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob.failures import FAILURES, FailureReason
from ifcjob.manifest import RUN_LOG, RUN_LOG_BYTES
from ifcjob_runner.progress.run_log import RunLog, keeping_log
from tests.support.entry_point import ARTIFACTS, Ended, EntryPoint, request_for
from tests.support.web import Answer, Site

if TYPE_CHECKING:
    from pathlib import Path


def uploading(source: Path, site: Site, **answers: Answer) -> dict[str, Any]:
    """Make a request whose artifacts and log go to the site."""
    names = {name: answers.get(name.partition(".")[0], Answer()) for name in (*ARTIFACTS, RUN_LOG)}
    uploads = {name: site.at(f"/{name}", answer) + "?signature=secret" for name, answer in names.items()}
    return {"source": {"uri": str(source)}, "output": {"uploads": uploads}, "ifcjob": "bim/house"}


def test_the_log_of_a_success_is_uploaded_after_the_manifest(entry: EntryPoint, walls: Path, site: Site) -> None:
    ended = entry.run(uploading(walls, site))
    assert ended.code == 0
    assert [seen.path for seen in site.seen[-2:]] == ["/manifest.json?signature=secret", "/run.log?signature=secret"]
    upload = site.seen[-1]
    assert (upload.method, upload.headers["Content-Type"]) == ("PUT", "text/plain; charset=utf-8")
    assert upload.body.decode() == ended.log
    *_, publish, end = map(json.loads, ended.log.splitlines())
    assert publish["stage"] == "publish"
    assert (end["event"], end["level"], end["elements"]) == ("run finished", "info", ended.report.summary.elements)
    assert "secret" not in upload.body.decode()


def test_the_log_of_a_damaged_file_is_uploaded(entry: EntryPoint, walls: Path, site: Site) -> None:
    walls.write_bytes(walls.read_bytes()[: walls.stat().st_size // 2])
    expect_log_of_failure(entry.run(uploading(walls, site)), FailureReason.TRUNCATED_FILE, site)


def test_the_log_of_a_failed_publish_is_uploaded(entry: EntryPoint, walls: Path, site: Site) -> None:
    ended = entry.run(uploading(walls, site, manifest=Answer(status=403)))
    expect_log_of_failure(ended, FailureReason.OUTPUT_REJECTED, site)


def expect_log_of_failure(ended: Ended, reason: FailureReason, site: Site) -> None:
    """Check outcome and uploaded log."""
    assert ended.report.failure is not None
    assert (ended.report.failure.reason, ended.code) == (reason, FAILURES[reason].exit_code)
    (upload,) = (seen for seen in site.seen if seen.path.startswith("/run.log"))
    assert upload.body.decode() == ended.log
    end = json.loads(ended.log.splitlines()[-1])
    failure = ended.report.failure
    assert (end["event"], end["level"], end["ifcjob"]) == ("run failed", "error", "bim/house")
    assert (end["reason"], end["message"], end["hint"]) == (reason, failure.message, failure.hint)


@pytest.mark.parametrize("status", [307, 403, 503])
def test_a_refused_log_changes_nothing(entry: EntryPoint, walls: Path, site: Site, status: int) -> None:
    ended = entry.run(uploading(walls, site, run=Answer(status=status, headers={"Location": site.url})))
    assert (ended.code, ended.report.outcome) == (0, "Succeeded")
    assert "run.log" not in ended.log


@pytest.mark.parametrize("url", ["not a url", "http://[::1", "http://127.0.0.1:9/run.log", "http://nowhere.invalid/"])
def test_a_useless_url_for_the_log_changes_nothing(entry: EntryPoint, walls: Path, site: Site, url: str) -> None:
    request = uploading(walls, site)
    request["output"]["uploads"][RUN_LOG] = url
    ended = entry.run(request)
    assert (ended.code, ended.report.outcome) == (0, "Succeeded")
    assert "Traceback" not in ended.log


def test_a_silent_store_delays_the_end_by_seconds_only(entry: EntryPoint, walls: Path, site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        request = uploading(walls, site)
        request["output"]["uploads"][RUN_LOG] = f"http://127.0.0.1:{silent.getsockname()[1]}/run.log"
        process = entry.start(request)
        connection, _ = silent.accept()
        began = time.monotonic()
        with connection:
            ended = entry.end(process)
    assert (ended.code, ended.report.outcome) == (0, "Succeeded")
    assert time.monotonic() - began < 10


def test_a_signal_during_the_upload_does_not_change_the_exit_code(entry: EntryPoint, walls: Path, site: Site) -> None:
    process = entry.start(uploading(walls, site, run=Answer(hold=Event())))
    while not any(seen.path.startswith("/run.log") for seen in site.seen):
        assert process.poll() is None, "the run ended before the signal"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.01)
    process.send_signal(signal.SIGTERM)
    ended = entry.end(process)
    assert (ended.code, ended.report.outcome) == (os.EX_OK, "Succeeded")


def test_a_folder_gets_no_log(entry: EntryPoint, walls: Path, tmp_path: Path) -> None:
    assert entry.run(request_for(walls, tmp_path / "out")).code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == ARTIFACTS


def test_a_long_log_keeps_its_last_whole_lines() -> None:
    stream = io.StringIO()
    log = RunLog(stream)
    for number in range(400_000):
        log.write(f"{number} ä\n")
    lines = log.end().decode().splitlines()
    assert lines == [f"{number} ä" for number in range(400_000 - len(lines), 400_000)]
    assert RUN_LOG_BYTES - 20 < len(log.end()) <= RUN_LOG_BYTES
    assert len(stream.getvalue().splitlines()) == 400_000


def test_half_characters_do_not_stop_the_log() -> None:
    with keeping_log() as log:
        log.keep("\ud800 line\n")
    assert log.end() == b"\\ud800 line\n"
