"""EXT_meshopt_compression by the meshoptimizer library: reorder for the codec, then encode whole buffer views."""

from collections.abc import Sequence

import meshoptimizer
import numpy as np
import numpy.typing as npt

# The versions EXT_meshopt_compression specifies; the library's own default for vertices is newer.
_VERTEX_VERSION, _INDEX_VERSION = 0, 1


def encode(rows: bytes, stride: int, is_index: bool) -> bytes:  # noqa: FBT001 - the layout's Encode signature
    """Compress the rows of one buffer view."""
    if is_index:
        meshoptimizer.encode_index_version(_INDEX_VERSION)
        indices = np.frombuffer(rows, np.uint16 if stride == 2 else np.uint32).astype(np.uint32)
        encoded = meshoptimizer.encode_index_buffer(indices)
    else:
        meshoptimizer.encode_vertex_version(_VERTEX_VERSION)
        encoded = meshoptimizer.encode_vertex_buffer(np.frombuffer(rows, np.uint8).reshape(-1, stride))
    return bytes(encoded)


def reordered(
    vertices: npt.NDArray[np.uint8], triangles: npt.NDArray[np.uint32], part_ends: Sequence[int]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint32]]:
    """Join equal vertices, then order the triangles of each part and the vertices as the codec likes them."""
    vertices, indices = _welded(vertices, np.ascontiguousarray(triangles).reshape(-1))
    ordered = np.empty_like(indices)
    first = 0
    for end in part_ends:
        part = slice(first * 3, end * 3)
        meshoptimizer.optimize_vertex_cache_strip(ordered[part], indices[part], (end - first) * 3, len(vertices))
        first = end
    fetched = np.empty_like(vertices)
    meshoptimizer.optimize_vertex_fetch(fetched, ordered, vertices, len(ordered), len(vertices), vertices.shape[1])
    return fetched, ordered.reshape(-1, 3)


def _welded(
    vertices: npt.NDArray[np.uint8], indices: npt.NDArray[np.uint32]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint32]]:
    """Join vertices with equal bytes: engines repeat a vertex where colours or faces meet."""
    count, size = vertices.shape
    remap = np.empty(count, dtype=np.uint32)
    distinct = meshoptimizer.generate_vertex_remap(remap, indices, len(indices), vertices, count, size)
    if distinct == count:
        return vertices, indices
    joined = np.empty((distinct, size), dtype=np.uint8)
    meshoptimizer.remap_vertex_buffer(joined, vertices, count, size, remap)
    return joined, remap[indices]
