"""Mesh one body that openings or boolean operations shape, where ifclite could not mesh all of its operands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ifcjob_runner.geometry.booleans.evaluate import evaluate
from ifcjob_runner.geometry.booleans.fallback import Uncut
from ifcjob_runner.geometry.booleans.solid_meshes import NotASolidError, joined
from ifcjob_runner.geometry.canonical import canonical
from ifcjob_runner.geometry.doubt_reasons import NOT_SUBTRACTED, VOLUME_OUT_OF_RANGE
from ifcjob_runner.geometry.doubt_reasons import joined as joined_reasons
from ifcjob_runner.geometry.expected import fits
from ifcjob_runner.geometry.meshes import MeshedShape
from ifcjob_runner.geometry.skip_reasons import CONSUMED_BY_OPENINGS, NO_GEOMETRY

if TYPE_CHECKING:
    from ifcjob_runner.geometry.booleans.solid_meshes import SolidMesh
    from ifcjob_runner.geometry.direct.items import DirectMesher
    from ifcjob_runner.geometry.engines.kernel import Kernel
    from ifcjob_runner.geometry.shapes import Leaf, Shape


def mesh_solids(shape: Shape, kernel: Kernel, direct: DirectMesher) -> tuple[str, MeshedShape] | str:
    """Return the engine and the body's mesh, or why it has none.

    OpenCASCADE cuts a body whose operands are not closed; without success, the uncut body is returned as doubtful.
    """
    misfits: list[str] = []

    def leaf_mesher(leaf: Leaf) -> SolidMesh | None:
        if leaf.engine == "direct":
            return direct.leaf(leaf)
        piece = kernel.leaf(leaf)
        if piece is not None and leaf.expected is not None and not fits(piece.points, piece.triangles, leaf.expected):
            misfits.append(VOLUME_OUT_OF_RANGE)
        return piece

    direct.start()
    try:
        pieces = evaluate(shape, leaf_mesher)
    except NotASolidError as error:
        return _cut_by_kernel(shape, kernel, Uncut(shape, leaf_mesher), str(error))
    if not pieces:
        return CONSUMED_BY_OPENINGS
    return "manifold", MeshedShape(*canonical(*joined(pieces)), joined_reasons([direct.doubts, *misfits]))


def _cut_by_kernel(shape: Shape, kernel: Kernel, uncut: Uncut, reason: str) -> tuple[str, MeshedShape] | str:
    cut = kernel.mesh(shape)
    if cut is not None:
        return "opencascade", MeshedShape(*cut, uncut.doubt(*cut, reason))
    if uncut.is_within_removed():
        return CONSUMED_BY_OPENINGS
    if not uncut.pieces:
        return NO_GEOMETRY
    return "opencascade", MeshedShape(*canonical(*joined(uncut.pieces)), f"{NOT_SUBTRACTED}: {reason}")
