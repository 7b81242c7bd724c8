"""`ifcjob run`: small files side by side, then the others one after another; the first failure sets the exit code."""

import argparse
import os
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from ifcjob.failures import RunFailure
from ifcjob_cli.display import selection
from ifcjob_cli.display.refusals import refuse
from ifcjob_cli.display.results import Display, FileResult
from ifcjob_cli.options import requests
from ifcjob_cli.run.destination import Destination, destination_of
from ifcjob_cli.run.items import Item, items_of
from ifcjob_cli.run.one_file import run_file
from ifcjob_runner.processes import engine_process
from ifcjob_runner.processes.signals import handled_by


def run(arguments: argparse.Namespace) -> int:
    """Run all files of the command line and return the exit code."""
    with tempfile.TemporaryDirectory(prefix="ifcjob-") as scratch:
        try:
            # Invalid options must fail once, before the first file.
            requests.request_for(arguments, {"uri": "any.ifc"})
            destination = destination_of(arguments.output)
            items = items_of(arguments, Path(scratch))
        except RunFailure as failure:
            return refuse(failure, as_json=arguments.json)
        if arguments.dry_run:
            from ifcjob_cli.run.dry_run import show  # runs do not need it

            return show(arguments, items, destination)
        return _run_all(arguments, items, destination)


def _run_all(arguments: argparse.Namespace, items: list[Item], destination: Destination) -> int:
    display = selection.for_command(arguments)
    results = _Results(display, as_json=arguments.json)
    try:
        with handled_by(signal.default_int_handler):
            if len(items) > 1:
                engine_process.prepare(engine_process.PRELOAD)
                from ifcjob_cli.run.side_by_side import run_side_by_side  # one file does not need it

                run_side_by_side(arguments, items, destination, display, results.add)
            _run_in_turn(arguments, items, destination, display, results)
    finally:  # also when a signal comes between two files
        results.print_rest()
        display.on_end(results.in_order(), len(items))
    return next((result.exit_code for result in results.in_order() if result.exit_code), 0)


def _run_in_turn(
    arguments: argparse.Namespace, items: list[Item], destination: Destination, display: Display, results: "_Results"
) -> None:
    """Run the files that have no result yet, one after another."""
    for index, item in enumerate(items):
        if results.were_interrupted:
            return
        if index not in results.by_index:
            observer = display.on_file_started(item.name, index + 1, len(items))
            results.add(index, run_file(arguments, item, destination, observer))


class _Results:
    """The results so far; shows them as they come, and prints their reports in the order of the command line."""

    def __init__(self, display: Display, *, as_json: bool) -> None:
        self._display, self._as_json = display, as_json
        self._printed = 0
        self.by_index: dict[int, FileResult] = {}

    def add(self, index: int, result: FileResult) -> None:
        """Add and show the result of a file, and print the reports that no earlier file holds back."""
        self._display.on_file_finished(index + 1, result)
        self.by_index[index] = result
        while self._printed in self.by_index:
            self._print(self.by_index[self._printed])
            self._printed += 1

    def print_rest(self) -> None:
        """Print the reports that a file without a result holds back; it was not started, or did not end."""
        for index in sorted(index for index in self.by_index if index >= self._printed):
            self._print(self.by_index[index])

    @property
    def were_interrupted(self) -> bool:
        """Whether a signal stopped a file."""
        return any(result.was_interrupted for result in self.by_index.values())

    def in_order(self) -> list[FileResult]:
        """Return the results in the order of the command line."""
        return [self.by_index[index] for index in sorted(self.by_index)]

    def _print(self, result: FileResult) -> None:
        if self._as_json:
            _print(result.to_json())


def _print(line: str) -> None:
    with suppress(BrokenPipeError):
        print(line, flush=True)
        return
    # The reader has closed the pipe, but the files are still wanted; Python would fail again when it closes stdout.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
