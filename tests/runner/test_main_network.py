"""The container's entry point and the network: progress may be lost, uploads may not."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from ifcjob.failures import FailureReason
from ifcjob.manifest import Manifest
from ifcjob.report import RunReport
from tests.support.entry_point import ARTIFACTS, EntryPoint, request_for
from tests.support.s3 import s3_store
from tests.support.web import Answer, Site, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

FAULTY_ENGINE = Path(__file__).parents[1] / "support" / "faulty_engine"
TOKEN = "token-of-attempt-3"


def test_a_stop_signal_is_reported_and_leaves_no_process(entry: EntryPoint, walls: Path, tmp_path: Path) -> None:
    faults = {"PYTHONPATH": str(FAULTY_ENGINE), "IFCJOB_TEST_FAULTS": json.dumps({"data": "hang"})}
    with serve() as site:
        target = {"url": site.at("/progress", Answer(status=204)), "token": TOKEN}
        process = entry.start(request_for(walls, tmp_path / "out", progress=target), **faults)
        wait_for_post(site, process)
        children = psutil.Process(process.pid).children(recursive=True)
        assert children
        process.send_signal(signal.SIGTERM)
        ended = entry.end(process)
    assert ended.report.failure is not None
    assert (ended.report.failure.reason, ended.code) == (FailureReason.INTERRUPTED, os.EX_TEMPFAIL)
    assert psutil.wait_procs(children, timeout=2)[1] == []
    assert not (tmp_path / "out" / "manifest.json").exists()


def wait_for_post(site: Site, process: subprocess.Popen[str]) -> None:
    """Wait until the run has posted progress."""
    for _ in range(1000):
        if any(seen.method == "POST" for seen in site.seen):
            return
        assert process.poll() is None, "the run ended before the signal"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.01)
    pytest.fail("no progress was posted")


def test_progress_is_posted_with_the_token(entry: EntryPoint, walls: Path, tmp_path: Path) -> None:
    with serve() as site:
        target = {"url": site.at("/progress", Answer(status=204)), "token": TOKEN}
        ended = entry.run(request_for(walls, tmp_path / "out", progress=target))
    assert ended.code == 0
    posts = [seen for seen in site.seen if seen.method == "POST"]
    assert {post.headers["Authorization"] for post in posts} == {f"Bearer {TOKEN}"}
    events = [json.loads(post.body) for post in posts]
    assert set(events[-1]) == {"percent", "stage", "elementsDone", "elementsTotal"}
    percents = [event["percent"] for event in events]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert TOKEN not in ended.log


def test_the_report_of_a_success_is_posted_after_the_log_until_the_leader_has_it(
    entry: EntryPoint, walls: Path
) -> None:
    with serve() as site:
        target = {
            "url": site.at("/progress", Answer(status=204)),
            "reportUrl": site.at("/report", Answer(status=421), Answer(status=421), Answer(status=204)),
            "token": TOKEN,
        }
        uploads = {name: site.at(f"/{name}", Answer()) for name in (*ARTIFACTS, "run.log")}
        ended = entry.run({"source": {"uri": str(walls)}, "output": {"uploads": uploads}, "progress": target})
    assert ended.code == 0
    paths = [seen.path for seen in site.seen if seen.path != "/progress"]
    assert paths[-4:] == ["/run.log", "/report", "/report", "/report"]
    assert site.seen[-1].headers["Authorization"] == f"Bearer {TOKEN}"
    assert RunReport.model_validate_json(site.seen[-1].body) == ended.report


def test_the_report_of_a_failure_is_not_posted(entry: EntryPoint, walls: Path, tmp_path: Path) -> None:
    walls.write_text("no IFC")
    with serve() as site:
        target = {"url": site.at("/progress", Answer(status=204)), "reportUrl": site.at("/report", Answer(status=204))}
        ended = entry.run(request_for(walls, tmp_path / "out", progress=target))
    assert ended.report.failure is not None
    assert {seen.path for seen in site.seen} == {"/progress"}


@contextmanager
def silent_server() -> Iterator[str]:
    """Accept connections and never answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


