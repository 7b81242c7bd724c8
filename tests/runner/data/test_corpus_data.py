"""The data artifacts of a whole run on real files: published files equal the stages' results on the fully read file,
and the artifacts agree with each other. (That the stages equal `ifcopenshell.util` is tested beside them.)
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import ifcopenshell
import ifcopenshell.util.element
import numpy as np
import pyarrow.parquet as pq
import pytest

from ifcjob.tables import ELEMENTS
from ifcjob_runner.data.model import Model
from ifcjob_runner.data.relations.hierarchy import Hierarchy
from ifcjob_runner.stages.elements import elements
from ifcjob_runner.stages.properties import properties
from ifcjob_runner.stages.spatial_tree import spatial_tree
from tests.support.corpus import corpus_file
from tests.support.glb import Glb
from tests.support.runs import CorpusRuns, Finished

pytestmark = pytest.mark.corpus
util = ifcopenshell.util.element

MODELS = (
    "duplex_arch.ifc",  # IFC2X3, Revit
    "office_a.ifc",  # IFC2X3, Revit, through Solibri
    "largebuilding.ifc",  # IFC2X3, Revit
    "houten_kozijnen.ifc",  # IFC2X3, Archicad
    "acad2010.ifc",  # IFC2X3, AutoCAD Architecture
    "ac20_fzk.ifc",  # IFC4, Archicad
    "openhouse.ifc",  # IFC4, IfcOpenShell
    "infra_bridge.ifc",  # IFC4, SketchUp
    "hvac.ifc",  # IFC4X3, SketchUp
    "landscaping.ifc",  # IFC4X3, SketchUp
    "grf005.ifc",  # IFC4X3
)
DATA_COLUMNS = [c.name for c in ELEMENTS if not c.name.startswith("bbox_") and c.name != "triangles"]


class Case(NamedTuple):
    """A finished run, and the same file read as a whole by the reference library."""

    finished: Finished
    file: Any
    rows: list[dict[str, Any]]
    """elements.parquet."""

    @property
    def tree(self) -> dict[str, Any]:
        return self.finished.document("spatial-tree.json")


@pytest.fixture(scope="module", params=MODELS)
def case(request: pytest.FixtureRequest, corpus_runs: CorpusRuns) -> Case:
    path = corpus_file(request.param)
    finished = corpus_runs.of(request.param)
    assert finished.report.outcome == "Succeeded", finished.report.failure
    rows = pq.read_table(finished.folder / "elements.parquet").to_pylist()
    return Case(finished, ifcopenshell.open(path), rows)


def nodes(tree: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Yield every node of the tree with its parent's GlobalId."""
    pending: list[tuple[dict[str, Any], str | None]] = [(top, None) for top in (tree["root"], *tree["orphans"]) if top]
    while pending:
        node, parent = pending.pop()
        yield node, parent
        pending += [(below, node["globalId"]) for below in (*node.get("children", ()), *node["elements"])]


def test_artifacts_are_equal_with_and_without_geometry_only_instances(case: Case, tmp_path: Path) -> None:
    model = Model(case.file)
    hierarchy = Hierarchy(model)
    assert case.tree == json.loads(json.dumps(spatial_tree(model, hierarchy)))
    columns = elements(model, hierarchy)
    assert {name: [row[name] for row in case.rows] for name in DATA_COLUMNS} == columns
    properties(model, tmp_path / "properties.parquet")
    expected, published = (pq.read_table(f / "properties.parquet") for f in (tmp_path, case.finished.folder))
    assert published.equals(expected)


def test_counts_equal_the_file(case: Case) -> None:
    counts = case.finished.document("metadata.json")["counts"]
    products = case.file.by_type("IfcProduct")
    assert counts["entities"] == sum(1 for _ in case.file)
    assert counts["byClass"] == dict(sorted(Counter(product.is_a() for product in products).items()))
    assert counts["products"] == len(products) == len(case.rows)
    holes = len(case.file.by_type("IfcFeatureElementSubtraction"))
    assert counts["elements"] == len(case.file.by_type("IfcElement")) - holes == case.finished.report.summary.elements


