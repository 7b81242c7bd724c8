"""The Khronos glTF validator, run by node."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tools.go_programs import ToolsUnavailable
from tools.npm_packages import GLTF_VALIDATOR, installed

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
        problems = []
        for path, report in self.reports(*paths).items():
            assert not report["issues"]["truncated"], report["issues"]
            problems += [
                f"{Path(path).name}: {issue['code']} {issue.get('pointer', '')} {issue['message']}"
                for issue in report["issues"]["messages"]
                if issue["severity"] <= 1
            ]
        return problems

    def reports(self, *paths: Path) -> dict[str, Any]:
        """Return the validator's own reports, by path."""
        command = ["node", "-e", _SCRIPT, *map(str, paths)]
        environment = os.environ | {"NODE_PATH": str(self.folder / "node_modules")}
        done = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=120)
        reports: dict[str, Any] = json.loads(done.stdout)
        return reports


@pytest.fixture(scope="session")
def gltf_validator() -> GltfValidator:
    """Install the validator if need be; skip where it cannot be."""
    try:
        return GltfValidator(installed(GLTF_VALIDATOR))
    except ToolsUnavailable as error:
        pytest.skip(str(error))
