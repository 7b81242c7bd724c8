"""Bodies that are surfaces have the area worked out by hand; bodies that cannot be drawn are listed."""

from __future__ import annotations

from math import pi, sqrt
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ifcjob_runner.geometry.direct.surfaces import surface
from tests.support.bodies import UNITS, opened, polyline, text_of
from tests.support.glb import Glb
from tests.support.runs import run_file

if TYPE_CHECKING:
    from pathlib import Path

PLANE = "#20=IFCPLANE(#2);\n"
OUTER = polyline(30, (0, 0), (2, 0), (2, 2), (0, 2), (0, 0))
HOLE = polyline(40, (0.5, 0.5), (1.5, 0.5), (1.5, 1.5), (0.5, 1.5), (0.5, 0.5))
LINE = polyline(30, (0, 0), (3, 0), (3, 1)) + "#50=IFCARBITRARYOPENPROFILEDEF(.CURVE.,$,#30);\n"
AXIS = "#51=IFCAXIS1PLACEMENT(#1,#5);\n"
EDGES = (
    polyline(60, (0, 0, 0), (2, 0, 0), (2, 2, 0), (0, 2, 0), (0, 0, 0))
    + "#70=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#60);\n#71=IFCOUTERBOUNDARYCURVE((#70),.F.);\n"
)
SURFACES = {
    "plane with a hole": (f"{PLANE}{OUTER}{HOLE}#99=IFCCURVEBOUNDEDPLANE(#20,#30,(#40));", 3),
    "plane without a hole": (f"{PLANE}{OUTER}#99=IFCCURVEBOUNDEDPLANE(#20,#30,());", 4),
    "bounded surface": (f"{PLANE}{EDGES}#99=IFCCURVEBOUNDEDSURFACE(#20,(#71),.F.);", 4),
    "trimmed plane": (f"{PLANE}#99=IFCRECTANGULARTRIMMEDSURFACE(#20,0.,0.,3.,2.,.T.,.T.);", 6),
    "trimmed cylinder": (
        "#20=IFCCYLINDRICALSURFACE(#2,1.);\n#99=IFCRECTANGULARTRIMMEDSURFACE(#20,0.,0.,1.5,2.,.T.,.T.);",
        3,
    ),
    "extruded line": (f"{LINE}#99=IFCSURFACEOFLINEAREXTRUSION(#50,#2,#3,2.);", 8),
    "extruded outline": (
        f"{OUTER}#50=IFCARBITRARYCLOSEDPROFILEDEF(.CURVE.,$,#30);\n#99=IFCSURFACEOFLINEAREXTRUSION(#50,#2,#3,2.);",
        16,
    ),
    "revolved line": (f"{LINE}{AXIS}#99=IFCSURFACEOFREVOLUTION(#50,#2,#51);", 9 * pi + 6 * pi),
    "set of surfaces and a curve": (
        f"{PLANE}{OUTER}#98=IFCCURVEBOUNDEDPLANE(#20,#30,());\n#99=IFCGEOMETRICSET((#98,#30));",
        4,
    ),
}


