"""Prove one file of instances: mesh it with each engine alone and with the whole job, and judge every result."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from tests.geometry.assembly import model
from tests.geometry.engines import Bench, whole_job
from tests.geometry.measure import judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.geometry.assembly import Instance, Model
    from tests.geometry.engines import JobResult
    from tests.geometry.measure import Mesh
    from tests.geometry.step import Setting

ENGINES = ("ifclite", "OpenCASCADE", "job")


@dataclass
class Tally:
    """How often an engine was right, over many instances of one kind."""

    instances: int = 0
    wrong: int = 0
    """Drawn wrong, or not drawn, without a word."""
    listed: int = 0
    """Wrong or not drawn, but skipped or doubtful with a reason."""
    deviation: float = 0.0
    """The largest relative difference among those that are right."""
    problems: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def add(self, instance: Instance, mesh: Mesh | None, setting: Setting, reason: str | None) -> None:
        """Judge one instance."""
        self.instances += 1
        verdict = judge(instance, mesh)
        if not verdict.problems:
            self.deviation = max(self.deviation, verdict.deviation)
            return
        if reason is not None:
            self.listed += 1
            self.problems[f"listed: {reason}"] += 1
            return
        self.wrong += 1
        self.problems[verdict.problems[0].split(" ")[0]] += 1
        if len(self.examples) < 3:
            where = f"{setting.schema} {setting.unit} {setting.place}{' degrees' if setting.degrees else ''}"
            self.examples.append(f"seed {instance.seed}, {where}: {'; '.join(verdict.problems)}")

    def merge(self, other: dict[str, Any]) -> None:
        """Add a stored tally."""
        self.instances += other["instances"]
        self.wrong += other["wrong"]
        self.listed += other["listed"]
        self.deviation = max(self.deviation, other["deviation"])
        self.problems.update(other["problems"])
        self.examples = (self.examples + other["examples"])[:3]

    def stored(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**self.__dict__, "problems": dict(self.problems)}


def prove(setting: Setting, picks: list[tuple[str, int]], engines: tuple[str, ...] = ENGINES) -> dict[str, Any]:
    """Prove a file of instances in processes of its own; an engine that dies or hangs loses what it has not done."""
    written = model(setting, picks)
    folder = Path(tempfile.mkdtemp(prefix="proof-"))
    try:
        path = folder / "proof.ifc"
        path.write_text(written.text, encoding="ascii")
        tallies = {}
        for engine in engines:
            output = folder / f"{engine}.json"
            _in_child(lambda engine=engine, output=output: _run(engine, path, folder, written, output), output)
            tallies[engine] = orjson.loads(output.read_bytes()) if output.exists() else _died(written)
        return tallies
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _died(written: Model) -> dict[str, Any]:
    count = len(written.instances)
    return Tally(count, count, problems=Counter(died=count), examples=[f"seed {written.instances[0].seed} …: died"]).stored()


def _in_child(work: Callable[[], None], output: Path) -> None:
    """Run the work in a forked process, with a limit of time."""
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(os.open(output.with_suffix(".log"), os.O_WRONLY | os.O_CREAT), 2)
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    _wait(child)


def _wait(child: int, seconds: float = 300.0) -> None:
    import signal
    import time

    end = time.monotonic() + seconds
    while os.waitpid(child, os.WNOHANG)[0] == 0:
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return
        time.sleep(0.01)


def _run(engine: str, path: Path, folder: Path, written: Model, output: Path) -> None:
    meshes, reasons = {
        "ifclite": lambda: (Bench(path).lite(), {}),
        "OpenCASCADE": lambda: ({key: mesh for part in Bench(path).kernel() for key, mesh in part.items()}, {}),
        "job": lambda: _job(whole_job(path, folder / "out")),
    }[engine]()
    tally = Tally()
    for instance in written.instances:
        tally.add(instance, meshes.get(instance.global_id), written.setting, reasons.get(instance.global_id))
    output.with_suffix(".part").write_bytes(orjson.dumps(tally.stored()))
    output.with_suffix(".part").rename(output)


def _job(result: JobResult) -> tuple[dict[str, Mesh], dict[str, str]]:
    return result.meshes, result.reasons
