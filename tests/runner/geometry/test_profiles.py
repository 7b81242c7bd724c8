"""Profiles have the area of the formula by hand, in every schema that has them."""

from __future__ import annotations

from math import pi, sqrt
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ifcjob_runner.geometry.canonical import signed_volume
from ifcjob_runner.geometry.direct.profiles import area, regions_of
from tests.support.bodies import UNITS, opened, polyline, text_of
from tests.support.glb import Glb
from tests.support.runs import run_file

if TYPE_CHECKING:
    from pathlib import Path

F = 1 - pi / 4
"""The area that a fillet of radius 1 cuts off a right angle."""
TRIANGLE = polyline(40, (0, 0), (4, 0), (4, 4), (0, 0))
CLOSED = TRIANGLE + "#52=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#40);\n"
PROFILES = {
    "rectangle": ("#50=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,2.,1.);", 2),
    "rounded": ("#50=IFCROUNDEDRECTANGLEPROFILEDEF(.AREA.,$,#19,4.,2.,0.5);", 8 - F),
    "hollow": ("#50=IFCRECTANGLEHOLLOWPROFILEDEF(.AREA.,$,#19,4.,2.,0.2,$,$);", 8 - 3.6 * 1.6),
    "hollow inner": ("#50=IFCRECTANGLEHOLLOWPROFILEDEF(.AREA.,$,#19,4.,2.,0.2,0.3,$);", 2.24 + 4 * F * 0.09),
    "hollow outer": ("#50=IFCRECTANGLEHOLLOWPROFILEDEF(.AREA.,$,#19,4.,2.,0.2,$,0.3);", 2.24 - 4 * F * 0.09),
    "circle": ("#50=IFCCIRCLEPROFILEDEF(.AREA.,$,$,1.);", pi),
    "pipe": ("#50=IFCCIRCLEHOLLOWPROFILEDEF(.AREA.,$,#19,1.,0.2);", pi * 0.36),
    "ellipse": ("#50=IFCELLIPSEPROFILEDEF(.AREA.,$,#19,2.,1.);", 2 * pi),
    "trapezium": ("#50=IFCTRAPEZIUMPROFILEDEF(.AREA.,$,#19,4.,2.,2.,0.5);", 6),
    "I": ("#50=IFCISHAPEPROFILEDEF(.AREA.,$,#19,2.,4.,0.2,0.4,0.3);", 2.24 + 4 * F * 0.09),
    "L": ("#50=IFCLSHAPEPROFILEDEF(.AREA.,$,#19,4.,3.,0.5,0.3,0.2,$);", 3.25 + F * 0.09 - 2 * F * 0.04),
    "L of one width": ("#50=IFCLSHAPEPROFILEDEF(.AREA.,$,#19,4.,$,0.5,$,$,$);", 3.75),
    "U": ("#50=IFCUSHAPEPROFILEDEF(.AREA.,$,#19,4.,2.,0.2,0.4,0.3,0.1,$);", 2.24 + 2 * F * 0.08),
    "C": ("#50=IFCCSHAPEPROFILEDEF(.AREA.,$,#19,4.,2.,0.2,0.8,0.1);", 1.76 - 4 * F * 0.08),
    "T": ("#50=IFCTSHAPEPROFILEDEF(.AREA.,$,#19,4.,3.,0.2,0.4,0.3,0.1,0.05,$,$);", 1.92 + 2 * F * 0.0775),
    "Z": ("#50=IFCZSHAPEPROFILEDEF(.AREA.,$,#19,4.,2.,0.2,0.4,0.3,0.1);", 2.24 + 2 * F * 0.08),
    "line of 2 points": (polyline(40, (0, 0), (4, 0)) + "#50=IFCCENTERLINEPROFILEDEF(.AREA.,$,#40,0.2);", 0.8),
    "line with a corner": (
        polyline(40, (0, 0), (4, 0), (4, 4)) + "#50=IFCCENTERLINEPROFILEDEF(.AREA.,$,#40,0.2);",
        1.6,
    ),
    "line of an arc": (
        (
            "#41=IFCCIRCLE(#19,1.);\n#40=IFCTRIMMEDCURVE(#41,(IFCPARAMETERVALUE(0.)),(IFCPARAMETERVALUE(1.)),.T.,"
            ".PARAMETER.);\n#50=IFCCENTERLINEPROFILEDEF(.AREA.,$,#40,0.2);"
        ),
        0.2,
    ),
    "closed line": (
        polyline(40, (0, 0), (4, 0), (4, 4), (0, 4), (0, 0)) + "#50=IFCCENTERLINEPROFILEDEF(.AREA.,$,#40,0.2);",
        4.2**2 - 3.8**2,
    ),
    "polygon": (TRIANGLE + "#50=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#40);", 8),
    "polygon with a hole": (
        TRIANGLE + "#47=IFCCARTESIANPOINT((2.,0.5));\n#48=IFCAXIS2PLACEMENT2D(#47,$);\n#49=IFCCIRCLE(#48,0.3);\n"
        "#50=IFCARBITRARYPROFILEDEFWITHVOIDS(.AREA.,$,#40,(#49));",
        8 - pi * 0.09,
    ),
    "composite": (
        CLOSED + "#53=IFCCIRCLEPROFILEDEF(.AREA.,$,#19,1.);\n#50=IFCCOMPOSITEPROFILEDEF(.AREA.,$,(#52,#53),$);",
        8 + pi,
    ),
    "derived": (
        CLOSED + "#53=IFCCARTESIANTRANSFORMATIONOPERATOR2D($,$,#41,2.);\n#50=IFCDERIVEDPROFILEDEF(.AREA.,$,#52,#53,$);",
        32,
    ),
    "derived, mirrored": (
        CLOSED + "#53=IFCDIRECTION((-1.,0.));\n#54=IFCDIRECTION((0.,1.));\n"
        "#55=IFCCARTESIANTRANSFORMATIONOPERATOR2D(#53,#54,#18,$);\n#50=IFCDERIVEDPROFILEDEF(.AREA.,$,#52,#55,$);",
        8,
    ),
    "derived, not uniform": (
        CLOSED + "#53=IFCCARTESIANTRANSFORMATIONOPERATOR2DNONUNIFORM($,$,#18,2.,3.);\n"
        "#50=IFCDERIVEDPROFILEDEF(.AREA.,$,#52,#53,$);",
        48,
    ),
}
ONLY_IFC2X3 = {
    "L": "#50=IFCLSHAPEPROFILEDEF(.AREA.,$,#19,4.,3.,0.5,0.3,0.2,$,$,$);",
    "U": "#50=IFCUSHAPEPROFILEDEF(.AREA.,$,#19,4.,2.,0.2,0.4,0.3,0.1,$,$);",
    "C": "#50=IFCCSHAPEPROFILEDEF(.AREA.,$,#19,4.,2.,0.2,0.8,0.1,$);",
    "T": "#50=IFCTSHAPEPROFILEDEF(.AREA.,$,#19,4.,3.,0.2,0.4,0.3,0.1,0.05,$,$,$);",
}
"""Profiles with a centre of gravity at their end."""
ONLY_IFC4 = {"I": "#50=IFCISHAPEPROFILEDEF(.AREA.,$,#19,2.,4.,0.2,0.4,0.3,$,$);"}


