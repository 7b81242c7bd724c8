"""The entry point of `ifcjob`: parse the command line, run the command, exit with the code of the failure table."""

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import NoReturn

_STARTS_NO_RUN = {"--dry-run", "--help", "-h"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    argv = (sys.argv[1:] if argv is None else argv) or ["--help"]
    if argv[:1] == ["catalog"]:
        from ifcjob_catalog.command import main as catalog  # runs need no database

        return catalog(argv[1:], prog="ifcjob catalog")
    from ifcjob_cli.arguments import UsageError, parse  # slow imports only after `start_early`

    try:
        arguments = parse(argv)
    except UsageError as error:
        from ifcjob.failures import FailureReason, RunFailure  # only invalid command lines need these
        from ifcjob_cli.display.refusals import refuse

        failure = RunFailure(FailureReason.INVALID_REQUEST, str(error), hint=error.hint)
        return refuse(failure, as_json="--json" in argv)

    try:
        return int(arguments.execute(arguments))
    except KeyboardInterrupt:  # between two files; during a run, the runner reports it
        print("ifcjob: interrupted", file=sys.stderr)
        return os.EX_TEMPFAIL


def entry() -> NoReturn:
    """Run the command line and exit without tearing down the interpreter, which takes longer than a small file."""
    with ExitStack() as stack:
        if sys.argv[1:2] == ["run"] and _STARTS_NO_RUN.isdisjoint(sys.argv):
            from ifcjob_runner.processes import engine_process  # other commands need no engine

            engine_process.start_early()  # the engines load while this process imports and reads the command line
            stack.callback(engine_process.stop)  # a run stops it, but an invalid command line starts none
        code = main()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    entry()
