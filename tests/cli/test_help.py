"""The help is fast, complete and consistent with the contract."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import ifcjob
from ifcjob.options import GltfOptions
from tests.cli.command import REAL, run

if TYPE_CHECKING:
    from pathlib import Path

SLOW = {"pydantic", "rich", "minio", "structlog", "urllib3", "ifcopenshell", "numpy"}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_imports_nothing_slow(tmp_path: Path, arguments: list[str]) -> None:
    code = "import sys\ntry:\n from ifcjob_cli.__main__ import main; main(sys.argv[1:])\nfinally: print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert not SLOW & set(done.stdout.split())


def test_parsing_imports_nothing_slow() -> None:
    code = "import sys; from ifcjob_cli.arguments import parse; parse(sys.argv[1:]); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, "run", "a.ifc", "--workers", "2"], capture_output=True, text=True, check=True
    )
    assert not SLOW & set(done.stdout.split())


def test_run_help_explains_every_option(tmp_path: Path) -> None:
    text = " ".join(run("run", "--help", cwd=tmp_path, program=REAL, COLUMNS="100").stdout.split())
    for group in (
        "inputs and outputs:",
        "operations:",
        "elements in the GLB:",
        "geometry:",
        "limits per file:",
        "display:",
        "examples:",
    ):
        assert group in text
    for name, field in GltfOptions.model_fields.items():
        if name not in ("origin", "origin_offset"):
            assert " ".join((field.description or "?").replace("`", "").split()) in text
    assert "docs/reference/failure-reasons.md" in text
    assert "{field}" not in text


def test_version_option_prints_the_release(tmp_path: Path) -> None:
    assert run("--version", cwd=tmp_path, program=REAL).stdout == f"ifcjob {ifcjob.__version__}\n"


def test_no_arguments_show_the_help(tmp_path: Path) -> None:
    done = run(cwd=tmp_path, program=REAL)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == run("--help", cwd=tmp_path, program=REAL).stdout
    for command in ("run", "inspect", "catalog"):
        assert f"    {command} " in done.stdout
