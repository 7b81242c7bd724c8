"""The ifclite process: meshes one batch of single-colour shapes straight from the file's bytes, then ends."""

import mmap
import os
from pathlib import Path

from ifcjob_runner.geometry.store import StoreWriter
from ifcjob_runner.geometry.worklist import load_worklist
from ifcjob_runner.processes.heartbeat import Heartbeat
from ifcjob_runner.processes.roles.run_role import Arguments, Channel


def lite(channel: Channel, arguments: Arguments) -> None:
    """Mesh the batch; report which shapes came out unsure and which not at all."""
    os.environ["RAYON_NUM_THREADS"] = str(arguments["threads"])  # read by ifclite's thread pool when it starts
    from ifcjob_runner.geometry.lite import mesh_with_lite  # after the environment is set

    folder = Path(arguments["folder"])
    worklist = load_worklist(folder)
    batch: list[int] = (channel.receive() or {"shapes": []})["shapes"]
    store = StoreWriter(folder / arguments["name"])
    heartbeat = Heartbeat(folder / f"{arguments['name']}.beat")
    heartbeat.start(0)
    missing, unsure = set(batch), []
    shapes = {index: worklist.shapes[index] for index in batch}
    for result in mesh_with_lite(_mapped(Path(arguments["path"])), shapes, worklist.free_id, worklist.length_scale):
        heartbeat.finish()
        if result is None:
            continue
        missing.discard(result.shape)
        if not result.sure:
            unsure.append(result.shape)
        store.add(result.shape, "lite", result.mesh, result.shift, sure=result.sure)
    channel.send(missing=sorted(missing), unsure=unsure)


def _mapped(path: Path) -> memoryview:
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
