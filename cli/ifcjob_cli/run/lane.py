"""A lane: a process that runs one file after another beside other lanes, each with its own engine process.

It is forked, so that it has everything imported. Nothing but a crash of the lane itself is left to the command.
"""

import argparse
import os
import signal
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe
from typing import Any, NoReturn

from ifcjob.failures import RunFailure
from ifcjob.report import Progress, RunReport
from ifcjob_cli.run.destination import destination_of
from ifcjob_cli.run.items import Item
from ifcjob_cli.run.one_file import run_file
from ifcjob_runner.processes import engine_process
from ifcjob_runner.processes.engine_process import EngineProcess
from ifcjob_runner.processes.parents import signal_with_parent
from ifcjob_runner.processes.signals import STOPPING, blocked, interruptible, uninterrupted
from ifcjob_runner.progress import traceback_log
from ifcjob_runner.progress.observer import Observer, SilentObserver


@dataclass(eq=False)
class Lane:
    """The command's end of a lane."""

    pid: int
    connection: Connection
    index: int | None = None
    """The file that it runs."""
    observer: Observer = field(default_factory=SilentObserver)

    def start(self, index: int, limits: dict[str, Any], observer: Observer) -> None:
        """Run a file within these limits."""
        self.index, self.observer = index, observer
        with suppress(BrokenPipeError):  # it has died; the end of its messages tells
            self.connection.send((index, limits))

    def receive(self) -> tuple[RunReport, bool] | None:
        """Pass a message to the observer, or return the report and whether it is of an earlier run.

        Raises EOFError when the lane has ended.
        """
        try:
            kind, *values = self.connection.recv()
        except OSError as error:  # it ended in the middle of a message, or before it read all of this side's
            raise EOFError from error
        match kind:
            case "finished":
                report, is_existing = values
                return report, is_existing
            case "traceback":
                traceback_log.log_traceback(*values)
            case _:
                getattr(self.observer, kind)(*values)
        return None

    def kill(self, number: int) -> None:
        """Send it a signal."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self) -> int:
        """Close the connection, wait for the end and return the exit status."""
        self.connection.close()
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def fork_lane(arguments: argparse.Namespace, items: list[Item], lanes: list[Lane]) -> Lane:
    """Fork a lane with a clone of the engine process, and append it to the lanes."""
    clone = engine_process.start().clone()
    near, far = Pipe()
    with blocked():  # until the command knows the lane, and in the lane until its own handlers are set
        pid = os.fork()
        if pid == 0:
            near.close()
            for other in lanes:
                other.connection.close()
            _serve(arguments, items, far, clone)
        lane = Lane(pid, near)
        lanes.append(lane)
    far.close()
    clone.leave()  # it ends with the lane
    return lane


def _serve(arguments: argparse.Namespace, items: list[Item], connection: Connection, clone: EngineProcess) -> NoReturn:
    status = 1
    try:
        engine_process.use_clone(clone)
        with interruptible():
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
            os.setpgid(0, 0)  # the command passes Ctrl-C on
            signal_with_parent(signal.SIGTERM)  # the command may end without a word
            _run_files(arguments, items, connection)
            status = 0
    except (RunFailure, BrokenPipeError):  # stopped between two files, or the command has ended
        status = 0
    except BaseException:  # noqa: BLE001 - the only catch-all of a lane
        traceback.print_exc()
    finally:
        try:
            engine_process.stop()
        finally:
            os._exit(status)


def _run_files(arguments: argparse.Namespace, items: list[Item], connection: Connection) -> None:
    destination = destination_of(arguments.output)  # its own: processes must not share connections

    def send(*message: object) -> None:
        with uninterrupted():  # half a message would be lost with all that follow
            connection.send(message)

    traceback_log.send_to(lambda text: send("traceback", text))
    observer = _Sender(send)
    while True:
        try:
            index, limits = connection.recv()
        except EOFError:
            return
        own = argparse.Namespace(**(vars(arguments) | limits))
        result = run_file(own, items[index], destination, observer)
        send("finished", result.report, result.is_existing)


class _Sender:
    """An Observer that sends each call to the command."""

    def __init__(self, send: Callable[..., None]) -> None:
        self._send = send

    def on_stage_started(self, stage: str) -> None:
        self._send("on_stage_started", stage)

    def on_progress(self, progress: Progress) -> None:
        self._send("on_progress", progress)

    def on_stage_finished(self, stage: str, seconds: float) -> None:
        self._send("on_stage_finished", stage, seconds)
