"""Mesh bodies of one colour with ifclite-geom, and check what it returns.

Measured on the regression files: where ifclite differs from OpenCASCADE after a boolean operation, its surface is
open. So a boolean body must be closed; one that is not is kept as unsure and goes to OpenCASCADE.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import ifclite_geom
import numpy as np

from ifcjob_runner.geometry.canonical import canonical, is_closed, without_broken
from ifcjob_runner.geometry.transforms import matrix
from ifcjob_runner.geometry.worklist import Shape
from ifcjob_runner.meshes import Mesh


@dataclass(frozen=True, slots=True)
class LiteResult:
    """What ifclite made of one shape."""

    shape: int
    """Index into the worklist."""
    mesh: Mesh
    """In the shape's frame, moved to its own origin."""
    shift: list[float]
    """From that origin to the shape's frame."""
    sure: bool
    """Whether the cross-check passed."""


def mesh_with_lite(content: bytes, shapes: dict[int, Shape], on_shape: Callable[[int], None]) -> Iterator[LiteResult]:
    """Mesh the shapes of the file content; shapes without a usable result are left out."""
    answer = ifclite_geom.geometry_data_buffers(content, ids={shape.product for shape in shapes.values()})
    elements: dict[int, Any] = answer["elements"]
    for index, shape in shapes.items():
        result = _result(index, shape, elements.get(shape.product))
        on_shape(index)
        if result is not None:
            yield result


def _result(index: int, shape: Shape, element: Any) -> LiteResult | None:
    if element is None or not element["faces"]:
        return None
    world = np.frombuffer(element["vertices"]).reshape(-1, 3)
    triangles = np.frombuffer(element["faces"], np.uint32).reshape(-1, 3)
    frame = matrix(shape.affines[0])
    if not np.isfinite(world).all() or abs(np.linalg.det(frame[:3, :3])) < 1e-12:
        return None
    local = (world - frame[:3, 3]) @ np.linalg.inv(frame[:3, :3]).T
    triangles = triangles[without_broken(local, triangles)]
    if not len(triangles):
        return None
    sure = not shape.closed or is_closed(local, triangles)
    mesh, shift = canonical(local, triangles, ((shape.colour, len(triangles)),))
    return LiteResult(index, mesh, shift, sure)
