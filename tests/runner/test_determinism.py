"""The same file and options give the same bytes with any number of workers; a second run replaces the first."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import samples
from tests.support.corpus import REPOSITORY, corpus_file
from tests.support.runs import Finished, run_file

EVERYTHING: dict[str, Any] = {
    "metadata": {},
    "spatialTree": {},
    "properties": {"formats": ["csv", "xlsx", "ndjson", "sqlite"]},
    "gltf": {"normals": "smooth", "compression": "meshopt", "extras": "properties"},
}
PLAIN: dict[str, Any] = {"metadata": {}, "spatialTree": {}, "properties": {}, "gltf": {}}
FILES: dict[str, Callable[[], Path]] = {
    "house.ifc": lambda: REPOSITORY / "examples" / "house.ifc",
    "duplex_arch.ifc": lambda: corpus_file("duplex_arch.ifc"),
    "ac20_fzk.ifc": lambda: corpus_file("ac20_fzk.ifc"),
    "mini_project.ifc": lambda: corpus_file("mini_project.ifc"),
}


def finish(path: Path, folder: Path, operations: dict[str, Any], workers: int | None = None) -> Finished:
    finished = run_file(path, folder, operations=operations, limits={"workers": workers})
    assert finished.report.outcome == "Succeeded", finished.report.failure
    return finished


def comparable(finished: Finished) -> dict[str, Any]:
    """Return the manifest without measurements; the stages of several processes end in any order."""
    manifest = finished.manifest
    assert manifest.pop("cpuSeconds") > 0
    assert manifest.pop("peakMemoryBytes") > 0
    manifest["stages"] = sorted(stage["name"] for stage in manifest["stages"])
    return manifest


@pytest.mark.parametrize(
    ("name", "operations"),
    [
        ("house.ifc", PLAIN),
        ("house.ifc", EVERYTHING),
        ("duplex_arch.ifc", EVERYTHING),
        ("ac20_fzk.ifc", PLAIN),
        ("mini_project.ifc", PLAIN),
    ],
)
def test_artifacts_do_not_depend_on_the_number_of_workers(
    name: str, operations: dict[str, Any], tmp_path: Path
) -> None:
    path = FILES[name]()
    alone, together = (finish(path, tmp_path / str(workers), operations, workers) for workers in (1, 2))
    assert comparable(alone) == comparable(together)
    names = {artifact["name"] for artifact in alone.manifest["artifacts"]}
    for finished in (alone, together):
        assert {path.name for path in finished.folder.iterdir()} == names | {"manifest.json"}
        for artifact in finished.manifest["artifacts"]:
            content = (finished.folder / artifact["name"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == artifact["sha256"], artifact["name"]


def test_the_path_of_the_file_changes_only_the_manifest(tmp_path: Path) -> None:
    original, copy = (samples.write(samples.box(), tmp_path / folder / "box.ifc") for folder in ("here", "there"))
    first, second = (finish(path, tmp_path / path.parent.name / "out", PLAIN) for path in (original, copy))
    assert first.manifest["input"] != second.manifest["input"]
    assert first.manifest["artifacts"] == second.manifest["artifacts"]


def test_a_second_run_replaces_its_artifacts_and_removes_others(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    samples.write(samples.box(), tmp_path / "box.ifc")
    samples.write(samples.boxes(2), tmp_path / "boxes.ifc")
    first = finish(tmp_path / "box.ifc", folder, EVERYTHING)
    assert {"properties.xlsx", "properties.csv", "elements.csv", "properties.ndjson", "model.sqlite"} <= {
        path.name for path in folder.iterdir()
    }
    before = first.manifest
    hashes = {artifact["name"]: artifact["sha256"] for artifact in before["artifacts"]}
    (folder / "notes.txt").write_text("mine")
    second = finish(tmp_path / "boxes.ifc", folder, {"metadata": {}, "properties": {"formats": ["csv"]}})
    tables = {"elements.parquet", "properties.parquet", "relations.parquet"}
    made = tables | {"metadata.json", "elements.csv", "properties.csv"}
    assert {path.name for path in folder.iterdir()} == made | {"manifest.json", "notes.txt"}
    assert {artifact["name"] for artifact in second.manifest["artifacts"]} == made
    changed = {
        artifact["name"] for artifact in second.manifest["artifacts"] if hashes[artifact["name"]] != artifact["sha256"]
    }
    assert {"elements.parquet", "metadata.json"} <= changed
    assert second.manifest["input"]["sha256"] != before["input"]["sha256"]


def test_a_failed_run_keeps_the_earlier_artifacts(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    samples.write(samples.box(), tmp_path / "box.ifc")
    finish(tmp_path / "box.ifc", folder, PLAIN)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (tmp_path / "box.ifc").write_text("no longer a model")
    assert run_file(tmp_path / "box.ifc", folder).report.failure
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
