"""The result of each file, and the interface of displays."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import ifcjob
from ifcjob.failures import FAILURES, FailureReason, RunFailure
from ifcjob.report import Failure, RunReport
from ifcjob_runner.progress.observer import Observer


@dataclass(frozen=True)
class FileResult:
    """The result of one file."""

    source: str
    """The source, as the user names it."""
    name: str
    """Display name of the file."""
    folder: str | None
    """Folder of its artifacts, a path or an s3:// URI; None if the run failed before it had one."""
    report: RunReport
    is_existing: bool = False
    """Whether the artifacts of an earlier run were kept instead of a run."""
    read_manifest: Callable[[], bytes | None] = lambda: None
    """Returns manifest.json."""

    @property
    def exit_code(self) -> int:
        """The exit code of the failure table; 0 for success, degraded or not."""
        failure = self.report.failure
        return (FAILURES[failure.reason].exit_code or 1) if failure else 0

    @property
    def was_interrupted(self) -> bool:
        """Whether a signal stopped the run."""
        return self.report.failure is not None and self.report.failure.reason is FailureReason.INTERRUPTED

    def to_json(self) -> str:
        """Return the report as one line of JSON, with source and folder added."""
        origin: dict[str, Any] = {"source": self.source} | ({"folder": self.folder} if self.folder else {})
        origin |= {"existing": True} if self.is_existing else {}
        return json.dumps(origin | json.loads(self.report.to_json()), ensure_ascii=False, separators=(",", ":"))


class Display(Protocol):
    """Shows runs while they happen."""

    def on_file_started(self, name: str, number: int, count: int, *, alone: bool = True) -> Observer:
        """Handle the start of file `number` of `count`, alone or beside others, and return its observer."""

    def on_file_finished(self, number: int, result: FileResult) -> None:
        """Handle the result of a file."""

    def on_file_postponed(self, number: int) -> None:
        """Handle the end of a file without a result; it will be started again."""

    def on_end(self, results: list[FileResult], count: int) -> None:
        """Handle the end of the command; with fewer results than `count`, the other files were not started."""


def failed(failure: RunFailure) -> RunReport:
    """Return the report of a run that failed before its start."""
    return RunReport(outcome="Failed", failure=Failure.of(failure), runner_version=ifcjob.__version__)
