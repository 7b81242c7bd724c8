"""Swept solids have the volume of profile area times length, exact corners and end planes, in all units and schemas."""

from __future__ import annotations

from itertools import pairwise
from math import hypot, pi, sqrt
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ifcjob import options as contract
from ifcjob_runner.data.attribute_access import step_id
from ifcjob_runner.data.placements import IDENTITY
from ifcjob_runner.engine_options import GltfOptions
from ifcjob_runner.geometry.canonical import signed_volume
from ifcjob_runner.geometry.direct import primitives
from ifcjob_runner.geometry.direct.attributes import Attributes
from ifcjob_runner.geometry.direct.curves import UnsupportedError
from ifcjob_runner.geometry.direct.items import DirectMesher
from ifcjob_runner.geometry.direct.swept import swept
from ifcjob_runner.geometry.shapes import Leaf, Shape
from tests.support.bodies import UNITS, closed_volume, opened, polyline, text_of
from tests.support.glb import Glb
from tests.support.runs import run_file

if TYPE_CHECKING:
    from pathlib import Path

DISK = 24 * 0.5 * np.sin(2 * pi / 24) * 0.05**2
"""The area of a disk of radius 0.05 as it is drawn: with 24 sides."""
RING = DISK * (1 - 0.8**2)
L_SHAPE = ((0, 0, 0), (0, 0, 4), (3, 0, 4))
HOOK = (*L_SHAPE, (3, 2, 4))
RECTANGLE = ((0, 0, 0), (4, 0, 0), (4, 3, 0), (0, 3, 0), (0, 0, 0))
SKEW = ((0, 0, 0), (4, 0, 0), (4, 3, 2), (0, 3, 1), (0, 0, 0))
CIRCLE = "#40=IFCCIRCLE(#2,1.);\n"
QUARTER = (
    "#41=IFCCIRCLE(#2,1.);\n#40=IFCTRIMMEDCURVE(#41,(IFCPARAMETERVALUE({})),(IFCPARAMETERVALUE({})),{},.PARAMETER.);\n"
)
ARCS = (
    "#41=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(0.,0.,3.),(1.4644660940672622,0.,6.535533905932738),(5.,0.,8.),(8.,0.,8.)));\n"
    "#40=IFCINDEXEDPOLYCURVE(#41,(IFCLINEINDEX((1,2)),IFCARCINDEX((2,3,4)),IFCLINEINDEX((4,5))),.F.);\n"
)
COMPOSITE = (
    polyline(50, (-1, -2, 0), (-1, 0, 0))
    + "#60=IFCCIRCLE(#2,1.);\n#61=IFCTRIMMEDCURVE(#60,(IFCPARAMETERVALUE({half})),(IFCPARAMETERVALUE({quarter})),"
    ".T.,.PARAMETER.);\n"
    + polyline(70, (0, 1, 0), (3, 1, 0))
    + "#80=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#50);\n#81=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.F.,#61);\n"
    "#82=IFCCOMPOSITECURVESEGMENT(.DISCONTINUOUS.,.T.,#70);\n#40=IFCCOMPOSITECURVE((#80,#81,#82),.F.);\n"
)
RADIANS = COMPOSITE.format(half=pi / 2, quarter=pi)
DEGREES = COMPOSITE.format(half=90.0, quarter=180.0)
OWN_PARAMETERS = (
    polyline(50, (0, 0, 0), (4, 0, 0))
    + polyline(70, (4, 0, 0), (4, 3, 0))
    + "#80=IFCREPARAMETRISEDCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#50,10.);\n"
    "#81=IFCREPARAMETRISEDCOMPOSITECURVESEGMENT(.DISCONTINUOUS.,.T.,#70,2.);\n#40=IFCCOMPOSITECURVE((#80,#81),.F.);\n"
)


def disk(directrix: str, inner: str = "$", first: str = "$", last: str = "$") -> str:
    return f"{directrix}#99=IFCSWEPTDISKSOLID(#40,0.05,{inner},{first},{last});"


def length(points: tuple[tuple[float, ...], ...]) -> float:
    return float(sum(np.linalg.norm(np.subtract(a, b)) for a, b in pairwise(points)))


