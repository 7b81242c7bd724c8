"""A REAL attribute that is written as an integer (`0` instead of `0.`) is read as the same number."""

import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.runner.step_files import step_file
from tests.support.corpus import REPOSITORY
from tests.support.runs import Finished, run_file

WHOLE = re.compile(rb"(?<![\w.'#])(-?\d+)\.(?=[,)])")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Finished, Finished]:
    """The example house, and the same with every whole number written as an integer."""
    folder = tmp_path_factory.mktemp("house")
    content = (REPOSITORY / "examples" / "house.ifc").read_bytes()
    written = {"reals": content, "integers": WHOLE.sub(rb"\1", content)}
    assert len(WHOLE.findall(content)) > 1000
    for name, text in written.items():
        (folder / name).mkdir()
        (folder / name / "house.ifc").write_bytes(text)
    reals, integers = (run_file(folder / name / "house.ifc", folder / f"{name}-out") for name in written)
    return reals, integers


@pytest.mark.parametrize("name", ["spatial-tree.json", "elements.parquet", "relations.parquet", "model.glb"])
def test_whole_numbers_change_no_artifact(name: str, runs: tuple[Finished, Finished]) -> None:
    reals, integers = runs
    assert (reals.folder / name).read_bytes() == (integers.folder / name).read_bytes()


def test_whole_numbers_change_no_number_of_a_property(runs: tuple[Finished, Finished]) -> None:
    rows = [pq.read_table(r.folder / "properties.parquet").drop_columns("value") for r in runs]
    assert rows[0] == rows[1]


def test_whole_numbers_change_no_metadata(runs: tuple[Finished, Finished]) -> None:
    documents = [r.document("metadata.json") for r in runs]
    for document in documents:
        del document["file"]
    assert documents[0] == documents[1]


@pytest.mark.parametrize(
    ("schema", "lines", "expected"),
    [
        ("IFC2X3", "#5=IFCBUILDINGSTOREY(GUID,'S',$,$,$,$,$,.ELEMENT.,-3)", -3),
        ("IFC4", "#5=IFCBUILDING(GUID,'B',$,$,$,$,$,.ELEMENT.,0,$,$)", 0),
        ("IFC4", "#5=IFCSITE(GUID,'S',$,$,$,$,$,.ELEMENT.,(50,0,0),(7,0,0),12,$,$)", 12),
        ("IFC4", "#5=IFCSPACE(GUID,'S',$,$,$,$,$,.ELEMENT.,$,1)", 1),
        ("IFC4X3_ADD2", "#5=IFCBUILDINGSTOREY(GUID,'S',$,$,$,$,$,.ELEMENT.,1.5)", 1.5),
        ("IFC4", "#5=IFCBUILDINGSTOREY(GUID,'S',$,$,$,$,$,.ELEMENT.,$)", None),
    ],
)
def test_an_elevation_is_a_number_however_it_is_written(
    schema: str, lines: str, expected: float | None, tmp_path: Path
) -> None:
    text = f"#1=IFCPROJECT(GUID,'P',$,$,$,$,$,$)\n#2=IFCRELAGGREGATES(GUID,$,$,#1,(#5))\n{lines}"
    tree: dict[str, Any] = run_file(
        step_file(tmp_path, text, schema), tmp_path / "out", operations={"spatialTree": {}, "metadata": {}}
    ).document("spatial-tree.json")
    assert tree["root"]["children"][0]["elevation"] == expected
