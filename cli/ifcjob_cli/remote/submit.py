"""`ifcjob submit`: upload files, and create a job for each."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from ifcjob.failures import RunFailure
from ifcjob.http.job_requests import JobRequest
from ifcjob_cli.options.requests import request_for
from ifcjob_cli.remote.follow import wait_for
from ifcjob_cli.remote.output import plain
from ifcjob_cli.remote.server import CommandFailed, connected
from ifcjob_cli.run.sources import InputFile, files_of
from ifcjob_client import ApiError, Client, jobs, uploads


def submit(arguments: argparse.Namespace) -> int:
    """Submit each file; a file that is refused does not stop the others."""
    try:
        files = [file for source in arguments.sources for file in files_of(source)]
        options = _options(arguments)
    except RunFailure as failure:
        raise CommandFailed(f"{failure.message}\n{failure.hint}", failure.exit_code) from failure
    names: list[str] = []
    code = os.EX_OK
    with connected(arguments) as client:
        for file in files:
            try:
                name = _submitted(client, file, options, arguments)
            except ApiError as error:
                if error.status in (401, 403, 503):
                    raise
                print(f"ifcjob: {file.name}: {error}", file=sys.stderr)
                code = os.EX_DATAERR
                continue
            names.append(name)
        if arguments.wait and names:
            code = wait_for(client, names, arguments.namespace, None) or code
    if names and not arguments.wait:
        print(f"follow with `ifcjob wait {' '.join(names[:3])}{' …' if len(names) > 3 else ''}`, or `ifcjob jobs`")
    return code


def _submitted(client: Client, file: InputFile, options: dict[str, Any], arguments: argparse.Namespace) -> str:
    """Create the job of one file and return its name."""
    if file.uri.startswith(("s3://", "http://", "https://")):
        source = {"s3Uri": file.uri} if file.uri.startswith("s3://") else {"http": file.uri}
        request = JobRequest.model_validate(options | {"source": source, "fileName": file.name})
        job = client.run(jobs.create(request, arguments.namespace))
    else:
        path = Path(file.uri)
        sha256 = uploads.checksum(path)
        earlier = _earlier(client, sha256, arguments)
        if earlier is not None:
            print(f"{plain(file.name)}: {earlier} has processed the same content; --again runs it again")
            return earlier
        with _shown(path) as advance:
            done = client.run(uploads.upload(path, arguments.namespace, sha256=sha256, progress=advance))
        source = {"upload": done.id, "sha256": sha256}
        request = JobRequest.model_validate(options | {"source": source, "fileName": done.file_name})
        job = client.run(jobs.create(request, arguments.namespace))
    print(f"{plain(file.name)}: job {job.metadata.name}")
    return job.metadata.name


def _earlier(client: Client, sha256: str, arguments: argparse.Namespace) -> str | None:
    """Return the job that has processed the same content with the default options, if that is what is wanted."""
    if arguments.again or any("." in name for name in vars(arguments)):
        return None
    page = client.run(jobs.page(arguments.namespace, sha256=sha256, phase=["Succeeded"], limit=1))
    return page.items[0].name if page.items else None


@contextmanager
def _shown(path: Path) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on a terminal, and yield the function that advances it."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    task = bar.add_task(plain(path.name), total=path.stat().st_size)
    with bar:
        yield lambda size: bar.advance(task, size)


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the fields of the request that the command line sets."""
    run = request_for(arguments, {"uri": "file"})
    fields: dict[str, Any] = {"queue": arguments.queue, "priority": arguments.priority}
    fields |= {"labels": dict(_labels(arguments.label)), "cache": "Refresh" if arguments.again else "Use"}
    if arguments.memory:
        fields["resources"] = {"memory": arguments.memory}
    fields["operations"] = run.operations.model_dump(mode="json", by_alias=True, exclude_unset=True)
    fields["coverage"] = run.coverage.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return fields


def _labels(texts: list[str]) -> Iterator[tuple[str, str]]:
    for text in texts:
        name, equals, label = text.partition("=")
        if not equals:
            raise CommandFailed(f"--label {text}: write it as NAME=VALUE", os.EX_USAGE)
        yield name, label
