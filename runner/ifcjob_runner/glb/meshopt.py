"""EXT_meshopt_compression by the meshoptimizer library: reorder for the codec, then encode whole buffer views."""

from collections.abc import Sequence

import meshopt
import numpy as np
import numpy.typing as npt


def encode(rows: bytes, stride: int, is_index: bool) -> bytes:  # noqa: FBT001 - the layout's Encode signature
    """Compress the rows of one buffer view."""
    if is_index:
        indices = np.frombuffer(rows, np.uint16 if stride == 2 else np.uint32)
        return bytes(meshopt.encode_gltf_buffer(indices, "TRIANGLES"))
    return bytes(meshopt.encode_gltf_buffer(np.frombuffer(rows, np.uint8).reshape(-1, stride), "ATTRIBUTES"))


def reordered(
    vertices: npt.NDArray[np.uint8], triangles: npt.NDArray[np.uint32], part_ends: Sequence[int]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint32]]:
    """Join equal vertices, then order the triangles of each part, and the vertices, for the codec."""
    vertices, indices = _welded(vertices, np.ascontiguousarray(triangles).reshape(-1))
    first = 0
    for end in part_ends:
        if end > first:
            indices[first * 3 : end * 3] = _as_strip(indices[first * 3 : end * 3])
        first = end
    indices, places, used = meshopt.reorder_mesh(indices, triangles=False, optsize=True)
    return vertices[_inverse(places, used)], indices.reshape(-1, 3)


def _as_strip(indices: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Order triangles so that each shares an edge with the previous one, which compresses best."""
    renumbered, places, used = meshopt.reorder_mesh(indices, triangles=True, optsize=True)
    strip: npt.NDArray[np.uint32] = _inverse(places, used)[renumbered]
    return strip


def _inverse(places: npt.NDArray[np.uint32], used: int) -> npt.NDArray[np.uint32]:
    """Return the vertex at each place; a vertex without a triangle has a place beyond all others."""
    vertex_at = np.empty(used, dtype=np.uint32)
    vertex = np.flatnonzero(places < used)
    vertex_at[places[vertex]] = vertex
    return vertex_at


def _welded(
    vertices: npt.NDArray[np.uint8], indices: npt.NDArray[np.uint32]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint32]]:
    """Join vertices with equal bytes: engines repeat a vertex where colours or faces meet."""
    whole = np.ascontiguousarray(vertices).view(np.dtype((np.void, vertices.shape[1]))).reshape(-1)
    _, kept, joined = np.unique(whole, return_index=True, return_inverse=True)
    # The order is kept, because the codec stores differences of neighbours.
    order = np.argsort(kept)
    rank = np.empty(len(order), dtype=np.uint32)
    rank[order] = np.arange(len(order), dtype=np.uint32)
    return vertices[kept[order]], rank[joined.reshape(-1)][indices]