def test_a_missing_progress_server_does_not_fail_the_run(entry: EntryPoint, walls: Path, tmp_path: Path) -> None:
    with silent_server() as url:
        pass
    ended = entry.run(request_for(walls, tmp_path / "out", progress={"url": url, "token": TOKEN}))
    assert (ended.code, ended.report.outcome) == (0, "Succeeded")


def test_a_silent_progress_server_does_not_delay_the_run(entry: EntryPoint, walls: Path, tmp_path: Path) -> None:
    with silent_server() as url:
        ended = entry.run(request_for(walls, tmp_path / "out", progress={"url": url, "token": TOKEN}))
    assert (ended.code, ended.report.outcome) == (0, "Succeeded")
    assert ended.report.seconds < 10


@pytest.mark.parametrize("status", [302, 401, 500])
def test_an_error_of_the_progress_server_is_ignored(
    entry: EntryPoint, walls: Path, tmp_path: Path, status: int
) -> None:
    with serve() as site:
        elsewhere = site.at("/elsewhere", Answer())
        target = {"url": site.at("/progress", Answer(status=status, headers={"Location": elsewhere})), "token": TOKEN}
        ended = entry.run(request_for(walls, tmp_path / "out", progress=target))
    assert (ended.code, ended.report.outcome) == (0, "Succeeded")
    # Its token is for one address: it must not follow a redirect to another.
    assert {seen.path for seen in site.seen} == {"/progress"}


@pytest.mark.parametrize("url", ["not a url", "ftp://127.0.0.1/", "http://[::1", "http://nowhere.invalid/"])
def test_an_invalid_progress_url_does_not_fail_the_run(
    entry: EntryPoint, walls: Path, tmp_path: Path, url: str
) -> None:
    ended = entry.run(request_for(walls, tmp_path / "out", progress={"url": url, "token": "two\r\nlines"}))
    assert (ended.code, ended.report.outcome) == (0, "Succeeded")


def test_artifacts_are_uploaded_to_presigned_urls(entry: EntryPoint, walls: Path, tmp_path: Path) -> None:
    with s3_store(tmp_path / "s3") as store:
        store.client.fput_object(store.bucket, "walls.ifc", str(walls))
        request = {
            "source": {"uri": store.client.presigned_get_object(store.bucket, "walls.ifc")},
            "output": {
                "uploads": {
                    name: store.client.presigned_put_object(store.bucket, f"1/{name}") for name in sorted(ARTIFACTS)
                }
            },
        }
        ended = entry.run(request)
        assert ended.report.failure is None
        objects = {item.object_name: item for item in store.client.list_objects(store.bucket, "1/", recursive=True)}
        with store.client.get_object(store.bucket, "1/manifest.json") as response:
            manifest = Manifest.model_validate_json(response.read())
    assert ended.code == 0
    assert set(objects) == {f"1/{name}" for name in ARTIFACTS}
    for artifact in manifest.artifacts:
        assert objects[f"1/{artifact.name}"].size == artifact.bytes
    assert "X-Amz-Signature" not in manifest.to_json()
    assert "X-Amz-Signature" not in ended.log


def test_no_manifest_is_uploaded_after_a_refused_upload(entry: EntryPoint, walls: Path) -> None:
    with serve() as site:
        uploads = {name: site.at(f"/{name}", Answer()) + "?signature=secret" for name in ARTIFACTS}
        site.at("/model.glb", Answer(status=403))
        ended = entry.run({"source": {"uri": str(walls)}, "output": {"uploads": uploads}})
    assert ended.report.failure is not None
    assert ended.report.failure.reason == FailureReason.OUTPUT_REJECTED
    assert ended.code == os.EX_CANTCREAT
    assert "model.glb" in ended.report.failure.message
    assert "secret" not in ended.report.failure.message
    assert "/manifest.json" not in {seen.path.partition("?")[0] for seen in site.seen}
