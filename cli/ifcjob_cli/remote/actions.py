"""`ifcjob cancel`, `suspend`, `resume`, `retry` and `delete`."""

import argparse
import os
import sys
from collections.abc import Callable

from ifcjob.resource import IfcJob
from ifcjob_cli.remote.server import connected
from ifcjob_client import ApiError, jobs
from ifcjob_client.flows import Flow

_ACTIONS: dict[str, tuple[Callable[[str, str], Flow[IfcJob | None]], str]] = {
    "cancel": (jobs.cancel, "is cancelled"),
    "suspend": (jobs.suspend, "is suspended; `ifcjob resume` lets it start"),
    "resume": (jobs.resume, "may start"),
    "delete": (jobs.delete, "is deleted; artifacts and history stay"),
}


def act(arguments: argparse.Namespace) -> int:
    """Change each of the named jobs; a failure does not stop the others."""
    flow, outcome = _ACTIONS[arguments.command]
    return _for_each(arguments, lambda name: flow(name, arguments.namespace), lambda name, _: f"{name} {outcome}")


def retry(arguments: argparse.Namespace) -> int:
    """Run finished jobs again, as new jobs."""
    return _for_each(
        arguments,
        lambda name: jobs.retry(name, arguments.namespace, memory=arguments.memory),
        lambda name, job: f"{name} runs again as {job.metadata.name}" if job else name,
    )


def _for_each(
    arguments: argparse.Namespace,
    flow: Callable[[str], Flow[IfcJob | None]],
    outcome: Callable[[str, IfcJob | None], str],
) -> int:
    failed = False
    with connected(arguments) as client:
        for name in arguments.names:
            try:
                print(outcome(name, client.run(flow(name))))
            except ApiError as error:
                if error.status in (401, 503):
                    raise
                print(f"ifcjob: {name}: {error}", file=sys.stderr)
                failed = True
    return os.EX_DATAERR if failed else os.EX_OK
