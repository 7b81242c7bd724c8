"""Triangles and texture coordinates of face sets, faceted breps and surface models.

A face without texture coordinates is drawn without the texture. Coordinates that cannot be read cost the item its
texture, never its triangles.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from math import hypot
from typing import TYPE_CHECKING

import numpy as np

from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.attribute_access import checked_step_id as step_id
from ifcjob_runner.geometry.direct.polygons import plane_of, triangulated
from ifcjob_runner.geometry.planning.material_colours import BROKEN
from ifcjob_runner.geometry.planning.textures import faces_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from ifcjob_runner.data.attribute_access import Instance

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

_AFFINE = 1e-4
"""The largest deviation of the coordinates of a face with holes from one affine map, as a share of the texture."""


@dataclass(slots=True)
class Faces:
    """The triangles of one item."""

    points: Floats
    """(vertices, 3) metres."""
    triangles: Ints
    coordinates: Floats | None = None
    """(vertices, 2) in IFC: (0, 0) is the lower left corner of the image; None when no face has a texture."""
    textured: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    """Whether a triangle has texture coordinates; empty without any."""
    of_face: list[int] = field(default_factory=list)
    """The number of triangles of each polygon; empty when each face is a triangle."""


def triangulated_faces(item: Instance, texture: int, scale: float) -> Faces:
    """Return the triangles of an IfcTriangulatedFaceSet; raise IndexError for an index out of range.

    `texture` is the STEP id of the texture to map, or 0.
    """
    points = np.array(item.Coordinates.CoordList, float).reshape(-1, 3) * scale
    corners = np.array(item.CoordIndex, np.int64).reshape(-1, 3) - 1
    triangles = _in_range(corners if not item.PnIndex else _pn_index(item)[corners], len(points))
    if texture:
        with suppress(*BROKEN):
            texture_map = _map_of(item.HasTextures, texture)
            rows = _vertex_list(texture_map, texture)
            index = texture_map.TexCoordIndex
            used = _in_range(corners if index is None else np.array(index, np.int64).reshape(-1, 3) - 1, len(rows))
            return _split(points, triangles, rows[used])
    return Faces(points, triangles)


def polygonal_faces(item: Instance, texture: int, scale: float) -> Faces:
    """Return the triangles of an IfcPolygonalFaceSet, a faceted brep or a surface model; as `triangulated_faces`."""
    faces = _PolygonalFaceSet(item, scale) if class_of(item) == "IfcPolygonalFaceSet" else _Brep(item, scale)
    loops = faces.loops()
    if texture:
        with suppress(*BROKEN):
            return _polygons(loops, faces.coordinates(texture))
    return _polygons(loops, [None] * len(loops))


class _PolygonalFaceSet:
    def __init__(self, item: Instance, scale: float) -> None:
        self._item = item
        self._points = np.array(item.Coordinates.CoordList, float).reshape(-1, 3) * scale

    def loops(self) -> list[list[Floats]]:
        """Return the points of the outer and inner loops of each face."""
        return [list(map(self._loop, _index_rings(face))) for face in self._item.Faces]

    def _loop(self, ring: tuple[int, ...]) -> Floats:
        numbers = np.array(ring, np.int64) - 1
        if self._item.PnIndex:
            numbers = _pn_index(self._item)[numbers]
        return self._points[_in_range(numbers, len(self._points))]

    def coordinates(self, texture: int) -> list[list[Floats] | None]:
        """Return the coordinates of the loops of each face."""
        texture_map = _map_of(self._item.HasTextures, texture)
        rows = _vertex_list(texture_map, texture)
        of_face = {step_id(indices.TexCoordsOf): _index_rings(indices) for indices in texture_map.TexCoordIndices}
        return [
            [rows[_in_range(np.array(ring, np.int64) - 1, len(rows))] for ring in of_face[step_id(face)]]
            if step_id(face) in of_face
            else None
            for face in self._item.Faces
        ]


class _Brep:
    def __init__(self, item: Instance, scale: float) -> None:
        self._faces = list(faces_of(item))
        self._scale = scale

    def loops(self) -> list[list[Floats]]:
        """Return the points of the bounds of each face, the outer one first."""
        return [
            [self._points(bound)[:: 1 if argument(bound, 1) else -1] for bound in _bounds(face)] for face in self._faces
        ]

    def _points(self, bound: Instance) -> Floats:
        return np.array([argument(point, 0) for point in argument(argument(bound, 0), 0)], float) * self._scale

    def coordinates(self, texture: int) -> list[list[Floats] | None]:
        """Return the coordinates of the bounds of each face; those of inner bounds follow from the outer one."""
        known: list[list[Floats] | None] = []
        for face, loops in zip(self._faces, self.loops(), strict=True):
            texture_map = next((m for m in face.HasTextureMaps if texture in map(step_id, m.Maps)), None)
            if texture_map is None:
                known.append(None)
                continue
            rows = np.array([argument(vertex, 0) for vertex in texture_map.Vertices], float)
            if not argument(_bounds(face)[0], 1):
                rows = rows[::-1]
            rows = _transformed(rows[: len(loops[0])], texture_map, texture)
            known.append([rows, *_extended(loops, rows)])
        return known


def _bounds(face: Instance) -> list[Instance]:
    """Return the bounds of a face, the outer one first: the largest when none is marked."""
    bounds = argument(face, 0)
    if len(bounds) == 1:
        return list(bounds)
    if all(class_of(bound) == "IfcFaceBound" for bound in bounds):
        return sorted(bounds, key=_area, reverse=True)
    return sorted(bounds, key=lambda bound: class_of(bound) != "IfcFaceOuterBound")


def _area(bound: Instance) -> float:
    points = np.array([argument(point, 0) for point in argument(argument(bound, 0), 0)], float)
    edges = points - points[0]
    return float(np.linalg.norm(np.cross(edges, np.roll(edges, -1, axis=0)).sum(axis=0)))


def _index_rings(face: Instance) -> list[tuple[int, ...]]:
    """Return the outer and inner indices of an IfcIndexedPolygonalFace, or of its IfcTextureCoordinateIndices."""
    place = 2 if class_of(face).startswith("IfcTexture") else 1
    return [argument(face, 0), *(argument(face, place) if len(face) > place else ())]


def _map_of(maps: tuple[Instance, ...], texture: int) -> Instance:
    return next(texture_map for texture_map in maps if texture in map(step_id, texture_map.Maps))


def _vertex_list(texture_map: Instance, texture: int) -> Floats:
    return _transformed(np.array(texture_map.TexCoords.TexCoordsList, float).reshape(-1, 2), texture_map, texture)


def _pn_index(item: Instance) -> Ints:
    return np.array(item.PnIndex, np.int64) - 1


def _in_range(numbers: Ints, count: int) -> Ints:
    wrong = numbers[(numbers < 0) | (numbers >= count)]
    if len(wrong):
        raise IndexError(f"index {wrong[0] + 1} is not one of {count} points")
    return numbers


def _split(points: Floats, triangles: Ints, corners: Floats) -> Faces:
    """Repeat each point that has several texture coordinates; `corners` has those of (triangles, 3) corners."""
    if corners.shape[:2] != triangles.shape:
        raise IndexError(f"{len(corners)} triangles of texture coordinates for {len(triangles)} triangles")
    rows = np.column_stack((triangles.reshape(-1), corners.reshape(-1, 2)))
    distinct: Floats
    distinct, numbers = np.unique(rows, axis=0, return_inverse=True)
    whole = np.ones(len(triangles), bool)
    return Faces(points[distinct[:, 0].astype(np.int64)], numbers.reshape(-1, 3), distinct[:, 1:], whole)


def _polygons(loops: list[list[Floats]], coordinates: list[list[Floats] | None]) -> Faces:
    """Triangulate each face; a point of several faces is repeated for each."""
    points, triangles, rows, textured, start = [], [], [], [], 0
    for face, face_rows in zip(loops, coordinates, strict=True):
        if face_rows is not None and list(map(len, face)) != list(map(len, face_rows)):
            raise IndexError("a face has not as many texture coordinates as points")
        joined = np.concatenate(face)
        numbers = triangulated(face)
        points.append(joined)
        triangles.append(numbers + start)
        rows.append(np.zeros((len(joined), 2)) if face_rows is None else np.concatenate(face_rows))
        textured.append(np.full(len(numbers), face_rows is not None))
        start += len(joined)
    faces = Faces(np.concatenate(points), np.concatenate(triangles), of_face=list(map(len, triangles)))
    if any(face_rows is not None for face_rows in coordinates):
        faces.coordinates, faces.textured = np.concatenate(rows), np.concatenate(textured)
    return _welded(faces)


def _welded(faces: Faces) -> Faces:
    """Join equal points, so that normals can be smooth."""
    rows = faces.points if faces.coordinates is None else np.column_stack((faces.points, faces.coordinates))
    distinct, numbers = np.unique(rows, axis=0, return_inverse=True)
    coordinates = None if faces.coordinates is None else distinct[:, 3:]
    return Faces(distinct[:, :3], numbers.reshape(-1)[faces.triangles], coordinates, faces.textured, faces.of_face)


def _extended(loops: list[Floats], rows: Floats) -> Iterator[Floats]:
    """Yield the coordinates of the inner bounds; raise ValueError unless one affine map fits the outer bound."""
    if len(loops) == 1:
        return
    origin, across, up = plane_of(loops[0])
    flat = [np.column_stack(((loop - origin) @ across, (loop - origin) @ up, np.ones(len(loop)))) for loop in loops]
    affine = np.linalg.lstsq(flat[0], rows, rcond=None)[0]
    if np.abs(flat[0] @ affine - rows).max() > _AFFINE:
        raise ValueError("the texture coordinates of a face with holes are not affine")
    for loop in flat[1:]:
        yield loop @ affine


def _transformed(rows: Floats, texture_map: Instance, texture: int) -> Floats:
    """Apply the texture's TextureTransform, an IfcCartesianTransformationOperator2D."""
    surface_texture = next(surface for surface in texture_map.Maps if step_id(surface) == texture)
    operator = surface_texture.TextureTransform
    if operator is None:
        return rows
    x, y = operator.Axis1.DirectionRatios if operator.Axis1 else (1.0, 0.0)
    length = hypot(x, y)
    x, y = x / length, y / length
    second = operator.Axis2.DirectionRatios if operator.Axis2 else (-y, x)
    side = -1.0 if second[1] * x - second[0] * y < 0 else 1.0
    scale = 1.0 if operator.Scale is None else operator.Scale
    other = getattr(operator, "Scale2", None)
    s, t = rows[:, 0] * scale, rows[:, 1] * side * (scale if other is None else other)
    origin = operator.LocalOrigin.Coordinates
    return np.column_stack((origin[0] + s * x - t * y, origin[1] + s * y + t * x))