@pytest.mark.parametrize(("unit", "schema"), [("m", "IFC4"), ("mm", "IFC2X3"), ("ft", "IFC4X3_ADD2")])
@pytest.mark.parametrize("points", [L_SHAPE, HOOK, RECTANGLE, SKEW], ids=["corner", "hook", "closed", "closed skew"])
@pytest.mark.parametrize(("inner", "area"), [("$", DISK), ("0.04", RING)], ids=["rod", "pipe"])
def test_a_disk_keeps_its_volume_in_corners(
    points: tuple[tuple[float, ...], ...], inner: str, area: float, unit: str, schema: str
) -> None:
    item, attributes = opened(disk(polyline(40, *points), inner), unit=unit, schema=schema)
    (mesh,) = swept(item, attributes)
    closed = points[0] == points[-1]
    tolerance = 0.01 if points is SKEW else 1e-9  # the last section of a skew path is turned by half a side at most
    assert closed_volume(*mesh) == pytest.approx(area * length(points) * UNITS[unit][1] ** 3, rel=tolerance)
    assert len(mesh[0]) == (len(points) - closed) * 24 * (1 if inner == "$" else 2)


@pytest.mark.parametrize(
    ("deflections", "sides"), [((None, 0.2), 32), ((0.0002, None), 36), ((None, None), 24)], ids=str
)
def test_a_disk_keeps_the_deflections(deflections: tuple[float | None, float | None], sides: int) -> None:
    item, attributes = opened(disk(polyline(40, (0, 0, 0), (0, 0, 1))))
    ((points, _),) = swept(item, Attributes(attributes.file, 1.0, deflections))
    assert len(points) == 2 * sides


@pytest.mark.parametrize(
    ("directrix", "angle", "drawn"),
    [
        pytest.param(CIRCLE, "RADIAN", 2 * pi, id="circle"),
        pytest.param(QUARTER.format("0.", repr(pi / 2), ".T."), "RADIAN", pi / 2, id="quarter"),
        pytest.param(QUARTER.format("0.", "90.", ".T."), "DEGREE", pi / 2, id="quarter in degrees"),
        pytest.param(QUARTER.format("0.", "90.", ".F."), "DEGREE", 3 * pi / 2, id="the other way"),
        pytest.param(QUARTER.format("270.", "90.", ".T."), "DEGREE", pi, id="through zero"),
        pytest.param(ARCS, "RADIAN", 6 + 2.5 * pi, id="indexed"),
        pytest.param(RADIANS, "RADIAN", 5 + pi / 2, id="composite"),
        pytest.param(DEGREES, "DEGREE", 5 + pi / 2, id="composite in degrees"),
        pytest.param(RADIANS.replace(".F.,#61", ".T.,#61"), "RADIAN", 5 + pi / 2, id="composite with a wrong sense"),
    ],
)
def test_a_disk_follows_arcs(directrix: str, angle: str, drawn: float) -> None:
    item, attributes = opened(disk(directrix), angle=angle)
    (mesh,) = swept(item, attributes)
    assert closed_volume(*mesh) == pytest.approx(DISK * drawn, rel=0.002)
    assert attributes.doubts == []


