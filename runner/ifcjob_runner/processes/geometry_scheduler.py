"""The geometry stage: decide which child meshes which shapes next, and recover the work of a child that died.

A shape goes to ifclite, to OpenCASCADE, or to one after the other. A shape that hangs or crashes an engine costs
that child and nothing else; one that no engine can mesh is skipped with a reason.
No shape is lost, and none is meshed again once its mesh is stored.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_runner.geometry.skip_reasons import (
    CONSUMED_BY_OPENINGS,
    DEADLINE_EXCEEDED,
    ENGINE_CRASHED,
    NO_GEOMETRY,
    UNREADABLE,
)
from ifcjob_runner.processes.cgroup import cpu_seconds
from ifcjob_runner.processes.geometry_worker import Worker, stored_shapes
from ifcjob_runner.processes.heartbeat import IDLE, WALL_FACTOR, Heartbeat
from ifcjob_runner.processes.limits import HUGE_FILE_BYTES

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    from ifcjob.options import GltfOptions
    from ifcjob_runner.processes.engine_process import Child, EngineProcess
    from ifcjob_runner.processes.messages import GeometryMessage, Role, WorklistMade

BATCH = 48
"""The most shapes in a batch for OpenCASCADE: few enough to balance the load, enough to keep messages rare."""
LITE_BATCH = 100_000
"""The most shapes for one ifclite process, which meshes them in groups."""
LITE_ATTEMPTS = 3
"""After so many deaths of ifclite, OpenCASCADE meshes also the shapes that it has not begun."""
MESHER_ATTEMPTS = 3
"""After so many deaths of meshers that were opening the file, the run fails."""
SMALL_FILE_BYTES = 8_000_000
REOPENED_BYTES = 4_000_000
"""A planner without numpy does not mesh a smaller file: opening it again takes less time than importing numpy."""


class GeometryScheduler:
    """Drives the geometry children of one run; call `on_message`, `on_exit` and `check` as events happen."""

    def __init__(
        self,
        engine_process: EngineProcess,
        options: GltfOptions,
        path: Path,
        folder: Path,
        max_workers: int,
        *,
        lazy: bool,
        is_tight: bool = False,
    ) -> None:
        self._engine_process, self._path, self._folder = engine_process, path, folder
        self._element_deadline = options.element_deadline_seconds
        self._options, self._lazy = options.model_dump(mode="json"), lazy
        self._max_workers = max_workers
        self._workers: dict[Child, Worker] = {}
        self._spawned = 0
        # Opening a big file again takes long: keep the mesher that has it open, unless memory matters more.
        size = path.stat().st_size
        self._frugal = max_workers == 1 or size < SMALL_FILE_BYTES
        self._opens_once = is_tight or size > HUGE_FILE_BYTES
        self._only_plans = size < REOPENED_BYTES and engine_process.has_spare
        self.planned = False
        self._done = 0
        self._kernel_queue: deque[int] = deque()
        self._lite_queue: deque[int] = deque()
        self._lite_tried: set[int] = set()
        self._lite_deaths = self._mesher_deaths = 0
        self.total = 0
        self.entities = 0
        self.stores: list[Path] = []
        self.reasons: dict[int, str] = {}
        """Why an engine had no mesh for a shape; ignored when another engine has one."""
        self._plans_by_line = False
        self._spawn_mesher("atOnce")

    @property
    def children(self) -> list[Child]:
        """The children that run."""
        return list(self._workers)

    @property
    def finished(self) -> bool:
        """Whether every shape has a mesh or a reason."""
        working = any(worker.batch for worker in self._workers.values())
        return self.planned and not self._kernel_queue and not self._lite_queue and not working

    @property
    def leaves_room(self) -> bool:
        """Whether the data child may open the file now."""
        return self.planned or not self._opens_once

    @property
    def done(self) -> int:
        """Shapes finished so far, those of unfinished ifclite batches included."""
        return min(self.total, self._done + sum(w.heartbeat.read().finished for w in self._workers.values() if w.lite))

    def on_message(self, child: Child, message: GeometryMessage) -> None:
        """Handle a child's message and assign more work."""
        worker = self._workers[child]
        worker.ready = True
        match message["kind"]:
            case "planned":
                self._start(child, message)
            case "opened":
                pass
            case "begun":
                worker.begun.update(message["shapes"])
            case "meshed":
                self._done += len(worker.batch)
                worker.batch = []
                for shape, reason in message["missing"].items():
                    self._give_up(int(shape), reason)
            case "lite":
                self._done += len(worker.batch)
                worker.batch = []
                self.reasons.update({int(shape): reason for shape, reason in message["reasons"].items()})
                self._to_kernel([*message["missing"], *message["doubtful"]])
        self._assign()

    def _start(self, child: Child, worklist: WorklistMade) -> None:
        self.planned, self.entities = True, worklist["entities"]
        self._lite_queue.extend(worklist["lite"])
        self._kernel_queue.extend(worklist["kernel"])
        self.total = len(self._lite_queue) + len(self._kernel_queue)
        waits_for_lite = self._opens_once and len(self._kernel_queue) < len(self._lite_queue) // 8
        if waits_for_lite or self._only_plans or (not self._kernel_queue and self._frugal):
            child.connection.close()  # it ends; another opens the file again for the shapes that are left

    def on_exit(self, child: Child) -> None:
        """Recover the batch of a child that has ended, or plan again line by line; that can fail the run."""
        worker = self._workers.pop(child)
        if not self.planned:
            if self._plans_by_line:
                raise _died_at_opening(child)
            self._plans_by_line = True
            self._lazy = self._only_plans = False  # opening the file lazily may be what killed the engine
            self._spawn_mesher("byLine")
            return
        if worker.is_mesher and not worker.ready:
            self._mesher_deaths += 1
            if self._mesher_deaths == MESHER_ATTEMPTS:
                raise _died_at_opening(child)
        if worker.batch:
            self._recover(worker)
        self._assign()

    def check(self) -> None:
        """Kill the children whose current shape is overdue."""
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

    def shrink(self) -> None:
        """Kill the youngest extra mesher, if any, to save memory."""
        meshers = [worker for worker in self._workers.values() if worker.is_mesher]
        if len(meshers) < 2:
            return
        self._max_workers = max(1, self._max_workers - 1)
        meshers[-1].kill(None)

    def was_killed_by_us(self, child: Child) -> bool:
        """Tell whether `check` or `shrink` killed the child, and not the kernel."""
        return child in self._workers and self._workers[child].killed_by_us

    def close(self) -> None:
        """Let the children end."""
        for child in self._workers:
            child.connection.close()

    def _budget(self, worker: Worker) -> float:
        if worker.lite:  # one call meshes a whole batch; measured: under 0.1 s a MB
            return 10.0 + self._path.stat().st_size / 1e6 * self._max_workers
        return self._element_deadline

    def _to_kernel(self, shapes: list[int]) -> None:
        """Pass shapes from ifclite to OpenCASCADE, except those that it has already given up."""
        again = [shape for shape in shapes if shape not in self.reasons]
        self._kernel_queue.extend(again)
        self._done -= len(again)

    def _recover(self, worker: Worker) -> None:
        """Sort a dead child's batch into stored shapes, the shape that killed it, and shapes not begun."""
        stored = stored_shapes(self._folder / worker.name)
        rest = [shape for shape in worker.batch if shape not in stored]
        self._done += len(worker.batch)
        if worker.lite:
            self._recover_lite(worker, rest)
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

    def _recover_lite(self, worker: Worker, rest: list[int]) -> None:
        """Pass the groups that ifclite had begun to OpenCASCADE, and let it try the others again."""
        self._lite_deaths += 1
        may_repeat = worker.begun and self._lite_deaths < LITE_ATTEMPTS
        again = [shape for shape in rest if shape not in worker.begun] if may_repeat else []
        self._lite_queue.extendleft(reversed(again))
        self._lite_tried.difference_update(again)
        self._done -= len(again)
        self._to_kernel([shape for shape in rest if shape in self._lite_tried])

    def _give_up(self, shape: int, reason: str) -> None:
        """Let ifclite try a shape without an OpenCASCADE mesh (a doubtful mesh beats none), or keep the reason."""
        self.reasons.setdefault(shape, reason)
        if shape not in self._lite_tried and not reason.startswith((CONSUMED_BY_OPENINGS, UNREADABLE)):
            self._done -= 1
            self._lite_queue.append(shape)

    def _assign(self) -> None:
        """Give batches to the children that wait, and start further children where that pays."""
        lite_runs = any(worker.lite and worker.batch for worker in self._workers.values())
        if self._lite_queue and not lite_runs:
            self._spawn_lite()
            lite_runs = True
        if self._max_workers == 1 and lite_runs:
            return  # one CPU: one child at a time
        for worker in self._workers.values():
            if self._kernel_queue and worker.takes_work:
                size = min(BATCH, max(1, len(self._kernel_queue) // (2 * self._max_workers)))
                self._send_batch(worker, [self._kernel_queue.popleft() for _ in range(size)])
        meshers = [worker for worker in self._workers.values() if worker.is_mesher]
        if self._opens_once and lite_runs:
            return  # a further mesher would have the file open, too
        pending, starting = len(self._kernel_queue), any(not worker.ready for worker in meshers)
        # Another mesher must open the file first: that pays only when there is work for several batches.
        more_pays = len(meshers) < self._max_workers and pending > BATCH // 4
        if pending and not starting and (not meshers or more_pays):
            self._spawn_mesher("no")

    def _send_batch(self, worker: Worker, shapes: list[int]) -> None:
        worker.batch = shapes
        worker.child.send({"kind": "mesh", "shapes": shapes})

    def _spawn_lite(self) -> None:
        batch = [self._lite_queue.popleft() for _ in range(min(LITE_BATCH, len(self._lite_queue)))]
        self._lite_tried.update(batch)
        name, path, folder = self._name("lite"), str(self._path), str(self._folder)
        worker = self._spawn(
            name, {"kind": "lite", "name": name, "path": path, "folder": folder, "threads": self._max_workers}
        )
        self._send_batch(worker, batch)

    def _spawn_mesher(self, plan: Literal["no", "atOnce", "byLine"]) -> None:
        name = self._name("mesher")
        self._spawn(
            name,
            {
                "kind": "mesher",
                "name": name,
                "path": str(self._path),
                "folder": str(self._folder),
                "options": self._options,
                "lazy": self._lazy,
                "plan": plan,
            },
        )

    def _name(self, kind: str) -> str:
        self._spawned += 1
        return f"{kind}-{self._spawned}"

    def _spawn(self, name: str, role: Role) -> Worker:
        heartbeat = Heartbeat(self._folder / f"{name}.beat")
        child = self._engine_process.spawn(role)
        worker = self._workers[child] = Worker(child, name, heartbeat, lite=role["kind"] == "lite")
        self.stores.append(self._folder / name)
        return worker


def _died_at_opening(child: Child) -> RunFailure:
    message = f"the IFC engine died while it opened the file (status {child.exit_status})"
    return RunFailure(FailureReason.CRASHED, message)
