"""A mesher child: makes the worklist when asked to, then meshes batches with OpenCASCADE."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ifcjob_runner.data.engine_import import import_ifcopenshell
from ifcjob_runner.engine_options import GltfOptions
from ifcjob_runner.geometry.shapes import load_worklist
from ifcjob_runner.processes.roles.planner import plan, plan_by_line

if TYPE_CHECKING:
    from ifcjob_runner.processes.messages import MeshBatch, MesherRole
    from ifcjob_runner.processes.roles.run_role import Channel


def mesher(channel: Channel[MeshBatch], role: MesherRole) -> None:
    """Open the file, make or load the worklist, and mesh batches until the supervisor closes the connection."""
    options = GltfOptions(role["options"])
    folder = Path(role["folder"])
    # Lazily, and only after the fork: a lazily opened file must never cross one.
    file = import_ifcopenshell().open(role["path"], lazy=role["lazy"])
    if role["plan"] != "no":
        entities = len(file.entity_names())  # before planning, which reuses the memory of the list
        worklist = (plan_by_line if role["plan"] == "byLine" else plan)(file, role, options)
        engines = [shape.engine for shape in worklist.shapes]
        channel.send(
            {
                "kind": "planned",
                "entities": entities,
                "lite": [index for index, engine in enumerate(engines) if engine == "lite"],
                "kernel": [index for index, engine in enumerate(engines) if engine != "lite"],
            }
        )
    else:
        worklist = load_worklist(folder)
        channel.send({"kind": "opened"})
    if (batch := channel.receive()) is not None:
        from ifcjob_runner.processes.roles.mesh_batches import mesh_batches  # planning needs no numpy

        mesh_batches(channel, batch, file, worklist, options, role)
