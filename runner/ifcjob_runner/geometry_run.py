"""The geometry stage as the supervisor sees it: which process meshes what next, and what to do when one dies.

Every shape has a chain of engines. A shape that hangs or crashes one of them moves on to the next; a shape whose chain
is used up is skipped with a reason. Nothing is meshed twice, nothing is forgotten.
"""

import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.options import GltfOptions
from ifcjob_runner.engine import Child, Engine
from ifcjob_runner.heartbeat import IDLE, Heartbeat
from ifcjob_runner.resources import cpu_seconds

HYBRID, OPENCASCADE = "hybrid-cgal-simple-opencascade", "opencascade"
FULL_CHAIN = (HYBRID, OPENCASCADE)
JUDGE = (OPENCASCADE,)
BATCH = 48
"""Shapes handed out at once: few enough to balance, enough to keep messages rare."""
LITE_BATCH = 20_000
"""Shapes of one ifclite call; its results stay in memory until they are stored."""
WALL_FACTOR = 10
"""An element's deadline counts CPU seconds, so a throttled pod loses nothing; this many times as long on the clock."""

NO_GEOMETRY = "NoGeometry"
DEADLINE_EXCEEDED = "DeadlineExceeded"
ENGINE_CRASHED = "EngineCrashed"
CONSUMED_BY_OPENINGS = "ConsumedByOpenings"


@dataclass(eq=False)
class Worker:
    """A geometry process and what it has been handed."""

    child: Child
    name: str
    heartbeat: Heartbeat
    lite: bool
    batch: list[int] = field(default_factory=list)
    chain: tuple[str, ...] = ()
    ready: bool = False
    overdue: bool = False
    given_up: bool = False


