"""Rejection of a command line: a line with the problem, a line with the hint, exit code 64."""

import sys

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_cli.display.results import failed


def refuse(message: str, *, hint: str | None = None, as_json: bool = False) -> int:
    """Print the problem and the hint, and a report to stdout with `as_json`; return the exit code."""
    failure = RunFailure(FailureReason.INVALID_REQUEST, message, hint=hint)
    print(f"ifcjob: {failure.message}\n{failure.hint}", file=sys.stderr)
    if as_json:
        print(failed(failure).to_json())
    return failure.exit_code
