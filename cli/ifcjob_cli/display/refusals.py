"""Rejection of a command line: a line with the problem, a line with the hint, and the exit code of the failure."""

import sys

from ifcjob.failures import RunFailure
from ifcjob_cli.display.results import failed


def refuse(failure: RunFailure, *, as_json: bool = False) -> int:
    """Print the problem and the hint, and a report to stdout with `as_json`; return the exit code."""
    print(f"ifcjob: {failure.message}\n{failure.hint}", file=sys.stderr)
    if as_json:
        print(failed(failure).to_json())
    return failure.exit_code
