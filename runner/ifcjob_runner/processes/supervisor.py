"""The event loop of one run: start children, read their messages, enforce the limits."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.report import Failure, StageTime
from ifcjob_runner.processes.geometry_scheduler import GeometryScheduler
from ifcjob_runner.progress.traceback_log import log_traceback

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from pathlib import Path

    from ifcjob.options import GltfOptions
    from ifcjob.request import RunRequest
    from ifcjob_runner.data.document import FileFacts
    from ifcjob_runner.processes.engine_process import Child, EngineProcess
    from ifcjob_runner.processes.limits import Limiter
    from ifcjob_runner.processes.messages import (
        ChildMessage,
        DataMessage,
        DataResult,
        DataRole,
        JsonObject,
        WriteArtifacts,
    )
    from ifcjob_runner.progress.meter import ProgressMeter

TICK_SECONDS = 0.05


@dataclass
class ChildrenResult:
    """The outcome of the children's stages; the artifacts are in the workspace."""

    data: DataResult
    stages: list[StageTime] = field(default_factory=list)


class UnreadInstancesError(RunFailure):
    """The engine has fewer instances than the file: after an unreadable statement it may lose all that follow."""

    def __init__(self, read: int, written: int) -> None:
        """Take the two numbers."""
        super().__init__(FailureReason.NOT_AN_IFC_FILE, f"the engine reads {read} of the file's {written} instances")


