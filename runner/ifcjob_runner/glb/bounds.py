"""Bounding boxes of placed meshes in the world, exact to the vertex."""

import numpy as np

from ifcjob_runner.glb.batches import F64, Batch, Ints

# Below this an entry of a rotation is rounding noise: 1e-9 of 100 m is 0.1 micrometre.
_NOISE = 1e-9
_BLOCK = 1 << 20


def placed_boxes(batch: Batch, owners: Ints, matrices: F64) -> F64:
    """Return the (placements, 2, 3) minima and maxima; `owners` is each placement's mesh in the batch, ascending."""
    low = batch.per_mesh(np.minimum, batch.positions).astype(np.float64)[owners]
    high = batch.per_mesh(np.maximum, batch.positions).astype(np.float64)[owners]
    linear, offset = matrices[:, :3, :3], matrices[:, :3, 3]
    at_low, at_high = linear * low[:, None, :], linear * high[:, None, :]
    boxes = np.stack((np.minimum(at_low, at_high).sum(2), np.maximum(at_low, at_high).sum(2)), axis=1)
    # With one entry per row (right-angle rotations, mirrors) the box of the box is the box of the vertices.
    turned = np.flatnonzero(((np.abs(linear) > _NOISE).sum(2) > 1).any(1))
    for mesh, group in _runs(turned, owners):
        vertices = batch.positions[batch.vertex_starts[mesh] : batch.vertex_starts[mesh + 1]].astype(np.float64)
        step = max(1, _BLOCK // len(vertices))
        for first in range(0, len(group), step):
            chosen = group[first : first + step]
            world = vertices @ linear[chosen].reshape(-1, 3).T
            boxes[chosen, 0] = world.min(0).reshape(-1, 3)
            boxes[chosen, 1] = world.max(0).reshape(-1, 3)
    boxes += offset[:, None, :]
    return boxes


def _runs(chosen: Ints, owners: Ints) -> list[tuple[int, Ints]]:
    if not len(chosen):
        return []
    mesh_of = owners[chosen]
    cuts = np.flatnonzero(np.diff(mesh_of)) + 1
    return [(int(owners[group[0]]), group) for group in np.split(chosen, cuts)]
