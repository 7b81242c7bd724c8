"""Solids between cross sections: profile x is to the left of the directrix, profile y is up."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest

from ifcjob_runner.geometry.direct.curves import UnsupportedError
from ifcjob_runner.geometry.direct.sectioned import sectioned
from tests.support.bodies import UNITS, closed_volume, opened, polyline

KERB = polyline(50, (1, 0), (3, 0), (3, 0.5), (1, 0.5), (1, 0)) + "#60=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#50);\n"
HIGH = polyline(61, (1, 0), (3, 0), (3, 1.5), (1, 1.5), (1, 0)) + "#69=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#61);\n"
STRAIGHT = polyline(40, (0, 0, 0), (100, 0, 0))


def _solid(
    directrix: str, distances: tuple[float, ...], profiles: str = "#60,#60", offsets: str = "$,$,$", axis: str = "$"
) -> str:
    lines = []
    for number, distance in enumerate(distances):
        lines += [
            f"#{80 + number}=IFCPOINTBYDISTANCEEXPRESSION(IFCLENGTHMEASURE({float(distance)!r}),{offsets},#40);",
            f"#{85 + number}=IFCAXIS2PLACEMENTLINEAR(#{80 + number},{axis},$);",
        ]
    listed = ",".join(f"#{85 + number}" for number in range(len(distances)))
    return (
        directrix
        + KERB
        + HIGH
        + "\n".join(lines)
        + (f"\n#99=IFCSECTIONEDSOLIDHORIZONTAL(#40,({profiles}),({listed}));")
    )


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize(
    ("points", "box"),
    [
        pytest.param(((0, 0, 0), (100, 0, 0)), (0, 1, 100, 3), id="east"),
        pytest.param(((0, 0, 0), (0, 100, 0)), (-3, 0, -1, 100), id="north"),
        pytest.param(((0, 0, 0), (-100, 0, 0)), (-100, -3, 0, -1), id="west"),
    ],
)
def test_profile_x_is_to_the_left(points: tuple[tuple[float, ...], ...], box: tuple[float, ...], unit: str) -> None:
    item, attributes = opened(_solid(polyline(40, *points), (0, 100)), schema="IFC4X3_ADD2", unit=unit)
    (mesh,) = sectioned(item, attributes)
    scale = UNITS[unit][1]
    low, high = mesh[0].min(axis=0) / scale, mesh[0].max(axis=0) / scale
    assert [*low[:2], *high[:2]] == pytest.approx(box, abs=1e-6)
    assert (low[2], high[2]) == pytest.approx((0, 0.5), abs=1e-6)
    assert closed_volume(*mesh) == pytest.approx(100 * scale**3)


def test_a_solid_begins_and_ends_at_its_sections() -> None:
    (mesh,) = sectioned(*opened(_solid(STRAIGHT, (20, 50)), schema="IFC4X3_ADD2"))
    assert (mesh[0][:, 0].min(), mesh[0][:, 0].max()) == pytest.approx((20, 50))


def test_sections_are_interpolated() -> None:
    body = _solid(STRAIGHT, (0, 60, 100), "#60,#69,#69")
    (mesh,) = sectioned(*opened(body, schema="IFC4X3_ADD2"))
    assert closed_volume(*mesh) == pytest.approx(2 * (60 * 1.0 + 40 * 1.5))


def test_offsets_move_a_section_left_and_up() -> None:
    (mesh,) = sectioned(*opened(_solid(STRAIGHT, (0, 100), offsets="2.,3.,$"), schema="IFC4X3_ADD2"))
    assert mesh[0].min(axis=0) == pytest.approx((0, 3, 3))
    assert mesh[0].max(axis=0) == pytest.approx((100, 5, 3.5))


def test_a_section_is_mitred_at_a_corner_of_the_directrix() -> None:
    corner = polyline(40, (0, 0, 0), (50, 0, 0), (50, 50, 0))
    (mesh,) = sectioned(*opened(_solid(corner, (0, 100)), schema="IFC4X3_ADD2"))
    assert closed_volume(*mesh) == pytest.approx(2 * 48 * 1.0)  # the middle of the kerb is 2 m inside the corner
    assert mesh[0].max(axis=0) == pytest.approx((49, 50, 0.5))


def test_a_section_follows_an_arc() -> None:
    arc = "#41=IFCCIRCLE(#2,50.);\n#40=IFCTRIMMEDCURVE(#41,(IFCPARAMETERVALUE(0.)),(IFCPARAMETERVALUE(1.5)),.T.,"
    body = _solid(arc + ".PARAMETER.);\n", (0, 75))
    (mesh,) = sectioned(*opened(body, schema="IFC4X3_ADD2"))
    assert closed_volume(*mesh) == pytest.approx(1.5 * 48, rel=0.002)
    radii = np.hypot(mesh[0][:, 0], mesh[0][:, 1])
    assert (radii.min(), radii.max()) == pytest.approx((47, 49))


def test_an_axis_tilts_the_section() -> None:
    body = "#30=IFCDIRECTION((0.,-1.,1.));\n" + _solid(STRAIGHT, (0, 100), axis="#30")
    (mesh,) = sectioned(*opened(body, schema="IFC4X3_ADD2"))
    assert closed_volume(*mesh) == pytest.approx(100)
    assert mesh[0][:, 2].max() == pytest.approx(3.5 / 2**0.5)


def test_a_directrix_of_other_curves_is_left_to_opencascade() -> None:
    body = "#41=IFCELLIPSE(#2,5.,4.);\n#40=IFCTRIMMEDCURVE(#41,(IFCPARAMETERVALUE(0.)),(IFCPARAMETERVALUE(1.)),.T.,"
    item, attributes = opened(_solid(body + ".PARAMETER.);\n", (0, 1)), schema="IFC4X3_ADD2")
    with pytest.raises(UnsupportedError, match="ellipse"):
        sectioned(item, attributes)


@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4"])
def test_a_spine_joins_its_sections(schema: str) -> None:
    body = (
        polyline(40, (0, 0, 0), (0, 0, 6))
        + "#44=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#40);\n#45=IFCCOMPOSITECURVE((#44),.F.);\n"
        "#50=IFCCIRCLEPROFILEDEF(.AREA.,$,#19,1.);\n#51=IFCCIRCLEPROFILEDEF(.AREA.,$,#19,0.5);\n"
        "#52=IFCAXIS2PLACEMENT3D(#42,$,$);\n#99=IFCSECTIONEDSPINE(#45,(#50,#51),(#2,#52));"
    )
    (mesh,) = sectioned(*opened(body, schema=schema))
    assert closed_volume(*mesh) == pytest.approx(pi * 6 * 1.75 / 3, rel=0.005)
