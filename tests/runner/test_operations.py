"""The artifacts of each set of operations; broken content, full disks and refused outputs."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from ifcjob.failures import FAILURES, FailureReason
from ifcjob.manifest import FORMAT_FILES, Manifest
from tests.runner.malformed import CYCLES, GOOD, NUMBERS, two_walls
from tests.runner.step_files import PROJECT, guid, step_file
from tests.support import samples
from tests.support.glb import Glb
from tests.support.runs import Finished, run_file
from tests.support.small_disk import small_disk
from tests.support.web import serve

ARTIFACTS = {
    "metadata": {"metadata.json"},
    "spatialTree": {"spatial-tree.json"},
    "properties": {"elements.parquet", "properties.parquet", "relations.parquet"},
    "gltf": {"model.glb"},
}
SUBSETS = [subset for size in range(1, 5) for subset in itertools.combinations(ARTIFACTS, size)]
ALL: dict[str, Any] = {name: {} for name in ARTIFACTS}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1500 boxes."""
    return samples.write(samples.boxes(1500), tmp_path_factory.mktemp("many") / "boxes.ifc")


def names(folder: Path) -> set[str]:
    """Return the files in a folder; a failed run removes the folder that it made."""
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def failure(finished: Finished) -> FailureReason:
    assert finished.report.failure is not None
    assert finished.report.failure.hint
    return finished.report.failure.reason


def assert_valid(finished: Finished) -> Glb:
    """Fail on an artifact that a strict reader would refuse."""
    for name in ("manifest.json", "metadata.json", "spatial-tree.json"):
        json.loads((finished.folder / name).read_text("utf-8"), parse_constant=pytest.fail)
    Manifest.model_validate(finished.manifest)
    for name in ("elements.parquet", "properties.parquet", "relations.parquet"):
        pq.read_table(finished.folder / name).validate(full=True)
    glb = Glb(finished.glb)
    json.dumps(glb.json, allow_nan=False)
    for element in glb.drawn().values():
        assert np.isfinite(element.positions).all()
    return glb


@pytest.mark.parametrize("subset", SUBSETS, ids="+".join)
def test_a_set_of_operations_makes_its_artifacts(subset: tuple[str, ...], tmp_path: Path) -> None:
    path = samples.write(samples.two_walls_with_opening(), tmp_path / "walls.ifc")
    complete = run_file(path, tmp_path / "all", operations=ALL)
    finished = run_file(path, tmp_path / "some", operations={name: {} for name in subset})
    expected = set().union(*(ARTIFACTS[name] for name in subset))
    assert names(finished.folder) == expected | {"manifest.json"}
    assert finished.manifest["options"].keys() == set(subset)
    assert (finished.manifest.get("coverage") is not None) == ("gltf" in subset)
    assert finished.manifest["findings"] == complete.manifest["findings"] or not {"metadata"} & set(subset)
    # Only geometry knows bounding boxes; the other content does not depend on the other operations.
    same = expected if "gltf" in subset else expected - {"metadata.json", "elements.parquet"}
    for name in same:
        assert (finished.folder / name).read_bytes() == (complete.folder / name).read_bytes(), name
    if "gltf" not in subset and "metadata" in subset:
        whole = complete.document("metadata.json") | {"boundingBox": None}
        assert finished.document("metadata.json") == whole


@pytest.mark.parametrize("formats", [[], ["csv"], ["xlsx"], ["ndjson"], ["csv", "xlsx", "ndjson", "sqlite", "duckdb"]])
def test_each_extra_format_has_one_line_per_value(formats: list[str], tmp_path: Path) -> None:
    path = samples.write(samples.two_walls_with_opening(), tmp_path / "walls.ifc")
    finished = run_file(path, tmp_path / "out", operations={"properties": {"formats": formats}})
    made = {name for kind in formats for name in FORMAT_FILES[kind]}
    assert names(finished.folder) == made | ARTIFACTS["properties"] | {"manifest.json"}
    rows = pq.read_table(finished.folder / "properties.parquet").num_rows
    assert rows > 0
    for kind, heading in (("csv", 1), ("ndjson", 0)):
        if kind in formats:
            assert len((finished.folder / f"properties.{kind}").read_text().splitlines()) == rows + heading


