"""Every property value, material and classification of real models equals that of `ifcopenshell.util.element`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.util.classification
import ifcopenshell.util.element
import pyarrow.parquet as pq
import pytest

from ifcjob_runner.data.model import Model
from ifcjob_runner.data.relations.hierarchy import Hierarchy
from ifcjob_runner.stages.elements import elements
from ifcjob_runner.stages.properties import properties
from tests.support.corpus import corpus_file

util = ifcopenshell.util.element
MODELS = (
    "duplex_arch.ifc",  # IFC2X3, Revit
    "office_a.ifc",  # IFC2X3, Revit, through Solibri
    "ac20_fzk.ifc",  # IFC4, Archicad
    "acad2010.ifc",  # IFC2X3, AutoCAD Architecture
    "mini_project.ifc",  # IFC2X3, Tekla
    "houten_kozijnen.ifc",  # IFC2X3, Archicad, classifications
    "infra_bridge.ifc",  # IFC4, SketchUp
    "hvac.ifc",  # IFC4X3
    "structural.ifc",  # IFC4X3
    "landscaping.ifc",  # IFC4X3
    "grf005.ifc",  # IFC4X3
    "largebuilding.ifc",  # IFC2X3, Revit
    "openhouse.ifc",  # IFC4, IfcOpenShell
    "regression/nested_mapped_item.ifc",
    "regression/building_service_element_air-terminal-type.ifc",  # IFC4, Constructivity
    "regression/construction_scheduling_task.ifc",
)


@pytest.fixture(params=MODELS)
def path(request: pytest.FixtureRequest) -> Path:
    return corpus_file(request.param)


def rows_of(path: Path, folder: Path) -> list[dict[str, Any]]:
    model = Model(ifcopenshell.open(str(path), lazy=True))
    properties(model, folder / "properties.parquet")
    return pq.read_table(folder / "properties.parquet").to_pylist()


def text(value: Any) -> str | None:
    if isinstance(value, ifcopenshell.entity_instance):
        value = value[0] if not value.id() else f"#{value.id()}"
    if value is None or isinstance(value, str):
        return value
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)


def expected_rows(name: str, value: Any) -> dict[str, tuple[str | None, float | None]]:
    """Return the text and number that the table should have for a value of util.element."""
    if isinstance(value, dict) and "properties" in value:
        inner = [expected_rows(f"{name}.{n}", v) for n, v in value["properties"].items()]
        return {n: row for rows in inner for n, row in rows.items()}
    if isinstance(value, dict) and value["type"] == "IfcPropertyBoundedValue":
        names = {"lower": "LowerBoundValue", "upper": "UpperBoundValue", "setPoint": "SetPointValue"}
        parts = {part: value[attribute][0] for part, attribute in names.items() if value.get(attribute)}
        return {name: (json.dumps(parts, separators=(",", ":")) if parts else None, parts.get("setPoint"))}
    if isinstance(value, list | tuple):
        if len(value) > 1:
            return {name: (json.dumps(value, ensure_ascii=False, separators=(",", ":")), None)}
        value = value[0] if value else None
    number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    return {name: (text(value), number)}


def expected_sets(element: Any) -> dict[str, dict[str, tuple[str | None, float | None]]]:
    sets: dict[str, dict[str, tuple[str | None, float | None]]] = {}
    # util.element merges all sets without a name.
    unnamed = [(d.is_a(), util.get_property_definition(d)) for d in definitions(element) if not d.Name]
    named = [(name, values) for name, values in util.get_psets(element).items() if name]
    for set_name, values in (*named, *unnamed):
        for name, value in values.items():
            if name != "id":
                sets.setdefault(set_name, {}).update(expected_rows(name or "", value))
    return sets


def definitions(element: Any) -> Iterator[Any]:
    """Yield the sets of the type, then those of the element."""
    kind = util.get_type(element) if element.is_a("IfcObject") else None
    if kind is not None and kind != element:
        yield from kind.HasPropertySets or ()
    for rel in getattr(element, "IsDefinedBy", ()):
        if rel.is_a("IfcRelDefinesByProperties"):
            yield rel.RelatingPropertyDefinition


def test_every_value_equals_the_reference(path: Path, tmp_path: Path) -> None:
    actual: dict[int, dict[str, dict[str, tuple[str | None, float | None]]]] = {}
    for row in rows_of(path, tmp_path):
        if row["kind"] in ("property", "quantity"):
            values = actual.setdefault(row["step_id"], {}).setdefault(row["set_name"], {})
            assert row["name"] not in values, f"twice: {row}"
            values[row["name"]] = (row["value"], row["number"])
    file = ifcopenshell.open(str(path))
    objects = {o.id(): o for kind in ("IfcObject", "IfcProject") for o in file.by_type(kind)}
    expected = {number: sets for number, element in objects.items() if (sets := expected_sets(element))}
    assert actual == expected


def test_rows_are_sorted_and_have_a_source(path: Path, tmp_path: Path) -> None:
    rows = rows_of(path, tmp_path)
    numbers = [row["step_id"] for row in rows]
    assert numbers == sorted(numbers)
    assert {row["source"] for row in rows} <= {"instance", "type", "material"}
    file = ifcopenshell.open(str(path))
    for row in rows:
        assert file.by_id(row["step_id"])[0] == row["global_id"]


def test_measures_have_the_type_in_the_file(path: Path, tmp_path: Path) -> None:
    rows = {(r["step_id"], r["set_name"], r["name"]): r for r in rows_of(path, tmp_path) if r["kind"] == "property"}
    file = ifcopenshell.open(str(path))
    seen = 0
    for number in {step_id for step_id, _, _ in rows}:
        for set_name, values in util.get_psets(file.by_id(number), verbose=True, psets_only=True).items():
            for name, value in values.items():
                if isinstance(value, dict) and value.get("class") == "IfcPropertySingleValue":
                    assert rows[number, set_name, name]["value_type"] == value["value_type"]
                    seen += 1
    assert seen or not rows or "IfcPropertySingleValue" not in file.types()


def test_materials_and_classifications_equal_the_reference(path: Path) -> None:
    model = Model(ifcopenshell.open(str(path), lazy=True))
    columns = elements(model, Hierarchy(model))
    file = ifcopenshell.open(str(path))
    for number, materials, references in zip(
        columns["step_id"], columns["materials"], columns["classifications"], strict=True
    ):
        element = file.by_id(number)
        expected = [m.Name for m in util.get_materials(element) if m is not None]
        assert materials == list(dict.fromkeys(expected))
        util_references = ifcopenshell.util.classification.get_references(element)
        assert len(references) == len(util_references)
        for reference in util_references:
            assert any((reference.Name or "") in line for line in references)


def test_types_parents_and_layers_equal_the_reference(path: Path) -> None:
    model = Model(ifcopenshell.open(str(path), lazy=True))
    columns = elements(model, Hierarchy(model))
    file = ifcopenshell.open(str(path))
    assert columns["step_id"] == sorted(p.id() for p in file.by_type("IfcProduct"))
    for number, kind, storey, parent, layers in zip(
        *(columns[n] for n in ("step_id", "type_global_id", "storey_global_id", "parent_global_id", "layers")),
        strict=True,
    ):
        element = file.by_id(number)
        assert kind == getattr(util.get_type(element), "GlobalId", None)
        assert sorted(layers) == sorted({layer.Name for layer in util.get_layers(file, element)})
        if not element.is_a("IfcSpatialStructureElement"):
            assert storey == getattr(util.get_container(element, ifc_class="IfcBuildingStorey"), "GlobalId", None)
        assert parent == getattr(util.get_parent(element), "GlobalId", None)
