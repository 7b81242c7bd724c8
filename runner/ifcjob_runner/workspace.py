"""The scratch folder of one run; it is removed when the run ends."""

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.request import Output
from ifcjob_runner.transfer.disk import raising_disk_full


class Workspace:
    """A private folder that is removed on exit, also after an error."""

    def __init__(self, parent: Path | None = None, created: Sequence[Path] = ()) -> None:
        self._created = created
        """Folders that are removed too if they are empty, the deepest first."""
        try:
            self.folder = Path(tempfile.mkdtemp(prefix=".ifcjob-", dir=parent))
        except OSError:
            self._remove_created()
            raise

    @classmethod
    def of(cls, output: Output) -> Self:
        """Return one in the output folder, so that publishing is a rename; in TMPDIR for uploads."""
        if output.folder is None:
            return cls()
        folder = Path(output.folder)
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        try:
            with raising_disk_full(folder):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunFailure(FailureReason.OUTPUT_REJECTED, f"cannot create {folder}: {error.strerror}") from error
        return cls(folder, missing)

    def path(self, name: str) -> Path:
        """Return the path of an intermediate file."""
        return self.folder / name

    @property
    def artifacts(self) -> Path:
        """The folder that collects the artifacts before they are published."""
        folder = self.folder / "artifacts"
        folder.mkdir(exist_ok=True)
        return folder

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self._remove_created()

    def _remove_created(self) -> None:
        with suppress(OSError):  # not empty
            for folder in self._created:
                folder.rmdir()
