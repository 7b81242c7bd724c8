"""The geometry stage as the supervisor sees it: which process meshes what next, and what to do when one dies.

A shape goes to ifclite, to OpenCASCADE, or to the one after the other. A shape that hangs or crashes an engine costs
that engine's process and nothing else; one that no engine can mesh is skipped with a reason.
Nothing is meshed twice, nothing is forgotten.
"""

import time
from collections import deque
from pathlib import Path
from typing import Any

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.options import GltfOptions
from ifcjob_runner.geometry.skip_reasons import CONSUMED_BY_OPENINGS, DEADLINE_EXCEEDED, ENGINE_CRASHED, NO_GEOMETRY
from ifcjob_runner.processes.cgroup import cpu_seconds
from ifcjob_runner.processes.engine import Child, Engine
from ifcjob_runner.processes.geometry_worker import Worker, stored_shapes
from ifcjob_runner.processes.heartbeat import IDLE, Heartbeat

BATCH = 48
"""Shapes handed to OpenCASCADE at once: few enough to balance, enough to keep messages rare."""
LITE_BATCH = 20_000
"""Shapes of one ifclite call; its results stay in memory until they are stored."""
SMALL_FILE_BYTES = 8_000_000
WALL_FACTOR = 10
"""An element's deadline counts CPU seconds, so a throttled pod loses nothing; this many times as long on the clock."""


