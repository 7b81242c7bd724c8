"""Convert between arrays and closed solids of manifold3d."""

from __future__ import annotations

from typing import TYPE_CHECKING

import manifold3d
import numpy as np

from ifcjob_runner.geometry.booleans.solid_meshes import SolidMesh

if TYPE_CHECKING:
    from ifcjob_runner.geometry.meshes import Colour

WELD = 1e-5
"""Metres within which corners on open edges are one vertex."""
SINGLE_PRECISION = 2e-7
"""The same as a share of the largest coordinate."""


def manifold_of(piece: SolidMesh, colours: dict[int, Colour]) -> manifold3d.Manifold | None:
    """Return a piece as a closed solid that points outwards; None when its surface is not closed.

    `colours` receives the colour of each new face origin.
    """
    extent = float(np.abs(piece.points).max(initial=0.0))
    tolerance = max(WELD, SINGLE_PRECISION * extent)
    runs = {}
    if piece.parts:
        first = manifold3d.Manifold.reserve_ids(len(piece.parts))
        colours.update({first + number: colour for number, (colour, _) in enumerate(piece.parts)})
        ends = np.cumsum([count for _, count in piece.parts])
        runs["run_index"] = np.concatenate(([0], 3 * ends)).astype(np.uint64)
        runs["run_original_id"] = np.arange(first, first + len(piece.parts), dtype=np.uint32)
    points = np.ascontiguousarray(piece.points)
    for reverse in (False, True):
        corners = piece.triangles[:, ::-1] if reverse else piece.triangles
        mesh = manifold3d.Mesh64(points, np.ascontiguousarray(corners, np.uint64), tolerance=tolerance, **runs)
        mesh.merge()
        manifold = manifold3d.Manifold(mesh)
        if manifold.status() != manifold3d.Error.NoError or manifold.is_empty():
            return None
        if manifold.volume() > 0:
            return manifold
    return None


def solid_mesh_of(manifold: manifold3d.Manifold, colours: dict[int, Colour]) -> SolidMesh:
    """Return a solid as arrays, with the colours that its faces had as operands.

    Faces without one, such as those of an opening, get the colour of most faces.
    """
    mesh = manifold.to_mesh64()
    points, triangles = mesh.vert_properties[:, :3], mesh.tri_verts.astype(np.int64)
    if not colours:
        return SolidMesh(points, triangles)
    ends = np.array(mesh.run_index, np.int64) // 3
    counts = ends[1:] - ends[:-1]
    of_run = [colours.get(origin) for origin in mesh.run_original_id]
    sizes: dict[Colour, int] = {}
    for colour, count in zip(of_run, counts.tolist(), strict=True):
        if colour is not None:
            sizes[colour] = sizes.get(colour, 0) + count
    if not sizes:
        return SolidMesh(points, triangles)
    usual = max(sorted(sizes), key=sizes.__getitem__)
    distinct = sorted(sizes)
    numbers = np.repeat([distinct.index(usual if colour is None else colour) for colour in of_run], counts)
    totals = np.bincount(numbers, minlength=len(distinct)).tolist()
    return SolidMesh(points, triangles[np.argsort(numbers, kind="stable")], tuple(zip(distinct, totals, strict=True)))
