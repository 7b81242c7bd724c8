"""Nothing empty passes a gate: unknown GlobalIds, empty selections, empty files, and the folders of failed runs."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from ifcjob.failures import FailureReason
from ifcjob.report import Failure
from tests.runner.step_files import PROJECT, guid, step_file
from tests.support import samples
from tests.support.runs import Finished, run_file

FAIL = {"minimum": 0.5, "onShortfall": "Fail"}


def failure_of(finished: Finished) -> Failure:
    assert finished.report.failure is not None
    assert finished.report.failure.hint
    return finished.report.failure


def findings_of(finished: Finished) -> dict[str, dict[str, Any]]:
    return {finding["code"]: finding for finding in finished.manifest["findings"]}


@pytest.mark.parametrize("option", ["includeGlobalIds", "excludeGlobalIds"])
def test_an_unknown_global_id_is_refused_by_name(option: str, walls: Path, tmp_path: Path) -> None:
    unknown = [guid(n) for n in (901, 902)]
    failure = failure_of(run_file(walls, tmp_path / "out", gltf={option: unknown}))
    assert failure.reason == FailureReason.INVALID_REQUEST
    assert failure.message == f"no element has the GlobalId {unknown[0]}, {unknown[1]}"
    assert "elements.parquet" in failure.hint


def test_many_unknown_global_ids_are_counted(walls: Path, tmp_path: Path) -> None:
    unknown = [guid(n) for n in range(901, 910)]
    failure = failure_of(run_file(walls, tmp_path / "out", gltf={"includeGlobalIds": unknown}))
    assert failure.message.endswith(f"{guid(905)} and 4 more")


@pytest.mark.parametrize("rule", [{}, FAIL, FAIL | {"minimum": 0}], ids=["degrade", "fail", "no minimum"])
def test_a_selection_that_leaves_nothing_is_a_finding_or_a_shortfall(
    rule: dict[str, Any], walls: Path, tmp_path: Path
) -> None:
    operations = {"gltf": {"includeClasses": ["IfcRoof"]}}
    finished = run_file(walls, tmp_path / "out", operations=operations, coverage=rule)
    message = "The GLB is empty: no selected element has a body"
    if rule == FAIL:
        failure = failure_of(finished)
        assert failure.reason == FailureReason.COVERAGE_SHORTFALL
        assert failure.message == f"{message}; 50% are required"
        return
    assert finished.report.outcome == "Succeeded"
    findings = findings_of(finished)["NothingDrawn"]
    assert (findings["severity"], findings["message"]) == ("error", message)


BOX_WITHOUT_PROJECT = """
#1=IFCWALL(GUID,'Wall',$,$,$,#2,$,$)
#2=IFCPRODUCTDEFINITIONSHAPE($,$,(#3))
#3=IFCSHAPEREPRESENTATION(#4,'Body','CSG',(#5))
#4=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,0.01,$,$)
#5=IFCBLOCK(#6,1.,2.,3.)
#6=IFCAXIS2PLACEMENT3D(#7,$,$)
#7=IFCCARTESIANPOINT((0.,0.,0.))
"""


@pytest.mark.parametrize("operations", [{"gltf": {}}, {"gltf": {}, "metadata": {}}], ids=["gltf", "metadata"])
@pytest.mark.parametrize(
    ("lines", "code", "message"),
    [
        ("#1=IFCPROJECT(GUID,'P',$,$,$,$,$,$)", "NoProducts", "The file has no products"),
        (BOX_WITHOUT_PROJECT, "NoProject", "The file has no IfcProject"),
        (PROJECT, "NothingDrawn", "The GLB is empty: no element has a body"),
    ],
    ids=["no products", "no project", "no bodies"],
)
def test_an_empty_file_fails_the_gate_with_its_reason(
    lines: str, code: str, message: str, operations: dict[str, Any], tmp_path: Path
) -> None:
    path = step_file(tmp_path, lines)
    finished = run_file(path, tmp_path / "passed", operations=operations)
    assert finished.report.outcome == "Succeeded"
    assert findings_of(finished)[code]["severity"] == "error"
    failure = failure_of(run_file(path, tmp_path / "failed", operations=operations, coverage=FAIL))
    assert failure.reason == FailureReason.COVERAGE_SHORTFALL
    assert failure.message.startswith(message)


def test_an_element_that_draws_nothing_is_a_finding(tmp_path: Path) -> None:
    path = samples.write(samples.with_broken_element(), tmp_path / "broken.ifc")
    finished = run_file(path, tmp_path / "out")
    (skipped,) = finished.report.skipped
    findings = findings_of(finished)
    assert findings["NotDrawn"]["globalIds"] == [skipped.global_id]
    assert findings["NotDrawn"]["message"] == "1 elements have a body but draw nothing: NoGeometry"
    assert "NothingDrawn" not in findings


def test_a_file_that_draws_nothing_at_all_is_a_finding(tmp_path: Path) -> None:
    path = step_file(
        tmp_path, PROJECT + "#30=" + BOX_WITHOUT_PROJECT.strip()[3:].replace("IFCBLOCK(#6,1.", "IFCBLOCK(#6,0.")
    )
    findings = findings_of(run_file(path, tmp_path / "out"))
    assert findings["NothingDrawn"]["message"] == "The GLB is empty: none of 1 elements could be drawn"


@pytest.mark.parametrize("text", ["not a model", None], ids=["refused", "shortfall"])
def test_a_failed_run_leaves_no_folder_that_it_made(text: str | None, tmp_path: Path) -> None:
    path = samples.write(samples.empty(), tmp_path / "model.ifc")
    if text is not None:
        path.write_text(text)
    (tmp_path / "mine").mkdir()
    assert run_file(path, tmp_path / "new" / "deeper", coverage=FAIL).report.failure
    assert run_file(path, tmp_path / "mine", coverage=FAIL).report.failure
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine", "model.ifc"]
    assert list((tmp_path / "mine").iterdir()) == []


def test_a_failed_run_leaves_a_folder_that_another_run_uses(tmp_path: Path) -> None:
    path = samples.write(samples.box(), tmp_path / "box.ifc")
    assert run_file(path, tmp_path / "out" / "good").report.outcome == "Succeeded"
    path.write_text("not a model")
    assert run_file(path, tmp_path / "out" / "bad").report.failure
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["good"]


def test_counts_are_those_of_their_sentences(walls: Path, tmp_path: Path) -> None:
    finished = run_file(walls, tmp_path / "out")
    counts = finished.document("metadata.json")["counts"]
    # Written by hand: two walls, a window, an opening, a space, a site, a building and two storeys.
    rows = pq.read_table(finished.folder / "elements.parquet").to_pylist()
    assert finished.report.summary.elements == counts["elements"] == 3
    assert counts["products"] == sum(counts["byClass"].values()) == len(rows)
    assert {"IfcOpeningElement", "IfcSpace", "IfcBuildingStorey"} <= {row["class"] for row in rows}
