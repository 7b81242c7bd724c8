"""Bodies far from their own origin, bodies that point inwards, and bodies that a file has twice."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ifcjob_runner.geometry.canonical import is_coarse, outward, signed_volume
from tests.support.bodies import UNITS, polyline, text_of
from tests.support.glb import Glb, GlbElement
from tests.support.runs import run_file

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Points = npt.NDArray[np.float64]

CUBE = np.array([[x, y, z] for z in (0.0, 1.0) for y in (0.0, 1.0) for x in (0.0, 1.0)])
FACES = ((1, 3, 4, 2), (5, 6, 8, 7), (1, 2, 6, 5), (3, 7, 8, 4), (1, 5, 7, 3), (2, 4, 8, 6))
"""Of the cube, outwards, counted from 1."""
EAST, NORTH = 512345.678, 5812345.678


def _only(path: Path, folder: Path) -> GlbElement:
    (element,) = Glb(run_file(path, folder).glb).drawn().values()
    return element


def _tessellation(points: Points, faces: tuple[tuple[int, ...], ...], number: int = 20) -> str:
    corners = ",".join(f"({','.join(repr(float(x)) for x in point)})" for point in points)
    triangles = [(a, b, c) for a, *rest in faces for b, c in pairwise(rest)]
    rows = ",".join(str(row).replace(" ", "") for row in triangles)
    return (
        f"#{number}=IFCCARTESIANPOINTLIST3D(({corners}));\n"
        f"#{number + 1}=IFCTRIANGULATEDFACESET(#{number},$,.T.,({rows}),$);"
    )


def _brep(faces: tuple[tuple[int, ...], ...]) -> str:
    lines = [
        f"#{20 + i}=IFCCARTESIANPOINT(({','.join(repr(float(x)) for x in point)}));" for i, point in enumerate(CUBE)
    ]
    for number, face in enumerate(faces):
        first = 40 + 3 * number
        lines += [
            f"#{first}=IFCPOLYLOOP(({','.join(f'#{19 + corner}' for corner in face)}));",
            f"#{first + 1}=IFCFACEOUTERBOUND(#{first},.T.);",
            f"#{first + 2}=IFCFACE((#{first + 1}));",
        ]
    listed = ",".join(f"#{42 + 3 * number}" for number in range(len(faces)))
    return "\n".join((*lines, f"#98=IFCCLOSEDSHELL(({listed}));", "#99=IFCFACETEDBREP(#98);"))


def _plate(unit: str) -> str:
    metres = UNITS[unit][1]
    corners = [(0.0, 0.0), (2.0, 0.0), (2.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
    outline = polyline(20, *(((EAST + x) / metres, (NORTH + y) / metres) for x, y in corners))
    return (
        f"{outline}#30=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#20);\n"
        f"#99=IFCEXTRUDEDAREASOLID(#30,#2,#3,{0.001 / metres!r});"
    )


@pytest.mark.parametrize("unit", UNITS)
def test_a_thin_plate_at_map_coordinates_keeps_its_shape(unit: str, tmp_path: Path) -> None:
    (tmp_path / "a.ifc").write_text(text_of(_plate(unit), unit=unit))
    element = _only(tmp_path / "a.ifc", tmp_path / "out")
    low, high = element.box
    assert high - low == pytest.approx((2, 1, 0.001), abs=2e-5)
    assert low == pytest.approx((EAST, NORTH, 0), abs=1e-3)


def test_face_sets_at_map_coordinates_keep_their_millimetres(tmp_path: Path) -> None:
    points = CUBE * 0.2 + (EAST, NORTH, 0)
    (tmp_path / "a.ifc").write_text(text_of(_tessellation(points, FACES)))
    element = _only(tmp_path / "a.ifc", tmp_path / "out")
    assert np.ptp(element.box, axis=0) == pytest.approx((0.2, 0.2, 0.2), abs=2e-5)


@pytest.mark.parametrize("places", [(0, 1), (1, 0), (0, 1, 1), (0, 0, 1)], ids=str)
def test_bodies_near_and_far_from_the_origin_keep_their_millimetres(places: tuple[int, ...], tmp_path: Path) -> None:
    bodies = [
        _tessellation(CUBE * 0.2 + (EAST * place + 0.3 * index, NORTH * place, 0), FACES, 20 + 2 * index)
        for index, place in enumerate(places * 4)
    ]
    (tmp_path / "a.ifc").write_text(text_of(*bodies))
    drawn = Glb(run_file(tmp_path / "a.ifc", tmp_path / "out").glb).drawn()
    assert len(drawn) == len(bodies)
    for element in drawn.values():
        assert np.ptp(element.box, axis=0) == pytest.approx((0.2, 0.2, 0.2), abs=2e-5)


@pytest.mark.parametrize(
    ("size", "offset", "coarse"),
    [
        pytest.param((4, 0.2, 3), 400, False, id="near"),
        pytest.param((4, 0.2, 3), 5e5, True, id="wall"),
        pytest.param((3000, 3000, 40), 0, False, id="terrain"),
        pytest.param((10, 10, 0), 1000, False, id="flat"),
    ],
)
def test_single_precision_is_too_coarse_far_away(
    size: tuple[float, float, float], offset: float, *, coarse: bool
) -> None:
    corners = CUBE * size + (offset, 0, 0)
    assert is_coarse(corners.min(axis=0).tolist(), corners.max(axis=0).tolist()) == coarse


@pytest.mark.parametrize("body", ["tessellation", "brep"])
def test_a_closed_body_that_points_inwards_is_turned(body: str, tmp_path: Path) -> None:
    inwards = tuple(face[::-1] for face in FACES)
    (tmp_path / "a.ifc").write_text(text_of(_tessellation(CUBE, inwards) if body == "tessellation" else _brep(inwards)))
    text = (tmp_path / "a.ifc").read_text().replace("AdvancedSweptSolid", body.capitalize())
    (tmp_path / "a.ifc").write_text(text)
    element = _only(tmp_path / "a.ifc", tmp_path / "out")
    assert signed_volume(element.positions, element.triangles) == pytest.approx(1)


def test_an_open_surface_is_not_turned() -> None:
    triangles = np.array([(0, 3, 1), (0, 2, 3)])
    assert outward(CUBE - (0, 0, 9), triangles) is triangles


SQUARE = "#20=IFCRECTANGLEPROFILEDEF(.AREA.,$,#19,1.,1.);\n#99=IFCEXTRUDEDAREASOLID(#20,#2,#3,{});"


def _twice(second: str, context: str) -> str:
    """Return a file whose element has a cube as body, and a second body in a context."""
    text = text_of(SQUARE.format("1."))
    added = (
        "#600=IFCGEOMETRICREPRESENTATIONSUBCONTEXT('Body','Model',*,*,*,*,#6,0.01,.MODEL_VIEW.,$);\n"
        "#601=IFCGEOMETRICREPRESENTATIONSUBCONTEXT('Body','Model',*,*,*,*,#6,$,.MODEL_VIEW.,$);\n"
        f"{second}\n#610=IFCSHAPEREPRESENTATION({context},'Body','SweptSolid',(#609));\n"
    )
    text = text.replace("#900=IFCSHAPEREPRESENTATION(#6", f"{added}#900=IFCSHAPEREPRESENTATION(#601")
    return text.replace("IFCPRODUCTDEFINITIONSHAPE($,$,(#900))", "IFCPRODUCTDEFINITIONSHAPE($,$,(#610,#900))")


SAME = "#608=IFCRECTANGLEPROFILEDEF(.AREA.,$,#19,1.,1.);\n#609=IFCEXTRUDEDAREASOLID(#608,#2,#3,1.);"
HIGHER = "#608=IFCRECTANGLEPROFILEDEF(.AREA.,$,#19,1.,1.);\n#609=IFCEXTRUDEDAREASOLID(#608,#2,#3,7.);"
ABOVE = (
    "#606=IFCCARTESIANPOINT((0.,0.,2.));\n#607=IFCAXIS2PLACEMENT3D(#606,$,$);\n"
    "#608=IFCRECTANGLEPROFILEDEF(.AREA.,$,#19,1.,1.);\n#609=IFCEXTRUDEDAREASOLID(#608,#607,#3,1.);"
)


@pytest.mark.parametrize(
    ("second", "context", "drawn"),
    [
        pytest.param(SAME, "#601", 1, id="the same body"),
        pytest.param(HIGHER, "#600", 1, id="a coarser body in a context for 1:100"),
        pytest.param(ABOVE, "#601", 2, id="two bodies of one context"),
    ],
)
def test_a_body_given_twice_is_drawn_once(second: str, context: str, drawn: float, tmp_path: Path) -> None:
    (tmp_path / "a.ifc").write_text(_twice(second, context))
    element = _only(tmp_path / "a.ifc", tmp_path / "out")
    assert signed_volume(element.positions, element.triangles) == pytest.approx(drawn)
