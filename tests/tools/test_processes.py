"""Programs of a test cluster start, stop and are distinguished from others with a reused process id."""

import json
import os
import platform
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.cluster.control_plane import free_port
from tools.cluster.processes import Processes, eventually

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)
# Its first thread has ended, which looks like the death of the process; another still accepts connections.
HALF_DEAD = """
import ctypes, socket, sys, threading, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
threading.Thread(target=time.sleep, args=(60,)).start()
ctypes.CDLL(None).syscall(60, 0)
"""
SPEAKS = "import os, time; print(os.environ['COLOUR'], flush=True); time.sleep(60)"


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    processes = Processes(tmp_path)
    yield processes
    processes.stop_all(how=signal.SIGKILL)


def test_a_started_program_runs_until_it_is_stopped(processes: Processes) -> None:
    processes.start("idle", ["sleep", "60"])
    assert processes.is_running("idle")
    processes.stop("idle")
    assert not processes.is_running("idle")
    processes.stop("idle")


def test_a_later_command_knows_what_an_earlier_one_started(processes: Processes, tmp_path: Path) -> None:
    processes.start("idle", ["sleep", "60"])
    later = Processes(tmp_path)
    assert later.is_running("idle")
    later.stop("idle")
    assert not processes.is_running("idle")


def test_a_program_that_ignores_the_signal_is_killed(processes: Processes) -> None:
    processes.start("deaf", [sys.executable, "-c", STUBBORN])
    processes.require("deaf", lambda: "deaf" in processes.log("deaf").read_text(encoding="utf-8"), 10)
    processes.stop("deaf", grace=0.3)
    assert not processes.is_running("deaf")


@pytest.mark.skipif(platform.machine() != "x86_64", reason="ends a thread by a number of x86-64")
def test_a_program_runs_until_its_last_thread_is_gone(processes: Processes) -> None:
    port = free_port()
    processes.start("server", [sys.executable, "-c", HALF_DEAD, str(port)])
    stat = Path(f"/proc/{processes.pid('server')}/stat")
    assert eventually(lambda: ") Z " in stat.read_text(encoding="utf-8"), 10)
    assert processes.is_running("server")
    assert _accepts(port)
    processes.stop("server", how=signal.SIGKILL)
    assert not processes.is_running("server")
    assert not _accepts(port)


def test_a_restarted_program_has_the_same_words_and_environment(processes: Processes) -> None:
    processes.start("idle", [sys.executable, "-c", SPEAKS], {"COLOUR": "green"})
    first = processes.pid("idle")
    processes.require("idle", lambda: processes.log("idle").read_text(encoding="utf-8") == "green\n", 10)
    processes.stop("idle")
    processes.restart("idle")
    processes.require("idle", lambda: processes.log("idle").read_text(encoding="utf-8") == "green\n" * 2, 10)
    assert processes.pid("idle") != first


def test_another_program_with_the_same_number_is_left_alone(processes: Processes, tmp_path: Path) -> None:
    processes.start("idle", ["sleep", "60"])
    processes.stop("idle")
    record = tmp_path / "processes" / "idle.json"
    contents = json.loads(record.read_text(encoding="utf-8")) | {"pid": os.getpid()}
    record.write_text(json.dumps(contents), encoding="utf-8")
    assert not processes.is_running("idle")
    processes.stop("idle", how=signal.SIGKILL)


def test_programs_are_named_the_last_started_first(processes: Processes) -> None:
    for name in ("one", "two", "three"):
        processes.start(name, ["sleep", "60"])
    assert processes.names() == ["three", "two", "one"]


def test_a_program_that_dies_at_once_is_reported_with_the_end_of_its_log(processes: Processes) -> None:
    processes.start("fails", ["sh", "-c", "echo no such thing; exit 3"])
    started = time.monotonic()
    with pytest.raises(TimeoutError, match="no such thing"):
        processes.require("fails", lambda: False, 30)
    assert time.monotonic() - started < 10


def test_waiting_ends_at_the_deadline() -> None:
    assert eventually(lambda: True, 0)
    started = time.monotonic()
    assert not eventually(lambda: False, 0.3, every=0.05)
    assert time.monotonic() - started < 2


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