class GeometryRun:
    """Drives the geometry processes of one run; call `on_message`, `on_exit` and `check` as things happen."""

    def __init__(
        self, engine: Engine, options: GltfOptions, path: Path, folder: Path, workers: int, *, lazy: bool
    ) -> None:
        self._engine, self._path, self._folder = engine, path, folder
        self._element_deadline = options.element_deadline_seconds
        self._mesher_arguments = {"options": options.model_dump(mode="json"), "lazy": lazy}
        self._workers_wanted = workers
        self._workers: dict[Child, Worker] = {}
        self._names = 0
        # A big file takes long to open again: keep the process that has it, unless memory counts for more.
        self._frugal = workers == 1 or path.stat().st_size < SMALL_FILE_BYTES
        self.planned = False
        self._done = 0
        self._kernel_queue: deque[int] = deque()
        self._lite_queue: deque[int] = deque()
        self._lite_tried: set[int] = set()
        self.total = 0
        self.entities = 0
        self.stores: list[Path] = []
        self.reasons: dict[int, str] = {}
        """Why an engine had no mesh for a shape; counts only when no other has one."""
        self._spawn("mesher", plan=True, **self._mesher_arguments)

    @property
    def children(self) -> list[Child]:
        """The processes now alive."""
        return list(self._workers)

    @property
    def finished(self) -> bool:
        """Whether every shape has a mesh or a reason."""
        working = any(worker.batch for worker in self._workers.values())
        return self.planned and not self._kernel_queue and not self._lite_queue and not working

    @property
    def done(self) -> int:
        """Shapes finished so far, those of batches in work included."""
        return min(self.total, self._done + sum(w.heartbeat.read().finished for w in self._workers.values() if w.lite))

    def on_message(self, child: Child, message: dict[str, Any]) -> None:
        """Take a child's message and hand out more work."""
        worker = self._workers[child]
        worker.ready = True
        if "planned" in message:
            self.planned, self.entities = True, message["entities"]
            self._lite_queue.extend(message["lite"])
            self._kernel_queue.extend(message["kernel"])
            self.total = len(self._lite_queue) + len(self._kernel_queue)
            if not self._kernel_queue and self._frugal:
                child.connection.close()  # it ends; another opens the file again if ifclite leaves something over
        elif "unsure" in message:
            self._finish_lite(worker, message["missing"], message["unsure"])
        elif "missing" in message:
            self._done += len(worker.batch)
            worker.batch = []
            for shape, reason in message["missing"].items():
                self._give_up(int(shape), reason)
        self._hand_out()

    def on_exit(self, child: Child) -> None:
        """Account for what a dead child had in hand; without a worklist the run cannot go on."""
        worker = self._workers.pop(child)
        if not self.planned:
            raise RunFailure(
                FailureReason.CRASHED, f"the IFC engine died while it opened the file (status {child.exit_status})"
            )
        if worker.batch:
            self._recover(worker)
        self._hand_out()

    def check(self) -> None:
        """Kill the processes whose current element is overdue."""
        for worker in self._workers.values():
            beat = worker.heartbeat.read()
            if beat.shape == IDLE or not worker.batch or worker.killed_by_us:
                continue
            budget = self._budget(worker)
            wall = time.monotonic() - beat.wall_start
            if wall > budget and (
                cpu_seconds(worker.child.pid) - beat.cpu_start > budget or wall > WALL_FACTOR * budget
            ):
                worker.kill(DEADLINE_EXCEEDED)

    def shrink(self) -> bool:
        """Give up the youngest extra mesher to save memory; False when there is none left to give."""
        meshers = [worker for worker in self._workers.values() if worker.is_mesher]
        if len(meshers) < 2:
            return False
        self._workers_wanted = max(1, self._workers_wanted - 1)
        meshers[-1].kill(None)
        return True

    def was_killed_by_us(self, child: Child) -> bool:
        """Tell a deadline's or a shrink's kill from the system's."""
        return child in self._workers and self._workers[child].killed_by_us

    def close(self) -> None:
        """Let the meshers end."""
        for child in self._workers:
            child.connection.close()

    def _budget(self, worker: Worker) -> float:
        if worker.lite:  # one call meshes a whole batch; measured: under 0.1 s a MB
            return 10.0 + self._path.stat().st_size / 1e6 * self._workers_wanted
        return self._element_deadline

    def _finish_lite(self, worker: Worker, missing: list[int], unsure: list[int]) -> None:
        batch, worker.batch = worker.batch, []
        self._done += len(batch)
        self._to_kernel([*missing, *unsure])

    def _to_kernel(self, shapes: list[int]) -> None:
        """Hand shapes over from ifclite, except those that OpenCASCADE has already given up."""
        again = [shape for shape in shapes if shape not in self.reasons]
        self._kernel_queue.extend(again)
        self._done -= len(again)

    def _recover(self, worker: Worker) -> None:
        """Sort a dead worker's batch into done, culprit and not begun."""
        stored = stored_shapes(self._folder / worker.name)
        rest = [shape for shape in worker.batch if shape not in stored]
        self._done += len(worker.batch)
        if worker.lite:
            self._to_kernel(rest)
            return
        culprit = worker.heartbeat.read().shape
        begun = set(worker.batch[: worker.batch.index(culprit)]) if culprit in worker.batch else set()
        for shape in rest:
            if shape in begun:
                self._give_up(shape, NO_GEOMETRY)
            elif shape == culprit and worker.kill_reason is not None:
                self._give_up(shape, worker.kill_reason)
            elif shape == culprit and not worker.killed_by_us:
                self._give_up(shape, ENGINE_CRASHED)
            else:
                self._done -= 1
                self._kernel_queue.append(shape)

    def _give_up(self, shape: int, reason: str) -> None:
        """Let ifclite try what OpenCASCADE could not (an unchecked shape beats a hole), else keep the reason."""
        self.reasons.setdefault(shape, reason)
        if shape not in self._lite_tried and reason != CONSUMED_BY_OPENINGS:
            self._done -= 1
            self._lite_queue.append(shape)

    def _hand_out(self) -> None:
        lite_runs = any(worker.lite and worker.batch for worker in self._workers.values())
        if self._lite_queue and not lite_runs:
            batch = [self._lite_queue.popleft() for _ in range(min(LITE_BATCH, len(self._lite_queue)))]
            self._lite_tried.update(batch)
            worker = self._spawn("lite", threads=self._workers_wanted)
            worker.batch = batch
            worker.child.send(shapes=batch)
            lite_runs = True
        if self._workers_wanted == 1 and lite_runs:
            return  # one CPU: one at a time
        for worker in self._workers.values():
            if self._kernel_queue and worker.takes_work:
                self._give_batch(worker)
        meshers = [worker for worker in self._workers.values() if worker.is_mesher]
        waiting, starting = len(self._kernel_queue), any(not worker.ready for worker in meshers)
        # Another process must open the file first: worth it only when there is work for several batches.
        more_pays = len(meshers) < self._workers_wanted and waiting > BATCH // 4
        if waiting and not starting and (not meshers or more_pays):
            self._spawn("mesher", plan=False, **self._mesher_arguments)

    def _give_batch(self, worker: Worker) -> None:
        size = min(BATCH, max(1, len(self._kernel_queue) // (2 * self._workers_wanted)))
        worker.batch = [self._kernel_queue.popleft() for _ in range(size)]
        worker.child.send(shapes=worker.batch)

    def _spawn(self, role: str, **arguments: Any) -> Worker:
        self._names += 1
        name = f"{role}-{self._names}"
        heartbeat = Heartbeat(self._folder / f"{name}.beat")
        child = self._engine.spawn(role, name=name, path=str(self._path), folder=str(self._folder), **arguments)
        worker = self._workers[child] = Worker(child, name, heartbeat, lite=role == "lite")
        self.stores.append(self._folder / name)
        return worker
