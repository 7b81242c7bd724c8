"""Mesh bodies directly from their attributes, of classes that an engine draws wrong or not at all.

CSG primitives, bounding boxes, sweeps, surfaces, faces without an outer bound, and triangulated face sets with PnIndex,
with colours per face or with voids in a TIN. An item with a feature that is not meshed here goes to OpenCASCADE, alone.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.attribute_access import checked_step_id as step_id
from ifcjob_runner.geometry import doubt_reasons
from ifcjob_runner.geometry.booleans.solid_meshes import SolidMesh
from ifcjob_runner.geometry.canonical import canonical, outward
from ifcjob_runner.geometry.direct import primitives
from ifcjob_runner.geometry.direct.attributes import Attributes
from ifcjob_runner.geometry.direct.curves import UnsupportedError
from ifcjob_runner.geometry.direct.faces import Faces, polygonal_faces, triangulated_faces
from ifcjob_runner.geometry.direct.pieces import Piece, joined
from ifcjob_runner.geometry.direct.sectioned import SECTIONED, sectioned
from ifcjob_runner.geometry.direct.surfaces import SURFACES, surface
from ifcjob_runner.geometry.direct.swept import SWEPT, WITH_PARAMETERS, swept
from ifcjob_runner.geometry.meshes import MeshedShape
from ifcjob_runner.geometry.planning.styles import Styles, rounded_share
from ifcjob_runner.geometry.planning.textures import TRIANGULATED, faces_of, is_meshable
from ifcjob_runner.geometry.planning.transforms import Transforms, matrix
from ifcjob_runner.geometry.shapes import MAX_NESTED_MAPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from ifcjob_runner.data.attribute_access import File, Instance
    from ifcjob_runner.engine_options import GltfOptions
    from ifcjob_runner.geometry.direct.primitives import Arrays
    from ifcjob_runner.geometry.meshes import Colour
    from ifcjob_runner.geometry.shapes import Leaf, Shape

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


_NO_COLOUR: Colour = (-1.0, -1.0, -1.0, -1.0)
"""Of the faces of an item that has no colours per face."""


class UnreadableBodyError(Exception):
    """A body cannot be meshed from its attributes; the message says why."""


class DirectMesher:
    """Meshes shapes of one open file from the attributes of their items."""

    def __init__(
        self,
        file: File,
        options: GltfOptions,
        length_scale: float,
        engine: Callable[[Instance], Arrays | None] = lambda _: None,
    ) -> None:
        """Mesh what is not supported with `engine`, which returns None for an item that it cannot mesh."""
        self._file = file
        self._scale = length_scale
        self._attributes = Attributes(file, length_scale, (options.linear_deflection, options.angular_deflection))
        self._transforms = Transforms(file, length_scale)
        self._engine = engine
        self._mapping: list[Instance] = []

    def mesh(self, shape: Shape) -> MeshedShape | None:
        """Return the shape's mesh; None when it has no triangles.

        Raises UnreadableBodyError when an attribute is missing or an index is out of range.
        """
        pieces: list[Piece] = []
        self.start()
        with _unreadable():
            for colour, items in shape.parts:
                for item in items:
                    pieces += self._item(self._file.by_id(item), colour, shape.textures)
            if not pieces:
                return None
            points, triangles, parts, texture = joined(pieces)
        if not len(triangles):
            return None
        mesh, shift = canonical(points, outward(points, triangles), parts)
        return MeshedShape(mesh if texture is None else replace(mesh, texture=texture), shift, self.doubts)

    def start(self) -> None:
        """Forget the doubts of earlier bodies."""
        self._attributes.doubts.clear()

    @property
    def doubts(self) -> str:
        """Why what was meshed since `start` is not proved."""
        return doubt_reasons.joined(self._attributes.doubts)

    def leaf(self, leaf: Leaf) -> SolidMesh | None:
        """Return the mesh of an operand or opening in its frame, in metres; None without triangles.

        Raises UnreadableBodyError as `mesh` does.
        """
        with _unreadable():
            pieces = self._item(self._file.by_id(leaf.item), _NO_COLOUR, {})
            if not pieces:
                return None
            points, triangles, parts, _ = joined(pieces)
        colours = () if [colour for colour, _ in parts] == [_NO_COLOUR] else parts
        return SolidMesh(points, triangles, colours) if len(triangles) else None

    def _item(self, item: Instance, colour: Colour, textures: dict[int, int]) -> list[Piece]:
        try:
            return self._pieces(item, colour, textures)
        except UnsupportedError:
            arrays = self._engine(item)
            if arrays is None:
                self._attributes.doubt(doubt_reasons.MISSING_ITEM)
                return []
            if _is_drawn_badly(item):
                self._attributes.doubt(doubt_reasons.UNPROVED_ENGINE)
            return [Piece(colour, *arrays)]

    def _pieces(self, item: Instance, colour: Colour, textures: dict[int, int]) -> list[Piece]:
        name = class_of(item)
        if name == "IfcCsgSolid":
            item = argument(item, 0)
            name = class_of(item)
        if name == "IfcMappedItem":
            return self._mapped(item, colour, textures)
        if name in SWEPT:
            return [Piece(colour, *arrays) for arrays in swept(item, self._attributes)]
        if name in SECTIONED:
            return [Piece(colour, *arrays) for arrays in sectioned(item, self._attributes)]
        if name in SURFACES:
            return [Piece(colour, *arrays) for arrays in surface(item, self._attributes)]
        if name in _FLAT or name in _ROUND:
            lengths = [float(argument(item, number)) * self._scale for number in range(1, len(item))]
            solid = SolidMesh(*self._primitive(name, lengths)).moved(self._attributes.frame(argument(item, 0)))
            return [Piece(colour, solid.points, solid.triangles)]
        if name == "IfcBoundingBox":
            points, triangles = primitives.block(*(float(argument(item, i)) * self._scale for i in (1, 2, 3)))
            return [Piece(colour, points + self._attributes.point(argument(item, 0)), triangles)]
        if not is_meshable(item):
            raise UnsupportedError(f"{name} is not meshed from its attributes")
        texture = textures.get(step_id(item), 0)
        if name in TRIANGULATED:
            return self._triangulated(item, colour, texture)
        faces = polygonal_faces(item, texture, self._scale)
        if name == "IfcPolygonalFaceSet" and item.HasColours:
            return self._coloured(item.HasColours[0], Piece(colour, faces.points, faces.triangles), faces.of_face)
        if self._styles_of_faces and not texture:
            listed = item.Faces if name == "IfcPolygonalFaceSet" else faces_of(item)
            own = [self._styles_of_faces.get(step_id(face)) for face in listed]
            return _styled(Piece(colour, faces.points, faces.triangles), own, faces.of_face)
        return _with_texture(faces, colour, texture)

    @cached_property
    def _styles_of_faces(self) -> dict[int, Colour]:
        return Styles(self._file).of_face

    def _mapped(self, item: Instance, colour: Colour, textures: dict[int, int]) -> list[Piece]:
        if len(self._mapping) >= MAX_NESTED_MAPS:
            raise ValueError("mapped items that contain themselves")
        self._mapping.append(item)
        try:
            items = argument(argument(argument(item, 0), 1), 3)
            pieces = [piece for inner in items for piece in self._item(inner, colour, textures)]
        finally:
            self._mapping.pop()
        frame = matrix(self._transforms.of_mapped_item(item))
        moved = ((piece, SolidMesh(piece.points, piece.triangles).moved(frame)) for piece in pieces)
        return [piece._replace(points=mesh.points, triangles=mesh.triangles) for piece, mesh in moved]

    def _primitive(self, name: str, lengths: list[float]) -> Arrays:
        if name in _FLAT:
            return _FLAT[name](*lengths)
        return _ROUND[name](*lengths, self._attributes.sides(lengths[-1]))

    def _triangulated(self, item: Instance, colour: Colour, texture: int) -> list[Piece]:
        faces = triangulated_faces(item, texture, self._scale)
        (piece,) = _with_texture(faces, colour, texture)
        kept = np.ones(len(faces.triangles), bool)
        if class_of(item) == "IfcTriangulatedIrregularNetwork" and item.Flags:
            kept[: len(item.Flags)] = np.array(item.Flags[: len(kept)]) >= 0
        piece = piece._replace(triangles=faces.triangles[kept])
        if not item.HasColours:
            return [piece]
        return self._coloured(item.HasColours[0], piece, kept.astype(int).tolist())

    def _coloured(self, colour_map: Instance, piece: Piece, of_face: list[int]) -> list[Piece]:
        """Split a piece by the colours of its faces; `of_face` has the number of triangles of each face."""
        colours, numbers = _face_colours(colour_map, len(of_face))
        if (numbers < 0).any():
            self._attributes.doubt(doubt_reasons.COLOUR_UNKNOWN)
        of_triangle = np.repeat(numbers, of_face)
        own = ((piece.colour, -1), *zip(colours, range(len(colours)), strict=True))
        return [
            piece._replace(colour=colour, triangles=piece.triangles[of_triangle == number])
            for colour, number in own
            if (of_triangle == number).any()
        ]


def _styled(piece: Piece, colours: list[Colour | None], of_face: list[int]) -> list[Piece]:
    """Split a piece by the styles of its faces; `of_face` has the number of triangles of each face."""
    distinct = list(dict.fromkeys(colours))
    of_triangle = np.repeat([distinct.index(colour) for colour in colours], of_face)
    return [
        piece._replace(colour=colour or piece.colour, triangles=piece.triangles[of_triangle == number])
        for number, colour in enumerate(distinct)
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
    """Return the colours of an IfcIndexedColourMap, and the number of each face's colour; -1 for one that it lacks.

    The last number is repeated for further faces. Numbers that begin at 0 instead of 1 are read as they are meant.
    """
    alpha = 1.0 if colour_map.Opacity is None else rounded_share(float(colour_map.Opacity))
    rows = colour_map.Colours.ColourList
    colours: list[Colour] = [(*(rounded_share(float(channel)) for channel in row), alpha) for row in rows]  # type: ignore[misc]
    indices = np.array(colour_map.ColourIndex, np.int64)
    from_zero = indices.min() == 0 and indices.max() < len(colours)
    of_face = (indices if from_zero else indices - 1)[:faces]
    of_face[(of_face < 0) | (of_face >= len(colours))] = -1
    return colours, np.concatenate((of_face, np.full(faces - len(of_face), of_face[-1])))


def _is_drawn_badly(item: Instance) -> bool:
    """Return whether OpenCASCADE ignores an attribute of the item: its second profile, or the parameters of a sweep."""
    name = class_of(item)
    if name.endswith("Tapered"):
        return True
    return name in WITH_PARAMETERS and (argument(item, 3) is not None or argument(item, 4) is not None)


@contextmanager
def _unreadable() -> Iterator[None]:
    try:
        yield
    except (AttributeError, IndexError, RuntimeError, TypeError, ValueError) as error:
        raise UnreadableBodyError(f"{error}"[:200]) from error