def test_each_element_is_in_the_tree_once_below_its_container(case: Case) -> None:
    ids = [node["globalId"] for node, _ in nodes(case.tree)]
    assert len(ids) == len(set(ids))
    parents = {node["globalId"]: parent for node, parent in nodes(case.tree)}
    assert {product.GlobalId for product in case.file.by_type("IfcProduct")} <= parents.keys()
    for element in case.file.by_type("IfcElement"):
        container = util.get_container(element, should_get_direct=True)
        if container is not None:
            assert parents[element.GlobalId] == container.GlobalId
    project = case.file.by_type("IfcProject")[0]
    for structure in case.file.by_type("IfcSpatialStructureElement"):
        above = util.get_aggregate(structure)
        if above is not None:
            assert parents[structure.GlobalId] == above.GlobalId
    decomposition = {element.GlobalId for element in util.get_decomposition(project)}
    orphans = {node["globalId"] for node, _ in nodes({"root": None, "orphans": case.tree["orphans"]})}
    assert parents.keys() - orphans - {project.GlobalId} == decomposition


def test_rows_equal_the_tree_and_the_file(case: Case) -> None:
    parents = {node["globalId"]: parent for node, parent in nodes(case.tree)}
    for row in case.rows:
        element = case.file.by_id(row["step_id"])
        assert (row["global_id"], row["class"], row["name"]) == (element.GlobalId, element.is_a(), element.Name)
        assert (row["object_type"], row["tag"]) == (element.ObjectType, getattr(element, "Tag", None))
        assert row["parent_global_id"] == parents[row["global_id"]]
        assert row["predefined_type"] == expected_predefined_type(element)


def expected_predefined_type(element: Any) -> str | None:
    """Return the type's value, else the element's; `util.get_predefined_type` would return the ObjectType for none."""
    for owner, name in ((util.get_type(element), "ElementType"), (element, "ObjectType")):
        value: str | None = getattr(owner, "PredefinedType", None)
        if value == "USERDEFINED":
            return getattr(owner, name, None) or value
        if value and (value != "NOTDEFINED" or owner == element):
            return value
    return None


def test_boxes_and_triangles_equal_those_of_the_glb(case: Case) -> None:
    glb = Glb(case.finished.glb)
    drawn = glb.drawn()
    assert {row["global_id"] for row in case.rows if row["triangles"] is not None} == drawn.keys()
    for row in case.rows:
        box = [[row[f"bbox_{side}_{axis}"] for axis in "xyz"] for side in ("min", "max")]
        if row["global_id"] not in drawn:
            assert box == [[None] * 3] * 2
            continue
        element = drawn[row["global_id"]]
        assert np.abs(np.array(box) - element.box).max() < 1e-4
        assert row["triangles"] == len(element.triangles)
    total = sum(len(element.triangles) for element in drawn.values())
    assert total == case.finished.report.summary.triangles
    low, high = (np.array([element.box[side] for element in drawn.values()]) for side in (0, 1))
    whole = case.finished.document("metadata.json")["boundingBox"]
    assert whole["min"] == pytest.approx(low.min(0).tolist(), abs=1e-4)
    assert whole["max"] == pytest.approx(high.max(0).tolist(), abs=1e-4)


def test_nodes_of_the_glb_have_the_parents_of_the_tree(case: Case) -> None:
    in_tree = {node["globalId"]: (node, parent) for node, parent in nodes(case.tree)}
    for key, element in Glb(case.finished.glb).elements.items():
        node, parent = in_tree[key]
        assert element.parent == parent
        assert element.name == key
        assert element.extras["class"] == node["class"]
        assert element.extras.get("name") == node["name"]


def test_findings_of_metadata_and_manifest_are_equal(case: Case) -> None:
    findings = case.finished.manifest["findings"]
    assert findings == case.finished.document("metadata.json")["findings"]
    assert len(findings) == case.finished.report.summary.findings
