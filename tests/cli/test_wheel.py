"""The built wheel works in an empty environment, as `pipx run --spec` makes it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import ROOT

UV = Path(sys.executable).with_name("uv")
UNREACHABLE = ("error sending request", "Failed to fetch", "dns error", "Connection refused", "Could not connect")


def uv(*arguments: str | Path) -> str:
    """Run uv, and skip the test if the package index is not reachable."""
    done = subprocess.run([UV, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode and any(text in done.stderr for text in UNREACHABLE):
        pytest.skip("the package index is not reachable, so the wheel cannot be installed")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    uv("build", "--wheel", "--out-dir", folder / "dist", ROOT)
    (wheel,) = (folder / "dist").glob("ifcjob-*.whl")
    uv("venv", "--python", sys.executable, folder / "venv")
    uv("pip", "install", "--python", folder / "venv" / "bin" / "python", wheel)
    return folder / "venv" / "bin" / "ifcjob"


def run(program: Path, *arguments: str | Path, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run([program, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_processes_the_example_house(installed: Path, tmp_path: Path) -> None:
    house = ROOT / "examples" / "house.ifc"
    report = json.loads(run(installed, "run", house, "--formats", "csv,xlsx,sqlite,duckdb", "--json", cwd=tmp_path))
    assert report["outcome"] == "Succeeded"
    names = {path.name for path in (tmp_path / "ifcjob-out" / "house").iterdir()}
    assert {"model.glb", "model.sqlite", "model.duckdb", "elements.csv", "properties.xlsx"} <= names


def test_the_wheel_has_the_files_of_other_commands(installed: Path, tmp_path: Path) -> None:
    facts = json.loads(run(installed, "inspect", ROOT / "examples" / "house.ifc", "--json", cwd=tmp_path))
    assert facts["products"] > 0
    assert "IfcWall" in facts["classes"]
    assert "ifcjob run" in run(installed, "run", "--help", cwd=tmp_path)
