"""Mesh bodies with ifclite-geom, and check the results.

ifclite meshes products, in world coordinates, with one colour each. Bodies are therefore passed to it as proxy
products: one per colour, or one per operand of a boolean operation and per item of an opening, placed at the origin,
appended to the file's text in memory. This gives shared shapes in their own frame, with all their colours, and
operands that `booleans` subtracts.

ifclite calculates in single precision around a point that it chooses, which is far from the origin in a model that is
far from it. A proxy at the origin would lose centimetres there, so the proxies are placed at that point and moved back.
Vertices that are far from the body's own origin lose decimetres; such a body is passed to OpenCASCADE, too.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import ifclite_geom
import numpy as np

from ifcjob_runner.geometry.booleans.solid_meshes import NotASolidError, SolidMesh, box_of, joined
from ifcjob_runner.geometry.canonical import canonical, is_closed, is_coarse, outward, signed_volume, without_broken
from ifcjob_runner.geometry.doubt_reasons import NOT_SUBTRACTED, SINGLE_PRECISION, VOLUME_OUT_OF_RANGE
from ifcjob_runner.geometry.engines.measures import measures_of
from ifcjob_runner.geometry.engines.proxies import ORIGIN, Proxies
from ifcjob_runner.geometry.expected import has_volume, is_within
from ifcjob_runner.geometry.meshes import MeshedShape
from ifcjob_runner.geometry.planning.transforms import matrix
from ifcjob_runner.geometry.shapes import leaves
from ifcjob_runner.geometry.skip_reasons import CONSUMED_BY_OPENINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt
    from ifclite_geom import ElementBuffers

    from ifcjob_runner.geometry.shapes import Expected, Leaf, Shape

    Place = npt.NDArray[np.float64]

_OUTWARD_KINDS = ("SweptSolid", "Clipping")
"""RepresentationTypes of bodies that ifclite always turns outwards."""
_NEAR = 100.0
"""Metres from the centre of calculation within which single precision is exact to 0.01 mm."""


def mesh_with_lite(
    content: memoryview, shapes: dict[int, Shape], free_id: int, length_scale: float
) -> Iterator[tuple[int, MeshedShape | str]]:
    """Mesh the shapes of the file content, in order; yield a reason from `skip_reasons` for one without triangles.

    The reason is empty when another engine has to mesh the shape.
    """
    output = _Output(content, shapes, free_id, length_scale)
    for index, shape in shapes.items():
        yield index, _evaluated(shape, output) if shape.solids else _meshed(index, shape, output)


class _Output:
    """The meshes of one call of ifclite: of proxies for colours and leaves, and of products."""

    def __init__(self, content: memoryview, shapes: dict[int, Shape], free_id: int, length_scale: float) -> None:
        self._free_id, self._length_scale = free_id, length_scale
        self._elements, centre = self._mesh(content, shapes, ORIGIN)
        if np.abs(centre).max() > _NEAR:
            self._elements.clear()
            self._elements, _ = self._mesh(content, shapes, centre)
        self._measures = measures_of(self._elements)

    def _mesh(
        self, content: memoryview, shapes: dict[int, Shape], centre: Place
    ) -> tuple[dict[int, ElementBuffers], Place]:
        self._proxies = Proxies(self._free_id, centre, self._length_scale)
        self.numbers: dict[int, list[tuple[int, Place]]] = {}
        ids: set[int] = set()
        for index, shape in shapes.items():
            origin = matrix(shape.affines[0])[:3, 3]
            far = bool(np.linalg.norm(origin - centre) < np.linalg.norm(origin))
            place = centre if far else ORIGIN
            if shape.solids:
                solids = (*(solid for _, solid in shape.solids), *shape.openings)
                ids.update(self._proxies.leaf(leaf, far=far)[0] for solid in solids for leaf in leaves(solid))
                continue
            proxies = [(self._proxies.add(items, shape.kind, far=far), place) for _, items in shape.parts]
            self.numbers[index] = proxies or [(shape.product, ORIGIN)]
            ids.update(number for number, _ in self.numbers[index])
        output = ifclite_geom.geometry_data_buffers(self._proxies.appended_to(content), ids=ids)
        return output["elements"], np.rint(output["rtc_offset"])

    def leaf(self, leaf: Leaf) -> SolidMesh | None:
        """Return the mesh of a leaf, in the frame of its item."""
        number, place = self._proxies.leaf(leaf, far=False)
        piece = self.piece(number, place)
        return piece if piece is not None and not self.doubt(number, place, leaf.expected) else None

    def piece(self, number: int, place: Place) -> SolidMesh | None:
        """Return the mesh of a proxy or a product; None without triangles."""
        measures = self._measures.get(number)
        if measures is None or not all(map(isfinite, measures.low + measures.high)):
            return None
        element = self._elements[number]
        points = np.frombuffer(element["vertices"]).reshape(-1, 3)
        if place is not ORIGIN:
            points = points - place
        triangles = np.frombuffer(element["faces"], np.uint32).reshape(-1, 3)
        if not measures.whole:
            triangles = triangles[without_broken(points, triangles)]
        return SolidMesh(points, triangles) if len(triangles) else None

    def doubt(self, number: int, place: Place, expected: Expected | None) -> str:
        """Return why the mesh of a proxy is not proved; empty when it is."""
        low, high, volume, _ = self._measures[number]
        if place is not ORIGIN:
            low, high = (low - place).tolist(), (high - place).tolist()
        return _doubt(low, high, lambda: volume, expected)


def _evaluated(shape: Shape, output: _Output) -> MeshedShape | str:
    """Return a body that openings or boolean operations shape; a doubtful one without them, if that cannot be done."""
    # Few bodies need manifold3d.
    from ifcjob_runner.geometry.booleans.evaluate import evaluate
    from ifcjob_runner.geometry.booleans.fallback import Uncut

    try:
        pieces = evaluate(shape, output.leaf)
    except NotASolidError as error:
        uncut = Uncut(shape, output.leaf)
        doubt = f"{NOT_SUBTRACTED}: {error}"
        return MeshedShape(*canonical(*joined(uncut.pieces)), doubt) if uncut.is_complete else ""
    return MeshedShape(*canonical(*joined(pieces)), "") if pieces else CONSUMED_BY_OPENINGS


def _meshed(index: int, shape: Shape, output: _Output) -> MeshedShape | str:
    pieces: list[SolidMesh] = []
    for number, place in output.numbers[index]:
        piece = output.piece(number, place)
        if piece is None:
            return ""  # OpenCASCADE meshes the whole body: a part must not be missing
        if not shape.parts:  # from the world into the product's frame
            piece = piece.moved(np.linalg.inv(matrix(shape.affines[0])).astype(np.float64))
        pieces.append(piece)
    colours = [colour for colour, _ in shape.parts] or [shape.colour]
    points, triangles, parts = joined(list(zip(colours, pieces, strict=True)))
    if shape.closed and not is_closed(points, triangles):
        return ""
    faces = triangles if shape.kind in _OUTWARD_KINDS else outward(points, triangles)
    if len(shape.parts) == 1:
        doubt = output.doubt(*output.numbers[index][0], shape.expected)
    else:
        low, high = (corner.tolist() for corner in box_of(points))
        doubt = _doubt(low, high, lambda: signed_volume(points, triangles), shape.expected)
    return MeshedShape(*canonical(points, faces, parts), doubt)


def _doubt(low: list[float], high: list[float], volume: Callable[[], float], expected: Expected | None) -> str:
    """Return why a mesh with this box and volume is not proved; empty when it is."""
    if is_coarse(low, high):
        return SINGLE_PRECISION
    if expected is None or (is_within(low, high, expected) and has_volume(volume(), low, high, expected)):
        return ""
    return VOLUME_OUT_OF_RANGE