def _area(points: np.ndarray, triangles: np.ndarray) -> float:
    a, b, c = (points[triangles[:, number]] for number in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


@pytest.mark.parametrize(("unit", "schema"), [("m", "IFC4"), ("mm", "IFC4X3_ADD2"), ("ft", "IFC4")])
@pytest.mark.parametrize("name", SURFACES)
def test_a_surface_has_its_area(name: str, unit: str, schema: str) -> None:
    body, expected = SURFACES[name]
    item, attributes = opened(body, unit=unit, schema=schema)
    area = sum(_area(*mesh) for mesh in surface(item, attributes))
    assert area == pytest.approx(expected * UNITS[unit][1] ** 2, rel=0.002)


def _bounds(*kinds: str, lift: float = 0.0) -> str:
    """Return a surface model of one square of 2 with a square hole of 1, with these classes of bounds."""
    inner = polyline(40, (0.5, 0.5, 0), (0.5, 1.5, 0), (1.5, 1.5, lift), (1.5, 0.5, lift))
    outer = polyline(30, (0, 0, 0), (2, 0, 0), (2, 2, 0), (0, 2, 0))
    return (
        inner.replace("#40=IFCPOLYLINE", "#40=IFCPOLYLOOP")
        + outer.replace("#30=IFCPOLYLINE", "#30=IFCPOLYLOOP")
        + f"#50={kinds[0]}(#40,.T.);\n#51={kinds[1]}(#30,.T.);\n#52=IFCFACE((#50,#51));\n"
        "#53=IFCOPENSHELL((#52));\n#99=IFCSHELLBASEDSURFACEMODEL((#53));"
    )


@pytest.mark.parametrize("kinds", [("IFCFACEBOUND", "IFCFACEBOUND"), ("IFCFACEBOUND", "IFCFACEOUTERBOUND")])
@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4"])
def test_the_largest_bound_is_the_outer_one(kinds: tuple[str, str], schema: str, tmp_path: Path) -> None:
    (tmp_path / "a.ifc").write_text(text_of(_bounds(*kinds), schema=schema))
    (element,) = Glb(run_file(tmp_path / "a.ifc", tmp_path / "out").glb).drawn().values()
    assert element.area == pytest.approx(3, rel=1e-5)


@pytest.mark.parametrize(
    ("identifier", "body", "area"),
    [
        pytest.param("Surface", SURFACES["plane with a hole"][0], 3, id="surface"),
        pytest.param("Body", SURFACES["set of surfaces and a curve"][0], 4, id="set"),
        pytest.param("Body", "#99=IFCBOUNDINGBOX(#1,1.,2.,3.);", 22, id="box"),
        pytest.param("Body", "#99=IFCCARTESIANPOINT((1.,1.,1.));", None, id="point"),
        pytest.param("Body", polyline(99, (0, 0, 0), (1, 0, 0)), None, id="curve"),
        pytest.param("Body", f"{PLANE}#99=IFCGEOMETRICSET((#1));", None, id="set of a point"),
    ],
)
def test_a_body_is_drawn_or_listed(identifier: str, body: str, area: float | None, tmp_path: Path) -> None:
    text = text_of(body).replace("'Body','AdvancedSweptSolid'", f"'{identifier}','GeometricSet'")
    (tmp_path / "a.ifc").write_text(text)
    run = run_file(tmp_path / "a.ifc", tmp_path / "out")
    drawn = list(Glb(run.glb).drawn().values()) if run.glb.exists() else []
    skipped = [entry["reason"] for entry in run.manifest["coverage"]["skipped"]]
    if area is None:
        assert (drawn, skipped) == ([], ["NoGeometry"])
    else:
        assert [element.area for element in drawn] == [pytest.approx(area, rel=1e-4)]
        assert skipped == []


def test_an_annotation_of_a_point_is_not_expected_in_the_glb(tmp_path: Path) -> None:
    text = text_of("#99=IFCCARTESIANPOINT((1.,1.,1.));")
    text = text.replace("'AdvancedSweptSolid'", "'Point'").replace(",#901,$,$);", ",#901);")
    (tmp_path / "model.ifc").write_text(text.replace("IFCBUILDINGELEMENTPROXY", "IFCANNOTATION"))
    coverage = run_file(tmp_path / "model.ifc", tmp_path / "out").manifest["coverage"]
    assert (coverage["expected"], coverage["skipped"]) == (0, [])


def test_a_round_surface_follows_its_circle() -> None:
    item, attributes = opened(SURFACES["trimmed cylinder"][0])
    ((points, _),) = surface(item, attributes)
    assert np.hypot(points[:, 0], points[:, 1]) == pytest.approx(np.ones(len(points)))
    assert points[:, 1].max() == pytest.approx(np.sin(1.5))
    assert sqrt(np.square(points[0] - (1, 0, 0)).sum()) == pytest.approx(0)
