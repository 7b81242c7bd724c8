"""Prove one file of instances: mesh it with each engine alone and with the whole job, and judge every result."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from tests.geometry.assembly import model
from tests.geometry.engines import Bench, JobResult, whole_job
from tests.geometry.measure import judge

if TYPE_CHECKING:
    from tests.geometry.assembly import Instance
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
    planned: Counter[str] = field(default_factory=Counter)
    """The engines that planning chose."""
    problems: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def add(self, instance: Instance, mesh: Mesh | None, setting: Setting, reason: str | None) -> None:
        """Judge one instance."""
        self.instances += 1
        verdict = judge(instance, mesh)
        if not verdict.problems:
            self.deviation = max(self.deviation, float(verdict.deviation))
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
        self.planned.update(other["planned"])
        self.problems.update(other["problems"])
        self.examples = (self.examples + other["examples"])[:3]

    def stored(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**self.__dict__, "planned": dict(self.planned), "problems": dict(self.problems)}


def prove(setting: Setting, picks: list[tuple[str, int]], engines: tuple[str, ...] = ENGINES) -> dict[str, Any]:
    """Prove a file of instances in processes of its own; an engine that dies or hangs loses one instance."""
    folder = Path(tempfile.mkdtemp(prefix="proof-"))
    try:
        return {engine: _by_engine(engine, setting, picks, folder).stored() for engine in engines}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _by_engine(engine: str, setting: Setting, picks: list[tuple[str, int]], folder: Path) -> Tally:
    tally = _in_child(engine, setting, picks, folder)
    if tally is not None:
        return tally
    total = Tally()
    if len(picks) == 1:
        total.instances = total.wrong = 1
        total.problems["died"] = 1
        total.examples = [f"seed {picks[0][1]}, {setting.schema} {setting.unit} {setting.place}: died"]
        return total
    for pick in picks:
        total.merge(_by_engine(engine, setting, [pick], folder).stored())
    return total


def _in_child(engine: str, setting: Setting, picks: list[tuple[str, int]], folder: Path) -> Tally | None:
    """Mesh and judge in a forked process; None when it dies or exceeds its CPU time."""
    output, log = folder / "tally.json", folder / "log"
    output.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        try:
            if engine != "job":  # the job limits its engines itself
                resource.setrlimit(resource.RLIMIT_CPU, (2 * len(picks) + 5,) * 2)
            output.write_bytes(orjson.dumps(_tally(engine, setting, picks, folder).stored()))
        except Exception:  # noqa: BLE001 - the parent shows it
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return None
    if os.WEXITSTATUS(status):
        raise RuntimeError(f"{picks[0][0]} with {engine}: {log.read_text(errors='replace')[-2000:]}")
    tally = Tally()
    tally.merge(orjson.loads(output.read_bytes()))
    return tally


def _tally(engine: str, setting: Setting, picks: list[tuple[str, int]], folder: Path) -> Tally:
    written = model(setting, picks)
    path = folder / "proof.ifc"
    path.write_text(written.text, encoding="ascii")
    result = JobResult({}, {})
    tally = Tally()
    if engine == "ifclite":
        bench = Bench(path)
        tally.planned.update(shape.engine for shape in bench.worklist.shapes)
        result.meshes.update(bench.lite())
    elif engine == "OpenCASCADE":
        for part in Bench(path).kernel():
            result.meshes.update(part)
    else:
        shutil.rmtree(folder / "out", ignore_errors=True)
        result = whole_job(path, folder / "out")
    for instance in written.instances:
        key = instance.global_id
        tally.add(instance, result.meshes.get(key), setting, result.reasons.get(key))
    return tally
