"""Planning survives the engine: a line that kills or hangs it costs the elements that need the line, not the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ifcopenshell
import ifcopenshell.api.feature
import ifcopenshell.api.root
import ifcopenshell.guid
import psutil
import pytest

from ifcjob.failures import FailureReason
from ifcjob_runner.processes import engine_process
from tests.support import samples
from tests.support.runs import Finished, SetFaults, run_file

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def model() -> ifcopenshell.file:
    """Three cubes; the second is styled, has a material and an opening."""
    model = samples.boxes(3)
    cube = model.by_type("IfcBuildingElementProxy")[1]
    opening = ifcopenshell.api.root.create_entity(model, ifc_class="IfcOpeningElement")
    opening.GlobalId = "0000000000000000000001"
    ifcopenshell.api.feature.add_feature(model, feature=opening, element=cube)
    item = cube.Representation.Representations[0].Items[0]
    colour = model.createIfcColourRgb(None, 1.0, 0.0, 0.0)
    style = model.createIfcSurfaceStyle(None, "BOTH", [model.createIfcSurfaceStyleShading(colour)])
    model.createIfcStyledItem(item, [style])
    model.create_entity("IfcPresentationLayerWithStyle", Name="A", AssignedItems=[item], LayerStyles=[style])
    material, relation = model.createIfcMaterial("Brick"), "0000000000000000000002"
    model.create_entity("IfcRelAssociatesMaterial", GlobalId=relation, RelatedObjects=[cube], RelatingMaterial=material)
    return model


def _victim(model: ifcopenshell.file) -> Any:
    return model.by_type("IfcBuildingElementProxy")[1]


def _line_of_victim(model: ifcopenshell.file, kind: str) -> int:
    cube = _victim(model)
    placement = cube.ObjectPlacement
    lines = {
        "product": cube,
        "placement": placement,
        "axes": placement.RelativePlacement,
        "point": placement.RelativePlacement.Location,
        "product definition": cube.Representation,
        "representation": cube.Representation.Representations[0],
    }
    return (lines[kind] if kind in lines else model.by_type(kind)[-1]).id()


def _run(model: ifcopenshell.file, folder: Path, **gltf: Any) -> Finished:
    return run_file(samples.write(model, folder / "a.ifc"), folder / "out", gltf=gltf)


@pytest.mark.parametrize("fault", ["crash", "hang"])
@pytest.mark.parametrize(
    "kind",
    ["product", "placement", "axes", "point", "product definition", "representation", "IfcRelVoidsElement"],
)
def test_an_element_with_a_line_that_breaks_planning_is_skipped(
    model: ifcopenshell.file, tmp_path: Path, set_faults: SetFaults, kind: str, fault: str
) -> None:
    set_faults(planning={_line_of_victim(model, kind): fault})
    finished = _run(model, tmp_path, elementDeadlineSeconds=0.3)
    assert finished.report.outcome == "Succeeded", finished.report.failure
    coverage = finished.manifest["coverage"]
    (skipped,) = coverage["skipped"]
    reason = {"crash": "EngineCrashed: while planning", "hang": "DeadlineExceeded: while planning"}[fault]
    assert (skipped["globalId"], skipped["class"]) == (_victim(model).GlobalId, "IfcBuildingElementProxy")
    assert skipped["reason"].startswith(reason)
    assert (coverage["expected"], coverage["emitted"], coverage["doubtful"]) == (3, 2, [])


@pytest.mark.parametrize(
    "kind",
    [
        "IfcStyledItem",
        "IfcSurfaceStyle",
        "IfcColourRgb",
        "IfcPresentationLayerWithStyle",
        "IfcRelAssociatesMaterial",
    ],
)
def test_an_element_with_a_colour_that_breaks_planning_is_doubtful(
    model: ifcopenshell.file, tmp_path: Path, set_faults: SetFaults, kind: str
) -> None:
    set_faults(planning={_line_of_victim(model, kind): "crash"})
    coverage = _run(model, tmp_path).manifest["coverage"]
    listed = {"globalId": _victim(model).GlobalId, "class": "IfcBuildingElementProxy", "reason": "ColourUnknown"}
    assert coverage == {"expected": 3, "emitted": 3, "skipped": [], "doubtful": [listed]}


@pytest.mark.parametrize("inside", ["mapped item", "boolean operand"])
def test_a_colour_inside_a_body_that_breaks_planning_is_doubtful(
    model: ifcopenshell.file, tmp_path: Path, set_faults: SetFaults, inside: str
) -> None:
    body = _victim(model).Representation.Representations[0]
    (item,) = body.Items
    axes = model.createIfcAxis2Placement3D(model.createIfcCartesianPoint((0.0, 0.0, 0.0)))
    if inside == "mapped item":
        shape = model.createIfcShapeRepresentation(body.ContextOfItems, "Body", "SweptSolid", [item])
        operator = model.createIfcCartesianTransformationOperator3D(None, None, axes.Location)
        body.Items = [model.createIfcMappedItem(model.createIfcRepresentationMap(axes, shape), operator)]
    else:
        half_space = model.create_entity("IfcHalfSpaceSolid", model.createIfcPlane(axes), AgreementFlag=True)
        body.Items = [model.createIfcBooleanClippingResult("DIFFERENCE", item, half_space)]
    set_faults(planning={_line_of_victim(model, "IfcStyledItem"): "crash"})
    (doubtful,) = _run(model, tmp_path).manifest["coverage"]["doubtful"]
    assert doubtful["reason"].endswith("ColourUnknown")


def test_every_element_that_kills_the_planner_is_left_out(tmp_path: Path, set_faults: SetFaults) -> None:
    model = samples.boxes(200)
    victims = model.by_type("IfcBuildingElementProxy")[3::4]
    set_faults(planning={cube.ObjectPlacement.id(): "crash" for cube in victims})
    finished = _run(model, tmp_path)
    skipped = {element["globalId"] for element in finished.manifest["coverage"]["skipped"]}
    assert skipped == {cube.GlobalId for cube in victims}
    assert finished.manifest["coverage"]["emitted"] == 150
    assert not psutil.Process(engine_process.start().process.pid).children(recursive=True)


def test_a_placement_that_kills_the_engine_costs_its_element(tmp_path: Path) -> None:
    """The engine dies at a linear placement that is relative to one at a parameter of its curve."""
    model = samples.boxes(3, "IFC4X3_ADD2")
    curve = model.createIfcPolyline([model.createIfcCartesianPoint((x, 0.0, 0.0)) for x in (0.0, 9000.0)])
    placement = None
    for measure in ("IfcParameterValue", "IfcLengthMeasure"):
        along = model.create_entity(measure, 7.0)
        point = model.create_entity("IfcPointByDistanceExpression", DistanceAlong=along, BasisCurve=curve)
        axes = model.create_entity("IfcAxis2PlacementLinear", Location=point)
        placement = model.create_entity("IfcLinearPlacement", PlacementRelTo=placement, RelativePlacement=axes)
    _victim(model).ObjectPlacement = placement
    finished = _run(model, tmp_path)
    (skipped,) = finished.manifest["coverage"]["skipped"]
    assert (skipped["globalId"], skipped["reason"]) == (_victim(model).GlobalId, "EngineCrashed: while planning")
    assert finished.manifest["coverage"]["emitted"] == 2


def test_the_memory_of_planning_by_line_counts(model: ifcopenshell.file, tmp_path: Path, set_faults: SetFaults) -> None:
    placement = model.by_type("IfcBuildingElementProxy")[2].ObjectPlacement.id()
    set_faults(planning={_line_of_victim(model, "product"): "crash", placement: "memory"})
    report = run_file(
        samples.write(model, tmp_path / "a.ifc"), tmp_path / "out", limits={"memoryBytes": 400 << 20}
    ).report
    assert report.failure is not None
    assert report.failure.reason == FailureReason.OUT_OF_MEMORY
    assert report.peak_memory_bytes > 300 << 20


def test_filters_hold_for_elements_that_kill_the_planner(
    model: ifcopenshell.file, tmp_path: Path, set_faults: SetFaults
) -> None:
    set_faults(planning={_line_of_victim(model, "product"): "crash"})
    finished = _run(model, tmp_path, excludeGlobalIds=[_victim(model).GlobalId])
    assert finished.manifest["coverage"] == {"expected": 2, "emitted": 2, "skipped": [], "doubtful": []}


def test_a_planner_killed_for_memory_ends_the_run(
    model: ifcopenshell.file, tmp_path: Path, set_faults: SetFaults
) -> None:
    set_faults(planning={_line_of_victim(model, "placement"): "kill"})
    failure = _run(model, tmp_path).report.failure
    assert failure is not None
    assert failure.reason == FailureReason.OUT_OF_MEMORY


@pytest.mark.parametrize("ifc_class", ["IfcProject", "IfcUnitAssignment", "IfcSIUnit"])
def test_an_engine_that_dies_at_the_length_unit_fails_the_run(
    model: ifcopenshell.file, tmp_path: Path, set_faults: SetFaults, ifc_class: str
) -> None:
    set_faults(planning={model.by_type(ifc_class)[0].id(): "crash"})
    failure = _run(model, tmp_path).report.failure
    assert failure is not None
    assert failure.reason == FailureReason.CRASHED
    assert "length unit" in failure.message


def test_another_unit_that_kills_the_planner_costs_nothing(
    model: ifcopenshell.file, tmp_path: Path, set_faults: SetFaults
) -> None:
    assert model.by_type("IfcSIUnit")[0].UnitType == "LENGTHUNIT"
    set_faults(planning={model.by_type("IfcSIUnit")[1].id(): "crash"})
    assert _run(model, tmp_path).manifest["coverage"] == {"expected": 3, "emitted": 3, "skipped": [], "doubtful": []}


@pytest.mark.parametrize("fault", ["crash", "hang"])
@pytest.mark.parametrize("kind", ["product", "placement", "representation"])
def test_a_storey_filter_survives_a_line_that_breaks_planning(
    model: ifcopenshell.file, tmp_path: Path, set_faults: SetFaults, kind: str, fault: str
) -> None:
    set_faults(planning={_line_of_victim(model, kind): fault})
    finished = _run(model, tmp_path, storeys=["Ground floor"], elementDeadlineSeconds=0.3)
    assert finished.report.outcome == "Succeeded", finished.report.failure
    coverage = finished.manifest["coverage"]
    (skipped,) = coverage["skipped"]
    assert skipped["globalId"] == _victim(model).GlobalId
    assert (coverage["expected"], coverage["emitted"]) == (3, 2)


def test_elements_whose_storey_breaks_planning_are_skipped(
    model: ifcopenshell.file, tmp_path: Path, set_faults: SetFaults
) -> None:
    relation = model.by_type("IfcRelContainedInSpatialStructure")[0].id()
    set_faults(planning={relation: "crash", _line_of_victim(model, "placement"): "crash"})
    coverage = _run(model, tmp_path, storeys=["Ground floor"]).manifest["coverage"]
    assert [element["reason"] for element in coverage["skipped"]] == [
        "EngineCrashed: while planning its IfcRelContainedInSpatialStructure"
    ] * 3


@pytest.mark.parametrize("ifc_class", ["IfcBuildingStorey", "IfcRelAggregates"])
def test_a_storey_that_breaks_planning_is_named(
    model: ifcopenshell.file, tmp_path: Path, set_faults: SetFaults, ifc_class: str
) -> None:
    lines = [line.id() for line in model.by_type(ifc_class)]
    set_faults(planning=dict.fromkeys(lines, "crash"))
    failure = _run(model, tmp_path, storeys=["Ground floor"]).report.failure
    assert failure is not None
    assert failure.reason == FailureReason.INVALID_REQUEST
    assert f"the engine died at #{lines[0]}" in failure.message