def _area(body: str, **options: str) -> float:
    item, attributes = opened(body, **options)
    return sum(area(loop) for region in regions_of(item, attributes) for loop in region)


@pytest.mark.parametrize(("schema", "unit"), [("IFC4", "m"), ("IFC2X3", "mm"), ("IFC4X3_ADD2", "ft")])
@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_has_its_area(name: str, schema: str, unit: str) -> None:
    body, expected = PROFILES[name]
    body = (ONLY_IFC2X3 if schema == "IFC2X3" else ONLY_IFC4).get(name, body)
    assert _area(body, schema=schema, unit=unit) == pytest.approx(expected * UNITS[unit][1] ** 2, rel=0.004)


@pytest.mark.parametrize(
    ("body", "schema"),
    [
        ("#50=IFCASYMMETRICISHAPEPROFILEDEF(.AREA.,$,#19,2.,4.,0.2,0.4,0.3,1.,0.3,0.2,$);", "IFC2X3"),
        ("#50=IFCASYMMETRICISHAPEPROFILEDEF(.AREA.,$,#19,2.,4.,0.2,0.4,0.3,1.,0.3,0.2,$,$,$,$);", "IFC4"),
    ],
    ids=["IFC2X3", "IFC4"],
)
def test_an_asymmetric_i_has_its_wide_flange_below(body: str, schema: str) -> None:
    item, attributes = opened(body, schema=schema)
    ((loop,),) = regions_of(item, attributes)
    assert area(loop) == pytest.approx(2 * 0.4 + 0.3 + 3.3 * 0.2 + 2 * F * (0.09 + 0.04), rel=0.002)
    assert np.ptp(loop[loop[:, 1] < -1.9, 0]) == pytest.approx(2)
    assert np.ptp(loop[loop[:, 1] > 1.9, 0]) == pytest.approx(1)


def test_a_z_has_its_flanges_on_both_sides_of_the_web() -> None:
    ((loop,),) = regions_of(*opened("#50=IFCZSHAPEPROFILEDEF(.AREA.,$,#19,4.,2.,0.2,0.4,$,$);"))
    assert [*loop.min(axis=0), *loop.max(axis=0)] == pytest.approx((-1.9, -2, 1.9, 2))
    assert loop[np.argmax(loop[:, 0]), 1] < 0  # the lower flange points to +x