@pytest.mark.parametrize(
    ("rule", "fails"),
    [
        ({}, False),
        ({"minimum": 0.5, "onShortfall": "Fail"}, False),
        ({"minimum": 0.51, "onShortfall": "Fail"}, True),
        ({"minimum": 1.0, "onShortfall": "Degrade"}, False),
    ],
)
def test_the_coverage_rule_decides_if_a_shortfall_fails(rule: dict[str, Any], tmp_path: Path, *, fails: bool) -> None:
    path = samples.write(samples.with_broken_element(), tmp_path / "broken.ifc")
    finished = run_file(path, tmp_path / "out", coverage=rule)
    assert finished.report.degraded
    (skipped,) = finished.report.skipped
    assert (skipped.ifc_class, skipped.reason) == ("IfcWall", "NoGeometry")
    if not fails:
        assert finished.report.outcome == "Succeeded"
        assert finished.manifest["coverage"]["skipped"][0]["globalId"] == skipped.global_id
        assert (finished.manifest["formatVersion"], finished.manifest["outcome"]) == (1, "Degraded")
        return
    assert failure(finished) == FailureReason.COVERAGE_SHORTFALL
    assert finished.report.failure is not None
    assert finished.report.failure.element == skipped.global_id
    assert names(finished.folder) == set()


@pytest.mark.parametrize("broken", NUMBERS)
def test_a_broken_number_costs_at_most_its_element(broken: str, tmp_path: Path) -> None:
    finished = run_file(two_walls(tmp_path, **NUMBERS[broken]), tmp_path / "out", limits={"deadlineSeconds": 30})
    assert finished.report.outcome == "Succeeded", finished.report.failure
    assert GOOD in assert_valid(finished).drawn()
    assert finished.manifest["coverage"]["expected"] == 2


@pytest.mark.parametrize("place", ["(0.,nan,0.)", "(0.,1.E400,0.)", "(0.,1.)"])
def test_broken_coordinates_of_a_placement_are_a_finding(place: str, tmp_path: Path) -> None:
    finished = run_file(two_walls(tmp_path, place=place), tmp_path / "out")
    elements = {finding["code"]: finding["globalIds"] for finding in finished.manifest["findings"]}
    assert elements["InvalidCoordinates"] == [guid(50)]


@pytest.mark.parametrize("cycle", CYCLES)
def test_a_cycle_costs_at_most_its_element(cycle: str, tmp_path: Path) -> None:
    operations = ALL | {"gltf": {"extras": "properties", "elementDeadlineSeconds": 2}}
    path = two_walls(tmp_path, **CYCLES[cycle])
    finished = run_file(path, tmp_path / "out", operations=operations, limits={"deadlineSeconds": 30})
    assert finished.report.outcome == "Succeeded", finished.report.failure
    assert GOOD in assert_valid(finished).drawn()
    assert finished.manifest["coverage"]["expected"] == 2


