"""Layers of items that only geometry reads: elements.parquet does not depend on the operations of the run."""

from pathlib import Path
from typing import Any

import ifcopenshell
import pyarrow.parquet as pq
import pytest

from ifcjob_runner.data.relations import layered_items
from tests.runner.malformed import GOOD, two_walls
from tests.support.runs import run_file

POLYLINE = """#80=IFCPOLYLINE((#33,#33))
#81=IFCSHAPEREPRESENTATION(#35,'Axis','Curve2D',(#80))
#82=IFCPRESENTATIONLAYERASSIGNMENT('of; the #1 ''axis''',$,(#39,#80),$)"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    written = two_walls(tmp_path, extra=POLYLINE)
    text = written.read_text(encoding="ascii")
    text = text.replace("#40=IFCPRODUCTDEFINITIONSHAPE($,$,(#39))", "#40=IFCPRODUCTDEFINITIONSHAPE($,$,(#81))")
    written.write_text(text, encoding="ascii")
    return written


@pytest.mark.parametrize("gltf", [True, False], ids=["with geometry", "without"])
def test_the_layer_of_a_polyline_is_listed(path: Path, tmp_path: Path, *, gltf: bool) -> None:
    operations: dict[str, Any] = {"properties": {}, **({"gltf": {}} if gltf else {})}
    finished = run_file(path, tmp_path / "out", operations=operations)
    rows = pq.read_table(finished.folder / "elements.parquet").to_pylist()
    assert {row["global_id"]: row["layers"] for row in rows}[GOOD] == ["of; the #1 'axis'"]


@pytest.mark.parametrize("name", ["IFCPRESENTATIONLAYERASSIGNMENT", "IfcPresentationLayerAssignment"])
@pytest.mark.parametrize("left_out", ["IfcPolyline", "IfcFace"])
def test_only_items_that_were_not_opened_are_lacking(path: Path, name: str, left_out: str) -> None:
    path.write_text(path.read_text(encoding="ascii").replace("IFCPRESENTATIONLAYERASSIGNMENT", name), encoding="ascii")
    file = ifcopenshell.open(str(path), lazy=True, bypass_types=(left_out,))
    assert layered_items.lacks_layered_items(file, path) is (left_out == "IfcPolyline")
