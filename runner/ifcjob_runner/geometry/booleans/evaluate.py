"""Evaluate the expression trees of a shape: subtract openings, unite, intersect, and keep the colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from manifold3d import CrossSection, FillRule, Manifold, OpType

from ifcjob_runner.geometry.booleans.flush import FLUSH, protruding
from ifcjob_runner.geometry.booleans.manifolds import manifold_of, solid_mesh_of
from ifcjob_runner.geometry.booleans.solid_meshes import NotASolidError, SolidMesh, box_of, meet
from ifcjob_runner.geometry.planning.transforms import matrix
from ifcjob_runner.geometry.shapes import HalfSpace, Leaf, Operation, Prism, Unbuildable

if TYPE_CHECKING:
    from collections.abc import Callable

    from ifcjob_runner.data.placements import Affine
    from ifcjob_runner.geometry.booleans.solid_meshes import Box
    from ifcjob_runner.geometry.meshes import Colour, Matrix
    from ifcjob_runner.geometry.shapes import Shape, Solid

    LeafMesher = Callable[[Leaf], SolidMesh | None]
    """Returns the mesh of a leaf in the item's frame; None when its engine has no usable one."""

_OPERATIONS = {"union": OpType.Add, "intersection": OpType.Intersect}
EMPTY = 1e-6
"""The share of a host's volume below which the rest is rounding."""


def evaluate(shape: Shape, leaf_mesher: LeafMesher) -> list[tuple[Colour, SolidMesh]]:
    """Return the shape's items, in its frame, each with the colour of its faces without one.

    The list is empty when operands or openings remove the whole body. Raise NotASolidError when one of them, or what
    they are subtracted from, is not a closed solid.
    """
    return _Evaluation(shape, leaf_mesher).run()


