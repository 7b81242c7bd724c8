"""Runs as structured log lines: one a stage, one a file. On stderr without a terminal, else in a log file."""

import structlog
from ifcjob.report import Progress

from ifcjob_cli.results import FileResult


class LogLines:
    """A Display that writes to the log."""

    def __init__(self) -> None:
        self._log = structlog.get_logger()

    def on_file_started(self, name: str, number: int, count: int) -> None:
        """Name the file in every line that follows."""
        structlog.contextvars.bind_contextvars(file=name)
        self._log.info("run started", number=number, count=count)

    def on_stage_started(self, stage: str) -> None:
        """Wait for its end: a line a stage is enough."""

    def on_progress(self, progress: Progress) -> None:
        """Leave progress to displays that can overwrite it."""

    def on_stage_finished(self, stage: str, seconds: float) -> None:
        """Write the stage's line."""
        self._log.info("stage finished", stage=stage, duration_seconds=round(seconds, 3))

    def on_file_finished(self, result: FileResult) -> None:
        """Write the file's final line."""
        report = result.report
        facts = {
            "source": result.source,
            "duration_seconds": round(report.seconds, 3),
            "peak_memory_bytes": report.peak_memory_bytes,
        }
        if report.failure:
            failure = report.failure.model_dump(mode="json", exclude_none=True)
            self._log.error("run failed", **facts, **failure)
        else:
            summary = report.summary.model_dump(mode="json", by_alias=False, exclude_none=True)
            write = self._log.warning if report.degraded else self._log.info
            write("run finished", **facts, folder=str(result.folder), degraded=report.degraded, **summary)
        structlog.contextvars.unbind_contextvars("file")

    def on_end(self, results: list[FileResult], count: int) -> None:
        """Count, when there is more than one file."""
        if count > 1:
            failures = sum(1 for result in results if result.exit_code)
            self._log.info("command finished", files=count, failed=failures, not_started=count - len(results))
