"""Loaded by the engine process of fault tests only: makes chosen bodies crash, hang or eat memory in a real engine.

IFCJOB_TEST_FAULTS names the faults, by the GlobalId of the element that has the body:
{"kernel": {"<GlobalId>": FAULT}, "lite": FAULT, "data": FAULT}, a FAULT being crash, kill, hang, memory or nothing;
for lite also second: the second group of two bodies crashes, in each process; for lite also open: every operand is
taken for open, whichever engine meshed it; and for lite and bodies without openings in kernel also halved: half the
size.
"opening": FAULT happens when a mesher opens the file lazily, "reopening": FAULT when one does that has not planned.
"planning": {"<STEP id>": FAULT} and "reading": {"<STEP id>": FAULT} happen when the planner, or the data child, reads
an attribute of that line.
"""

import json
import os
import signal
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace
from typing import Any, NoReturn


def _module(name: str) -> Any:
    """Return a module of the runner: of any type, since its functions are replaced."""
    return import_module(f"ifcjob_runner.{name}")


def _crash() -> NoReturn:
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError


def _kill() -> NoReturn:
    """End as a process that the kernel picks when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def _hang() -> NoReturn:
    while True:
        pass


def _eat_memory() -> NoReturn:
    eaten = []
    while True:
        eaten.append(os.urandom(1 << 16) * 512)


def _raise() -> NoReturn:
    message = "a panic in native code"
    raise RuntimeError(message)


_FAULTS = {"raise": _raise, "crash": _crash, "kill": _kill, "hang": _hang, "memory": _eat_memory}


def _break_lines(faults: dict[str, str]) -> list[bool]:
    """Have a fault happen when an attribute of a line is read, once the returned list is not empty."""
    from ifcjob_runner.data import attribute_access

    argument, step_id = attribute_access.argument, attribute_access.step_id
    active: list[bool] = []

    def faulty(instance: Any, number: int) -> Any:
        fault = faults.get(str(step_id(instance))) if active else None
        return _FAULTS[fault]() if fault else argument(instance, number)

    attribute_access.argument = attribute_access.read_argument = faulty
    return active


def _break_planning(faults: dict[str, str]) -> None:
    active = _break_lines(faults)  # before the modules that use `argument` are imported
    from ifcjob_runner.processes.roles import planner

    for name in ("make_worklist", "_units"):
        setattr(planner, name, _activating(getattr(planner, name), active))


def _activating(work: Any, active: list[bool]) -> Any:
    def activated(*arguments: Any) -> Any:
        active.append(True)
        return work(*arguments)

    return activated


def _break_opening(faults: dict[str, Any]) -> None:
    from ifcjob_runner.data.engine_import import import_ifcopenshell

    mesher = _module("processes.roles.mesher")

    def opened(path: str, *, lazy: bool) -> Any:
        return _FAULTS[faults["opening"]]() if lazy else import_ifcopenshell().open(path, lazy=False)

    if "opening" in faults:
        mesher.import_ifcopenshell = lambda: SimpleNamespace(open=opened)
    if "reopening" in faults:
        mesher.load_worklist = lambda _: _FAULTS[faults["reopening"]]()


def _break_data(faults: dict[str, str]) -> None:
    active = _break_lines(faults)
    from ifcjob_runner.processes.roles import run_role

    run = run_role._run

    def watched(role: Any, connection: Any) -> None:
        active.extend([True] if role["kind"] == "data" else [])
        run(role, connection)

    run_role._run = watched


def _halving(mesh: Any) -> Any:
    import numpy as np

    def halved(*arguments: Any, **options: Any) -> Any:
        output = mesh(*arguments, **options)
        for element in output["elements"].values():
            element["vertices"] = (np.frombuffer(element["vertices"]) / 2).tobytes()
        return output

    return halved


def _crashing_second(mesh: Any) -> Any:
    from ifcjob_runner.geometry.engines import step_parts

    step_parts.WHOLE_SHAPES = 2
    calls: list[bool] = []

    def crashing(*arguments: Any, **options: Any) -> Any:
        calls.append(True)
        return _crash() if len(calls) == 2 else mesh(*arguments, **options)

    return crashing


def _install(faults: dict[str, Any]) -> None:
    if "reading" in faults:
        _break_data(faults["reading"])
    if "planning" in faults:
        _break_planning(faults["planning"])
    _break_opening(faults)
    if "kernel" in faults:
        kernel = _module("geometry.engines.kernel")
        mesh = kernel.Kernel.mesh

        def faulty(self: Any, shape: Any) -> Any:
            fault = faults["kernel"].get(self._file.by_id(shape.product).GlobalId)
            if fault == "halved":
                body, shift = mesh(self, shape)
                return replace(body, positions=body.positions / 2), shift
            return None if fault == "nothing" else _FAULTS[fault]() if fault else mesh(self, shape)

        kernel.Kernel.mesh = faulty
    if "lite" in faults:
        import ifclite_geom

        if faults["lite"] == "open":
            _module("geometry.booleans.evaluate").manifold_of = lambda *_: None
            return
        if faults["lite"] == "halved":
            ifclite_geom.geometry_data_buffers = _halving(ifclite_geom.geometry_data_buffers)
            return

        if faults["lite"] == "second":
            ifclite_geom.geometry_data_buffers = _crashing_second(ifclite_geom.geometry_data_buffers)
            return

        def no_lite(*_: Any, **__: Any) -> Any:
            return (
                {"elements": {}, "rtc_offset": [0.0, 0.0, 0.0]}
                if faults["lite"] == "nothing"
                else _FAULTS[faults["lite"]]()
            )

        ifclite_geom.geometry_data_buffers = no_lite
    if "data" in faults:
        _module("processes.roles.data").spatial_tree = lambda *_: _FAULTS[faults["data"]]()


if "IFCJOB_TEST_FAULTS" in os.environ:
    _install(json.loads(os.environ["IFCJOB_TEST_FAULTS"]))
