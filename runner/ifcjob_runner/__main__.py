"""The container's entry point: `python -m ifcjob_runner REQUEST.json`.

Reads one request, runs it, posts progress if the request names a URL, writes the report to the termination log, or to
stdout without one, uploads its log and posts the report if the request names URLs for them, and exits with the failure
table's code.
"""

from ifcjob_runner.processes import engine_process

engine_process.start_early()  # before the slow imports: the engines load while the request is read

import argparse
import os

os.environ["IFCJOB_BARE_TYPES"] = "1"  # ifcjob.base_type.BARE, which must not be imported before it is set

import sys
from pathlib import Path

from pydantic import ValidationError

from ifcjob import __version__
from ifcjob.base_type import first_problem
from ifcjob.failures import FAILURES, FailureReason, RunFailure
from ifcjob.manifest import RUN_LOG
from ifcjob.report import Failure, RunReport
from ifcjob.request import RunRequest
from ifcjob_runner.pipeline import run
from ifcjob_runner.progress.poster import posting_observer
from ifcjob_runner.progress.run_log import RunLog, keeping_log, upload_log
from ifcjob_runner.progress.stage_log import StageLog
from ifcjob_runner.transfer.renewal import renewed

TERMINATION_LOG = Path("/dev/termination-log")


def main() -> int:
    """Run one request and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ifcjob_runner", description=__doc__)
    parser.add_argument("request", help="the run request, a JSON file; `-` reads stdin")
    parser.add_argument(
        "--termination-log", type=Path, default=TERMINATION_LOG, help="where the report goes (default: %(default)s)"
    )
    arguments = parser.parse_args()
    with keeping_log() as log:
        try:
            request = _read_request(arguments.request)
        except RunFailure as failure:
            report = RunReport(outcome="Failed", failure=Failure.of(failure), runner_version=__version__)
            _write_report(report, arguments.termination_log, StageLog())
        else:
            report = _run(request, arguments.termination_log, log)
    engine_process.stop()
    if report.failure is None:
        return os.EX_OK
    return FAILURES[report.failure.reason].exit_code or os.EX_SOFTWARE


def _run(request: RunRequest, termination_log: Path, log: RunLog) -> RunReport:
    """Run the request, write the report, upload the log, and only then post the report: its reader expects the log."""
    with posting_observer(request) as observer:
        report = run(request, observer)
        _write_report(report, termination_log, observer)
        engine_process.stop()
        if (log_url := _log_url(request)) is not None:
            upload_log(log.end(), log_url)
        observer.post_report(report)
    return report


def _log_url(request: RunRequest) -> str | None:
    """Return where the log goes; None without such a place, or when its URL has expired: that changes no outcome."""
    try:
        return (renewed(request, wait_seconds=0).output.uploads or {}).get(RUN_LOG)
    except RunFailure:
        return None


def _read_request(name: str) -> RunRequest:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        return RunRequest.model_validate_json(text)
    except (OSError, UnicodeDecodeError) as error:
        raise RunFailure(FailureReason.INVALID_REQUEST, f"cannot read the request {name}: {error}") from error
    except ValidationError as error:
        problem = first_problem(error)
        raise RunFailure(
            FailureReason.INVALID_REQUEST,
            f"the request is not valid at {problem.path or 'its top'}: {problem.message}",
            hint="docs/reference/run-request.md describes every field.",
        ) from error


def _write_report(report: RunReport, termination_log: Path, lines: StageLog) -> None:
    if _has_taken(termination_log, report):
        lines.on_end(report)
    else:
        print(report.as_termination_message())  # noqa: T201 - the report is this program's output


def _has_taken(termination_log: Path, report: RunReport) -> bool:
    """Write the report to the termination log, which Kubernetes mounts; False when there is none."""
    if not termination_log.exists() and termination_log == TERMINATION_LOG:
        return False
    try:
        termination_log.write_text(report.as_termination_message(), encoding="utf-8")
    except OSError as error:
        print(f"cannot write {termination_log}: {error}", file=sys.stderr)  # noqa: T201 - the last resort
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
