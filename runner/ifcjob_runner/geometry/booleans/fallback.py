"""Judge a body that OpenCASCADE has cut because manifold3d could not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ifcjob_runner.geometry.booleans.flush import FLUSH
from ifcjob_runner.geometry.booleans.solid_meshes import box_of
from ifcjob_runner.geometry.canonical import is_closed
from ifcjob_runner.geometry.doubt_reasons import NOT_SUBTRACTED, OPEN_SURFACE
from ifcjob_runner.geometry.planning.transforms import matrix
from ifcjob_runner.geometry.shapes import Leaf, Operation, leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from ifcjob_runner.geometry.booleans.evaluate import LeafMesher
    from ifcjob_runner.geometry.booleans.solid_meshes import SolidMesh
    from ifcjob_runner.geometry.meshes import Colour, Mesh
    from ifcjob_runner.geometry.shapes import Shape, Solid

CHANGED = 1e-5
"""The share of its area or volume by which a body changes at least when something is cut from it."""


class Uncut:
    """The items of a shape before anything is subtracted from them, and the boxes of what is subtracted."""

    def __init__(self, shape: Shape, leaf_mesher: LeafMesher) -> None:
        self._leaf_mesher = leaf_mesher
        self.pieces: list[tuple[Colour, SolidMesh]] = []
        removed = list(shape.openings)
        for colour, solid in shape.solids:
            removed += _removed(solid)
            piece = self._piece(_bare(solid))
            if piece is not None:
                self.pieces.append((colour, piece))
        self.is_complete = bool(shape.solids) and len(self.pieces) == len(shape.solids)
        self._removed = removed

    def meets_removed(self) -> bool:
        """Return whether the box of something that is subtracted meets a triangle; one of unknown size does."""
        for solid in self._removed:
            parts = list(leaves(solid))
            pieces = [self._piece(leaf) for leaf in parts]
            known = [piece for piece in pieces if piece is not None]
            if not isinstance(solid, (Leaf, Operation)) or not parts or len(known) < len(parts):
                return True
            low, high = box_of(np.concatenate([piece.points for piece in known]))
            if any(_meets(piece, low + FLUSH, high - FLUSH) for _, piece in self.pieces):
                return True
        return False

    def is_within_removed(self) -> bool:
        """Return whether the boxes of the items lie within the box of all that is subtracted."""
        pieces = [self._piece(leaf) for solid in self._removed for leaf in leaves(solid)]
        removed = [piece.points for piece in pieces if piece is not None]
        if not removed or not self.pieces:
            return False
        low, high = box_of(np.concatenate(removed))
        boxes = [box_of(piece.points) for _, piece in self.pieces]
        return all((low <= box[0] + FLUSH).all() and (high >= box[1] - FLUSH).all() for box in boxes)

    def doubt(self, mesh: Mesh, shift: list[float], reason: str) -> str:
        """Return why the cut mesh is not proved; empty when it is."""
        if not self.is_complete:
            return f"{NOT_SUBTRACTED}: {reason}"
        points = mesh.positions.astype(np.float64) + shift
        closed = all(is_closed(piece.points, piece.triangles) for _, piece in self.pieces)
        if closed and not is_closed(points, mesh.triangles):
            return OPEN_SURFACE
        before = np.sum([_measures(piece.points, piece.triangles) for _, piece in self.pieces], axis=0)
        after = _measures(points, mesh.triangles)
        changed = bool((np.abs(after - before) > CHANGED * np.abs(before)).any())
        return "" if changed or not self.meets_removed() else f"{NOT_SUBTRACTED}: {reason}"

    def _piece(self, leaf: Solid) -> SolidMesh | None:
        piece = self._leaf_mesher(leaf) if isinstance(leaf, Leaf) else None
        return None if piece is None or not isinstance(leaf, Leaf) else piece.moved(matrix(leaf.affine))


def _bare(solid: Solid) -> Solid:
    while isinstance(solid, Operation):
        solid = solid.operands[0]
    return solid


def _removed(solid: Solid) -> Iterator[Solid]:
    while isinstance(solid, Operation):
        yield from solid.operands[1:]
        solid = solid.operands[0]


def _meets(piece: SolidMesh, low: npt.NDArray[np.float64], high: npt.NDArray[np.float64]) -> bool:
    corners = piece.points[piece.triangles]
    return bool(((corners.min(axis=1) <= high) & (corners.max(axis=1) >= low)).all(axis=1).any())


def _measures(points: npt.NDArray[np.float64], triangles: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    """Return the area and the volume that a mesh encloses."""
    corners = (points - points.mean(axis=0))[triangles]
    vectors = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    volume = np.einsum("ij,ij->", corners[:, 0], vectors) / 6
    return np.array([np.linalg.norm(vectors, axis=1).sum() / 2, volume])