class Supervisor:
    """Runs the data child and the geometry children of one file."""

    def __init__(
        self, engine_process: EngineProcess, request: RunRequest, limiter: Limiter, meter: ProgressMeter
    ) -> None:
        self._engine_process, self._limiter, self._meter = engine_process, limiter, meter
        self._operations = request.operations.or_all()
        self._data: Child | None = None
        self._data_is_read = False
        self._data_by_line = False
        self._artifacts_requested = False
        self._geometry: GeometryScheduler | None = None
        self._geometry_began = 0.0
        self._result: DataResult | None = None
        self._stages: dict[str, float] = {}
        self._failures: dict[Child, JsonObject] = {}
        self._instances: int | None = None

    def run(
        self, path: Path, folder: Path, artifacts: Path, facts: FileFacts, on_started: Callable[[], None]
    ) -> ChildrenResult:
        """Make the artifacts, or raise RunFailure. Call `on_started` once the data child has been started."""
        workers = self._limiter.workers
        self._instances = facts.get("instances")
        if self._operations.gltf is not None:
            self._start_geometry(self._operations.gltf, path, folder, facts)
        role: DataRole = {
            "kind": "data",
            "path": str(path),
            "folder": str(folder),
            "artifacts": str(artifacts),
            "facts": facts,
            "operations": self._operations.model_dump(mode="json"),
            "byLine": False,
            "isTight": self._limiter.is_tight,
        }
        while self._result is None:
            geometry_done = self._geometry is None or self._geometry.finished
            # With one worker, geometry comes before data: that halves the memory, and on one CPU takes no longer.
            both = workers > 1 and (self._geometry is None or self._geometry.leaves_room)
            if self._data is None and (both or (geometry_done and not self._geometry_children())):
                self._data = self._engine_process.spawn({**role, "byLine": self._data_by_line})
                if not self._data_by_line:
                    on_started()
            if geometry_done and self._data_is_read:
                self._request_artifacts()
            self._wait_once()
            self._limiter.check(self._shrink)
        stages = [StageTime(name=stage, seconds=round(seconds, 4)) for stage, seconds in self._stages.items()]
        return ChildrenResult(self._result, stages)

    def _start_geometry(self, operation: GltfOptions, path: Path, folder: Path, facts: FileFacts) -> None:
        self._meter.start("geometry")
        self._geometry_began = time.perf_counter()
        self._geometry = GeometryScheduler(
            self._engine_process,
            operation,
            path,
            folder,
            self._limiter.workers,
            lazy=facts["dataSections"] == 1,
            is_tight=self._limiter.is_tight,
        )

    def _wait_once(self) -> None:
        children = [*self._geometry_children(), *([self._data] if self._data else [])]
        connections: list[Connection | socket.socket | int] = [
            child.connection for child in children if not child.connection.closed
        ]
        ready = wait([self._engine_process.socket, *connections], TICK_SECONDS)
        for child in children:
            if child.connection in ready:
                self._receive(child)
        for child in self._engine_process.take_exits():
            self._receive_rest(child)
            self._on_exit(child)
        if self._geometry is not None:
            self._geometry.check()
            self._meter.update("geometry", self._geometry.done, self._geometry.total)
            if self._geometry.finished and self._geometry_began:
                self._end_geometry()

    def _receive(self, child: Child) -> None:
        try:
            message = child.receive()
        except EOFError:
            return  # it has died; its exit is reported by the engine process
        self._on_message(child, message)

    def _receive_rest(self, child: Child) -> None:
        """Read the messages that a child sent before it ended."""
        try:
            while not child.connection.closed and child.connection.poll():
                self._on_message(child, child.receive())
        except EOFError:
            pass

    def _on_message(self, child: Child, message: ChildMessage) -> None:
        match message["kind"]:
            case "failed":
                log_traceback(message["traceback"])
                self._failures[child] = message["failure"]
            case "started" | "progress" | "finished" | "read" | "written":
                self._on_data_message(message)
            case _:
                if self._geometry is not None:
                    self._geometry.on_message(child, message)
                if message["kind"] == "planned":
                    self._check_instances(message["entities"])

    def _on_data_message(self, message: DataMessage) -> None:
        match message["kind"]:
            case "started":
                self._meter.start(message["stage"])
            case "progress":
                self._meter.update(message["stage"], message["done"], message["total"])
            case "finished":
                self._finish_stage(message["stage"], message["seconds"])
            case "read":
                self._data_is_read = True
                if self._geometry is None:  # otherwise the data child does not open all of them
                    self._check_instances(message["entities"])
            case "written":
                self._result = message["result"]

    def _check_instances(self, read: int) -> None:
        if self._instances is not None and read < self._instances:
            raise UnreadInstancesError(read, self._instances)

    def _on_exit(self, child: Child) -> None:
        failure = self._failures.get(child)
        if failure is not None and not self._costs_its_batch_only(child, failure):
            _raise(Failure.model_validate(failure))
        if child.exit_status == -signal.SIGKILL and not self._was_killed_by_us(child):
            raise self._limiter.out_of_memory("the system killed a child process for lack of memory")
        if child is self._data:
            if self._result is None:
                self._read_by_line(child)
        elif self._geometry is not None and child in self._geometry.children:
            self._geometry.on_exit(child)

    def _read_by_line(self, child: Child) -> None:
        """Read the data again without the lines that kill the engine, after the data child has died."""
        if self._data_by_line or self._artifacts_requested:
            raise RunFailure(FailureReason.CRASHED, f"the IFC engine died while reading data ({child.exit_status})")
        self._data, self._data_is_read, self._data_by_line = None, False, True

    def _costs_its_batch_only(self, child: Child, failure: JsonObject) -> bool:
        """Tell whether another engine takes over the child's batch, as after a crash, or the run fails."""
        meshes = self._geometry is not None and self._geometry.planned and child in self._geometry.children
        return meshes and failure["reason"] == FailureReason.INTERNAL_ERROR

    def _was_killed_by_us(self, child: Child) -> bool:
        return self._geometry is not None and self._geometry.was_killed_by_us(child)

    def _geometry_children(self) -> list[Child]:
        return self._geometry.children if self._geometry is not None else []

    def _end_geometry(self) -> None:
        assert self._geometry is not None
        self._finish_stage("geometry", time.perf_counter() - self._geometry_began)
        self._geometry_began = 0.0
        self._geometry.close()

    def _request_artifacts(self) -> None:
        self._data_is_read, self._artifacts_requested = False, True
        assert self._data is not None
        request: WriteArtifacts = {"kind": "write", "stores": [], "reasons": {}, "entities": 0}
        if self._geometry is not None:
            request["stores"] = [str(store) for store in self._geometry.stores]
            request["reasons"] = {str(shape): reason for shape, reason in self._geometry.reasons.items()}
            request["entities"] = self._geometry.entities
        self._data.send(request)

    def _finish_stage(self, stage: str, seconds: float) -> None:
        self._stages[stage] = seconds
        self._meter.finish(stage, seconds)

    def _shrink(self) -> None:
        if self._geometry is not None:
            self._geometry.shrink()


def _raise(failure: Failure) -> None:
    raise RunFailure(failure.reason, failure.message, hint=failure.hint, element=failure.element)
