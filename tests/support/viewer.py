"""Render GLBs in Chromium with three.js, which shows glTF by its own code, and read pixels back."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.chromium import chromium_program
from tools.go_programs import ToolsUnavailable
from tools.npm_packages import VIEWER, installed

Point = tuple[float, float]
Rgb = tuple[int, ...]
_SCRIPT = Path(__file__).with_name("viewer.js")


@dataclass(frozen=True)
class Viewer:
    """Shows files with the installed packages."""

    folder: Path
    chromium: str

    def colours(self, models: Mapping[Path, Sequence[Point]]) -> list[list[Rgb]]:
        """Return the colours on the screen at points of each model.

        A point is a share of the model's width and height, from the lower left. The view is from the front (along +Y of
        IFC), without lights and tone mapping.
        """
        rows = [{"glb": str(glb), "points": points} for glb, points in models.items()]
        request = json.dumps({"models": rows, "chromium": self.chromium, "packages": str(self.folder)})
        environment = os.environ | {"NODE_PATH": str(self.folder / "node_modules")}
        command = ["node", str(_SCRIPT), request]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr
        return [[tuple(colour) for colour in colours] for colours in json.loads(done.stdout)]


@pytest.fixture(scope="session")
def viewer() -> Viewer:
    """Install three.js if need be; skip where there is no Chromium or no npm."""
    chromium = chromium_program()
    if chromium is None:
        pytest.skip("the viewer needs chromium")
    try:
        return Viewer(installed(VIEWER), chromium)
    except ToolsUnavailable as error:
        pytest.skip(str(error))
