"""Conditions on properties, units and classes: their syntax and their meaning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ifcjob_api.models.filtering.conditions import Parameters, parse_condition
from ifcjob_api.models.filtering.ifc_classes import ifc_spelling, with_subclasses
from ifcjob_api.models.filtering.units import in_units_alike, unit_symbol
from ifcjob_api.problems import Problem
from tests.support.corpus import REPOSITORY
from tools.ifc_classes import HIERARCHY, hierarchy


@pytest.mark.parametrize(
    ("text", "path", "operator", "operand", "number", "unit"),
    [
        ("Pset_DoorCommon.FireRating<90", "Pset_DoorCommon.FireRating", "<", "90", 90.0, ""),
        ("  Fire Rating  <=  9e1 min ", "Fire Rating", "<=", "9e1 min", 90.0, "min"),
        ("Area>1.5m2", "Area", ">", "1.5m2", 1.5, "m2"),
        ("U>=0.24 W/(m²·K)", "U", ">=", "0.24 W/(m²·K)", 0.24, "W/(m²·K)"),
        ("Angle!=-45°", "Angle", "!=", "-45°", -45.0, "°"),
        ("Reference=a=b<c", "Reference", "=", "a=b<c", None, ""),
        ("Address=12 Main Street", "Address", "=", "12 Main Street", None, ""),
        ("Date=2024-01-01", "Date", "=", "2024-01-01", None, ""),
        ("Name contains contains", "Name", "contains", "contains", None, ""),
        ("Name exists", "Name", "exists", "", None, ""),
        ("Reference=", "Reference", "=", "", None, ""),
    ],
)
def test_condition_is_parsed(
    text: str, path: str, operator: str, operand: str, number: float | None, unit: str
) -> None:
    condition = parse_condition(text)
    parsed = (condition.path, condition.operator, condition.operand, condition.number, condition.unit)
    assert parsed == (path, operator, operand, number, unit)


@given(st.text(max_size=60))
def test_text_of_a_condition_never_reaches_the_statement(text: str) -> None:
    marked = f"Zq{text}"
    parameters = Parameters()
    try:
        sql = parse_condition(marked).sql(parameters)
    except Problem:
        return
    assert "Zq" not in sql
    assert parameters.used_in(sql) == parameters.values


@given(st.floats(-1e6, 1e6), st.sampled_from(["mm", "ft", "m2", "L", "lb", "°C", "kWh", "deg", "km/h", "psi"]))
def test_units_convert_back_to_the_same_number(number: float, unit: str) -> None:
    for other, converted in in_units_alike(number, unit).items():
        back = in_units_alike(converted, other)[unit_symbol(unit)]
        assert back == pytest.approx(number, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize(
    ("number", "unit", "other", "expected"),
    [
        (1, "m", "mm", 1000),
        (1, "ft", "in", 12),
        (1, "m3", "L", 1000),
        (20, "°C", "°F", 68),
        (180, "deg", "rad", 3.141592653589793),
        (1, "kWh", "MJ", 3.6),
        (36, "km/h", "m/s", 10),
        (1, "h", "min", 60),
        (1, "t", "kg", 1000),
    ],
)
def test_units_have_their_known_factors(number: float, unit: str, other: str, expected: float) -> None:
    assert in_units_alike(number, unit)[other] == pytest.approx(expected)


def test_unknown_unit_stands_for_itself() -> None:
    assert in_units_alike(3, "EUR/m2") == {"EUR/m²": 3}


def test_class_includes_its_subclasses_in_every_schema() -> None:
    assert with_subclasses("IFCWALL") == ["IfcWall", "IfcWallElementedCase", "IfcWallStandardCase"]
    assert {"IfcDoor", "IfcDoorStandardCase", "IfcBuiltElement", "IfcBuildingElement"} <= set(
        with_subclasses("IfcElement")
    )
    assert with_subclasses("IfcNothing") == ["IfcNothing"]
    assert ifc_spelling("ifcbuildingstorey") == "IfcBuildingStorey"


def test_classes_are_those_of_the_schemas() -> None:
    assert (REPOSITORY / HIERARCHY).read_text(encoding="utf-8") == hierarchy()
