"""`ifcjob run`: process files one after another; the exit code is that of the first failure."""

import argparse
import os
import sys
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.report import RunReport
from ifcjob.request import RunRequest
from ifcjob_cli.display import selection
from ifcjob_cli.display.refusals import refuse
from ifcjob_cli.display.results import Display, FileResult, failed
from ifcjob_cli.options import requests
from ifcjob_cli.run import sources
from ifcjob_cli.run.sources import InputFile
from ifcjob_runner import pipeline


@dataclass(frozen=True)
class Item:
    """A file with its output folder, or a SOURCE without files, with the failure."""

    source: str
    name: str
    file: InputFile | None = None
    folder: Path | None = None
    failure: RunFailure | None = None


def run(arguments: argparse.Namespace) -> int:
    """Run all files of the command line and return the exit code."""
    try:
        # Invalid options must fail once, before the first file.
        requests.request_for(arguments, {"uri": "any.ifc"}, Path(arguments.output))
        items = _items(arguments)
    except RunFailure as failure:
        return refuse(failure.message, hint=failure.hint, as_json=arguments.json)

    display = selection.for_command(arguments)
    results: list[FileResult] = []
    for number, item in enumerate(items, start=1):
        display.on_file_started(item.name, number, len(items))
        result = FileResult(item.source, item.name, item.folder, _report(arguments, item, display))
        results.append(result)
        display.on_file_finished(result)
        if arguments.json:
            _print(result.to_json())
        if result.was_interrupted:
            break
    display.on_end(results, len(items))
    return next((result.exit_code for result in results if result.exit_code), 0)


def _items(arguments: argparse.Namespace) -> list[Item]:
    """Expand all SOURCEs; a SOURCE without files becomes an item that fails in its turn."""
    expanded: list[InputFile | Item] = []
    for source in arguments.sources:
        try:
            expanded += sources.files_of(source)
        except RunFailure as failure:
            expanded.append(Item(source, source, failure=failure))
    folders = dict(sources.with_folders(entry for entry in expanded if isinstance(entry, InputFile)))
    items = [
        entry if isinstance(entry, Item) else _item(entry, Path(arguments.output, folders[entry]))
        for entry in dict.fromkeys(expanded)
        if isinstance(entry, Item) or entry in folders
    ]
    if "source.sha256" in arguments and len(items) > 1:
        raise RunFailure(FailureReason.INVALID_REQUEST, f"--sha256 is for one file, but the sources have {len(items)}")
    return items


def _item(file: InputFile, folder: Path) -> Item:
    # Files with the same name are shown with their folder.
    name = file.name if folder.name == file.stem else f"{file.parent}/{file.name}"
    return Item(file.uri, name, file, folder)


def _report(arguments: argparse.Namespace, item: Item, display: Display) -> RunReport:
    try:
        request = _request(arguments, item)
    except RunFailure as failure:
        return failed(failure)
    # Only reports may reach standard output, even if a library prints.
    with redirect_stdout(sys.stderr):
        return pipeline.run(request, display)


def _request(arguments: argparse.Namespace, item: Item) -> RunRequest:
    if item.failure:
        raise item.failure
    assert item.file
    assert item.folder
    source = {"uri": item.file.uri, "name": item.file.name}
    if item.file.uri.startswith("s3://"):
        from ifcjob_cli.run.object_store import presigned  # the S3 client is slow to import

        source |= {"uri": presigned(item.file.uri), "public_uri": item.file.uri}
    return requests.request_for(arguments, source, item.folder)


def _print(line: str) -> None:
    with suppress(BrokenPipeError):
        print(line, flush=True)
        return
    # The reader has closed the pipe, but the files are still wanted; Python would fail again when it closes stdout.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
