"""Run small files side by side: admit, start, pass progress on, and collect results until none is left."""

import argparse
import gc
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path
from types import FrameType

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.memory import unzipped_bytes
from ifcjob.report import RunReport
from ifcjob_cli.display.results import Display, FileResult, failed
from ifcjob_cli.run.admission import Admission, Grant
from ifcjob_cli.run.destination import Destination
from ifcjob_cli.run.items import Item
from ifcjob_cli.run.lane import Lane, fork_lane
from ifcjob_cli.run.machine import machine_for
from ifcjob_cli.run.one_file import result_of
from ifcjob_runner.processes import engine_process
from ifcjob_runner.processes.cgroup import meets_minimum_memory
from ifcjob_runner.processes.engine_process import EngineProcessDiedError
from ifcjob_runner.processes.signals import handled_by, interrupted_by


def run_side_by_side(
    arguments: argparse.Namespace,
    items: list[Item],
    destination: Destination,
    display: Display,
    on_result: Callable[[int, FileResult], None],
) -> None:
    """Run the files that may run side by side, and leave the others, which get no result."""
    if arguments.parallel == 1 or not meets_minimum_memory():
        return
    try:
        pids = engine_process.start().pids()
    except OSError:  # the run of each file reports it
        return
    admission = Admission([_size_of(item) for item in items], machine_for(arguments, pids))
    if admission.waiting:
        _SideBySide(arguments, items, destination, display, on_result, admission).run()


class _SideBySide:
    """The lanes, and what they run."""

    def __init__(
        self,
        arguments: argparse.Namespace,
        items: list[Item],
        destination: Destination,
        display: Display,
        on_result: Callable[[int, FileResult], None],
        admission: Admission,
    ) -> None:
        self._arguments, self._items, self._destination = arguments, items, destination
        self._display, self._on_result, self._admission = display, on_result, admission
        self._lanes: list[Lane] = []
        self._signal: int | None = None
        """The signal that stops all files."""
        self._has_stopped_file = False

    def run(self) -> None:
        """Run all files that the admission has chosen.

        Raises KeyboardInterrupt for a signal that stopped no file: the files that are left must not start.
        """
        gc.freeze()  # collections in the lanes would copy what they share
        with handled_by(self._stop):
            try:
                self._fill()
                while any(lane.index is not None for lane in self._lanes):
                    ready = wait([lane.connection for lane in self._lanes])
                    for lane in [lane for lane in self._lanes if lane.connection in ready]:
                        self._receive(lane)
                    self._fill()
            finally:
                self._end_lanes()
        if self._signal is not None and not self._has_stopped_file:
            raise KeyboardInterrupt

    def _fill(self) -> None:
        """Start all files that may start now."""
        while self._signal is None and (grant := self._admission.next()) is not None:
            try:
                lane = self._idle_lane()
            except (EngineProcessDiedError, OSError):  # the files that are left run one after another
                self._admission.finish(grant.index)
                self._admission.waiting.clear()
                return
            if self._signal is not None:
                self._admission.finish(grant.index)
                return
            self._start(lane, grant)

    def _start(self, lane: Lane, grant: Grant) -> None:
        item, count = self._items[grant.index], len(self._items)
        observer = self._display.on_file_started(item.name, grant.index + 1, count, alone=False)
        limits = {"limits.workers": self._admission.machine.workers}
        if grant.memory is not None:
            limits["limits.memory_bytes"] = grant.memory
        lane.start(grant.index, limits, observer)

    def _idle_lane(self) -> Lane:
        for lane in self._lanes:
            if lane.index is None:
                return lane
        return fork_lane(self._arguments, self._items, self._lanes)

    def _receive(self, lane: Lane) -> None:
        try:
            finished = lane.receive()
        except EOFError:
            self._lanes.remove(lane)
            finished = self._report_of_dead(lane.wait()), False
        if finished is None or lane.index is None:
            return
        index, lane.index = lane.index, None
        self._admission.finish(index)
        report, is_existing = finished
        if report.failure is not None and report.failure.reason is FailureReason.OUT_OF_MEMORY:
            self._display.on_file_postponed(index + 1)  # it runs again, alone and with all memory
            return
        result = result_of(self._items[index], self._destination, report, is_existing=is_existing)
        if result.was_interrupted:
            self._has_stopped_file = True
            self._stop(signal.SIGTERM)  # a signal that only this lane got stops all files, too
        self._on_result(index, result)

    def _report_of_dead(self, status: int) -> RunReport:
        if self._signal is not None:
            return failed(interrupted_by(self._signal))
        if status == -signal.SIGKILL:
            return failed(RunFailure(FailureReason.OUT_OF_MEMORY, "the system killed the run for lack of memory"))
        return failed(RunFailure(FailureReason.CRASHED, f"the process of the run died ({status})"))

    def _end_lanes(self) -> None:
        for lane in self._lanes:
            if lane.index is not None and self._signal is None:  # after an error in this process only
                lane.kill(signal.SIGTERM)
            lane.connection.close()  # an idle lane ends
        while self._lanes:  # a signal must not reach the pid of a lane that has ended
            self._lanes.pop().wait()

    def _stop(self, number: int, _frame: FrameType | None = None) -> None:
        """Stop all files; each lane gets one signal, because Python complains of a second one at a bad moment."""
        if self._signal is None:
            self._signal = number
            for lane in self._lanes:
                lane.kill(number)


def _size_of(item: Item) -> int | None:
    """Return the expected uncompressed size of a file; None if that is unknown without a request."""
    if item.file is None:
        return None
    size = item.file.size
    if size is None and "://" not in item.file.uri:
        with suppress(OSError):  # the run reports it
            size = Path(item.file.uri).stat().st_size
    return None if size is None else unzipped_bytes(size, item.file.uri)
