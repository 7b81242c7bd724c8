"""What became of each file, and who is told about it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import ifcjob
from ifcjob.failures import FAILURES, FailureReason, RunFailure
from ifcjob.report import Failure, RunReport
from ifcjob_runner.progress.observer import Observer


@dataclass(frozen=True)
class FileResult:
    """The end of one file's run."""

    source: str
    """What was run, as the user would name it."""
    name: str
    """The file's name for people."""
    folder: Path | None
    """Where its artifacts are; None when it never got as far as having a folder."""
    report: RunReport

    @property
    def exit_code(self) -> int:
        """The exit code of the failure table; 0 for a success, also a degraded one."""
        failure = self.report.failure
        return (FAILURES[failure.reason].exit_code or 1) if failure else 0

    @property
    def was_interrupted(self) -> bool:
        """Whether somebody asked the command to stop."""
        return self.report.failure is not None and self.report.failure.reason is FailureReason.INTERRUPTED

    def to_json(self) -> str:
        """Return the report as one line; the source and the folder in it tell the lines of several files apart."""
        told = {"source": self.source} | ({"folder": str(self.folder)} if self.folder else {})
        return json.dumps(told | json.loads(self.report.to_json()), ensure_ascii=False, separators=(",", ":"))


class Display(Observer, Protocol):
    """Shows runs to somebody while they happen."""

    def on_file_started(self, name: str, number: int, count: int) -> None:
        """File `number` of `count` begins."""

    def on_file_finished(self, result: FileResult) -> None:
        """Take note of a file's end, good or bad."""

    def on_end(self, results: list[FileResult], count: int) -> None:
        """All is over; fewer results than `count` means the rest was not started."""


def failed(failure: RunFailure) -> RunReport:
    """Return the report of a run that failed before it began."""
    return RunReport(outcome="Failed", failure=Failure.of(failure), runner_version=ifcjob.__version__)
