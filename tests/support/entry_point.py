"""The container's entry point as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ifcjob.report import TERMINATION_MESSAGE_BYTES, RunReport

if TYPE_CHECKING:
    from pathlib import Path

ARTIFACTS = {
    "metadata.json", "spatial-tree.json", "elements.parquet", "properties.parquet", "relations.parquet", "model.glb",
    "manifest.json",
}  # fmt: skip


@dataclass(frozen=True)
class Ended:
    """The exit code and output of a process."""

    code: int
    report: RunReport
    log: str


@dataclass(frozen=True)
class EntryPoint:
    """Runs `python -m ifcjob_runner` on requests, in a folder of its own."""

    folder: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, request: dict[str, Any] | str, **environment: str) -> subprocess.Popen[str]:
        """Start it with the request in a file."""
        path = self.folder / "request.json"
        path.write_text(request if isinstance(request, str) else json.dumps(request))
        arguments = [sys.executable, "-m", "ifcjob_runner", str(path), "--termination-log", str(self.termination_log)]
        process = subprocess.Popen(
            arguments,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"TMPDIR": str(self.folder)} | environment,
        )
        self.started.append(process)
        return process

    def end(self, process: subprocess.Popen[str]) -> Ended:
        """Wait for the end and read the report, which only the termination log has."""
        output, log = process.communicate(timeout=60)
        message = self.termination_log.read_text(encoding="utf-8")
        assert output == "", log
        assert len(message.encode()) <= TERMINATION_MESSAGE_BYTES
        return Ended(process.returncode, RunReport.model_validate_json(message), log)

    def run(self, request: dict[str, Any] | str, **environment: str) -> Ended:
        """Run one request to its end."""
        return self.end(self.start(request, **environment))

    @property
    def termination_log(self) -> Path:
        """Where the report goes."""
        return self.folder / "termination-log"


def request_for(source: Path | str, folder: Path, **more: Any) -> dict[str, Any]:
    """Make the request that turns a file into artifacts in a folder."""
    return {"source": {"uri": str(source)}, "output": {"folder": str(folder)}, **more}
