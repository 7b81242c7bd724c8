"""Selection of the display: a terminal with a log file, log lines on stderr, or errors only."""

import argparse
import os
import sys
from pathlib import Path
from typing import TextIO

from ifcjob.report import Progress
from ifcjob_cli.display.log_lines import LogLines
from ifcjob_cli.display.results import Display, FileResult
from ifcjob_runner.progress.observer import Observer

LOG_NAME = "ifcjob.log"


def for_command(arguments: argparse.Namespace) -> Display:
    """Return the display for the command line and the terminal."""
    as_lines = arguments.log_format is not None or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb"
    if as_lines:
        pretty = arguments.log_format == "text"
        return LogLines(
            lambda: _log_to(sys.stderr, pretty=pretty), only_errors=arguments.quiet, verbose=arguments.verbose
        )
    from ifcjob_cli.display.terminal import Terminal  # rich is for terminals only

    # On the terminal, log lines would break the progress bars.
    log = LogFile(None if "://" in arguments.output else Path(arguments.output, LOG_NAME))
    lines = LogLines(lambda: _log_to(log.open()), verbose=arguments.verbose, skip_early_failures=True)
    terminal = Terminal(
        log=lambda: log.opened, quiet=arguments.quiet, summary=not arguments.json, verbose=arguments.verbose
    )
    return _Both(lines, terminal)


class LogFile:
    """The log beside the artifact folders; it is created with its first line."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.opened: Path | None = None
        """Its path, once it exists."""

    def open(self) -> TextIO:
        """Create the file; a log that cannot be written is dropped, because the run fails on the same folder."""
        try:
            if self._path is not None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                stream = self._path.open("w", encoding="utf-8", buffering=1)
                self.opened = self._path
                return stream
        except OSError:
            pass
        return Path(os.devnull).open("w", encoding="utf-8")


def _log_to(stream: TextIO, *, pretty: bool = False) -> None:
    import structlog  # slow; see LogLines

    from ifcjob.logs import configure_logs  # imports structlog

    configure_logs(pretty=pretty)
    # A PrintLogger would follow sys.stdout, which is redirected to this stream during a run.
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(stream))


class _Both:
    """Forwards all events to several displays."""

    def __init__(self, *displays: Display) -> None:
        self._displays = displays

    def on_file_started(self, name: str, number: int, count: int, *, alone: bool = True) -> Observer:
        return _Observers([display.on_file_started(name, number, count, alone=alone) for display in self._displays])

    def on_file_finished(self, number: int, result: FileResult) -> None:
        for display in self._displays:
            display.on_file_finished(number, result)

    def on_file_postponed(self, number: int) -> None:
        for display in self._displays:
            display.on_file_postponed(number)

    def on_end(self, results: list[FileResult], count: int) -> None:
        for display in self._displays:
            display.on_end(results, count)


class _Observers:
    """Forwards the progress of a file to several observers."""

    def __init__(self, observers: list[Observer]) -> None:
        self._observers = observers

    def on_stage_started(self, stage: str) -> None:
        for observer in self._observers:
            observer.on_stage_started(stage)

    def on_progress(self, progress: Progress) -> None:
        for observer in self._observers:
            observer.on_progress(progress)

    def on_stage_finished(self, stage: str, seconds: float) -> None:
        for observer in self._observers:
            observer.on_stage_finished(stage, seconds)
