"""The built wheel works in an empty environment, as `pipx run --spec` makes it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.cli.command import ROOT
from tests.support.served import Served
from tools import web_app
from tools.go_programs import ToolsUnavailable

UV = Path(sys.executable).with_name("uv")
WHEEL_BYTES = 4_000_000
"""Half of it is the web app, with its compressed copies."""
UNREACHABLE = ("error sending request", "Failed to fetch", "dns error", "Connection refused", "Could not connect")


def uv(*arguments: str | Path, **environment: str) -> str:
    """Run uv, and skip the test if the package index is not reachable."""
    command, variables = [str(UV), *map(str, arguments)], os.environ | environment
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    if done.returncode and any(text in done.stderr for text in UNREACHABLE):
        pytest.skip("the package index is not reachable, so the wheel cannot be installed")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel that is built from the source distribution, on a machine without Node.js."""
    try:
        web_app.require_node()
    except ToolsUnavailable as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--sdist", "--out-dir", folder, ROOT)
    (source,) = folder.glob("ifcjob-*.tar.gz")
    # npm would fail, and with it the build.
    (folder / "npm").write_text("#!/bin/sh\nexit 1\n")
    (folder / "npm").chmod(0o755)
    uv("build", "--wheel", "--out-dir", folder, source, PATH=f"{folder}{os.pathsep}{os.environ['PATH']}")
    (made,) = folder.glob("ifcjob-*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
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


def test_the_wheel_holds_the_web_app_and_the_licences_of_its_packages(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    app = [name.removeprefix("ifcjob_api/web/dist/") for name in names if name.startswith("ifcjob_api/web/dist/")]
    assert {"index.html", "index.html.gz", "index.html.br", "third-party-licenses.txt"} <= set(app)
    assert not [name for name in names if "node_modules" in name or name.endswith((".map", ".ts", ".tsx"))]
    assert wheel.stat().st_size < WHEEL_BYTES


def test_the_installed_wheel_serves_the_web_app(installed: Path, tmp_path: Path) -> None:
    served = Served(tmp_path, program=(str(installed),))
    url = served.start()
    try:
        page = httpx.get(f"{url}/namespaces/default/jobs", headers={"Accept": "text/html"})
        (script,) = re.findall(r'src="(/assets/[^"]+\.js)"', page.text)
        answer = httpx.get(f"{url}{script}")
        assert answer.status_code == 200
        assert answer.headers["Content-Encoding"] in ("br", "gzip")
        assert answer.headers["Cache-Control"].endswith("immutable")
        assert served.text.startswith(f"Open {url} in a browser.")
    finally:
        served.stop(signal.SIGTERM)
