"""Mesh bodies with ifclite-geom, and check the results.

ifclite meshes products, in world coordinates, with one colour each. Bodies are therefore passed to it as proxy
products: one per colour, or one per operand of a boolean operation and per item of an opening, placed at the origin,
appended to the file's text in memory. This gives shared shapes in their own frame, with all their colours, and
operands that `booleans` subtracts.

ifclite calculates in single precision around a point that it chooses, which is far from the origin in a model that is
far from it. A proxy at the origin would lose centimetres there, so the proxies are placed at that point and moved back.
Vertices that are far from the body's own origin, or from that point, lose decimetres; such a body is passed to
OpenCASCADE, too.
"""

from __future__ import annotations

import mmap
from math import dist, hypot, isfinite
from typing import TYPE_CHECKING

import ifclite_geom
import numpy as np

from ifcjob_runner.data.mapped_file import release_pages
from ifcjob_runner.geometry.booleans.solid_meshes import NotASolidError, SolidMesh, box_of, joined
from ifcjob_runner.geometry.canonical import canonical, is_closed, is_coarse, outward, signed_volume, without_broken
from ifcjob_runner.geometry.doubt_reasons import NOT_SUBTRACTED, SINGLE_PRECISION, VOLUME_OUT_OF_RANGE
from ifcjob_runner.geometry.engines.measures import measures_of
from ifcjob_runner.geometry.engines.proxies import ORIGIN, Proxies
from ifcjob_runner.geometry.expected import has_volume, is_within
from ifcjob_runner.geometry.meshes import Mesh, MeshedShape
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
        self._elements, self._centre = self._mesh(content, shapes, ORIGIN)
        if np.abs(self._centre).max() > _NEAR:
            self._elements.clear()
            self._elements, self._centre = self._mesh(content, shapes, self._centre)
        self._is_far = bool(np.abs(self._centre).max() > _NEAR)
        plain = ((shapes[index], numbers) for index, numbers in self.numbers.items() if len(numbers) == 1)
        bodies = {numbers[0] for shape, numbers in plain if shape.parts and not shape.closed}
        self._measures = measures_of(self._elements, self._proxies.places, bodies)

    def _mesh(
        self, content: memoryview, shapes: dict[int, Shape], centre: Place
    ) -> tuple[dict[int, ElementBuffers], Place]:
        self._proxies = Proxies(self._free_id, centre, self._length_scale)
        self.numbers: dict[int, list[int]] = {}
        ids: set[int] = set()
        for index, shape in shapes.items():
            origin = shape.affines[0][3]
            far = centre is not ORIGIN and dist(origin, centre) < hypot(*origin)
            if shape.solids:
                solids = (*(solid for _, solid in shape.solids), *shape.openings)
                ids.update(self._proxies.leaf(leaf, far=far) for solid in solids for leaf in leaves(solid))
                continue
            proxies = [self._proxies.add(items, shape.kind, far=far) for _, items in shape.parts]
            self.numbers[index] = proxies or [shape.product]
            ids.update(self.numbers[index])
        text = self._proxies.appended_to(content)
        if isinstance(content.obj, mmap.mmap):
            release_pages(content.obj)
        output = ifclite_geom.geometry_data_buffers(text, ids=ids)
        return output["elements"], np.rint(output["rtc_offset"])

    def leaf(self, leaf: Leaf) -> SolidMesh | None:
        """Return the mesh of a leaf, in the frame of its item."""
        number = self._proxies.leaf(leaf, far=False)
        piece = self.piece(number)
        return piece if piece is not None and not self.doubt(number, leaf.expected) else None

    def rounded(self, index: int, shape: Shape) -> Mesh | None:
        """Return the mesh of a shape that needs nothing but to be on the grid; None for another shape."""
        number, *more = self.numbers[index]
        measures = self._measures.get(number)
        if more or measures is None or measures.positions is None:
            return None
        triangles = np.frombuffer(self._elements[number]["faces"], np.uint32).reshape(-1, 3)
        return Mesh(measures.positions, triangles, ((shape.parts[0][0], len(triangles)),))

    def piece(self, number: int) -> SolidMesh | None:
        """Return the mesh of a proxy or a product; None without triangles."""
        measures = self._measures.get(number)
        if measures is None or not all(map(isfinite, measures.low + measures.high)):
            return None
        element = self._elements[number]
        points = np.frombuffer(element["vertices"]).reshape(-1, 3)
        if (place := self._proxies.places.get(number)) is not None:
            points = points - place
        triangles = np.frombuffer(element["faces"], np.uint32).reshape(-1, 3)
        if not measures.whole:
            triangles = triangles[without_broken(points, triangles)]
        return SolidMesh(points, triangles) if len(triangles) else None

    def is_imprecise(self, number: int) -> bool:
        """Return whether a mesh is too far from the centre of calculation: in a file with bodies near and far."""
        if not self._is_far:
            return False
        measures = self._measures[number]
        shift = self._proxies.places.get(number, ORIGIN) - self._centre
        low, high = ((np.array(corner) + shift).tolist() for corner in (measures.low, measures.high))
        return is_coarse(low, high)

    def doubt(self, number: int, expected: Expected | None) -> str:
        """Return why the mesh of a proxy is not proved; empty when it is."""
        if self.is_imprecise(number):
            return SINGLE_PRECISION
        measures = self._measures[number]
        return _doubt(measures.low, measures.high, lambda: measures.volume, expected)


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
    mesh = output.rounded(index, shape)
    if mesh is not None:  # most bodies
        return MeshedShape(mesh, [0.0, 0.0, 0.0], output.doubt(output.numbers[index][0], shape.expected))
    pieces: list[SolidMesh] = []
    for number in output.numbers[index]:
        piece = output.piece(number)
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
        doubt = output.doubt(output.numbers[index][0], shape.expected)
    elif any(map(output.is_imprecise, output.numbers[index])):
        doubt = SINGLE_PRECISION
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
