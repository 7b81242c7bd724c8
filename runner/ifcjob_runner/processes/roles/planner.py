"""Make the worklist: at once, or line by line in forked processes after the engine has died at it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ifcjob_runner.data.attribute_access import read_argument, read_through, reading
from ifcjob_runner.geometry.planning.lost_shapes import add_missing_references
from ifcjob_runner.geometry.planning.selection import Selection, refuse_global_ids, unknown_global_ids
from ifcjob_runner.geometry.planning.worklist import make_worklist
from ifcjob_runner.geometry.shapes import load_worklist, save_worklist
from ifcjob_runner.processes.retries import Retries, WatchedFile, limit_time

if TYPE_CHECKING:
    from ifcjob_runner.data.attribute_access import File
    from ifcjob_runner.data.units import ProjectUnits
    from ifcjob_runner.engine_options import GltfOptions
    from ifcjob_runner.geometry.shapes import Worklist
    from ifcjob_runner.processes.messages import MesherRole

SECONDS_PER_BYTE = 0.25e-6
"""The most CPU time for planning at once, in addition to an element's deadline; measured: a tenth of it at most."""


def plan(file: File, role: MesherRole, options: GltfOptions) -> Worklist:
    """Make the worklist at once and save it; a deadline ends the process if the engine hangs."""
    limit_time(options.element_deadline_seconds + Path(role["path"]).stat().st_size * SECONDS_PER_BYTE)
    with reading():
        refuse_global_ids(unknown_global_ids(file, options))
        selection = Selection(file, options, _storey_elements(file, options))
        worklist = make_worklist(file, options, _length_scale(file), selection)
        add_missing_references(worklist, file, selection)
    limit_time(0)
    save_worklist(Path(role["folder"]), worklist)
    return worklist


def plan_by_line(file: File, role: MesherRole, options: GltfOptions) -> Worklist:
    """Make the worklist without the lines that kill the engine, and save it."""
    folder = Path(role["folder"])
    retries = Retries(folder / "plan.beat", options.element_deadline_seconds)

    def work() -> None:
        watched = WatchedFile(file, retries)
        with reading():
            length_scale = _length_scale_by_line(file, retries)
            storey_elements = _storey_elements_by_line(file, options, retries)
            unknown = unknown_global_ids(watched, options)
            if not retries.lost:  # the GlobalId of a lost line is not unknown
                refuse_global_ids(unknown)
            selection = Selection(watched, options, storey_elements)
            worklist = make_worklist(watched, options, length_scale, selection)
            add_missing_references(worklist, watched, selection)
            limit_time(0)
            if retries.lost:
                from ifcjob_runner.geometry.planning.lost_lines import leave_out

                leave_out(worklist, retries.lost, Path(role["path"]), file, selection)
        save_worklist(folder, worklist)

    retries.run(work)
    return load_worklist(folder)


def _length_scale(file: File) -> float:
    return _units(file).length


def _length_scale_by_line(file: File, retries: Retries) -> float:
    """Read the length unit, and leave out other units that kill the engine. Raise RunFailure if it is lost itself."""
    read_through(retries.read)
    retries.watching = True
    units = _units(file)
    retries.stop_watching()
    read_through(read_argument)
    if retries.lost and not any(unit.type == "LENGTHUNIT" and unit.scale for unit in units.assigned):
        from ifcjob.failures import FailureReason, RunFailure  # only a failure needs it

        raise RunFailure(FailureReason.CRASHED, "the IFC engine died while it read the file's length unit")
    return units.length


def _units(file: File) -> ProjectUnits:
    from ifcjob_runner.data.model import Model  # only the planning mesher needs these
    from ifcjob_runner.data.units import ProjectUnits

    return ProjectUnits(Model(file))


def _storey_elements(file: File, options: GltfOptions) -> set[int] | None:
    if not options.storeys:
        return None
    from ifcjob_runner.stages.storey_filter import elements_of_storeys  # few requests name storeys

    return elements_of_storeys(file, options.storeys)


def _storey_elements_by_line(file: File, options: GltfOptions, retries: Retries) -> set[int] | None:
    """Read the storeys without the lines that kill the engine."""
    from ifcjob.failures import FailureReason, RunFailure  # few files need it

    read_through(retries.read)
    retries.watching = True
    try:
        elements = _storey_elements(file, options)
    except RunFailure as failure:
        if not retries.lost:
            raise
        lines = ", ".join(f"#{number}" for number in sorted(retries.lost)[:5])
        raise RunFailure(FailureReason.INVALID_REQUEST, f"{failure}; the engine died at {lines}") from failure
    finally:
        retries.stop_watching()
        read_through(read_argument)
    return elements