@pytest.mark.parametrize(
    ("directrix", "first", "last", "angle", "drawn"),
    [
        pytest.param(polyline(40, *HOOK), "1.", "2.", "RADIAN", 3, id="polyline"),
        pytest.param(polyline(40, *HOOK), "0.5", "2.5", "RADIAN", 6, id="within segments"),
        pytest.param(polyline(40, *HOOK), "1.", "$", "RADIAN", 5, id="only a start"),
        pytest.param(polyline(40, *HOOK), "$", "2.", "RADIAN", 7, id="only an end"),
        pytest.param(polyline(40, *HOOK), "0.", "3.", "RADIAN", 9, id="all"),
        pytest.param(CIRCLE, "0.", "90.", "DEGREE", pi / 2, id="circle in degrees"),
        pytest.param(CIRCLE, "1.", "2.", "RADIAN", 1, id="circle in radians"),
        pytest.param(QUARTER.format("270.", "315.", ".T."), "0.", "45.", "DEGREE", pi / 4, id="from the trim"),
        pytest.param(QUARTER.format("270.", "315.", ".T."), "270.", "315.", "DEGREE", pi / 4, id="of the circle"),
        pytest.param(ARCS, "1.", "2.", "RADIAN", 2.5 * pi, id="indexed"),
        pytest.param(DEGREES, "1.", "91.", "DEGREE", pi / 2, id="composite by its parameters"),
        pytest.param(DEGREES, "0.", "3.", "DEGREE", 5 + pi / 2, id="composite by its segments"),
        pytest.param(DEGREES.replace(".F.,#61", ".T.,#61"), "0.", "3.", "DEGREE", 5 + pi / 2, id="with a wrong sense"),
        pytest.param(OWN_PARAMETERS, "5.", "11.", "RADIAN", 3.5, id="segments with own parameters"),
    ],
)
def test_parameters_are_those_of_the_directrix(directrix: str, first: str, last: str, angle: str, drawn: float) -> None:
    item, attributes = opened(disk(directrix, "$", first, last), angle=angle)
    (mesh,) = swept(item, attributes)
    assert closed_volume(*mesh) == pytest.approx(DISK * drawn, rel=0.002)
    assert attributes.doubts == []


@pytest.mark.parametrize(
    ("directrix", "last", "angle", "drawn", "doubt"),
    [
        pytest.param(polyline(40, *HOOK), "1.", "RADIAN", 9, "SweepZeroToOne", id="polyline"),
        pytest.param(ARCS, "1.", "RADIAN", 6 + 2.5 * pi, "SweepZeroToOne", id="indexed"),
        pytest.param(RADIANS, "1.", "RADIAN", 5 + pi / 2, "SweepZeroToOne", id="composite"),
        pytest.param(QUARTER.format("0.", "90.", ".T."), "1.", "DEGREE", pi / 2, "SweepZeroToOne", id="arc"),
        pytest.param(polyline(40, *HOOK), "9000.", "RADIAN", 9, "SweepBeyondEnd", id="a length"),
        pytest.param(QUARTER.format("0.", "90.", ".T."), "$", "RADIAN", pi / 2, "AnglesInDegrees", id="wound"),
    ],
)
def test_parameters_that_mean_something_else_are_doubtful(
    directrix: str, last: str, angle: str, drawn: float, doubt: str
) -> None:
    item, attributes = opened(disk(directrix, "$", "0.", last), angle=angle)
    (mesh,) = swept(item, attributes)
    assert closed_volume(*mesh) == pytest.approx(DISK * drawn, rel=0.002)
    assert attributes.doubts == [doubt]


@pytest.mark.parametrize(("radius", "drawn"), [("$", 7.0), ("2.", 3 + pi)])
def test_a_polygonal_disk_has_fillets(radius: str, drawn: float) -> None:
    body = polyline(40, *L_SHAPE) + f"#99=IFCSWEPTDISKSOLIDPOLYGONAL(#40,0.05,$,$,$,{radius});"
    (mesh,) = swept(*opened(body))
    assert closed_volume(*mesh) == pytest.approx(DISK * drawn, rel=0.002)


def test_a_fillet_longer_than_its_lines_is_not_guessed() -> None:
    body = polyline(40, *L_SHAPE) + "#99=IFCSWEPTDISKSOLIDPOLYGONAL(#40,0.05,$,$,$,3.5);"
    with pytest.raises(UnsupportedError, match="longer than its lines"):
        swept(*opened(body))


PLANE = "#60=IFCPLANE(#2);\n"
WALL = (
    polyline(63, (0, 0), (1, 0))
    + "#61=IFCARBITRARYOPENPROFILEDEF(.CURVE.,$,#63);\n"
    + ("#60=IFCSURFACEOFLINEAREXTRUSION(#61,#2,#3,1.);\n")
)
PROFILE = "#50=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,0.2,0.1);\n"
SWEEPS = {
    "fixed reference": PROFILE + "#99=IFCFIXEDREFERENCESWEPTAREASOLID(#50,$,#40,$,$,#3);",
    "surface": PROFILE + PLANE + "#99=IFCSURFACECURVESWEPTAREASOLID(#50,#2,#40,$,$,#60);",
}


