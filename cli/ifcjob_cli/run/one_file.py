"""The run of one file: its request, its artifacts and its result."""

import argparse
import sys
from contextlib import redirect_stdout

from ifcjob.failures import RunFailure
from ifcjob.manifest import artifact_names
from ifcjob.report import RunReport
from ifcjob.request import RunRequest
from ifcjob_cli.display.results import FileResult, failed
from ifcjob_cli.options import requests
from ifcjob_cli.run.destination import Destination
from ifcjob_cli.run.items import Item
from ifcjob_runner import pipeline
from ifcjob_runner.progress.observer import Observer


def run_file(arguments: argparse.Namespace, item: Item, destination: Destination, observer: Observer) -> FileResult:
    """Run one file, or keep the artifacts of an earlier run, and return the result."""
    try:
        request = request_of(arguments, item)
        if arguments.skip_existing:
            from ifcjob_cli.run.existing import existing_report  # other runs do not need it

            if (report := existing_report(request, destination, item.folder)) is not None:
                return result_of(item, destination, report, is_existing=True)
        report = _run(request, item, destination, observer)
    except RunFailure as failure:
        report = failed(failure)
    return result_of(item, destination, report)


def result_of(item: Item, destination: Destination, report: RunReport, *, is_existing: bool = False) -> FileResult:
    """Return the result of a file with this report."""
    return FileResult(
        item.source,
        item.name,
        destination.location(item.folder) if item.file else None,
        report,
        is_existing=is_existing,
        read_manifest=lambda: destination.read_manifest(item.folder),
    )


def _run(request: RunRequest, item: Item, destination: Destination, observer: Observer) -> RunReport:
    output = destination.output(item.folder, artifact_names(request.operations))
    # Only reports may reach standard output, even if a library prints.
    with redirect_stdout(sys.stderr):
        report = pipeline.run(request.model_copy(update={"output": output}), observer)
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