class GeometryRun:
    """Drives the geometry processes of one run; call `on_message`, `on_exit` and `check` as things happen."""

    def __init__(self, engine: Engine, options: GltfOptions, path: Path, folder: Path, workers: int) -> None:
        self._engine, self._options, self._path, self._folder = engine, options, path, folder
        self.workers = workers
        self.stores: list[Path] = []
        self.reasons: dict[int, str] = {}
        """Why a shape has no mesh yet; a mesh found later counts."""
        self.planned = False
        self.expected = 0
        self.total = 0
        self._done = 0
        self._queue: dict[tuple[str, ...], deque[int]] = {}
        self._lite_batches: deque[list[int]] = deque()
        self._lite_tried: set[int] = set()
        self._workers: dict[Child, Worker] = {}
        self._names = 0
        self._spawn_mesher(plan=True)

    @property
    def children(self) -> list[Child]:
        """The processes now alive."""
        return list(self._workers)

    @property
    def finished(self) -> bool:
        """Whether every shape has a mesh or a reason."""
        return (
            self.planned
            and not any(self._queue.values())
            and not self._lite_batches
            and not any(worker.batch for worker in self._workers.values())
        )

    @property
    def done(self) -> int:
        """Shapes finished so far, those of batches in work included."""
        return min(
            self.total,
            self._done + sum(w.heartbeat.read().finished for w in self._workers.values() if w.lite and w.batch),
        )

    def on_message(self, child: Child, message: dict[str, Any]) -> None:
        """Take a child's message and hand out more work."""
        worker = self._workers[child]
        if "expected" in message:
            self.planned, self.expected = True, message["expected"]
            self.total = len(message["lite"]) + len(message["kernel"])
            lite = message["lite"]
            self._lite_batches.extend(lite[start : start + LITE_BATCH] for start in range(0, len(lite), LITE_BATCH))
            self._add(FULL_CHAIN, message["kernel"])
        if "finished" in message:
            if worker.lite:
                self._finish_lite(worker, message["missing"], message["unsure"])
            else:
                self._finish_batch(worker, message["missing"])
        worker.ready = True
        self._hand_out()

    def on_exit(self, child: Child) -> None:
        """Account for what a dead child had in hand; a killed planner ends the run."""
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
            if beat.shape == IDLE or not worker.batch or worker.overdue:
                continue
            budget = self._budget(worker)
            wall = time.monotonic() - beat.wall_start
            if wall > budget and (
                cpu_seconds(worker.child.pid) - beat.cpu_start > budget or wall > WALL_FACTOR * budget
            ):
                worker.overdue = True
                worker.child.kill()

    def shrink(self) -> bool:
        """Give up the youngest extra mesher to save memory; False when there is none left to give."""
        meshers = [worker for worker in self._workers.values() if not worker.lite]
        if len(meshers) < 2:
            return False
        self.workers = max(1, self.workers - 1)
        meshers[-1].given_up = True
        meshers[-1].child.kill()
        return True

    def was_killed_by_us(self, child: Child) -> bool:
        """Tell a deadline's or a shrink's kill from the kernel's."""
        worker = self._workers.get(child)
        return worker is None or worker.overdue or worker.given_up

    def close(self) -> None:
        """Let the meshers end."""
        for child in self._workers:
            child.connection.close()

    def _budget(self, worker: Worker) -> float:
        if worker.lite:  # one call meshes a whole batch; measured: under 0.1 s a MB
            return 10.0 + self._path.stat().st_size / 1e6 * self.workers
        return self._options.element_deadline_seconds

    def _finish_lite(self, worker: Worker, missing: list[int], unsure: list[int]) -> None:
        batch, worker.batch = worker.batch, []
        self._lite_tried.update(batch)
        self._add(FULL_CHAIN, missing)
        self._add(JUDGE, unsure)
        self._done += len(batch) - len(missing) - len(unsure)

    def _finish_batch(self, worker: Worker, missing: dict[str, str]) -> None:
        batch, worker.batch = worker.batch, []
        self._done += len(batch)
        for shape, reason in missing.items():
            self._give_up(int(shape), reason)

    def _recover(self, worker: Worker) -> None:
        """Sort a dead worker's batch into done, culprit and not begun."""
        stored = stored_shapes(self._folder / worker.name)
        rest = [shape for shape in worker.batch if shape not in stored]
        if worker.lite:
            self._lite_tried.update(worker.batch)
            self._add(FULL_CHAIN, rest)
            self._done += len(worker.batch) - len(rest)
            return
        beat = worker.heartbeat.read()
        position = worker.batch.index(beat.shape) if beat.shape in worker.batch else -1
        begun = set(worker.batch[: position + 1])
        self._done += len(worker.batch) - len(rest)
        for shape in rest:
            if worker.given_up:
                self._add(worker.chain, [shape])
            elif shape == beat.shape:
                reason = DEADLINE_EXCEEDED if worker.overdue else ENGINE_CRASHED
                chain = worker.chain[beat.kernel + 1 :]
                self.reasons[shape] = reason
                if chain:
                    self._add(chain, [shape])
                else:
                    self._done += 1
                    self._give_up(shape, reason)
            elif shape in begun:
                self._done += 1
                self._give_up(shape, NO_GEOMETRY)
            else:
                self._add(worker.chain, [shape])

    def _give_up(self, shape: int, reason: str) -> None:
        """The kernels have nothing: let ifclite try (one colour is better than a hole), else keep the reason."""
        self.reasons.setdefault(shape, reason)
        if shape not in self._lite_tried and reason != CONSUMED_BY_OPENINGS:
            self._lite_tried.add(shape)
            self._lite_batches.append([shape])
            self._done -= 1

    def _add(self, chain: tuple[str, ...], shapes: list[int]) -> None:
        if shapes:
            self._queue.setdefault(chain, deque()).extend(shapes)

    def _hand_out(self) -> None:
        lite_runs = any(worker.lite for worker in self._workers.values())
        if self._lite_batches and not lite_runs:
            self._spawn_lite(self._next_lite_batch())
            lite_runs = True
        if self.workers == 1 and lite_runs:
            return  # one CPU: one at a time
        waiting = sum(map(len, self._queue.values()))
        for worker in self._workers.values():
            if waiting and worker.ready and not worker.lite and not worker.batch:
                waiting -= self._give_batch(worker)
        meshers = sum(not worker.lite for worker in self._workers.values())
        starting = sum(not worker.lite and not worker.ready for worker in self._workers.values())
        # Another process must open the file first: worth it only when there is work for several batches.
        if waiting and not starting and (meshers == 0 or (meshers < self.workers and waiting > 2 * BATCH)):
            self._spawn_mesher(plan=False)

    def _next_lite_batch(self) -> list[int]:
        batch = self._lite_batches.popleft()
        while self._lite_batches and len(batch) + len(self._lite_batches[0]) <= LITE_BATCH:
            batch = batch + self._lite_batches.popleft()
        return batch

    def _give_batch(self, worker: Worker) -> int:
        chain, queue = next((chain, queue) for chain, queue in self._queue.items() if queue)
        worker.chain = chain
        # A shape that already failed somewhere goes alone: only it pays when it fails again.
        size = 1 if queue[0] in self.reasons else min(BATCH, max(1, len(queue) // (2 * self.workers)))
        worker.batch = [queue.popleft() for _ in range(size)]
        worker.child.send(shapes=worker.batch, kernels=chain)
        return size

    def _spawn_mesher(self, *, plan: bool) -> None:
        self._spawn("mesher", lite=False, plan=plan, options=self._options.model_dump(mode="json", by_alias=True))

    def _spawn_lite(self, batch: list[int]) -> None:
        worker = self._spawn("lite", lite=True, threads=self.workers)
        worker.batch = batch
        worker.child.send(shapes=batch)

    def _spawn(self, role: str, *, lite: bool, **arguments: Any) -> Worker:
        self._names += 1
        name = f"{role}-{self._names}"
        heartbeat = Heartbeat(self._folder / f"{name}.beat")
        child = self._engine.spawn(role, name=name, path=str(self._path), folder=str(self._folder), **arguments)
        worker = self._workers[child] = Worker(child, name, heartbeat, lite)
        self.stores.append(self._folder / name)
        return worker


def stored_shapes(store: Path) -> set[int]:
    """Return the shapes a process had stored before it died."""
    index = store.with_suffix(".index")
    if not index.exists():
        return set()
    return {int(line[1 : line.index(b",")]) for line in index.read_bytes().split(b"\n")[:-1]}