@pytest.mark.parametrize("solid", SWEEPS.values(), ids=SWEEPS)
@pytest.mark.parametrize(
    ("points", "box"),
    [
        pytest.param(((0, 0, 0), (4, 0, 0), (4, 3, 0)), (0, -0.05, 4.05, 3), id="corner"),
        pytest.param(((0, 0, 0), (4, 0, 0), (7, 3, 0)), (0, -0.05, 7 + 0.05 / sqrt(2), 3 + 0.05 / sqrt(2)), id="45"),
        pytest.param(RECTANGLE, (-0.05, -0.05, 4.05, 3.05), id="closed"),
    ],
)
def test_a_section_is_mitred_in_corners(
    solid: str, points: tuple[tuple[float, ...], ...], box: tuple[float, ...]
) -> None:
    (mesh,) = swept(*opened(polyline(40, *points) + solid))
    assert closed_volume(*mesh) == pytest.approx(0.02 * length(points), rel=1e-9)
    low, high = mesh[0].min(axis=0), mesh[0].max(axis=0)
    assert [*low[:2], *high[:2]] == pytest.approx(box)
    assert (low[2], high[2]) == pytest.approx((-0.1, 0.1))


def test_an_elbow_ends_in_the_planes_of_its_neighbours() -> None:
    body = QUARTER.format("0.", repr(pi / 2), ".T.") + SWEEPS["fixed reference"]
    (mesh,) = swept(*opened(body))
    points = mesh[0]
    assert points.min(axis=0) == pytest.approx((0, 0, -0.1), abs=1e-12)
    assert points.max(axis=0) == pytest.approx((1.05, 1.05, 0.1))
    assert closed_volume(*mesh) == pytest.approx(0.02 * pi / 2, rel=0.002)


def test_a_section_stands_across_an_extruded_surface() -> None:
    body = (
        polyline(40, (0, 0, 0), (1, 0, 0)) + WALL + PROFILE + ("#99=IFCSURFACECURVESWEPTAREASOLID(#50,#2,#40,$,$,#60);")
    )
    (mesh,) = swept(*opened(body))
    assert np.ptp(mesh[0], axis=0) == pytest.approx((1, 0.2, 0.1))


def test_a_directrix_that_turns_back_is_not_guessed() -> None:
    with pytest.raises(UnsupportedError, match="turns back"):
        swept(*opened(disk(polyline(40, (0, 0, 0), (4, 0, 0), (0, 0.1, 0)))))


@pytest.mark.parametrize(
    ("unit", "schema", "angle", "turn"), [("m", "IFC4", "RADIAN", repr(pi / 2)), ("mm", "IFC2X3", "DEGREE", "90.")]
)
@pytest.mark.parametrize(
    ("profile", "area", "inside"),
    [
        pytest.param("#50=IFCCIRCLEHOLLOWPROFILEDEF(.AREA.,$,#19,0.2,0.05);", pi * (0.2**2 - 0.15**2), 0, id="pipe"),
        pytest.param("#50=IFCRECTANGLEHOLLOWPROFILEDEF(.AREA.,$,#19,0.4,0.2,0.05,$,$);", 0.05, 0, id="duct"),
        pytest.param("#50=IFCRECTANGLEPROFILEDEF(.AREA.,$,#19,2.,0.2);", 0.4, 0, id="at the axis"),
    ],
)
def test_a_revolved_profile_keeps_its_holes(
    profile: str, area: float, inside: float, unit: str, schema: str, angle: str, turn: str
) -> None:
    del inside
    axis = "#40=IFCCARTESIANPOINT((-1.,0.,0.));\n#41=IFCAXIS1PLACEMENT(#40,#5);\n"
    body = f"{profile}\n{axis}#99=IFCREVOLVEDAREASOLID(#50,#2,#41,{turn});"
    item, attributes = opened(body, unit=unit, schema=schema, angle=angle)
    (mesh,) = swept(item, attributes)
    scale = UNITS[unit][1]
    assert closed_volume(*mesh) == pytest.approx(area * pi / 2 * scale**3, rel=0.01)
    assert mesh[0][:, 2].max() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("turn", "drawn", "doubts"), [("6.2832", 2 * pi, []), ("90.", pi / 2, ["AnglesInDegrees"]), ("-1.", 1, [])]
)
def test_a_revolution_has_one_turn_at_most(turn: str, drawn: float, doubts: list[str]) -> None:
    axis = "#40=IFCCARTESIANPOINT((-1.,0.,0.));\n#41=IFCAXIS1PLACEMENT(#40,#5);\n"
    item, attributes = opened(f"{PROFILE}{axis}#99=IFCREVOLVEDAREASOLID(#50,#2,#41,{turn});")
    (mesh,) = swept(item, attributes)
    assert closed_volume(*mesh) == pytest.approx(0.02 * drawn, rel=0.002)
    assert attributes.doubts == doubts