@pytest.mark.parametrize("offset", [-1.5, 3.5])
def test_a_trapezium_is_centred_in_its_bounding_box(offset: float) -> None:
    ((loop,),) = regions_of(*opened(f"#50=IFCTRAPEZIUMPROFILEDEF(.AREA.,$,#19,4.,2.,2.,{offset});"))
    assert [*loop.min(axis=0), *loop.max(axis=0)] == pytest.approx((-2.75, -1, 2.75, 1))


SLOPED = {
    # The lower flange of a UPN is as thick as FlangeThickness in the middle of its width, here at x = 0.
    "U": ("#50=IFCUSHAPEPROFILEDEF(.AREA.,$,#19,4.,2.,0.2,0.4,$,$,0.1);", 2.24 - 2 * 1.8 * 0.1 * np.tan(0.1), []),
    # The outstands of an IPN have their thickness at a quarter of the width from the edge.
    "I": (
        "#50=IFCISHAPEPROFILEDEF(.AREA.,$,#19,2.,4.,0.2,0.4,$,$,0.1);",
        2.24 - 4 * 0.9 * 0.05 * np.tan(0.1),
        ["SlopedFlange"],
    ),
}


@pytest.mark.parametrize("name", SLOPED)
def test_a_sloped_flange_has_its_thickness_in_the_middle(name: str) -> None:
    body, expected, doubts = SLOPED[name]
    item, attributes = opened(body)
    assert sum(area(loop) for region in regions_of(item, attributes) for loop in region) == pytest.approx(expected)
    assert attributes.doubts == doubts


def test_an_arc_through_three_points_in_a_profile_is_round() -> None:
    body = (
        "#40=IFCCARTESIANPOINTLIST2D(((0.,0.),(2.,0.),(3.,1.),(2.,2.),(0.,2.)));\n#41=IFCINDEXEDPOLYCURVE(#40,"
        "(IFCLINEINDEX((1,2)),IFCARCINDEX((2,3,4)),IFCLINEINDEX((4,5,1))),.F.);\n"
        "#50=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#41);"
    )
    assert _area(body) == pytest.approx(4 + pi / 2, rel=0.002)
    ((loop,),) = regions_of(*opened(body))
    assert loop[:, 0].max() == pytest.approx(3)
    assert np.abs(loop - (2 + sqrt(0.5), 1 + sqrt(0.5))).max(axis=1).min() < 1e-9


ENDS = polyline(64, (0, 2), (0, 0), (2, 0))
POLES = (
    "#60=IFCCARTESIANPOINT((2.,0.));\n#61=IFCCARTESIANPOINT((2.,2.));\n#62=IFCCARTESIANPOINT((0.,2.));\n"
    + ENDS
    + "#63={};\n"
    "#75=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#63);\n#76=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#64);\n"
    "#77=IFCCOMPOSITECURVE((#75,#76),.F.);\n#50=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#77);"
)
SPLINE = "IFCBSPLINECURVEWITHKNOTS(2,(#60,#61,#62),.UNSPECIFIED.,.F.,.F.,(3,3),(0.,1.),.UNSPECIFIED.)"
CIRCLE = (
    "IFCRATIONALBSPLINECURVEWITHKNOTS(2,(#60,#61,#62),.UNSPECIFIED.,.F.,.F.,(3,3),(0.,1.),.UNSPECIFIED.,"
    "(1.,0.7071067811865476,1.))"
)
BEZIER = "IFCBEZIERCURVE(2,(#60,#61,#62),.UNSPECIFIED.,.F.,.F.)"


@pytest.mark.parametrize(
    ("curve", "schema", "expected"),
    [
        pytest.param(SPLINE, "IFC4", 10 / 3, id="parabola"),
        pytest.param(CIRCLE, "IFC4", pi, id="quarter of a circle"),
        pytest.param(BEZIER, "IFC2X3", 10 / 3, id="Bezier curve"),
    ],
)
def test_a_profile_follows_a_spline(curve: str, schema: str, expected: float) -> None:
    assert _area(POLES.format(curve), schema=schema) == pytest.approx(expected, rel=0.003)


def test_a_profile_with_a_spline_is_drawn_by_a_run(tmp_path: Path) -> None:
    body = POLES.format(SPLINE) + "\n#99=IFCEXTRUDEDAREASOLID(#50,#2,#3,2.);"
    (tmp_path / "a.ifc").write_text(text_of(body))
    (element,) = Glb(run_file(tmp_path / "a.ifc", tmp_path / "out").glb).drawn().values()
    assert signed_volume(element.positions, element.triangles) == pytest.approx(20 / 3, rel=0.003)