class _Evaluation:
    def __init__(self, shape: Shape, leaf_mesher: LeafMesher) -> None:
        self._shape, self._leaf_mesher = shape, leaf_mesher
        self._origin: Matrix | None = None
        self._colours: dict[int, Colour] = {}
        self._cutters: list[tuple[Box, Manifold]] | None = None

    def run(self) -> list[tuple[Colour, SolidMesh]]:
        pieces = []
        for colour, solid in self._shape.solids:
            piece = self._item(solid)
            if piece is not None:
                assert self._origin is not None
                pieces.append((colour, SolidMesh(piece.points + self._origin[:3, 3], piece.triangles, piece.parts)))
        return pieces

    def _item(self, solid: Solid) -> SolidMesh | None:
        """Return one item less the openings; None when nothing is left."""
        if isinstance(solid, Leaf):
            piece = self._piece(solid)
            box = box_of(piece.points)
            if not any(meet(box, opening, FLUSH) for opening, _ in self._openings()):
                return piece
            manifold = self._closed(piece, solid)
        else:
            manifold = self._solid(solid, None, coloured=True)
        if manifold.is_empty():
            return None
        box = _box(manifold)
        cutters = [cutter for opening, cutter in self._openings() if meet(box, opening, FLUSH)]
        rest = _difference(manifold, cutters)
        return None if rest.is_empty() else solid_mesh_of(rest, self._colours)

    def _openings(self) -> list[tuple[Box, Manifold]]:
        if self._cutters is None:
            self._cutters = []
            for opening in self._shape.openings:
                manifold = self._solid(opening, None, coloured=False)
                if not manifold.is_empty():
                    self._cutters.append((_box(manifold), manifold))
        return self._cutters

    def _solid(self, solid: Solid, bounds: Box | None, *, coloured: bool) -> Manifold:
        match solid:
            case Leaf():
                piece = self._piece(solid)
                return self._closed(piece if coloured else SolidMesh(piece.points, piece.triangles), solid)
            case Unbuildable(reason):
                raise NotASolidError(reason)
            case Operation():
                return self._operation(solid, bounds, coloured=coloured)
        if bounds is None:
            raise NotASolidError("a half space without a host")
        return self._unbounded(solid, bounds)

    def _operation(self, operation: Operation, bounds: Box | None, *, coloured: bool) -> Manifold:
        first = self._solid(operation.operands[0], bounds, coloured=coloured)
        if first.is_empty() and operation.operator != "union":
            return first
        if bounds is None and not first.is_empty():
            bounds = _box(first)
        coloured = coloured and operation.operator == "union"
        others = [self._solid(operand, bounds, coloured=coloured) for operand in operation.operands[1:]]
        if operation.operator == "difference":
            return _difference(first, others)
        return _without_rounding(Manifold.batch_boolean([first, *others], _OPERATIONS[operation.operator]), first)

    def _unbounded(self, solid: HalfSpace | Prism, bounds: Box) -> Manifold:
        """Return the part of a half space or an endless prism that contains the bounds."""
        frame = self._matrix(solid.frame)
        centre = np.linalg.solve(frame[:3, :3], (bounds[0] + bounds[1]) / 2 - frame[:3, 3])
        radius = float(np.linalg.norm(bounds[1] - bounds[0])) * float(np.linalg.norm(np.linalg.inv(frame[:3, :3]))) + 1
        if isinstance(solid, HalfSpace):
            depth = max(0.0, -float(centre[2])) + radius
            local = Manifold.cube((2 * radius, 2 * radius, depth)).translate(
                (centre[0] - radius, centre[1] - radius, -depth)
            )
        else:
            local = self._prism(solid, float(centre[2]) - radius, float(centre[2]) + radius)
        return local.transform(np.ascontiguousarray(frame[:3]))

    def _prism(self, prism: Prism, low: float, high: float) -> Manifold:
        if not isinstance(prism.boundary, Leaf):
            section = CrossSection([prism.boundary], FillRule.EvenOdd)
            return Manifold.extrude(section, high - low).translate((0.0, 0.0, low))
        piece = self._leaf_mesher(prism.boundary)
        if piece is None:
            raise NotASolidError(f"the boundary #{prism.boundary.item} of a half space")
        points = piece.points.copy()
        points[:, 2] = np.where(points[:, 2] > points[:, 2].mean(), high, low)
        return self._closed(SolidMesh(points, piece.triangles), prism.boundary)

    def _piece(self, leaf: Leaf) -> SolidMesh:
        piece = self._leaf_mesher(leaf)
        if piece is None:
            raise NotASolidError(f"no engine can build #{leaf.item}")
        if self._origin is None:  # volumes need coordinates near the origin
            at = piece.moved(matrix(leaf.affine)).points.mean(axis=0)
            self._origin = np.eye(4)
            self._origin[:3, 3] = np.rint(at)
        return piece.moved(self._matrix(leaf.affine))

    def _matrix(self, affine: Affine) -> Matrix:
        full = matrix(affine)
        if self._origin is not None:
            full[:3, 3] -= self._origin[:3, 3]
        return full

    def _closed(self, piece: SolidMesh, leaf: Leaf) -> Manifold:
        manifold = manifold_of(piece, self._colours)
        if manifold is None:
            raise NotASolidError(f"the surface of #{leaf.item} is not closed")
        return manifold


def _difference(host: Manifold, cutters: list[Manifold]) -> Manifold:
    cutters = [cutter for cutter in cutters if not cutter.is_empty()]
    if not cutters or host.is_empty():
        return host
    return _without_rounding(Manifold.batch_boolean([host, *protruding(cutters, host)], OpType.Subtract), host)


def _without_rounding(rest: Manifold, host: Manifold) -> Manifold:
    """Return the rest of a host; nothing when all of it has gone but for rounding."""
    return Manifold() if rest.volume() <= EMPTY * host.volume() else rest


def _box(manifold: Manifold) -> Box:
    corners = manifold.bounding_box()
    return np.array(corners[:3]), np.array(corners[3:])
