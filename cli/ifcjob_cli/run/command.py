"""`ifcjob run`: process files one after another; the exit code is that of the first failure."""

import argparse
import os
import sys
import tempfile
from contextlib import redirect_stdout, suppress
from pathlib import Path

from ifcjob.failures import RunFailure
from ifcjob.manifest import artifact_names
from ifcjob.report import RunReport
from ifcjob.request import RunRequest
from ifcjob_cli.display import selection
from ifcjob_cli.display.refusals import refuse
from ifcjob_cli.display.results import Display, FileResult, failed
from ifcjob_cli.options import requests
from ifcjob_cli.run.destination import Destination, destination_of
from ifcjob_cli.run.items import Item, items_of
from ifcjob_runner import pipeline


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
    results: list[FileResult] = []
    for number, item in enumerate(items, start=1):
        display.on_file_started(item.name, number, len(items))
        result = _result(arguments, item, destination, display)
        results.append(result)
        display.on_file_finished(result)
        if arguments.json:
            _print(result.to_json())
        if result.was_interrupted:
            break
    display.on_end(results, len(items))
    return next((result.exit_code for result in results if result.exit_code), 0)


def _result(arguments: argparse.Namespace, item: Item, destination: Destination, display: Display) -> FileResult:
    location = destination.location(item.folder) if item.file else None
    try:
        request = request_of(arguments, item)
        if arguments.skip_existing:
            from ifcjob_cli.run.existing import existing_report  # other runs do not need it

            if (report := existing_report(request, destination, item.folder)) is not None:
                return FileResult(item.source, item.name, location, report, is_existing=True)
        report = _run_one(request, item, destination, display)
    except RunFailure as failure:
        return FileResult(item.source, item.name, location, failed(failure))
    return FileResult(
        item.source, item.name, location, report, read_manifest=lambda: destination.read_manifest(item.folder)
    )


def _run_one(request: RunRequest, item: Item, destination: Destination, display: Display) -> RunReport:
    output = destination.output(item.folder, artifact_names(request.operations))
    # Only reports may reach standard output, even if a library prints.
    with redirect_stdout(sys.stderr):
        report = pipeline.run(request.model_copy(update={"output": output}), display)
    if not report.failure:
        destination.remove_others(item.folder, report.summary.artifact_bytes)
    return report


def request_of(arguments: argparse.Namespace, item: Item) -> RunRequest:
    """Return the run request of one file, without its output. Raises RunFailure for a source without files."""
    return requests.request_for(arguments, source_of(item))


def source_of(item: Item) -> dict[str, str]:
    """Return the source of one file. Raises RunFailure for a source without files."""
    if item.failure:
        raise item.failure
    assert item.file
    source = {"uri": item.file.uri, "name": item.file.name}
    if item.file.public_uri:
        source["public_uri"] = item.file.public_uri
    if item.file.uri.startswith("s3://"):
        from ifcjob_cli.run.object_store import presigned  # the S3 client is slow to import

        source |= {"uri": presigned(item.file.uri), "public_uri": item.file.uri}
    return source


def _print(line: str) -> None:
    with suppress(BrokenPipeError):
        print(line, flush=True)
        return
    # The reader has closed the pipe, but the files are still wanted; Python would fail again when it closes stdout.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
