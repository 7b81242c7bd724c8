"""Mesh batches of shapes with OpenCASCADE, one shape at a time, each announced before it begins."""

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from ifcjob_runner.geometry.kernel import Kernel
from ifcjob_runner.geometry.skip_reasons import CONSUMED_BY_OPENINGS, NO_GEOMETRY
from ifcjob_runner.geometry.store import StoreWriter
from ifcjob_runner.geometry.worklist import Worklist
from ifcjob_runner.processes.heartbeat import Heartbeat
from ifcjob_runner.processes.roles.run_role import Arguments, Channel

if TYPE_CHECKING:
    from ifcjob.options import GltfOptions


def mesh_batches(
    channel: Channel, batch: dict[str, Any] | None, file: Any, worklist: Worklist, arguments: Arguments
) -> None:
    """Mesh this batch and those that follow, until the supervisor hangs up."""
    folder = Path(arguments["folder"])
    kernel = Kernel(file, cast("GltfOptions", SimpleNamespace(**arguments["options"])))
    store = StoreWriter(folder / arguments["name"])
    heartbeat = Heartbeat(folder / f"{arguments['name']}.beat")
    while batch is not None:
        missing = {}
        for index in batch["shapes"]:
            reason = _mesh(index, worklist, kernel, store, heartbeat)
            if reason is not None:
                missing[str(index)] = reason
        channel.send(missing=missing)
        batch = channel.receive()


def _mesh(index: int, worklist: Worklist, kernel: Kernel, store: StoreWriter, heartbeat: Heartbeat) -> str | None:
    """Mesh and store one shape; return why there are no triangles, or None when there are."""
    shape = worklist.shapes[index]
    heartbeat.start(index)
    result = kernel.mesh(shape)
    reason = None
    if result is not None:
        store.add(index, "opencascade", *result)
    elif shape.cut and kernel.mesh_uncut(shape) is not None:
        reason = CONSUMED_BY_OPENINGS
    else:
        reason = NO_GEOMETRY
    heartbeat.finish()
    return reason
