"""`ifcjob run` on a terminal, on a scripted pipeline: bars while it runs, tables at the end."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from ifcjob.manifest import MEDIA_TYPES
from ifcjob_cli.display.details import PURPOSES
from tests.cli.command import run_on_terminal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def models(tmp_path: Path) -> Path:
    scripts = {"a": {}, "bad": {"fail": "NotAnIfcFile"}, "odd": {"doubt": 2}, "thin [x]": {"skip": 7, "findings": 2}}
    for name, script in scripts.items():
        (tmp_path / f"{name}.ifc").write_text(json.dumps(script))
    return tmp_path


def test_progress_shows_every_stage_and_processed_elements(models: Path) -> None:
    screen = run_on_terminal("run", "a.ifc", cwd=models)
    assert screen.code == 0
    for stage in ("fetch", "inspect", "metadata", "spatial tree", "properties", "geometry", "gltf", "publish"):
        assert f"  {stage} " in screen.text
    assert "━" in screen.text
    assert "756 / 1,512" in screen.text
    assert "\x1b[?25h" in screen.raw  # the cursor is back


def test_summary_of_one_file_has_all_details(models: Path) -> None:
    last = run_on_terminal("run", "thin [x].ifc", cwd=models).last
    for text in ("IFC4", "1,512", "99.5 %", "23,020", "360 kB", "1.93 s", "212 MB", "Degraded"):
        assert text in last
    assert "geometry      0.60 s" in last
    assert "DuplicateGlobalId" in last
    assert "0000000000000000000004  IfcWall  no triangles" in last
    assert "… and 2 more in manifest.json" in last
    assert "Artifacts  ifcjob-out/thin [x]/\n" in re.sub(" +\n", "\n", last)
    assert re.search(r"model.glb +360 kB  the 3D model", last)


def test_several_files_get_one_line_each_and_a_table(models: Path) -> None:
    screen = run_on_terminal("run", "a.ifc", "bad.ifc", "thin [x].ifc", cwd=models, columns=140)
    assert screen.code == 65
    assert "[2/3] bad.ifc" in screen.text
    assert "[3/3] thin [x].ifc" in screen.text
    assert "✓ a.ifc  IFC4 · 1,512 elements · 100 % with geometry · 1.93 s" in screen.text
    rows = [line.split() for line in screen.last.splitlines() if line.startswith((" ✓", " ✗", " !"))]
    assert [row[-1] for row in rows] == ["Succeeded", "NotAnIfcFile", "Degraded"]
    assert "Artifacts" not in screen.text


def test_files_side_by_side_have_a_bar_each_below_one_for_all(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.ifc").write_text('{"pause": 0.02}')
    screen = run_on_terminal("run", ".", "--parallel", "2", cwd=tmp_path, columns=100)
    assert re.search(r"3 files .* 0 / 3 .*\n\[1/3\] a\.ifc .*\n\[2/3\] b\.ifc .* %", screen.text)
    assert re.search(r"3 files .* 2 / 3 .*\n\[3/3\] c\.ifc .* %", screen.text)
    assert "fetch" not in screen.text  # bars of stages would not fit
    assert "\x1b[?25h" in screen.raw  # the cursor is back
    assert [screen.last.count(f"{name}.ifc") for name in "abc"] == [1, 1, 1]


def test_doubtful_elements_are_counted_and_listed(models: Path) -> None:
    assert "100 % with geometry, 2 doubtful" in run_on_terminal("run", "a.ifc", "odd.ifc", cwd=models).text
    last = run_on_terminal("run", "odd.ifc", cwd=models).last
    assert "Elements with doubtful geometry (2)" in last
    assert "0000000000000000000001  IfcSlab  open surface" in last


def test_failure_shows_message_hint_and_log(models: Path) -> None:
    (models / "bad.ifc").write_text(json.dumps({"fail": "NotAnIfcFile", "at": "metadata"}))
    screen = run_on_terminal("run", "bad.ifc", cwd=models)
    assert "NotAnIfcFile" in screen.last
    assert "It is what the script says." in screen.last
    assert "Export the model again" in screen.last
    assert "Log: ifcjob-out/ifcjob.log" in screen.last
    (line,) = map(json.loads, (models / "ifcjob-out" / "ifcjob.log").read_text().splitlines())
    assert (line["event"], line["reason"]) == ("run failed", "NotAnIfcFile")


def test_files_that_fail_at_once_leave_no_folder(models: Path) -> None:
    screen = run_on_terminal("run", "bad.ifc", "gone.ifc", cwd=models)
    assert screen.code == 65
    assert "Log:" not in screen.text
    assert not (models / "ifcjob-out").exists()


def test_verbose_shows_all_elements(models: Path) -> None:
    last = run_on_terminal("run", "thin [x].ifc", "--verbose", cwd=models).last
    assert "0000000000000000000006  IfcWall  no triangles" in last
    assert "more in manifest.json" not in last


def test_log_format_replaces_the_bars(models: Path) -> None:
    screen = run_on_terminal("run", "a.ifc", "--log-format", "json", cwd=models)
    assert [json.loads(line)["event"] for line in screen.raw.splitlines()][-1] == "run finished"
    assert not (models / "ifcjob-out" / "ifcjob.log").exists()


@pytest.mark.parametrize("columns", [60, 80, 119, 200])
def test_no_line_exceeds_the_terminal_width(models: Path, columns: int) -> None:
    for arguments in (["thin [x].ifc"], ["a.ifc", "bad.ifc", "thin [x].ifc"]):
        screen = run_on_terminal("run", *arguments, cwd=models, columns=columns)
        assert max(len(line.rpartition("\r")[2]) for line in screen.text.splitlines()) <= columns
        assert "Findings" in screen.last


def test_no_color_variable_disables_colours(models: Path) -> None:
    colours = ("\x1b[31m", "\x1b[1;31m", "\x1b[32m", "\x1b[1;32m", "\x1b[38;")
    colourful = run_on_terminal("run", "a.ifc", "bad.ifc", cwd=models).raw
    plain = run_on_terminal("run", "a.ifc", "bad.ifc", cwd=models, NO_COLOR="1").raw
    assert any(colour in colourful for colour in colours)
    assert not any(colour in plain for colour in colours)


def test_quiet_shows_failures_only(models: Path) -> None:
    assert run_on_terminal("run", "a.ifc", "thin [x].ifc", "--quiet", cwd=models).text == ""
    assert "NotAnIfcFile" in run_on_terminal("run", "a.ifc", "bad.ifc", "--quiet", cwd=models).text


def test_json_omits_the_summary(models: Path) -> None:
    screen = run_on_terminal("run", "a.ifc", "--json", cwd=models)
    assert "geometry" in screen.text
    assert "Artifacts" not in screen.text
    assert '"outcome":"Succeeded"' in screen.last


def test_dumb_terminal_gets_log_lines(models: Path) -> None:
    screen = run_on_terminal("run", "a.ifc", cwd=models, TERM="dumb")
    assert [json.loads(line)["event"] for line in screen.raw.splitlines()][-1] == "run finished"


def test_every_artifact_has_a_purpose() -> None:
    assert PURPOSES.keys() == MEDIA_TYPES.keys()


def test_the_table_does_not_break_names_of_files(models: Path) -> None:
    last = run_on_terminal("run", "a.ifc", "bad.ifc", "thin [x].ifc", cwd=models, columns=120).last
    assert "✓ a.ifc" in last
    assert "! thin [x].ifc" in last
