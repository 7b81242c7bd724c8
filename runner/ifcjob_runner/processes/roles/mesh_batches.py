"""Mesh batches of shapes with OpenCASCADE, one shape at a time, each announced before it begins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ifcjob_runner.geometry.direct.items import DirectMesher, UnreadableBodyError
from ifcjob_runner.geometry.doubt_reasons import VOLUME_OUT_OF_RANGE
from ifcjob_runner.geometry.engines.kernel import Kernel
from ifcjob_runner.geometry.expected import fits
from ifcjob_runner.geometry.skip_reasons import NO_GEOMETRY, UNREADABLE
from ifcjob_runner.geometry.store import StoreWriter
from ifcjob_runner.processes.heartbeat import Heartbeat

if TYPE_CHECKING:
    from typing import Any

    from ifcjob_runner.engine_options import GltfOptions
    from ifcjob_runner.geometry.shapes import Shape, Worklist
    from ifcjob_runner.processes.messages import MeshBatch, MesherRole
    from ifcjob_runner.processes.roles.run_role import Channel


def mesh_batches(
    channel: Channel[MeshBatch],
    batch: MeshBatch | None,
    file: Any,
    worklist: Worklist,
    options: GltfOptions,
    role: MesherRole,
) -> None:
    """Mesh this batch and those that follow, until the supervisor closes the connection."""
    folder = Path(role["folder"])
    kernel = Kernel(file, options)
    direct = DirectMesher(file, options, worklist.length_scale, kernel.item)
    store = StoreWriter(folder / role["name"])
    heartbeat = Heartbeat(folder / f"{role['name']}.beat")
    while batch is not None:
        missing = {}
        for index in batch["shapes"]:
            reason = _mesh(index, worklist, kernel, direct, store, heartbeat)
            if reason is not None:
                missing[str(index)] = reason
        channel.send({"kind": "meshed", "missing": missing})
        batch = channel.receive()


def _mesh(
    index: int, worklist: Worklist, kernel: Kernel, direct: DirectMesher, store: StoreWriter, heartbeat: Heartbeat
) -> str | None:
    """Mesh and store one shape; return why it has no triangles, or None when it has some."""
    shape = worklist.shapes[index]
    heartbeat.start(index)
    try:
        reason = _mesh_shape(index, shape, kernel, direct, store)
    except UnreadableBodyError as error:
        reason = f"{UNREADABLE}: {error}"
    heartbeat.finish()
    return reason


def _mesh_shape(index: int, shape: Shape, kernel: Kernel, direct: DirectMesher, store: StoreWriter) -> str | None:
    if shape.solids:
        from ifcjob_runner.processes.roles.mesh_solids import mesh_solids  # few bodies need manifold3d

        outcome = mesh_solids(shape, kernel, direct)
        if isinstance(outcome, str):
            return outcome
        store.add(index, outcome.engine, outcome.mesh, outcome.shift, doubt=outcome.doubt)
        return None
    if shape.engine == "direct":
        drawn = direct.mesh(shape)
        if drawn is None:
            return NO_GEOMETRY
        store.add(index, "direct", drawn.mesh, drawn.shift, doubt=drawn.doubt)
        return None
    result = kernel.mesh(shape)
    if result is None:
        return NO_GEOMETRY
    mesh, shift = result
    expected = shape.expected
    fitting = expected is None or fits(mesh.positions + np.array(shift), mesh.triangles, expected)
    store.add(index, "opencascade", mesh, shift, doubt="" if fitting else VOLUME_OUT_OF_RANGE)
    return None
