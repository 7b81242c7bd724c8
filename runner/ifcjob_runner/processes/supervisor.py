"""The event loop of one run: children in, messages out, limits kept. Decides nothing about geometry or artifacts."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.report import Failure, StageTime
from ifcjob.request import RunRequest
from ifcjob_runner.processes.engine import Child, Engine
from ifcjob_runner.processes.geometry_scheduler import GeometryRun
from ifcjob_runner.processes.limits import Limiter
from ifcjob_runner.progress.meter import ProgressMeter

TICK_SECONDS = 0.05


@dataclass
class EngineResult:
    """What the engine processes found and made; the artifacts lie in the workspace."""

    result: dict[str, Any] = field(default_factory=dict)
    stages: list[StageTime] = field(default_factory=list)


class Supervisor:
    """Runs the data process and the geometry processes of one file."""

    def __init__(self, engine: Engine, request: RunRequest, limiter: Limiter, meter: ProgressMeter) -> None:
        self._engine, self._limiter, self._meter = engine, limiter, meter
        self._operations = request.operations.or_all()
        self._data: Child | None = None
        self._data_waits = False
        self._geometry: GeometryRun | None = None
        self._geometry_began = 0.0
        self._outcome = EngineResult()
        self._failed_with: dict[Child, dict[str, Any]] = {}

    def run(
        self, path: Path, folder: Path, artifacts: Path, facts: dict[str, Any], meanwhile: Callable[[], None]
    ) -> EngineResult:
        """Make the artifacts; raise RunFailure when that is impossible. `meanwhile` is called once all are at work."""
        workers = self._limiter.workers
        if self._operations.gltf is not None:
            self._meter.start("geometry")
            self._geometry_began = time.perf_counter()
            lazy = facts["dataSections"] == 1
            self._geometry = GeometryRun(self._engine, self._operations.gltf, path, folder, workers, lazy=lazy)
        data_arguments = {
            "path": str(path),
            "folder": str(folder),
            "artifacts": str(artifacts),
            "facts": facts,
            "operations": self._operations.model_dump(mode="json"),
        }
        while not self._outcome.result:
            geometry_done = self._geometry is None or self._geometry.finished
            # With one worker the data process follows the geometry: half the memory, and no time lost on one CPU.
            if self._data is None and (workers > 1 or (geometry_done and not self._geometry_children())):
                self._data = self._engine.spawn("data", **data_arguments)
                meanwhile()
            if geometry_done and self._data_waits:
                self._order_assembly()
            self._wait_once()
            self._limiter.check(self._shrink)
        return self._outcome

    def _wait_once(self) -> None:
        children = [*self._geometry_children(), *([self._data] if self._data else [])]
        open_connections = [child.connection for child in children if not child.connection.closed]
        sockets: list[Any] = [self._engine.socket, *open_connections]
        ready = wait(sockets, TICK_SECONDS)
        for child in children:
            if child.connection in ready:
                self._receive(child)
        for child in self._engine.take_exits():
            self._receive_rest(child)
            self._on_exit(child)
        if self._geometry is not None:
            self._geometry.check()
            self._meter.update("geometry", self._geometry.done, self._geometry.total)
            if self._geometry.finished and self._geometry_began:
                self._end_geometry()

    def _receive(self, child: Child) -> None:
        try:
            message = _decode(child.connection.recv_bytes())
        except (EOFError, ConnectionResetError):
            return  # it has died; its exit arrives on the engine's socket
        self._on_message(child, message)

    def _receive_rest(self, child: Child) -> None:
        """Read what a child had sent before it ended."""
        try:
            while not child.connection.closed and child.connection.poll():
                self._on_message(child, _decode(child.connection.recv_bytes()))
        except (EOFError, ConnectionResetError):
            pass

    def _on_message(self, child: Child, message: dict[str, Any]) -> None:
        if "failure" in message:
            self._limiter.log_traceback(message["traceback"])
            self._failed_with[child] = message["failure"]
        elif child is self._data:
            self._on_data_message(message)
        elif self._geometry is not None:
            self._geometry.on_message(child, message)

    def _on_data_message(self, message: dict[str, Any]) -> None:
        if "started" in message:
            self._meter.start(message["started"])
        elif "stage" in message:
            self._finish_stage(message["stage"], message["seconds"])
        elif "progress" in message:
            self._meter.update("properties", *message["progress"])
        elif "waiting" in message:
            self._data_waits = True
        elif "result" in message:
            self._outcome.result = message["result"]

    def _on_exit(self, child: Child) -> None:
        failure = self._failed_with.get(child)
        if failure is not None and not self._is_spared(child, failure):
            self._raise(Failure.model_validate(failure))
        if child.exit_status == -9 and not self._was_killed_by_us(child):
            raise self._limiter.out_of_memory("the system killed an engine process for lack of memory")
        if child is self._data:
            if not self._outcome.result:
                raise RunFailure(FailureReason.CRASHED, f"the IFC engine died while reading data ({child.exit_status})")
        elif self._geometry is not None and child in self._geometry.children:
            self._geometry.on_exit(child)

    def _is_spared(self, child: Child, failure: dict[str, Any]) -> bool:
        """Tell whether an engine's own error costs its batch only: another engine takes over, as after a crash."""
        meshes = self._geometry is not None and self._geometry.planned and child in self._geometry.children
        return meshes and failure["reason"] == FailureReason.INTERNAL_ERROR

    def _was_killed_by_us(self, child: Child) -> bool:
        return self._geometry is not None and self._geometry.was_killed_by_us(child)

    def _raise(self, failure: Failure) -> None:
        raise RunFailure(failure.reason, failure.message, hint=failure.hint, element=failure.element)

    def _geometry_children(self) -> list[Child]:
        return self._geometry.children if self._geometry is not None else []

    def _end_geometry(self) -> None:
        assert self._geometry is not None
        self._finish_stage("geometry", time.perf_counter() - self._geometry_began)
        self._geometry_began = 0.0
        self._geometry.close()

    def _order_assembly(self) -> None:
        self._data_waits = False
        assert self._data is not None
        if self._geometry is None:
            self._data.send()
            return
        stores = [str(store) for store in self._geometry.stores]
        reasons = {str(shape): reason for shape, reason in self._geometry.reasons.items()}
        self._data.send(stores=stores, reasons=reasons, entities=self._geometry.entities)

    def _finish_stage(self, stage: str, seconds: float) -> None:
        self._outcome.stages.append(StageTime(name=stage, seconds=round(seconds, 4)))
        self._meter.finish(stage, seconds)

    def _shrink(self) -> bool:
        return self._geometry is not None and self._geometry.shrink()


def processes_of(engine: Engine) -> list[int]:
    """Return the pids of the whole process tree of a run."""
    return [os.getpid(), engine.process.pid, *engine.children]


def _decode(message: bytes) -> dict[str, Any]:
    import json

    decoded: dict[str, Any] = json.loads(message)
    return decoded
