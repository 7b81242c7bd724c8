"""The Khronos glTF validator, run by node. It is installed once, below the user's cache folder."""

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_PACKAGE = "gltf-validator@2.0.0-dev.3.10"
_SCRIPT = """
const fs = require("fs");
const validator = require("gltf-validator");
(async () => {
  const reports = {};
  for (const path of process.argv.slice(1)) {
    reports[path] = await validator.validateBytes(new Uint8Array(fs.readFileSync(path)), { maxIssues: 50 });
  }
  console.log(JSON.stringify(reports));
})();
"""


@dataclass(frozen=True)
class GltfValidator:
    """Validates files with the installed package."""

    folder: Path

    def problems(self, *paths: Path) -> list[str]:
        """Return every error and warning of the files; information and hints do not count."""
        found = []
        for path, report in self.reports(*paths).items():
            assert not report["issues"]["truncated"], report["issues"]
            found += [
                f"{Path(path).name}: {issue['code']} {issue.get('pointer', '')} {issue['message']}"
                for issue in report["issues"]["messages"]
                if issue["severity"] <= 1
            ]
        return found

    def reports(self, *paths: Path) -> dict[str, Any]:
        """Return the validator's own reports, by path."""
        command = ["node", "-e", _SCRIPT, *map(str, paths)]
        environment = os.environ | {"NODE_PATH": str(self.folder / "node_modules")}
        done = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=120)
        reports: dict[str, Any] = json.loads(done.stdout)
        return reports


@pytest.fixture(scope="session")
def gltf_validator() -> GltfValidator:
    """Install the validator if need be; skip where there is no node."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("the glTF validator needs node and npm")
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ifcjob" / "node"
    folder = cache / _PACKAGE
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        aside = tempfile.mkdtemp(dir=cache)
        command = ["npm", "install", "--silent", "--ignore-scripts", "--no-save", "--prefix", aside, _PACKAGE]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode:
            shutil.rmtree(aside)
            pytest.skip(f"npm could not install {_PACKAGE}: {done.stderr.strip()[-300:]}")
        try:
            Path(aside).rename(folder)
        except OSError:  # another test run was faster
            shutil.rmtree(aside)
    return GltfValidator(folder)
