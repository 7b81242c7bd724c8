"""Mesh bodies with ifclite-geom, and check the results.

ifclite meshes products, in world coordinates, with one colour each. Bodies without openings are therefore passed to it
as proxy products: one per colour, placed at the origin, appended to the file's text in memory. This gives shared shapes
in their own frame, with all their colours. A body with openings is meshed as the product itself.

Measured on the regression files: where ifclite differs from OpenCASCADE after a boolean operation, its surface is
open. Such a body must therefore be closed; an open one is stored as doubtful and passed to OpenCASCADE.

ifclite calculates in single precision around a point that it chooses, which is far from the origin in a model that is
far from it. A proxy at the origin would lose centimetres there, so the proxies are placed at that point and moved back.
Vertices that are far from the body's own origin lose decimetres; such a body is passed to OpenCASCADE, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ifclite_geom
import numpy as np
import numpy.typing as npt

from ifcjob_runner.geometry.canonical import canonical, is_closed, is_coarse, outward, without_broken
from ifcjob_runner.geometry.doubt_reasons import OPEN_SURFACE, SINGLE_PRECISION, joined
from ifcjob_runner.geometry.meshes import Colour, Mesh
from ifcjob_runner.geometry.planning.transforms import matrix
from ifcjob_runner.geometry.shapes import Shape

if TYPE_CHECKING:
    from ifclite_geom import ElementBuffers

Arrays = tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]
Place = npt.NDArray[np.float64]
_ORIGIN = np.zeros(3)
_GUID = "0000000000000000000000"
_OUTWARD_KINDS = ("SweptSolid", "Clipping")
"""RepresentationTypes of bodies that ifclite always turns outwards."""
_NEAR = 100.0
"""Metres from the centre of calculation within which single precision is exact to 0.01 mm."""


@dataclass(frozen=True, slots=True)
class LiteResult:
    """The result of ifclite for one shape."""

    shape: int
    """Index into the worklist."""
    mesh: Mesh
    """In the shape's frame, moved by `shift` to its own origin."""
    shift: list[float]
    """From that origin to the shape's frame: x, y, z in metres."""
    doubt: str
    """Why the mesh is not proved, from `doubt_reasons`; empty when it is."""


def mesh_with_lite(
    content: memoryview, shapes: dict[int, Shape], free_id: int, length_scale: float
) -> Iterator[LiteResult | None]:
    """Mesh the shapes of the file content, in order; None for a shape without a usable result."""
    text, numbers = _with_proxies(content, shapes, free_id, {}, length_scale)
    ids = {number for proxies in numbers.values() for number in proxies}
    output = ifclite_geom.geometry_data_buffers(text, ids=ids)
    places = _far_places(shapes, np.rint(output["rtc_offset"]))
    if places:
        del output
        text, _ = _with_proxies(content, shapes, free_id, places, length_scale)
        output = ifclite_geom.geometry_data_buffers(text, ids=ids)
    del text
    elements: dict[int, ElementBuffers] = output["elements"]
    for index, shape in shapes.items():
        place = places.get(index, _ORIGIN)
        yield _result(index, shape, [elements.pop(number, None) for number in numbers[index]], place)


def _far_places(shapes: dict[int, Shape], centre: Place) -> dict[int, Place]:
    """Return the places of proxies at the centre of calculation: of bodies whose elements are near it."""
    if np.abs(centre).max() <= _NEAR:
        return {}
    origins = {index: matrix(shape.affines[0])[:3, 3] for index, shape in shapes.items() if _by_proxy(shape)}
    return {
        index: centre for index, origin in origins.items() if np.linalg.norm(origin - centre) < np.linalg.norm(origin)
    }


def _by_proxy(shape: Shape) -> bool:
    return not shape.cut and bool(shape.parts)


def _with_proxies(
    content: memoryview, shapes: dict[int, Shape], free_id: int, places: dict[int, Place], length_scale: float
) -> tuple[bytes, dict[int, list[int]]]:
    """Return the file with a proxy per colour of each uncut shape, and the STEP ids to mesh by shape."""
    near, far = free_id + 2, free_id + 5
    lines = [
        *_placement(free_id, _ORIGIN),
        *_placement(free_id + 3, next(iter(places.values()), _ORIGIN) / length_scale),
    ]
    numbers: dict[int, list[int]] = {}
    number = free_id + 6
    for index, shape in shapes.items():
        numbers[index] = [] if _by_proxy(shape) else [shape.product]
        if numbers[index]:
            continue
        placement = far if index in places else near
        for _, items in shape.parts:
            listed = ",".join(f"#{item}" for item in items)
            lines.append(f"#{number}=IFCSHAPEREPRESENTATION($,'Body','{shape.kind}',({listed}));")
            lines.append(f"#{number + 1}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{number}));")
            lines.append(f"#{number + 2}=IFCBUILDINGELEMENTPROXY('{_GUID}',$,$,$,$,#{placement},#{number + 1},$,$);")
            numbers[index].append(number + 2)
            number += 3
    end = bytes(content[-4096:]).upper().rfind(b"ENDSEC")
    cut = len(content) - min(4096, len(content)) + end if end >= 0 else len(content)
    return b"".join((content[:cut], "\n".join(lines).encode(), b"\n", content[cut:])), numbers


def _placement(number: int, at: Place) -> list[str]:
    point = ",".join(map(repr, at.tolist()))
    return [
        f"#{number}=IFCCARTESIANPOINT(({point}));",
        f"#{number + 1}=IFCAXIS2PLACEMENT3D(#{number},$,$);",
        f"#{number + 2}=IFCLOCALPLACEMENT($,#{number + 1});",
    ]


def _result(index: int, shape: Shape, elements: "list[ElementBuffers | None]", place: Place) -> LiteResult | None:
    pieces: list[Arrays] = []
    for element in elements:
        piece = None if element is None else _piece(shape, element, place)
        if piece is None:
            return None  # OpenCASCADE meshes the whole body: a part must not be missing
        pieces.append(piece)
    proved = not shape.closed or all(is_closed(*piece) for piece in pieces)
    starts = np.cumsum([0, *(len(points) for points, _ in pieces[:-1])])
    points = np.concatenate([points for points, _ in pieces])
    triangles = np.concatenate([triangles + start for (_, triangles), start in zip(pieces, starts, strict=True)])
    if shape.kind not in _OUTWARD_KINDS:
        triangles = outward(points, triangles)
    several = _by_proxy(shape)
    colours: list[Colour] = [colour for colour, _ in shape.parts] if several else [shape.colour]
    parts = tuple((colour, len(triangles)) for colour, (_, triangles) in zip(colours, pieces, strict=True))
    mesh, shift = canonical(points, triangles, parts)
    doubts = ("" if proved else OPEN_SURFACE, SINGLE_PRECISION if is_coarse(points) else "")
    return LiteResult(index, mesh, shift, joined(doubts))


def _piece(shape: Shape, element: "ElementBuffers", place: Place) -> Arrays | None:
    points = np.frombuffer(element["vertices"]).reshape(-1, 3)
    triangles = np.frombuffer(element["faces"], np.uint32).reshape(-1, 3).astype(np.int64)
    if not np.isfinite(points).all():
        return None
    if _by_proxy(shape):
        points = points - place
    else:  # from the world into the product's frame
        frame = matrix(shape.affines[0])
        points = (points - frame[:3, 3]) @ np.linalg.inv(frame[:3, :3]).T
    triangles = triangles[without_broken(points, triangles)]
    return (points, triangles) if len(triangles) else None
