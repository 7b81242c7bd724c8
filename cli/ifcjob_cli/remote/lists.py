"""`ifcjob jobs` and `ifcjob get`."""

import argparse
import os
import time
from typing import Any

from ifcjob.http.jobs import JobSummary
from ifcjob.resource import IfcJob
from ifcjob_cli import units
from ifcjob_cli.remote.names import find_job
from ifcjob_cli.remote.output import age_text, phase_text, plain, print_data, print_table, size_text
from ifcjob_cli.remote.server import connected
from ifcjob_client import jobs

WATCH_SECONDS = 2.0
COLUMNS = ("NAME", "PHASE", "PROGRESS", "SIZE", "AGE", "FILE", "MESSAGE")


def list_jobs(arguments: argparse.Namespace) -> int:
    """List the jobs of a namespace, once or until Ctrl-C."""
    with connected(arguments) as client:
        while True:
            summaries = client.run(jobs.every(arguments.namespace, **_filters(arguments)))
            if arguments.output != "table":
                print_data(
                    [job.model_dump(mode="json", by_alias=True, exclude_none=True) for job in summaries],
                    arguments.output,
                )
            elif summaries:
                print_table(COLUMNS, [_row(job) for job in summaries], right=("PROGRESS", "SIZE"))
            else:
                print(f"no jobs in {arguments.namespace}; create one with `ifcjob submit FILE`")
            if not arguments.watch:
                return os.EX_OK
            time.sleep(WATCH_SECONDS)
            print()


def get_job(arguments: argparse.Namespace) -> int:
    """Show one job: phase, attempts, result or failure, and what to do next."""
    with connected(arguments) as client:
        job = find_job(client, arguments.name, arguments.namespace)
        if arguments.output == "manifest":
            print(client.run(jobs.manifest(job.metadata.name, arguments.namespace)), end="")
            return os.EX_OK
    if arguments.output == "table":
        show_job(job)
    else:
        print_data(job.model_dump(mode="json", by_alias=True, exclude_none=True), arguments.output)
    return os.EX_OK


def show_job(job: IfcJob) -> None:
    """Print a job for people."""
    status = job.status
    rows = [("name", job.metadata.name), ("phase", status.phase)]
    if status.input is not None:
        rows.append(("file", f"{status.input.uri}  {size_text(status.input.bytes)}"))
    if status.progress is not None and status.phase == "Running":
        rows.append(("progress", f"{status.progress.percent:.0f} %  {status.progress.stage}"))
    for attempt in status.attempts:
        peak = (
            f", {size_text(attempt.peak_memory_bytes)} of {attempt.memory_limit}" if attempt.peak_memory_bytes else ""
        )
        rows.append((f"attempt {attempt.number}", f"{attempt.reason or 'running'}{peak}"))
    if status.failure is not None:
        rows += [("failure", f"{status.failure.reason}: {status.failure.message}"), ("hint", status.failure.hint)]
    if status.result is not None:
        rows += _result_rows(status.result.summary)
        rows.append(("manifest", status.result.manifest))
    width = max(len(label) for label, _ in rows)
    for label, text in rows:
        print(f"{label:<{width}}  {text}")


def _filters(arguments: argparse.Namespace) -> dict[str, Any]:
    return {
        "phase": arguments.phase,
        "queue": arguments.queue,
        "label": arguments.label,
        "q": arguments.text,
        "sort": arguments.sort,
    }


def _row(job: JobSummary) -> tuple[str, ...]:
    percent = f"{job.progress.percent:.0f} %" if job.progress is not None else ""
    return (
        plain(job.name),
        phase_text(job.phase, degraded=job.degraded),
        percent,
        size_text(job.input_bytes),
        age_text(job.created_at),
        plain(job.file_name),
        plain(job.message) if job.phase in ("Failed", "Queued") else "",
    )


def _result_rows(summary: Any) -> list[tuple[str, str]]:
    rows = [("schema", summary.schema_name or ""), ("elements", units.number_text(summary.elements))]
    if summary.coverage is not None:
        coverage = summary.coverage
        drawn = f"{coverage.emitted} of {coverage.expected} elements"
        rows.append(("geometry", f"{drawn}, {coverage.skipped} skipped, {coverage.doubtful} doubtful"))
    return rows
