"""`ifcjob inspect` shows facts about files without a run."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from tests.cli.command import REAL, run
from tests.runner.step_files import PROJECT, step_file
from tests.support import samples
from tests.support.corpus import corpus_file

if TYPE_CHECKING:
    from pathlib import Path

LINES = """
#30=IFCORGANIZATION($,'Org',$,$,$)
#31=IFCAPPLICATION(#30,'2021','Autodesk Revit','Revit')
#32=IFCWALL(GUID,'a',$,$,$,$,$,$)
#33=IFCWALL(GUID,'b',$,$,$,$,$,$)
"""


def test_json_has_header_schema_tool_size_and_counts(tmp_path: Path) -> None:
    path = step_file(tmp_path, PROJECT + LINES)
    done = run("inspect", "small.ifc", "--json", cwd=tmp_path, program=REAL)
    assert (done.returncode, done.stderr) == (0, "")
    facts = json.loads(done.stdout)
    assert (facts["schema"], facts["bytes"]) == ("IFC4", path.stat().st_size)
    assert facts["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert facts["applications"] == ["Autodesk Revit 2021"]
    header = facts["header"]
    assert (header["name"], header["timestamp"], header["authors"]) == ("näme.ifc", "2024-05-06T07:08:09", ["Ada"])
    assert header["originatingSystem"] == "Autodesk Revit 2021 (ENU)"
    assert (facts["classes"]["IfcWall"], facts["classes"]["IfcProject"], facts["products"]) == (2, 1, 4)


def test_text_shows_the_products(tmp_path: Path) -> None:
    step_file(tmp_path, PROJECT + LINES)
    text = run("inspect", "small.ifc", cwd=tmp_path, program=REAL).stdout
    assert "  application  Autodesk Revit 2021\n" in text
    assert "  2  IfcWall\n" in text
    assert "IfcOrganization" not in text
    assert "IfcOrganization" in run("inspect", "small.ifc", "--all", cwd=tmp_path, program=REAL).stdout


def test_archives_are_recognized_and_failures_do_not_stop_others(tmp_path: Path) -> None:
    samples.write(samples.box(), tmp_path / "box.ifczip")
    (tmp_path / "note.ifc").write_text("hello")
    done = run("inspect", "note.ifc", "box.ifczip", "--json", cwd=tmp_path, program=REAL)
    assert done.returncode == 65
    note, box = map(json.loads, done.stdout.splitlines())
    assert note["failure"]["reason"] == "NotAnIfcFile"
    assert box["stepBytes"] > box["bytes"]


def test_counts_equal_those_of_the_engine(tmp_path: Path) -> None:
    path = corpus_file("duplex_arch.ifc")
    facts = json.loads(run("inspect", path, "--json", cwd=tmp_path, program=REAL).stdout)
    run("run", path, "-o", "out", "--only", "metadata", cwd=tmp_path, program=REAL)
    counts = json.loads((tmp_path / "out" / "duplex_arch" / "metadata.json").read_bytes())["counts"]
    assert (facts["instances"], facts["products"]) == (counts["entities"], counts["products"])
    assert counts["byClass"].items() <= facts["classes"].items()
