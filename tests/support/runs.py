"""Run the real pipeline in a test and look at what it left."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ifcjob.options import GltfOptions, Operations
from ifcjob.report import RunReport
from ifcjob.request import RunRequest
from ifcjob_runner.pipeline import run
from ifcjob_runner.progress.observer import Observer, SilentObserver


@dataclass(frozen=True)
class Finished:
    """A run that has ended."""

    report: RunReport
    folder: Path

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest; fails the test when there is none."""
        return self.document("manifest.json")

    @property
    def glb(self) -> Path:
        """Where the GLB lies."""
        return self.folder / "model.glb"

    def document(self, name: str) -> dict[str, Any]:
        """Read a JSON artifact."""
        content: dict[str, Any] = json.loads((self.folder / name).read_bytes())
        return content


def run_file(
    path: Path | str,
    folder: Path,
    *,
    gltf: dict[str, Any] | None = None,
    observer: Observer | None = None,
    **request: Any,
) -> Finished:
    """Run one file; `gltf` holds glTF options, other keywords are fields of the request."""
    operations = Operations(gltf=GltfOptions.model_validate(gltf)) if gltf is not None else Operations()
    full = {"source": {"uri": str(path)}, "output": {"folder": str(folder)}, "operations": operations, **request}
    return Finished(run(RunRequest.model_validate(full), observer or SilentObserver()), folder)
