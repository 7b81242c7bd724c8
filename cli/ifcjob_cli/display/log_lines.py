"""Structured log lines: one per stage and one per file; on stderr without a terminal, else in a log file."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from ifcjob.report import Progress
from ifcjob_cli.display.results import FileResult
from ifcjob_runner.progress.observer import Observer
from ifcjob_runner.progress.stage_log import end_of


class LogLines:
    """A Display that writes to the log, which `set_up` configures before the first line.

    With `skip_early_failures` there is no log as long as all files fail before the engine is busy.
    """

    def __init__(
        self,
        set_up: Callable[[], None],
        *,
        only_errors: bool = False,
        verbose: bool = False,
        skip_early_failures: bool = False,
    ) -> None:
        self._set_up = set_up
        self._only_errors, self._verbose, self._skip_early_failures = only_errors, verbose, skip_early_failures
        self._deferred: list[tuple[str, dict[str, Any]]] | None = []

    def on_file_started(self, name: str, number: int, count: int, *, alone: bool = True) -> Observer:  # noqa: ARG002 - lines name the file
        """Return the observer that names the file in every line."""
        return _FileLines(name, self, verbose=self._verbose)

    def on_file_finished(self, number: int, result: FileResult) -> None:  # noqa: ARG002 - as above
        """Write the final line of the file."""
        report = result.report
        if not (self._skip_early_failures and report.failure):
            self.release()
        level, event, facts = end_of(report)
        line = {"event": "run skipped" if result.is_existing else event, "file": result.name, "source": result.source}
        if report.failure:
            self.add(level, line | facts)
            return
        if self._verbose:
            self._write_findings(result)
        self.add(level, line | {"folder": result.folder} | facts)

    def on_file_postponed(self, number: int) -> None:
        """Ignore it: the file's lines come again."""

    def on_end(self, results: list[FileResult], count: int) -> None:
        """Write the counts if there is more than one file, and what was deferred if the command was interrupted."""
        if not self._skip_early_failures:
            self.release()
        if count > 1:
            failures = sum(1 for result in results if result.exit_code)
            facts = {"files": count, "failed": failures, "not_started": count - len(results)}
            self.add("info", {"event": "command finished"} | facts)

    @cached_property
    def _log(self) -> Any:
        import structlog  # a tenth of a small run, and quiet runs do not need it

        self._set_up()
        return structlog.get_logger()

    def release(self) -> None:
        """Write the deferred lines, and all that follow at once."""
        deferred, self._deferred = self._deferred, None
        for level, line in deferred or []:
            self._write(level, line)

    def add(self, level: str, line: dict[str, Any]) -> None:
        """Write a line, or keep it until the engine is busy."""
        if self._deferred is None:
            self._write(level, line)
        else:
            self._deferred.append((level, line))

    def _write_findings(self, result: FileResult) -> None:
        from ifcjob_cli.display.details import manifest_of  # imports rich

        manifest = manifest_of(result)
        for finding in manifest.findings if manifest else []:
            facts = finding.model_dump(mode="json", by_alias=False)
            self.add("info", {"event": "finding", "file": result.name} | facts)

    def _write(self, level: str, line: dict[str, Any]) -> None:
        if level == "error" or not self._only_errors:
            getattr(self._log, level)(**line)


class _FileLines:
    """The Observer of one file."""

    def __init__(self, name: str, lines: LogLines, *, verbose: bool) -> None:
        self._name, self._lines, self._verbose = name, lines, verbose
        self._percent = 0.0

    def on_stage_started(self, stage: str) -> None:
        """Write the deferred lines as soon as the engine is busy and this process only waits."""
        if stage not in ("fetch", "inspect"):
            self._lines.release()
        if self._verbose:
            self._lines.add("info", {"event": "stage started", "file": self._name, "stage": stage})

    def on_progress(self, progress: Progress) -> None:
        """Write every tenth percent if verbose: log lines cannot be overwritten."""
        if self._verbose and progress.percent >= self._percent + 10:
            self._percent = progress.percent
            line = {"event": "progress", "file": self._name, "stage": progress.stage}
            self._lines.add("info", line | {"percent": round(progress.percent, 1)})

    def on_stage_finished(self, stage: str, seconds: float) -> None:
        """Write the line of the stage; the first lines are deferred, because importing structlog delays the engine."""
        line = {"event": "stage finished", "file": self._name, "stage": stage, "duration_seconds": round(seconds, 3)}
        self._lines.add("info", line)