def test_a_file_without_products_gives_empty_artifacts(tmp_path: Path) -> None:
    finished = run_file(samples.write(samples.empty(), tmp_path / "empty.ifc"), tmp_path / "out")
    assert finished.report.outcome == "Succeeded", finished.report.failure
    assert not assert_valid(finished).drawn()
    assert finished.manifest["coverage"] == {"expected": 0, "emitted": 0, "skipped": [], "doubtful": []}
    assert "NoProducts" in {finding["code"] for finding in finished.manifest["findings"]}
    assert pq.read_table(finished.folder / "elements.parquet").num_rows == 0
    assert finished.document("metadata.json")["boundingBox"] is None


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Tür".encode(), "Tür"),  # the engine would drop such bytes; a finding reports them
        ("Tür".encode("latin-1"), "Tür"),
        (b"T\\X2\\00FC\\X0\\r", "Tür"),
        (b"T\\X\\FCr", "Tür"),
        (b"T\\S\\|r", "Tür"),
        (b"\\X4\\0001F3E0\\X0\\", "\U0001f3e0"),
        (b"lone \\X2\\D83C\\X0\\", None),
        (b"\xff\xfe\x80", None),
        (b"tab\there", None),
    ],
)
def test_every_encoding_of_a_name_gives_valid_artifacts(written: bytes, name: str | None, tmp_path: Path) -> None:
    path = step_file(tmp_path, PROJECT + "#30=IFCWALL(GUID,'NAME',$,$,$,$,$,$)")
    path.write_bytes(path.read_bytes().replace(b"'NAME'", b"'" + written + b"'"))
    finished = run_file(path, tmp_path / "out", operations=ALL | {"properties": {"formats": ["csv", "xlsx", "ndjson"]}})
    assert finished.report.outcome == "Succeeded", finished.report.failure
    assert_valid(finished)
    rows = pq.read_table(finished.folder / "elements.parquet").to_pylist()
    (read,) = [row["name"] for row in rows if row["class"] == "IfcWall"]
    assert isinstance(read, str)
    if name is not None:
        assert read == name
    codes = {finding["code"] for finding in finished.manifest["findings"]}
    assert ("NonAsciiText" in codes) == any(byte > 127 for byte in written)


@pytest.mark.parametrize("written", [b"cut \\X2\\00", b"odd \\X2\\0\\X0\\", b"\\Q\\"])
def test_an_invalid_escape_sequence_has_a_failure_reason(written: bytes, tmp_path: Path) -> None:
    path = step_file(tmp_path, PROJECT + "#30=IFCWALL(GUID,'NAME',$,$,$,$,$,$)")
    path.write_bytes(path.read_bytes().replace(b"NAME", written))
    finished = run_file(path, tmp_path / "out")
    if finished.report.failure:
        assert failure(finished) == FailureReason.NOT_AN_IFC_FILE
        assert names(finished.folder) == set()
    else:
        assert_valid(finished)


# On each of these disks a different stage runs out of space.
@pytest.mark.parametrize("kilobytes", [8, 32, 96, 160, 240, 320, 448, 640, 1024])
def test_a_full_disk_is_reported_at_every_stage(many: Path, kilobytes: int, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", kilobytes) as disk:
        finished = run_file(many, disk / "out", operations=ALL | {"properties": {"formats": ["csv", "xlsx", "ndjson"]}})
        assert failure(finished) == FailureReason.DISK_FULL
        assert names(disk / "out") == set()


def test_a_full_scratch_disk_is_reported_before_any_upload(
    many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "disk", 256) as disk, serve() as site:
        monkeypatch.setattr("tempfile.tempdir", str(disk))
        uploads = {name: site.at(f"/{name}") for name in ("model.glb", "manifest.json")}
        finished = run_file(many, tmp_path / "unused", gltf={}, output={"uploads": uploads})
        assert failure(finished) == FailureReason.DISK_FULL
        assert names(disk) == set()
        assert not site.seen


def test_a_destination_that_is_a_file_is_refused(tmp_path: Path) -> None:
    path = samples.write(samples.box(), tmp_path / "box.ifc")
    (tmp_path / "out").write_text("in the way")
    assert failure(run_file(path, tmp_path / "out")) == FailureReason.OUTPUT_REJECTED
    assert (tmp_path / "out").read_text() == "in the way"


def test_an_artifact_name_taken_by_a_folder_is_refused(tmp_path: Path) -> None:
    path = samples.write(samples.box(), tmp_path / "box.ifc")
    (tmp_path / "out" / "model.glb" / "mine").mkdir(parents=True)
    assert failure(run_file(path, tmp_path / "out")) == FailureReason.OUTPUT_REJECTED
    assert "manifest.json" not in names(tmp_path / "out"), "the manifest commits a run"


def test_failures_of_this_module_are_not_bugs() -> None:
    for reason in (FailureReason.DISK_FULL, FailureReason.OUTPUT_REJECTED, FailureReason.COVERAGE_SHORTFALL):
        assert FAILURES[reason].fixer != "us"