ROUND = "#50=IFCCIRCLEPROFILEDEF(.AREA.,$,$,1.);\n#51=IFCCIRCLEPROFILEDEF(.AREA.,$,$,0.5);\n"
SQUARE = "#50=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,2.,1.);\n#51=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,1.,0.5);\n"
HALVED = (
    "#50=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,2.,1.);\n#52=IFCCARTESIANTRANSFORMATIONOPERATOR2D($,$,#18,0.5);\n"
    "#51=IFCDERIVEDPROFILEDEF(.AREA.,$,#50,#52,$);\n"
)


@pytest.mark.parametrize(
    ("profiles", "area"),
    [(ROUND, 1.75 * pi / 3), (SQUARE, 3.5 / 3), (HALVED, 3.5 / 3)],
    ids=["round", "square", "derived"],
)
@pytest.mark.parametrize("unit", UNITS)
def test_a_tapered_solid_ends_in_its_second_profile(profiles: str, area: float, unit: str) -> None:
    (mesh,) = swept(*opened(profiles + "#99=IFCEXTRUDEDAREASOLIDTAPERED(#50,#2,#3,3.,#51);", unit=unit))
    assert closed_volume(*mesh) == pytest.approx(area * 3 * UNITS[unit][1] ** 3, rel=0.005)
    axis = "#40=IFCCARTESIANPOINT((-9.,0.,0.));\n#41=IFCAXIS1PLACEMENT(#40,#5);\n"
    (turned,) = swept(*opened(f"{profiles}{axis}#99=IFCREVOLVEDAREASOLIDTAPERED(#50,#2,#41,1.,#51);", unit=unit))
    assert closed_volume(*turned) == pytest.approx(area * 9 * UNITS[unit][1] ** 3, rel=0.005)


def test_sweeps_are_drawn_by_a_run_with_their_doubts(tmp_path: Path) -> None:
    bodies = (
        disk(polyline(40, *L_SHAPE)),
        polyline(140, *HOOK) + "#199=IFCSWEPTDISKSOLID(#140,0.05,$,0.,1.);",
    )
    (tmp_path / "a.ifc").write_text(text_of(*bodies))
    run = run_file(tmp_path / "a.ifc", tmp_path / "out")
    boxes = [np.ptp(element.box, axis=0) for _, element in sorted(Glb(run.glb).drawn().items())]
    assert boxes[0] == pytest.approx((3.05, 0.1, 4.05), abs=1e-5)
    assert boxes[1] == pytest.approx((3.1, 2.05, 4.05), abs=1e-5)
    assert [entry["reason"] for entry in run.manifest["coverage"]["doubtful"]] == ["SweepZeroToOne"]


def test_the_two_lengths_of_a_bent_rod_add_up() -> None:
    (mesh,) = swept(*opened(disk(polyline(40, (0, 0, 0), (3, 0, 0), (6, 0, 4)))))
    assert closed_volume(*mesh) == pytest.approx(DISK * (3 + hypot(3, 4)), rel=1e-9)


BLOCK = "#97=IFCBLOCK(#2,1.,1.,1.);\n"
SPLINE = (
    "#61=IFCCARTESIANPOINT((0.,0.,0.));\n#62=IFCCARTESIANPOINT((1.,0.,0.));\n#63=IFCCARTESIANPOINT((2.,1.,0.));\n"
    "#40=IFCBSPLINECURVEWITHKNOTS(2,(#61,#62,#63),.UNSPECIFIED.,.F.,.F.,(3,3),(0.,1.),.UNSPECIFIED.);\n"
)


