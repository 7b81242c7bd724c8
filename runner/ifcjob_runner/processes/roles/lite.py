"""The ifclite child: meshes one batch of single-colour shapes from the file's bytes, then ends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ifcjob_runner.data.mapped_file import mapped
from ifcjob_runner.geometry.doubt_reasons import UNPROVED_ENGINE
from ifcjob_runner.geometry.shapes import load_worklist
from ifcjob_runner.geometry.store import StoreWriter
from ifcjob_runner.processes.heartbeat import Heartbeat

if TYPE_CHECKING:
    from ifcjob_runner.processes.messages import LiteRole, MeshBatch
    from ifcjob_runner.processes.roles.run_role import Channel


def lite(channel: Channel[MeshBatch], role: LiteRole) -> None:
    """Mesh the batch; report the shapes whose mesh is doubtful and those without one."""
    os.environ["RAYON_NUM_THREADS"] = str(role["threads"])  # read by ifclite's thread pool when it starts
    from ifcjob_runner.geometry.engines.lite import mesh_with_lite  # after the environment is set
    from ifcjob_runner.geometry.engines.step_parts import groups_of

    folder = Path(role["folder"])
    worklist = load_worklist(folder)
    batch = channel.receive()
    indices = batch["shapes"] if batch is not None else []
    store = StoreWriter(folder / role["name"])
    heartbeat = Heartbeat(folder / f"{role['name']}.beat")
    heartbeat.start(0)
    missing, doubtful, reasons = set(indices), [], {}
    all_shapes = {index: worklist.shapes[index] for index in indices}
    for shapes, text in groups_of(mapped(Path(role["path"])), all_shapes):
        heartbeat.start(0)
        channel.send({"kind": "begun", "shapes": list(shapes)})
        for index, result in mesh_with_lite(text, shapes, worklist.free_id, worklist.length_scale):
            heartbeat.finish()
            if isinstance(result, str):
                if result:
                    missing.discard(index)
                    reasons[str(index)] = result
                continue
            missing.discard(index)
            # A shape for `geometry.direct` comes here when neither it nor OpenCASCADE has a mesh.
            doubt = result.doubt or (UNPROVED_ENGINE if shapes[index].engine == "direct" else "")
            if doubt:
                doubtful.append(index)
            store.add(index, "lite", result.mesh, result.shift, doubt=doubt)
    channel.send({"kind": "lite", "missing": sorted(missing), "doubtful": doubtful, "reasons": reasons})
