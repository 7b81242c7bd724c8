"""Prove one file of instances: mesh it with each engine alone and with the whole job, and judge every result."""

from __future__ import annotations

import os
import shutil
import signal
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
    from tests.geometry.assembly import Instance, Model
    from tests.geometry.measure import Mesh
    from tests.geometry.step import Setting

Pick = tuple[str, int]
"""A kind and a seed."""
ENGINES = ("ifclite", "OpenCASCADE", "job")
HANGS = ("IfcSurfaceOfLinearExtrusion", "IfcSurfaceOfRevolution")
"""Kinds that OpenCASCADE never finishes; they are not tried again and again."""
BODY_SECONDS = 5.0
"""CPU time that OpenCASCADE has for a body."""


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
        verdict = judge(instance, mesh, dict(setting.deflection).get("linearDeflection", 0.0))
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
            where += "".join(f" {name} {value}" for name, value in setting.deflection)
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


Tallies = dict[str, Tally]
"""By kind."""


def prove(setting: Setting, picks: list[Pick], engines: tuple[str, ...] = ENGINES) -> dict[str, dict[str, Any]]:
    """Return the tallies by engine and kind of a file of instances, meshed in processes of their own."""
    folder = Path(tempfile.mkdtemp(prefix="proof-"))
    try:
        written = model(setting, picks)
        for instance in written.instances if len(engines) > 1 else ():
            _ = instance.probes  # once for all engines
        return {engine: _stored(_by_engine(engine, written, picks, folder)) for engine in engines if picks}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _stored(tallies: Tallies) -> dict[str, Any]:
    return {case: tally.stored() for case, tally in tallies.items()}


def _by_engine(engine: str, written: Model, picks: list[Pick], folder: Path) -> Tallies:
    """Mesh and judge; the instance that kills or hangs OpenCASCADE is left out, a file that kills another is halved."""
    setting = written.setting

    def again(some: list[Pick]) -> Tallies:
        return _by_engine(engine, model(setting, some), some, folder) if some else {}

    tallies = _in_child(engine, written, folder)
    if tallies is not None:
        return tallies
    culprit = folder / "current"
    if engine == "OpenCASCADE" and culprit.exists() and culprit.stat().st_size:
        case, seed = orjson.loads(culprit.read_bytes())
        rest = [pick for pick in picks if pick != (case, seed)]
        return _joined(again(rest), {case: _died(case, seed, setting)})
    if len(picks) == 1:
        return {picks[0][0]: _died(*picks[0], setting)}
    half = len(picks) // 2
    return _joined(again(picks[:half]), again(picks[half:]))


def _joined(first: Tallies, second: Tallies) -> Tallies:
    for case, tally in second.items():
        first.setdefault(case, Tally()).merge(tally.stored())
    return first


def _died(case: str, seed: int, setting: Setting) -> Tally:
    example = f"seed {seed}, {setting.schema} {setting.unit} {setting.place}: died"
    return Tally(1, 1, problems=Counter(died=1), examples=[f"{case}, {example}"])


def _in_child(engine: str, written: Model, folder: Path) -> Tallies | None:
    """Mesh and judge in a forked process; None when it dies or exceeds its CPU time."""
    output, log = folder / "tally.json", folder / "log"
    output.unlink(missing_ok=True)
    (folder / "current").unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        try:
            output.write_bytes(orjson.dumps(_stored(_tallies(engine, written, folder))))
        except Exception:  # noqa: BLE001 - the parent shows it
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return None
    if os.WEXITSTATUS(status):
        raise RuntimeError(f"{written.setting} with {engine}: {log.read_text(errors='replace')[-2000:]}")
    return _joined({}, {case: _loaded(tally) for case, tally in orjson.loads(output.read_bytes()).items()})


def _loaded(stored: dict[str, Any]) -> Tally:
    tally = Tally()
    tally.merge(stored)
    return tally


def _tallies(engine: str, written: Model, folder: Path) -> Tallies:
    path = folder / "proof.ifc"
    path.write_text(written.text, encoding="ascii")
    planned: dict[str, list[str]] = {}
    if engine == "job":
        shutil.rmtree(folder / "out", ignore_errors=True)
        result = whole_job(path, folder / "out", written.setting.deflection)
    else:
        bench = Bench(path, written.setting.deflection)
        for shape in bench.worklist.shapes:
            for key in bench.keys(shape):
                planned.setdefault(key, []).append("own" if shape.solids else shape.engine)
        result = JobResult(bench.lite() if engine == "ifclite" else _kernel(bench, written, folder), {})
    tallies: Tallies = {}
    for instance in written.instances:
        key = instance.global_id
        if engine == "OpenCASCADE" and instance.case in HANGS:
            tallies = _joined(tallies, {instance.case: _died(instance.case, instance.seed, written.setting)})
            continue
        tally = tallies.setdefault(instance.case, Tally())
        tally.planned.update(planned.get(key, ()))
        tally.add(instance, result.meshes.get(key), written.setting, result.reasons.get(key))
    return tallies


def _kernel(bench: Bench, written: Model, folder: Path) -> dict[str, Mesh]:
    """Mesh with OpenCASCADE; a body that takes too long ends the process, after its name was noted."""
    names = {instance.global_id: (instance.case, instance.seed) for instance in written.instances}
    meshes: dict[str, Mesh] = {}

    current = os.open(folder / "current", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)

    def announce(keys: list[str]) -> None:
        os.pwrite(current, orjson.dumps(names[keys[0]]).ljust(200), 0)
        signal.setitimer(signal.ITIMER_PROF, BODY_SECONDS)

    hanging = {instance.global_id for instance in written.instances if instance.case in HANGS}
    for part in bench.kernel(announce, hanging):
        meshes.update(part)
    signal.setitimer(signal.ITIMER_PROF, 0)
    return meshes
