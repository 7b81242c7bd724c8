"""`ifcjob serve` as a process: its start, its refusals, its stop, and jobs through its API."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from tests.support.served import Served, ifcjob, wait_until
from tests.support.small_disk import small_disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path)
    yield made
    if made.is_running:
        made.stop(signal.SIGKILL)


def refused(*options: str) -> tuple[int, str]:
    """Start it where it cannot, and return exit code and message."""
    command = [sys.executable, "-m", "ifcjob_cli", "serve", *options]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stderr


def status(url: str, name: str) -> dict[str, Any]:
    answer = urllib3.request("GET", f"{url}/api/v1/namespaces/default/jobs/{name}")
    return dict(answer.json()["status"])


def fill(path: Path) -> None:
    """Write a file until the disk is full."""
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


def test_a_stop_says_bye_to_event_streams(served: Served) -> None:
    url = served.start()
    stream = urllib3.request("GET", f"{url}/api/v1/events", preload_content=False, timeout=30)
    lines = (line for chunk in stream.stream(decode_content=True) for line in chunk.decode().splitlines())
    assert next(lines).startswith("event: snapshot") or next(lines).startswith("event: snapshot")
    assert served.process is not None
    served.process.send_signal(signal.SIGTERM)
    rest = list(lines)
    assert "event: bye" in rest
    assert '"code":"Stopping"' in rest[rest.index("event: bye") + 1]
    assert served.process.wait(30) == os.EX_OK


def test_a_job_of_the_api_runs_and_its_result_is_in_the_folder(served: Served) -> None:
    served.upload("house.ifc")
    url = served.start()
    jobs = f"{url}/api/v1/namespaces/default/jobs"
    body = {"name": "house", "source": {"s3Uri": "s3://uploads/house.ifc"}}
    assert urllib3.request("POST", jobs, json=body).status == 201
    wait_until(lambda: status(url, "house").get("phase") == "Succeeded", 120)
    folder = served.folder / "objects" / "artifacts" / "default" / "house"
    assert (folder / "manifest.json").exists()
    assert list(folder.glob("*/model.glb"))
    log = urllib3.request("GET", f"{jobs}/house/logs").data.decode()
    assert '"stage finished"' in log
    assert urllib3.request("GET", f"{url}/readyz").status == 200
    assert status(url, "house")["progress"]["percent"] == 100
    assert served.stop() == 0


def test_a_run_that_has_published_reports_it(served: Served) -> None:
    served.upload("house.ifc")
    url = served.start("--log-level", "info")
    served_jobs = f"{url}/api/v1/namespaces/default/jobs"
    body = {"name": "house", "source": {"s3Uri": "s3://uploads/house.ifc"}}
    assert urllib3.request("POST", served_jobs, json=body).status == 201
    wait_until(lambda: status(url, "house").get("phase") == "Succeeded", 120)
    requests = [json.loads(line) for line in served.text.splitlines() if '"/v1/report/default/house/1"' in line]
    assert [request["status"] for request in requests] == [204]
    assert status(url, "house")["attempts"][0]["exitCode"] == 0


def test_a_stop_ends_the_runs_and_the_next_start_runs_them_again(served: Served) -> None:
    served.upload("house.ifc")
    served.submit(ifcjob("house"))
    served.start()
    wait_until(served.runs, 60)
    assert served.stop(signal.SIGINT) == 0
    wait_until(lambda: not served.runs(), 5)  # the kernel ends the children of a run a moment after it
    assert "jobs that ran start again next time" in served.text
    (job,) = served.objects()
    assert job["status"]["attempts"][0].get("reason") in (None, "Disrupted")
    url = served.start()
    wait_until(lambda: status(url, "house").get("phase") == "Succeeded", 120)
    after = status(url, "house")
    assert (after["infraRestarts"], after.get("retries", 0)) == (1, 0)


def test_a_job_beyond_its_memory_fails_and_says_so(served: Served) -> None:
    served.upload("house.ifc")
    resources = {"memory": "32Mi", "maxMemory": "32Mi"}
    served.submit(ifcjob("house", resources=resources, retry={"limit": 1, "backoffSeconds": 0}))
    url = served.start()
    wait_until(lambda: status(url, "house").get("phase") == "Failed", 120)
    failure, conditions = (status(url, "house")[field] for field in ("failure", "conditions"))
    assert failure["reason"] == "OutOfMemory"
    assert [condition["reason"] for condition in conditions if condition["type"] == "Finished"] == ["OutOfMemory"]
    assert "32 MiB" in failure["message"]


def test_the_history_and_the_objects_are_kept_over_starts(served: Served) -> None:
    served.upload("letter.ifc", b"Dear Sir")
    served.submit(ifcjob("letter"), ifcjob("letter-2", key="letter.ifc"))
    url = served.start()
    wait_until(lambda: status(url, "letter-2").get("phase") == "Failed", 120)
    served.stop()
    url = served.start()
    assert status(url, "letter-2")["failure"]["reason"] == "NotAnIfcFile"
    history = urllib3.request("GET", f"{url}/api/v1/namespaces/default/history").json()["items"]
    assert {"letter", "letter-2"} <= {row["name"] for row in history}


def test_a_second_serve_on_the_same_folder_is_refused(served: Served) -> None:
    served.start()
    code, message = refused("--data", str(served.folder), "--port", "0")
    assert code == os.EX_UNAVAILABLE
    assert served.process is not None
    assert message == (
        f"ifcjob: another ifcjob serve uses {served.folder} (process {served.process.pid}). "
        "Stop it, or choose another --data and --port.\n"
    )


def test_a_folder_of_a_killed_serve_can_be_used(served: Served) -> None:
    served.start()
    served.stop(signal.SIGKILL)
    served.start()
    assert served.stop() == 0


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, message = refused("--data", str(tmp_path), "--port", str(port))
    assert code == os.EX_UNAVAILABLE
    assert message.startswith(f"ifcjob: cannot listen on 127.0.0.1 port {port}: Address already in use. Choose another")


def test_a_folder_that_cannot_be_written_is_refused() -> None:
    code, message = refused("--data", "/proc/ifcjob", "--port", "0")
    assert code == os.EX_CANTCREAT
    assert message.startswith("ifcjob: /proc/ifcjob cannot be used: ")
    assert message.count("\n") == 1


def test_a_full_disk_is_refused(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 64) as folder:
        code, message = refused("--data", str(folder), "--port", "0")
    assert code == os.EX_IOERR
    assert message == f"ifcjob: no space is left on the disk of {folder}. Free space, or choose another --data.\n"


def test_the_data_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "state.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    code, message = refused("--data", str(tmp_path), "--port", "0")
    assert code == os.EX_DATAERR
    assert "a newer release wrote the data" in message
    assert message.count("\n") == 1


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"x" * 8192)
    code, message = refused("--data", str(tmp_path), "--port", "0")
    assert code == os.EX_DATAERR
    assert "is damaged: file is not a database" in message


@pytest.mark.parametrize(
    "options",
    [
        ("--host", "0.0.0.0"),
        ("--port", "x"),
        ("--slots", "0"),
        ("--max-memory", "lots"),
        ("--web-host", "https://files.example.com"),
    ],
)
def test_an_invalid_option_is_refused(tmp_path: Path, options: tuple[str, str]) -> None:
    code, message = refused("--data", str(tmp_path), *options)
    assert code == os.EX_USAGE
    assert options[1] in message


def test_an_invalid_variable_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IFCJOB_SERVE_WORKERS", "many")
    code, message = refused("--data", str(tmp_path), "--port", "0")
    assert code == os.EX_USAGE
    assert message.startswith("ifcjob: a variable IFCJOB_SERVE_… is invalid: workers: ")


def test_a_disk_that_fills_up_is_a_problem_and_no_end(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 8192) as folder:
        served = Served(folder)
        served.upload("letter.ifc", b"Dear Sir")
        url = served.start()
        try:
            jobs = f"{url}/api/v1/namespaces/default/jobs"
            filler = folder / "filler"
            fill(filler)
            body = {"name": "letter", "source": {"s3Uri": "s3://uploads/letter.ifc"}}
            retries = urllib3.Retry(0)
            statuses = [
                urllib3.request("POST", jobs, json=body | {"name": f"l{n}"}, retries=retries).status for n in range(9)
            ]
            assert {503, 507} & set(statuses)
            filler.unlink()
            assert urllib3.request("POST", jobs, json=body).status == 201
            wait_until(lambda: status(url, "letter").get("phase") == "Failed", 120)
            assert status(url, "letter")["failure"]["reason"] == "NotAnIfcFile"
            assert served.stop() == 0
        finally:
            if served.is_running:
                served.stop(signal.SIGKILL)
