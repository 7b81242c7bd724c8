"""Selection of the display: a terminal with a log file, log lines on stderr, or errors only."""

import argparse
import os
import sys
from pathlib import Path
from typing import TextIO

from ifcjob.report import Progress
from ifcjob_cli.display.log_lines import LogLines
from ifcjob_cli.display.results import Display, FileResult

LOG_NAME = "ifcjob.log"


def for_command(arguments: argparse.Namespace) -> Display:
    """Return the display for the command line and the terminal."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return LogLines(lambda: _log_to(sys.stderr), only_errors=arguments.quiet)
    from ifcjob_cli.display.terminal import Terminal  # rich is for terminals only

    # On the terminal, log lines would break the progress bars.
    stream = _open_log(path := Path(arguments.output, LOG_NAME))
    terminal = Terminal(log=path if stream else None, quiet=arguments.quiet, summary=not arguments.json)
    return _Both(LogLines(lambda: _log_to(stream)), terminal) if stream else terminal


def _open_log(path: Path) -> TextIO | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("w", encoding="utf-8", buffering=1)
    except OSError:  # the run fails on the same folder and reports it
        return None


def _log_to(stream: TextIO) -> None:
    import structlog  # slow; see LogLines

    from ifcjob.logs import configure_logs  # imports structlog

    configure_logs(pretty=False)
    # A PrintLogger would follow sys.stdout, which is redirected to this stream during a run.
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(stream))


class _Both:
    """Forwards all events to several displays."""

    def __init__(self, *displays: Display) -> None:
        self._displays = displays

    def on_file_started(self, name: str, number: int, count: int) -> None:
        for display in self._displays:
            display.on_file_started(name, number, count)

    def on_stage_started(self, stage: str) -> None:
        for display in self._displays:
            display.on_stage_started(stage)

    def on_progress(self, progress: Progress) -> None:
        for display in self._displays:
            display.on_progress(progress)

    def on_stage_finished(self, stage: str, seconds: float) -> None:
        for display in self._displays:
            display.on_stage_finished(stage, seconds)

    def on_file_finished(self, result: FileResult) -> None:
        for display in self._displays:
            display.on_file_finished(result)

    def on_end(self, results: list[FileResult], count: int) -> None:
        for display in self._displays:
            display.on_end(results, count)