def test_a_body_of_several_items_is_drawn_whole(tmp_path: Path) -> None:
    """Draw a bent rod, a block, and a mapped rod that is moved by 10 m along y."""
    mapped = (
        "#70=IFCSHAPEREPRESENTATION(#6,'Body','AdvancedSweptSolid',(#98));\n#71=IFCREPRESENTATIONMAP(#2,#70);\n"
        "#72=IFCCARTESIANPOINT((0.,10.,0.));\n#73=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#72,$,$);\n"
    )
    rod = disk(polyline(40, *L_SHAPE)).replace("#99=", "#98=")
    text = text_of(f"{rod}\n{BLOCK}{mapped}#99=IFCMAPPEDITEM(#71,#73);")
    (tmp_path / "a.ifc").write_text(text.replace("'AdvancedSweptSolid',(#99)", "'SolidModel',(#98,#97,#99)"))
    (element,) = Glb(run_file(tmp_path / "a.ifc", tmp_path / "out").glb).drawn().values()
    assert signed_volume(element.positions, element.triangles) == pytest.approx(2 * 7 * DISK + 1, rel=1e-4)
    assert element.box.tolist() == [
        pytest.approx([-0.05, -0.05, 0], abs=1e-5),
        pytest.approx([3, 10.05, 4.05], abs=1e-5),
    ]


def test_a_disk_follows_a_spline(tmp_path: Path) -> None:
    (tmp_path / "a.ifc").write_text(text_of(disk(SPLINE)))
    (element,) = Glb(run_file(tmp_path / "a.ifc", tmp_path / "out").glb).drawn().values()
    assert element.box[1][:2] == pytest.approx((2 + 0.05 / sqrt(2), 1 + 0.05 / sqrt(2)), abs=0.01)


def test_an_item_that_is_not_supported_is_meshed_by_the_engine() -> None:
    item, attributes = opened(disk(polyline(40, (0, 0, 0), (4, 0, 0), (0, 0.1, 0))))
    options = GltfOptions(contract.GltfOptions().model_dump(mode="json"))
    cube, leaf = primitives.block(1, 1, 1), Leaf(step_id(item), "", "direct", IDENTITY)
    assert DirectMesher(attributes.file, options, 1.0).leaf(leaf) is None
    drawn = DirectMesher(attributes.file, options, 1.0, lambda _: cube).leaf(leaf)
    assert drawn is not None
    assert (len(drawn.points), len(drawn.triangles)) == (8, 12)


@pytest.mark.parametrize(
    ("body", "doubt"),
    [
        pytest.param(disk(polyline(40, (0, 0, 0), (4, 0, 0), (0, 0.1, 0))), "", id="turns back"),
        pytest.param(
            disk(polyline(40, (0, 0, 0), (4, 0, 0), (0, 0.1, 0)), "$", "0.5"), "UnprovedEngine", id="from 0.5"
        ),
        pytest.param(
            ROUND.replace("#51=IFCCIRCLEPROFILEDEF(.AREA.,$,$,0.5)", "#51=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,1.,1.)")
            + "#99=IFCEXTRUDEDAREASOLIDTAPERED(#50,#2,#3,3.,#51);",
            "UnprovedEngine",
            id="round to square",
        ),
    ],
)
def test_an_engine_that_ignores_an_attribute_is_doubtful(body: str, doubt: str) -> None:
    _, attributes = opened(body)
    options = GltfOptions(contract.GltfOptions().model_dump(mode="json"))
    mesher = DirectMesher(attributes.file, options, 1.0, lambda _: primitives.block(1, 1, 1))
    drawn = mesher.mesh(_shape(((0.5, 0.5, 0.5, 1.0), (99,))))
    assert drawn is not None
    assert drawn.doubt == doubt


def _shape(part: tuple[tuple[float, float, float, float], tuple[int, ...]]) -> Shape:
    return Shape(
        representation=900,
        kind="",
        product=902,
        cut=False,
        engine="direct",
        colour=part[0],
        parts=(part,),
    )