def test_a_derived_profile_is_turned_about_its_own_origin(tmp_path: Path) -> None:
    body = (
        "#20=IFCDIRECTION((0.,1.));\n#21=IFCCARTESIANPOINT((3.,1.));\n#22=IFCRECTANGLEPROFILEDEF(.AREA.,$,#19,2.,1.);\n"
        "#23=IFCCARTESIANTRANSFORMATIONOPERATOR2D(#20,$,#21,1.);\n#24=IFCDERIVEDPROFILEDEF(.AREA.,$,#22,#23,$);\n"
        "#99=IFCEXTRUDEDAREASOLID(#24,#2,#3,1.);"
    )
    (tmp_path / "a.ifc").write_text(text_of(body))
    run = run_file(tmp_path / "a.ifc", tmp_path / "out", gltf={"linearDeflection": 0.01})
    (element,) = Glb(run.glb).drawn().values()
    assert element.box.tolist() == [pytest.approx([2.5, 0, 0], abs=1e-5), pytest.approx([3.5, 2, 1], abs=1e-5)]


@pytest.mark.parametrize(("angle", "doubts"), [("RADIAN", ["AnglesInDegrees"]), ("DEGREE", [])])
def test_an_arc_of_a_profile_has_one_turn_at_most(angle: str, doubts: list[str], tmp_path: Path) -> None:
    body = (
        "#20=IFCCIRCLE(#19,1.);\n"
        "#21=IFCTRIMMEDCURVE(#20,(IFCPARAMETERVALUE(0.)),(IFCPARAMETERVALUE(90.)),.T.,.PARAMETER.);\n"
        + polyline(30, (0, 1), (0, 0), (1, 0))
        + "#22=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#21);\n#23=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#30);\n"
        "#24=IFCCOMPOSITECURVE((#22,#23),.F.);\n#25=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#24);\n"
        "#99=IFCEXTRUDEDAREASOLID(#25,#2,#3,1.);"
    )
    (tmp_path / "a.ifc").write_text(text_of(body, angle=angle))
    run = run_file(tmp_path / "a.ifc", tmp_path / "out")
    (element,) = Glb(run.glb).drawn().values()
    assert element.area == pytest.approx(2 * pi / 4 + 2 + pi / 2, rel=0.01)
    assert [entry["reason"] for entry in run.manifest["coverage"]["doubtful"]] == doubts


@pytest.mark.parametrize("inner", [0.03, 0.06], ids=["fits", "too large"])
def test_fillets_that_do_not_fit_are_left_out_and_doubtful(inner: float) -> None:
    """The outer radius is the inner one and the wall; the lip is 0.07 long."""
    item, attributes = opened(f"#99=IFCCSHAPEPROFILEDEF(.AREA.,$,$,0.3,0.2,0.02,0.07,{inner});")
    (region,) = regions_of(item, attributes)
    assert len(region[0]) == (12 if inner == 0.06 else 12 + 4 * 12 + 4 * 12)
    assert attributes.doubts == (["FilletTooLarge"] if inner == 0.06 else [])


@pytest.mark.parametrize("straight", [0.0, 2.0], ids=["circle", "slot"])
def test_half_turns_of_a_composite_curve_are_drawn_finely(straight: float, tmp_path: Path) -> None:
    parts = [
        f"#20=IFCCARTESIANPOINT(({straight},0.));\n#21=IFCAXIS2PLACEMENT2D(#20,$);\n",
        "#22=IFCCIRCLE(#21,1.);\n#23=IFCCIRCLE(#19,1.);\n",
        f"#24=IFCTRIMMEDCURVE(#22,(IFCPARAMETERVALUE({-pi / 2})),(IFCPARAMETERVALUE({pi / 2})),.T.,.PARAMETER.);\n",
        f"#25=IFCTRIMMEDCURVE(#23,(IFCPARAMETERVALUE({pi / 2})),(IFCPARAMETERVALUE({3 * pi / 2})),.T.,.PARAMETER.);\n",
        "#26=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#24);\n#27=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#25);\n",
    ]
    segments = "#26,#27"
    if straight:
        parts += [polyline(30, (straight, 1), (0, 1)), polyline(50, (0, -1), (straight, -1))]
        parts += [f"#{28 + i}=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#{(30, 50)[i]});\n" for i in (0, 1)]
        segments = "#26,#28,#27,#29"
    parts.append(f"#70=IFCCOMPOSITECURVE(({segments}),.F.);\n#71=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#70);\n")
    (tmp_path / "a.ifc").write_text(text_of("".join(parts) + "#99=IFCEXTRUDEDAREASOLID(#71,#2,#3,1.);"))
    (element,) = Glb(run_file(tmp_path / "a.ifc", tmp_path / "out").glb).drawn().values()
    assert signed_volume(element.positions, element.triangles) == pytest.approx(pi + 2 * straight, rel=0.004)
