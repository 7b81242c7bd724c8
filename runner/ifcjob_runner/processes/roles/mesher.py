"""A geometry process: makes the worklist when asked to, then meshes what it is handed with OpenCASCADE."""

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from ifcjob_runner.data.attribute_access import reading
from ifcjob_runner.data.engine_import import import_ifcopenshell
from ifcjob_runner.geometry.worklist import Worklist, load_worklist, make_worklist, save_worklist
from ifcjob_runner.processes.roles.run_role import Arguments, Channel

if TYPE_CHECKING:
    from ifcjob.options import GltfOptions


def mesher(channel: Channel, arguments: Arguments) -> None:
    """Open the file, plan or load the worklist, and mesh batches until the supervisor hangs up."""
    options = cast("GltfOptions", SimpleNamespace(**arguments["options"]))  # checked by the supervisor
    folder = Path(arguments["folder"])
    # Lazily, and only after the fork: a lazy file must never cross one.
    file = import_ifcopenshell().open(arguments["path"], lazy=arguments["lazy"])
    if arguments["plan"]:
        with reading():
            worklist = _plan(file, options)
        save_worklist(folder, worklist)
        engines = [shape.engine for shape in worklist.shapes]
        channel.send(
            planned=True,
            entities=len(file.entity_names()),
            lite=[i for i, engine in enumerate(engines) if engine == "lite"],
            kernel=[i for i, engine in enumerate(engines) if engine == "kernel"],
        )
    else:
        worklist = load_worklist(folder)
        channel.send(ready=True)
    if (batch := channel.receive()) is not None:
        from ifcjob_runner.processes.roles.mesh_batches import mesh_batches  # planning needs no numpy

        mesh_batches(channel, batch, file, worklist, arguments)


def _plan(file: Any, options: "GltfOptions") -> Worklist:
    from ifcjob_runner.data.model import Model  # the planner alone needs them
    from ifcjob_runner.data.units import ProjectUnits

    storey_elements = None
    if options.storeys:
        from ifcjob_runner.stages.storey_filter import elements_of_storeys

        storey_elements = elements_of_storeys(file, options.storeys)
    return make_worklist(file, options, ProjectUnits(Model(file)).length, storey_elements)
