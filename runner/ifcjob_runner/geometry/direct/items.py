"""Mesh bodies directly from their attributes, of classes that both engines draw wrong or not at all.

CSG primitives, bounding boxes, triangulated face sets with PnIndex, with colours per face or with voids in a TIN.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.attribute_access import checked_step_id as step_id
from ifcjob_runner.data.placements import Placements, StrictReader
from ifcjob_runner.geometry.canonical import canonical
from ifcjob_runner.geometry.direct import primitives
from ifcjob_runner.geometry.direct.faces import Faces, polygonal_faces, triangulated_faces
from ifcjob_runner.geometry.direct.pieces import Piece, joined
from ifcjob_runner.geometry.planning.styles import rounded_share
from ifcjob_runner.geometry.planning.textures import TRIANGULATED
from ifcjob_runner.geometry.planning.transforms import matrix

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from ifcjob_runner.data.attribute_access import File, Instance
    from ifcjob_runner.data.placements import Affine
    from ifcjob_runner.engine_options import GltfOptions
    from ifcjob_runner.geometry.direct.primitives import Arrays
    from ifcjob_runner.geometry.meshes import Colour, Mesh
    from ifcjob_runner.geometry.shapes import Shape

_FLAT: dict[str, Callable[..., Arrays]] = {
    "IfcBlock": primitives.block,
    "IfcRectangularPyramid": primitives.pyramid,
}
_ROUND: dict[str, Callable[..., Arrays]] = {
    "IfcRightCircularCone": primitives.cone,
    "IfcRightCircularCylinder": primitives.cylinder,
    "IfcSphere": primitives.sphere,
}
"""Attribute 0 of each is Position; the others are lengths, in the order of the function's parameters: radius last."""


class UnreadableBodyError(Exception):
    """A body cannot be meshed from its attributes; the message says why."""


class DirectMesher:
    """Meshes shapes of one open file without an engine."""

    def __init__(self, file: File, options: GltfOptions, length_scale: float) -> None:
        self._file = file
        self._options = options
        self._scale = length_scale
        self._placements = Placements(StrictReader(), length_scale, _no_fallback)

    def mesh(self, shape: Shape) -> tuple[Mesh, list[float]] | None:
        """Return the shape's mesh and its shift (see `canonical`); None when it has no triangles.

        Raises UnreadableBodyError when an attribute is missing or an index is out of range.
        """
        pieces: list[Piece] = []
        try:
            for colour, items in shape.parts:
                for item in items:
                    pieces += self._item(self._file.by_id(item), colour, shape.textures)
            points, triangles, parts, texture = joined(pieces)
        except (AttributeError, IndexError, RuntimeError, TypeError, ValueError) as error:
            raise UnreadableBodyError(f"{error}"[:200]) from error
        if not len(triangles):
            return None
        mesh, shift = canonical(points, triangles, parts)
        return (mesh if texture is None else replace(mesh, texture=texture)), shift

    def _item(self, item: Instance, colour: Colour, textures: dict[int, int]) -> list[Piece]:
        name = class_of(item)
        if name == "IfcCsgSolid":
            item = argument(item, 0)
            name = class_of(item)
        if name in _FLAT or name in _ROUND:
            lengths = [float(argument(item, number)) * self._scale for number in range(1, len(item))]
            position = argument(item, 0)
            frame = self._placements.axes(position, argument(position, 0))
            return [Piece(colour, *_moved(self._primitive(name, lengths), frame))]
        if name == "IfcBoundingBox":
            points, triangles = primitives.block(*(float(argument(item, i)) * self._scale for i in (1, 2, 3)))
            return [Piece(colour, points + np.array(self._placements.point(argument(item, 0), 3)), triangles)]
        texture = textures.get(step_id(item), 0)
        if name in TRIANGULATED:
            return self._triangulated(item, colour, texture)
        return _with_texture(polygonal_faces(item, texture, self._scale), colour, texture)

    def _primitive(self, name: str, lengths: list[float]) -> Arrays:
        if name in _FLAT:
            return _FLAT[name](*lengths)
        deflections = self._options.linear_deflection, self._options.angular_deflection
        return _ROUND[name](*lengths, primitives.sides_of(lengths[-1], *deflections))

    def _triangulated(self, item: Instance, colour: Colour, texture: int) -> list[Piece]:
        faces = triangulated_faces(item, texture, self._scale)
        (piece,) = _with_texture(faces, colour, texture)
        kept = np.ones(len(faces.triangles), bool)
        if class_of(item) == "IfcTriangulatedIrregularNetwork" and item.Flags:
            kept[: len(item.Flags)] = np.array(item.Flags[: len(kept)]) >= 0
        if not item.HasColours:
            return [piece._replace(triangles=faces.triangles[kept])]
        colours, of_face = _face_colours(item.HasColours[0], len(kept))
        return [
            piece._replace(colour=face_colour, triangles=faces.triangles[kept & (of_face == number)])
            for number, face_colour in enumerate(colours)
        ]


def _with_texture(faces: Faces, colour: Colour, texture: int) -> list[Piece]:
    """Return the faces that have texture coordinates, and the others."""
    if faces.coordinates is None:
        return [Piece(colour, faces.points, faces.triangles, -texture)]
    textured = Piece(colour, faces.points, faces.triangles[faces.textured], texture, faces.coordinates)
    if faces.textured.all():
        return [textured]
    return [textured, Piece(colour, faces.points, faces.triangles[~faces.textured])]


def _face_colours(colour_map: Instance, faces: int) -> tuple[list[Colour], npt.NDArray[np.int64]]:
    """Return the colours of an IfcIndexedColourMap, and the number of each face's colour; the last one is repeated."""
    alpha = 1.0 if colour_map.Opacity is None else rounded_share(float(colour_map.Opacity))
    rows = colour_map.Colours.ColourList
    colours: list[Colour] = [(*(rounded_share(float(channel)) for channel in row), alpha) for row in rows]  # type: ignore[misc]
    of_face = np.array(colour_map.ColourIndex[:faces], np.int64) - 1
    return colours, np.concatenate((of_face, np.full(faces - len(of_face), of_face[-1])))


def _moved(arrays: Arrays, frame: Affine) -> Arrays:
    points, triangles = arrays
    world = matrix(frame)
    return points @ world[:3, :3].T + world[:3, 3], triangles


def _no_fallback(placement: Instance, parent: Affine) -> Affine:
    del parent
    raise RuntimeError(f"{class_of(placement)} is not the position of a solid")
