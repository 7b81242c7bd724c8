"""Chooses who is told about the runs: a terminal and a log file, log lines on stderr, or only errors."""

import argparse
import logging
import os
import sys
from pathlib import Path

import structlog
from ifcjob.logs import configure_logs
from ifcjob.report import Progress

from ifcjob_cli.log_lines import LogLines
from ifcjob_cli.results import Display, FileResult

LOG_NAME = "ifcjob.log"


def for_command(arguments: argparse.Namespace) -> Display:
    """Return the display the command line and the terminal ask for, with the log set up to match."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        configure_logs(pretty=False, level=logging.ERROR if arguments.quiet else logging.INFO)
        return LogLines()
    from ifcjob_cli.terminal import Terminal  # noqa: PLC0415 - rich is for terminals only

    terminal = Terminal(log=_log_to_file(Path(arguments.output)), quiet=arguments.quiet, summary=not arguments.json)
    return _Both(LogLines(), terminal)


def _log_to_file(folder: Path) -> Path | None:
    """Send the log to a file beside the artifacts' folders: on a terminal it would tear the bars apart."""
    configure_logs(pretty=False)
    path = folder / LOG_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stream = path.open("w", encoding="utf-8", buffering=1)
    except OSError:  # the run will fail on the same folder, and say so in its own words
        structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
        return None
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(stream))
    return path


class _Both:
    """Tells two displays."""

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
