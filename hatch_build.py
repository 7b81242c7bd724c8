"""Puts the built web app into wheels and source distributions, built first if its sources have changed.

A wheel that is built from a source distribution needs no Node.js: the app is in there. IFCJOB_WITHOUT_WEB=1 leaves it
out, as the images do that do not serve it.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

INSTALLED = "ifcjob_api/web/dist"


class WebApp(BuildHookInterface[Any]):
    """The hook of hatchling."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files before a build; editable installs serve them from web/dist."""
        root = Path(self.root)
        if version == "editable" or os.environ.get("IFCJOB_WITHOUT_WEB") or (root / "api" / INSTALLED).is_dir():
            return
        if not (root / "web" / "package.json").exists():
            raise RuntimeError("the web app is missing: build from a checkout, or set IFCJOB_WITHOUT_WEB=1")
        done = subprocess.run(
            [sys.executable, "-m", "tools.web_app"], cwd=root, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{done.stderr.strip()}\nIFCJOB_WITHOUT_WEB=1 builds a package without the web app.")
        place = INSTALLED if self.target_name == "wheel" else f"api/{INSTALLED}"
        build_data["force_include"][str(root / "web" / "dist")] = place
