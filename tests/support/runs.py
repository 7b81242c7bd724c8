"""Run the real pipeline in a test and look at what it left."""

import fcntl
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ifcjob.options import GltfOptions, Operations
from ifcjob.report import RunReport
from ifcjob.request import RunRequest
from ifcjob_runner.pipeline import run
from ifcjob_runner.progress.observer import Observer, SilentObserver
from tests.support.corpus import corpus_file

SetFaults = Callable[..., None]
"""Restarts the engine process with faults; see faulty_engine."""


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


class CorpusRuns:
    """Runs of real models with the default options: each is made once, for all tests and workers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, name: str) -> Finished:
        """Return the run of a model; only read what it left."""
        path, folder = corpus_file(name), self._folder / name
        folder.parent.mkdir(parents=True, exist_ok=True)
        report = folder.with_suffix(".report")
        with folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not report.exists():
                report.write_text(run_file(path, folder).report.model_dump_json(by_alias=True), encoding="utf-8")
        return Finished(RunReport.model_validate_json(report.read_bytes()), folder)
