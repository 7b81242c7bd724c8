"""Every glTF option has its effect, from the request to model.glb."""

import json
import math
import os
from collections import Counter
from pathlib import Path
from typing import Any

import ifcopenshell
import numpy as np
import pytest
from pydantic import ValidationError

from ifcjob.failures import FailureReason
from ifcjob.options import GltfOptions
from ifcjob.report import Failure
from ifcjob_runner.processes import engine_process
from tests.support import samples
from tests.support.corpus import REPOSITORY
from tests.support.glb import Glb, GlbElement, ancestors
from tests.support.runs import Finished, run_file

HOUSE = REPOSITORY / "examples" / "house.ifc"
FAULTY_ENGINE = Path(samples.__file__).parent / "faulty_engine"


@pytest.fixture(scope="module")
def walls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return samples.write(samples.two_walls_with_opening(), tmp_path_factory.mktemp("walls") / "walls.ifc")


@pytest.fixture(scope="module")
def column(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return samples.write(samples.column(), tmp_path_factory.mktemp("column") / "column.ifc")


def finish(path: Path, folder: Path, **options: Any) -> Finished:
    finished = run_file(path, folder, gltf=options)
    assert finished.report.outcome == "Succeeded", finished.report.failure
    recorded = finished.manifest["options"]["gltf"]
    assert {name: recorded[name] for name in options} == options
    return finished


def glb_of(path: Path, folder: Path, **options: Any) -> Glb:
    return Glb(finish(path, folder, **options).glb)


def only(glb: Glb) -> GlbElement:
    (element,) = glb.drawn().values()
    return element


def classes(path: Path, folder: Path, **options: Any) -> Counter[str]:
    """Return the classes drawn, and fail when the coverage counts anything else as expected."""
    finished = finish(path, folder, **options)
    drawn = Glb(finished.glb).drawn()
    assert finished.manifest["coverage"] == {
        "expected": len(drawn),
        "emitted": len(drawn),
        "skipped": [],
        "doubtful": [],
    }
    return Counter(element.extras["class"] for element in drawn.values())


def refused(path: Path, folder: Path, **options: Any) -> Failure:
    finished = run_file(path, folder, gltf=options)
    assert finished.report.failure is not None
    assert finished.report.failure.reason == FailureReason.INVALID_REQUEST
    assert not folder.exists() or not any(folder.iterdir())
    return finished.report.failure


def named(path: Path, name: str) -> str:
    """Return the GlobalId of the product with this name."""
    ids = [p.GlobalId for p in ifcopenshell.open(path).by_type("IfcProduct") if p.Name == name]
    return str(ids[0])


def test_every_option_is_tested_here() -> None:
    text = Path(__file__).read_text()
    for name, field in GltfOptions.model_fields.items():
        option = field.alias or name
        assert f"{option}=" in text or f'"{option}": ' in text, f"{option} has no test"


def test_include_classes_counts_subclasses(tmp_path: Path) -> None:
    everything = classes(HOUSE, tmp_path / "all")
    assert {"IfcWall", "IfcSlab", "IfcWindow", "IfcStairFlight"} <= everything.keys()
    walls = classes(HOUSE, tmp_path / "walls", includeClasses=["IfcWall"])
    assert walls == Counter(IfcWall=everything["IfcWall"])
    # Both are IfcBuiltElement; so are most, but no furniture and no terrain.
    built = classes(HOUSE, tmp_path / "built", includeClasses=["IfcBuildingElement"])
    file = ifcopenshell.open(HOUSE)
    names = {element.is_a() for element in file.by_type("IfcBuildingElement")}
    assert built == Counter({name: count for name, count in everything.items() if name in names})
    assert 1 < len(built) < len(everything)


def test_exclude_classes_counts_subclasses_and_wins(tmp_path: Path) -> None:
    everything = classes(HOUSE, tmp_path / "all")
    left = classes(HOUSE, tmp_path / "left", excludeClasses=["IfcBuildingElement"])
    built = classes(HOUSE, tmp_path / "built", includeClasses=["IfcBuildingElement"])
    assert left + built == everything
    some = classes(HOUSE, tmp_path / "some", includeClasses=["IfcWall", "IfcDoor"], excludeClasses=["IfcWall"])
    assert some == Counter(IfcDoor=everything["IfcDoor"])


@pytest.mark.parametrize("option", ["includeClasses", "excludeClasses"])
def test_an_unknown_class_is_refused_by_name(walls: Path, tmp_path: Path, option: str) -> None:
    assert "IfcWal " in refused(walls, tmp_path, **{option: ["IfcSlab", "IfcWal"]}).message


def test_a_class_of_another_schema_matches_nothing(walls: Path, tmp_path: Path) -> None:
    assert classes(walls, tmp_path, excludeClasses=["IfcCourse"]) == Counter(IfcWall=2, IfcWindow=1)


def test_elements_are_chosen_by_global_id(walls: Path, tmp_path: Path) -> None:
    first, window = named(walls, "Wall 1"), named(walls, "Window")
    both = glb_of(walls, tmp_path / "both", includeGlobalIds=[first, window])
    assert both.drawn().keys() == {first, window}
    single = glb_of(walls, tmp_path / "single", includeGlobalIds=[first, window], excludeGlobalIds=[window])
    assert single.drawn().keys() == {first}
    # A hole stays a hole when the wall is alone: the faces of 5 x 3 x 0.2, less the window, plus its sides.
    assert only(single).area == pytest.approx(30 + 3.2 - 2 * 1.2 + 2 * 0.2 * 2.2, rel=1e-4)


@pytest.mark.parametrize("by", ["name", "globalId"])
def test_storeys_are_chosen_by_name_or_global_id(walls: Path, tmp_path: Path, by: str) -> None:
    storey = "First floor" if by == "name" else named(walls, "First floor")
    assert glb_of(walls, tmp_path, storeys=[storey]).drawn().keys() == {named(walls, "Wall 2")}
    both = glb_of(walls, tmp_path / "both", storeys=[storey, "Ground floor"])
    assert len(both.drawn()) == 3


def test_an_unknown_storey_is_refused_and_the_known_ones_listed(walls: Path, tmp_path: Path) -> None:
    failure = refused(walls, tmp_path, storeys=["Ground floor", "Attic"])
    assert "Attic" in failure.message
    assert "Ground floor" not in failure.message
    assert "First floor, Ground floor" in failure.hint


def test_spaces_are_shown_on_request_and_openings_never(walls: Path, tmp_path: Path) -> None:
    assert classes(walls, tmp_path / "hide", spaces="hide") == Counter(IfcWall=2, IfcWindow=1)
    assert classes(walls, tmp_path / "show", spaces="show") == Counter(IfcWall=2, IfcWindow=1, IfcSpace=1)
    with_openings = ["IfcOpeningElement", "IfcWindow"]
    assert classes(walls, tmp_path / "open", includeClasses=with_openings) == Counter(IfcWindow=1)


@pytest.mark.parametrize(
    ("contexts", "expected"),
    [([], "12"), (["Body"], "1"), (["Tessellation"], "2"), (["Body", "Tessellation"], "12"), (["Model"], "12")],
)
def test_contexts_choose_representations(tmp_path: Path, contexts: list[str], expected: str) -> None:
    path = samples.write(samples.two_contexts(), tmp_path / "contexts.ifc")
    drawn = glb_of(path, tmp_path / "out", contexts=contexts).drawn().values()
    assert sorted(element.extras["name"] for element in drawn) == [f"Box {number}" for number in expected]


def test_an_unknown_context_is_refused_and_the_known_ones_listed(tmp_path: Path) -> None:
    path = samples.write(samples.two_contexts(), tmp_path / "contexts.ifc")
    failure = refused(path, tmp_path / "out", contexts=["Body", "Facetation"])
    assert failure.message.endswith("called Facetation")
    assert "Body, Model, Tessellation" in failure.hint


def test_linear_deflection_bounds_the_distance_to_the_curve(column: Path, tmp_path: Path) -> None:
    sizes = {}
    for deflection in (0.05, 0.001):
        element = only(glb_of(column, tmp_path / str(deflection), linearDeflection=deflection, angularDeflection=2.0))
        sizes[deflection] = len(element.triangles)
        assert sagitta(element) <= deflection
    assert sizes[0.001] > 2 * sizes[0.05]


def test_angular_deflection_bounds_the_angle_between_segments(column: Path, tmp_path: Path) -> None:
    sizes = {}
    for angle in (0.5, 0.1):
        element = only(glb_of(column, tmp_path / str(angle), linearDeflection=0.05, angularDeflection=angle))
        sizes[angle] = len(element.triangles)
        assert segments(element) >= math.tau / angle
    assert sizes[0.1] > 2 * sizes[0.5]


def segments(element: GlbElement) -> int:
    """Return how many sides the round column has."""
    return len(np.unique(np.round(element.positions[element.positions[:, 2] > 1.5, :2], 4), axis=0))


def sagitta(element: GlbElement) -> float:
    """Return the largest distance between the circle and its polygon."""
    return 0.5 * (1 - math.cos(math.pi / segments(element)))


def test_normals_are_none_flat_or_smooth(column: Path, tmp_path: Path) -> None:
    assert not len(only(glb_of(column, tmp_path / "none", normals="none")).normals)
    flat, smooth = (only(glb_of(column, tmp_path / kind, normals=kind)) for kind in ("flat", "smooth"))
    for element in (flat, smooth):
        faces = element.face_vectors()
        faces /= np.linalg.norm(faces, axis=1, keepdims=True)
        cosines = np.einsum("ij,ikj->ik", faces, element.normals[element.triangles])
        # Smooth: vertices of the mantle look along the radius, between two faces; the caps keep their crease.
        assert cosines.min() > (0.999 if element is flat else 0.9)
        assert (cosines.min() < 0.9999) == (element is smooth)
    radial = smooth.normals[np.abs(smooth.normals[:, 2]) < 0.5]
    places = smooth.positions[np.abs(smooth.normals[:, 2]) < 0.5]
    assert np.einsum("ij,ij->i", radial[:, :2], places[:, :2] / 0.5).min() > 0.99


@pytest.fixture(scope="module")
def far_box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("far") / "far.ifc"
    return samples.write(samples.box(at=(12_345.0, -54_321.0, 10.0)), path)


@pytest.mark.parametrize(
    ("options", "shift"),
    [
        ({"origin": "auto"}, (12_300, -54_300, 0)),
        ({"origin": "none"}, (0, 0, 0)),
        ({"origin": "explicit", "originOffset": [12_000.5, -54_000.25, 1.0]}, (12_000.5, -54_000.25, 1)),
    ],
)
def test_the_origin_is_shifted_as_requested(
    far_box: Path, tmp_path: Path, options: dict[str, Any], shift: tuple[float, ...]
) -> None:
    glb = glb_of(far_box, tmp_path, **options)
    assert tuple(glb.origin_shift) == shift
    box = only(glb).box
    assert box.tolist() == [
        pytest.approx([12_345, -54_321, 10], abs=0.004),
        pytest.approx([12_349, -54_318, 10.2], abs=0.004),
    ]


def test_a_model_near_the_origin_is_not_shifted(walls: Path, tmp_path: Path) -> None:
    assert not glb_of(walls, tmp_path, origin="auto").origin_shift.any()


@pytest.mark.parametrize("options", [{"origin": "explicit"}, {"originOffset": [1.0, 2.0, 3.0]}])
def test_an_explicit_origin_requires_its_point_and_vice_versa(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="originOffset"):
        GltfOptions.model_validate(options)


def test_compression_uses_the_extensions_and_saves_bytes(tmp_path: Path) -> None:
    sizes, extensions, boxes = [], [], []
    for compression in ("none", "quantize", "meshopt"):
        finished = finish(HOUSE, tmp_path / compression, compression=compression)
        glb = Glb(finished.glb)
        sizes.append(finished.glb.stat().st_size)
        extensions.append(set(glb.json.get("extensionsRequired", ())))
        boxes.append({key: element.box for key, element in glb.drawn().items()})
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[2] < 0.8 * sizes[0]
    assert extensions[0] & {"KHR_mesh_quantization", "EXT_meshopt_compression"} == set()
    assert extensions[1] == {"KHR_mesh_quantization"}
    assert extensions[2] == {"KHR_mesh_quantization", "EXT_meshopt_compression"}
    for packed in boxes[1:]:
        assert packed.keys() == boxes[0].keys()
        assert max(np.abs(packed[key] - box).max() for key, box in boxes[0].items()) < 0.002


def test_nodes_are_named_by_global_id_or_name(walls: Path, tmp_path: Path) -> None:
    first = named(walls, "Wall 1")
    assert glb_of(walls, tmp_path / "ids", names="globalId").elements[first].name == first
    glb = glb_of(walls, tmp_path / "names", names="name")
    assert glb.elements[first].name == "Wall 1"
    assert glb.elements[first].extras == {"globalId": first, "class": "IfcWall", "name": "Wall 1"}
    assert list(ancestors(glb, first)) == ["IfcBuildingStorey", "IfcBuilding", "IfcSite", "IfcProject"]


def test_extras_contain_properties_on_request(walls: Path, tmp_path: Path) -> None:
    first = named(walls, "Wall 1")
    assert glb_of(walls, tmp_path / "ids", extras="ids").elements[first].extras.keys() == {"globalId", "class", "name"}
    glb = glb_of(walls, tmp_path / "all", extras="properties")
    sets = glb.elements[first].extras["properties"]
    assert sets["Pset_WallCommon"] == {"FireRating": "EI60", "IsExternal": True, "ThermalTransmittance": 0.24}
    assert sets["Qto_WallBaseQuantities"] == {"Length": 5.0, "Height": 3.0}
    assert sets.keys() >= {"Pset_WallCommon", "Qto_WallBaseQuantities"}
    assert sorted(p.name for p in (tmp_path / "all").iterdir()) == ["manifest.json", "model.glb"]


def test_the_element_deadline_is_taken_from_the_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = samples.write(samples.boxes(2), tmp_path / "boxes.ifc")
    victim = named(path, "Box 1")
    monkeypatch.setenv("PYTHONPATH", str(FAULTY_ENGINE), prepend=os.pathsep)
    monkeypatch.setenv("IFCJOB_TEST_FAULTS", json.dumps({"kernel": {victim: "hang"}, "lite": "nothing"}))
    engine_process.stop()
    try:
        finished = finish(path, tmp_path / "out", elementDeadlineSeconds=0.2)
    finally:
        engine_process.stop()
    skipped = {"globalId": victim, "class": "IfcBuildingElementProxy", "reason": "DeadlineExceeded"}
    assert finished.manifest["coverage"]["skipped"] == [skipped]
    assert Glb(finished.glb).drawn().keys() == {named(path, "Box 2")}
    assert finished.report.seconds < 5
