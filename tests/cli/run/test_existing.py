"""`--skip-existing` skips exactly the files whose artifacts would be the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.command import REAL, run, run_on_terminal
from tests.support import samples

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def processed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("existing")
    samples.write(samples.with_broken_element(), folder / "house.ifc")
    done = run("run", "house.ifc", "--skip-existing", "--json", cwd=folder, program=REAL)
    assert "existing" not in json.loads(done.stdout)
    return folder


def plan(folder: Path, *arguments: str) -> str:
    done = run("run", "house.ifc", "--skip-existing", "--dry-run", "--json", *arguments, cwd=folder, program=REAL)
    action: str = json.loads(done.stdout)["action"]
    return action


def edited(folder: Path, **fields: Any) -> bytes:
    """Change the manifest, and return the previous one."""
    path = folder / "ifcjob-out" / "house" / "manifest.json"
    before = path.read_bytes()
    path.write_text(json.dumps(json.loads(before) | fields))
    return before


def test_the_same_file_with_the_same_options_is_skipped(processed: Path) -> None:
    manifest = processed / "ifcjob-out" / "house" / "manifest.json"
    before = manifest.stat().st_mtime_ns
    done = run("run", "house.ifc", "--skip-existing", "--json", cwd=processed, program=REAL)
    report = json.loads(done.stdout)
    assert (report["existing"], report["outcome"], report["degraded"]) == (True, "Succeeded", True)
    assert json.loads(done.stderr.splitlines()[-1])["event"] == "run skipped"
    assert manifest.stat().st_mtime_ns == before


def test_a_terminal_says_that_the_file_is_skipped(processed: Path) -> None:
    screen = run_on_terminal("run", "house.ifc", "--skip-existing", cwd=processed, program=REAL)
    assert "house.ifc  unchanged, skipped: ifcjob-out/house/" in screen.text


@pytest.mark.parametrize(
    ("arguments", "action"),
    [
        ([], "skip"),
        (["--workers", "1"], "skip"),
        (["--coverage-minimum", "0.1", "--on-shortfall", "Fail"], "skip"),
        (["--coverage-minimum", "1", "--on-shortfall", "Fail"], "run"),
        (["--only", "metadata"], "run"),
        (["--formats", "csv"], "run"),
        (["--compression", "meshopt"], "run"),
        (["-o", "elsewhere"], "run"),
    ],
    ids=str,
)
def test_only_an_equal_run_is_skipped(processed: Path, arguments: list[str], action: str) -> None:
    assert plan(processed, *arguments) == action


def test_other_content_versions_and_missing_artifacts_run_again(processed: Path) -> None:
    manifest = processed / "ifcjob-out" / "house" / "manifest.json"
    before = edited(processed, engine=json.loads(manifest.read_bytes())["engine"] | {"ifcjob": "0.0.1"})
    assert plan(processed) == "run"
    manifest.write_bytes(before[:-20])
    assert plan(processed) == "run"
    manifest.write_bytes(before)
    source = processed / "house.ifc"
    text = source.read_bytes()
    source.write_bytes(text + b"\n")
    assert plan(processed) == "run"
    source.write_bytes(text)
    assert plan(processed) == "skip"
    (processed / "ifcjob-out" / "house" / "model.glb").unlink()
    assert plan(processed) == "run"
