"""The scratch directory of one run: names every intermediate file, vanishes with the run."""

import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.request import Output


class Workspace:
    """A private folder that is removed on exit, whatever happened."""

    def __init__(self, parent: Path | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=".ifcjob-", dir=parent))

    def path(self, name: str) -> Path:
        """Return the path of an intermediate file."""
        return self.folder / name

    def artifact(self, name: str) -> Path:
        """Return where an artifact is built before it is published."""
        folder = self.folder / "artifacts"
        folder.mkdir(exist_ok=True)
        return folder / name

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def workspace_parent(output: Output) -> Path | None:
    """Put the scratch directory beside the destination, so that publishing is a rename; or in TMPDIR for uploads."""
    if output.folder is None:
        return None
    folder = Path(output.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFailure(FailureReason.OUTPUT_REJECTED, f"cannot create {folder}: {error.strerror}") from error
    return folder
