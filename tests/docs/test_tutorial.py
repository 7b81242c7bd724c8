"""The tutorial's commands, run in order as a reader would; `pip install` is tested with the built wheel."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import REAL, run
from tests.support.served import Served

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "tutorial" / "first-model.md"
COMMANDS = re.findall(r"^\$ (.*)$", TUTORIAL.read_text("utf-8"), re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with the example, as in a copy of the repository."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    return tmp_path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Serve on a free port instead of 8080, which may be in use."""
    served = Served(tmp_path)
    yield served.start()
    served.stop(signal.SIGTERM)


def test_the_tutorial_begins_with_installation_and_server() -> None:
    assert COMMANDS[:2] == ["pip install ifcjob", "ifcjob serve --port 8080 --data ifcjob-data"]
    refused = subprocess.run(
        [sys.executable, "-m", "ifcjob_cli", "serve", "--help"], capture_output=True, text=True, check=True, timeout=60
    )
    assert "--port" in refused.stdout
    assert "--data" in refused.stdout


def test_every_command_of_the_tutorial_succeeds(server: str, folder: Path) -> None:
    outputs: dict[str, str] = {}
    for command in COMMANDS[2:]:
        program, *arguments = shlex.split(command)
        assert program == "ifcjob"
        done = run(*arguments, cwd=folder, program=REAL, IFCJOB_SERVER=server)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        assert done.stdout.strip(), f"{command} prints nothing"
        outputs[command] = done.stdout
    (doors,) = [text for command, text in outputs.items() if command.endswith("IfcDoor")]
    assert "IfcDoor" in doors.splitlines()[1]
    assert (folder / "house-artifacts" / "model.glb").read_bytes()[:4] == b"glTF"
