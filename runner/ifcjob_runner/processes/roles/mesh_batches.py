"""Mesh batches of shapes with OpenCASCADE, one shape at a time, each announced before it begins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ifcjob_runner.geometry.canonical import is_closed, outward
from ifcjob_runner.geometry.direct.items import DirectMesher, UnreadableBodyError
from ifcjob_runner.geometry.doubt_reasons import OPEN_SURFACE, VOLUME_OUT_OF_RANGE
from ifcjob_runner.geometry.engines.kernel import Kernel
from ifcjob_runner.geometry.expected import fits
from ifcjob_runner.geometry.meshes import MeshedShape
from ifcjob_runner.geometry.skip_reasons import NO_GEOMETRY, UNREADABLE
from ifcjob_runner.geometry.store import StoreWriter
from ifcjob_runner.processes.heartbeat import Heartbeat

if TYPE_CHECKING:
    from typing import Any

    from ifcjob_runner.engine_options import GltfOptions
    from ifcjob_runner.geometry.meshes import Mesh
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
    heartbeat.start(index)
    try:
        outcome = _meshed(worklist.shapes[index], kernel, direct)
    except UnreadableBodyError as error:
        outcome = f"{UNREADABLE}: {error}"
    if not isinstance(outcome, str):
        engine, meshed = outcome
        store.add(index, engine, meshed.mesh, meshed.shift, doubt=meshed.doubt)
    heartbeat.finish()
    return outcome if isinstance(outcome, str) else None


def _meshed(shape: Shape, kernel: Kernel, direct: DirectMesher) -> tuple[str, MeshedShape] | str:
    """Return the engine and the mesh of a shape, or why it has no triangles."""
    if shape.solids:
        from ifcjob_runner.processes.roles.mesh_solids import mesh_solids  # few bodies need manifold3d

        return mesh_solids(shape, kernel, direct)
    if shape.engine == "direct":
        drawn = direct.mesh(shape)
        return NO_GEOMETRY if drawn is None else ("direct", drawn)
    result = kernel.mesh(shape)
    if result is None:
        return NO_GEOMETRY
    mesh, shift = result
    expected = shape.expected
    doubt = ""
    if expected is not None and not fits(mesh.positions + np.array(shift), mesh.triangles, expected):
        doubt = VOLUME_OUT_OF_RANGE
    elif shape.closed:
        return "opencascade", _closed(mesh, shift)
    return "opencascade", MeshedShape(mesh, shift, doubt)


def _closed(mesh: Mesh, shift: list[float]) -> MeshedShape:
    """Return a mesh whose surface must be closed: as it is, with some of its triangles turned, or doubtful."""
    points = mesh.positions.astype(np.float64)
    if is_closed(points, mesh.triangles):
        return MeshedShape(mesh, shift)
    from ifcjob_runner.geometry.orientation import consistent  # few bodies need it

    triangles = consistent(points, mesh.triangles)
    if triangles is None:
        return MeshedShape(mesh, shift, OPEN_SURFACE)
    turned = np.ascontiguousarray(outward(points, triangles), np.uint32)
    return MeshedShape(replace(mesh, triangles=turned), shift)
