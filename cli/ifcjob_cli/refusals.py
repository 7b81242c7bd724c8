"""Refuses a command line: one line that says what is wrong, one that says what to do, exit code 64."""

import sys

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_cli.results import failed


def refuse(message: str, *, hint: str | None = None, as_json: bool = False) -> int:
    """Print the refusal, as a report too when one is expected on stdout, and return the exit code."""
    failure = RunFailure(FailureReason.INVALID_REQUEST, message, hint=hint)
    print(f"ifcjob: {failure.message}\n{failure.hint}", file=sys.stderr)
    if as_json:
        print(failed(failure).to_json())
    return failure.exit_code
