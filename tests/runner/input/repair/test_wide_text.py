"""Files in UTF-16 or UTF-32 are read as their characters say, with a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ifcopenshell
import pytest

from tests.support.runs import run_file
from tests.support.solid_text import SolidText
from tests.support.step_text import GOOD, inspected

if TYPE_CHECKING:
    from pathlib import Path

    from ifcjob.manifest import Finding

TEXT = GOOD.replace("Ada", "Größe 壁 \U0001f600")


def codes(findings: list[Finding]) -> dict[str, str]:
    return {finding.code: finding.message for finding in findings}


@pytest.mark.parametrize("mark", ["\ufeff", ""], ids=["mark", "no mark"])
@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_a_file_in_utf16_is_read(tmp_path: Path, codec: str, mark: str) -> None:
    result = inspected(tmp_path, (mark + TEXT).encode(codec))
    assert "The file is in UTF-16" in codes(result.findings)["WideText"]
    model = ifcopenshell.open(result.path, lazy=True)
    assert model.by_id(1)[1].encode("utf-16", "surrogatepass").decode("utf-16") == "Größe 壁 \U0001f600"
    assert len(list(model)) == 3


@pytest.mark.parametrize("codec", ["utf-32-le", "utf-32-be"])
def test_a_file_in_utf32_is_read(tmp_path: Path, codec: str) -> None:
    result = inspected(tmp_path, ("\ufeff" + GOOD).encode(codec))
    assert "UTF-32" in codes(result.findings)["WideText"]
    assert len(list(ifcopenshell.open(result.path, lazy=True))) == 3


def test_half_a_character_in_utf16_is_an_error_that_is_counted(tmp_path: Path) -> None:
    content = ("\ufeff" + GOOD.replace("Ada", "A\ud83da")).encode("utf-16-le", "surrogatepass")
    result = inspected(tmp_path, content)
    (finding,) = [finding for finding in result.findings if finding.code == "WideText"]
    assert (finding.severity, finding.count) == ("error", 1)
    model = ifcopenshell.open(result.path, lazy=True)
    assert model.by_id(1)[1] == "A\ufffda"


def test_lines_of_other_findings_are_those_of_the_wide_file(tmp_path: Path) -> None:
    content = "\ufeff" + GOOD.replace("#2=IFCORGANIZATION($,'An office'", "#2=IFCORGANIZATION($,'An \\off'")
    result = inspected(tmp_path, content.encode("utf-16-be"))
    assert codes(result.findings)["NonStandardEscape"].endswith("line 9")


def test_a_whole_run_of_utf16_draws_the_same(tmp_path: Path) -> None:
    text = SolidText("IFC4", "m")
    text.wall([text.box((0, 0, 0), (1, 2, 3))], name="Wall")
    path = text.write(tmp_path / "a.ifc")
    plain = run_file(path, tmp_path / "plain")
    wide = tmp_path / "wide.ifc"
    wide.write_bytes(path.read_text(encoding="ascii").encode("utf-16"))
    finished = run_file(wide, tmp_path / "out")
    assert finished.report.outcome == "Succeeded", finished.report.failure
    assert finished.glb.read_bytes() == plain.glb.read_bytes()
    assert "WideText" in {finding["code"] for finding in finished.manifest["findings"]}
