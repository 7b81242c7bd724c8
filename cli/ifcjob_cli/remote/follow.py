"""`ifcjob wait` and `ifcjob logs`."""

import argparse
import os
import sys
import time

from ifcjob.failures import FAILURES
from ifcjob.resource import IfcJob
from ifcjob_cli.remote.names import find_job
from ifcjob_cli.remote.server import CommandFailed, connected
from ifcjob_client import Client, jobs, log_stream


def wait(arguments: argparse.Namespace) -> int:
    """Wait until all named jobs have finished, and return the exit code of the first that failed."""
    with connected(arguments) as client:
        return wait_for(client, arguments.names, arguments.namespace, arguments.timeout)


def wait_for(client: Client, names: list[str], namespace: str, timeout: float | None) -> int:
    """Follow jobs to their end with a line on each change of phase; return the first failure's exit code."""
    end = None if timeout is None else time.monotonic() + timeout
    code = os.EX_OK
    for name in names:
        job = _followed(client, name, namespace, end)
        code = code or exit_code_of(job)
    return code


def exit_code_of(job: IfcJob) -> int:
    """Return the exit code of a finished job: that of its failure, as `ifcjob run` would give it."""
    if job.status.phase == "Succeeded":
        return os.EX_OK
    failure = job.status.failure
    return (FAILURES[failure.reason].exit_code if failure else None) or os.EX_TEMPFAIL


def outcome_line(job: IfcJob) -> str:
    """Return one line about a job's state."""
    status, name = job.status, job.metadata.name
    if status.phase == "Failed" and status.failure is not None:
        return f"{name}: Failed with {status.failure.reason}: {status.failure.message}\n{status.failure.hint}"
    if status.phase == "Running" and status.progress is not None:
        return f"{name}: Running, {status.progress.percent:.0f} %, {status.progress.stage}"
    return f"{name}: {status.phase}"


def logs(arguments: argparse.Namespace) -> int:
    """Print the log of an attempt; with --follow until the job has finished."""
    with connected(arguments) as client:
        name = find_job(client, arguments.name, arguments.namespace).metadata.name
        options = {"attempt": arguments.attempt, "tail": arguments.tail}
        if arguments.follow:
            client.run(log_stream.follow(name, arguments.namespace, write=_write, **options))
        else:
            sys.stdout.write(client.run(jobs.log(name, arguments.namespace, **options)))
    return os.EX_OK


def _write(chunk: bytes) -> None:
    # Bytes: a chunk may end within a character.
    sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()


def _followed(client: Client, name: str, namespace: str, end: float | None) -> IfcJob:
    shown, version = "", None
    while True:
        left = 30.0 if end is None else max(0.0, min(30.0, end - time.monotonic()))
        job = client.run(jobs.follow(name, namespace, version=version, seconds=left))
        version = job.metadata.resource_version
        if (line := outcome_line(job)) != shown:
            shown = line
            print(line, flush=True)
        if job.status.is_finished:
            return job
        if end is not None and time.monotonic() >= end:
            raise CommandFailed(
                f"{name} is still {job.status.phase}: wait again, or see `ifcjob get {name}`", os.EX_TEMPFAIL
            )
