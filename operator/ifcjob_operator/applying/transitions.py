"""One log line and metrics for each transition of an IfcJob."""

import time
from datetime import UTC, datetime

import structlog

from ifcjob.quantity import as_bytes
from ifcjob.report import RunReport
from ifcjob.resource import IfcJob
from ifcjob.status import Attempt
from ifcjob_operator import metrics
from ifcjob_operator.applying.apply import Applied
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.observation import Observed

log = structlog.get_logger()


def note_transition(before: IfcJob, plan: Plan, applied: Applied, observed: Observed, granted_at: float | None) -> None:
    """Log and count the differences that an applied plan made; nothing depends on it."""
    status, after = before.status, plan.status
    fields = {
        "ifcjob": f"{before.metadata.namespace}/{before.metadata.name}",
        "uid": before.metadata.uid,
        **({"because": plan.reason} if plan.reason else {}),
    }
    if applied.job is not None and plan.create_attempt is not None:
        if granted_at is not None:
            metrics.ADMISSION.observe(time.monotonic() - granted_at)
        attempt = plan.create_attempt
        log.info("attempt created", **fields, attempt=attempt.number, job=attempt.job_name, memory=attempt.memory_limit)
    for name in plan.delete_jobs:
        log.info("job deleted", **fields, job=name)
    if applied.deleted:
        log.info("ifcjob expired", **fields)
    if after is None or applied.ifcjob is None:
        return
    ended = [
        attempt for attempt in after.attempts if attempt.finished_at and not _was_ended(status.attempts, attempt.number)
    ]
    for attempt in ended:
        _attempt_ended(attempt, observed, fields)
    if after.phase != status.phase:
        failed = {"reason": after.failure.reason, "message": after.failure.message} if after.failure else {}
        number = after.attempts[-1].number if after.attempts else 0
        log.info("phase changed", **fields, attempt=number, was=status.phase, phase=after.phase, **failed)
    if after.is_finished and not status.is_finished:
        _count_finished(before, plan)


def _attempt_ended(attempt: Attempt, observed: Observed, fields: dict[str, str]) -> None:
    metrics.ATTEMPTS.labels(attempt.reason or "Unknown").inc()
    if observed.report is not None:
        _count_report(observed.report)
    if attempt.peak_memory_bytes and attempt.memory_limit:
        metrics.MEMORY_USE.observe(attempt.peak_memory_bytes / as_bytes(attempt.memory_limit))
    log.info(
        "attempt finished",
        **fields,
        attempt=attempt.number,
        reason=attempt.reason,
        exit_code=attempt.exit_code,
        peak_memory_bytes=attempt.peak_memory_bytes,
        cpu_seconds=attempt.cpu_seconds,
        seconds=_seconds(attempt),
    )


def _count_report(report: RunReport) -> None:
    for stage in report.stages:
        metrics.STAGE_DURATION.labels(stage.name).observe(stage.seconds)
    summary = report.summary
    if summary.input_bytes:
        metrics.INPUT_BYTES.observe(summary.input_bytes)
    if summary.elements:
        metrics.ELEMENTS.inc(summary.elements)
    if summary.coverage and summary.coverage.expected:
        metrics.COVERAGE.observe(summary.coverage.emitted / summary.coverage.expected)


def _count_finished(ifcjob: IfcJob, plan: Plan) -> None:
    assert plan.status is not None
    outcome, failure = plan.status.phase, plan.status.failure
    reason = failure.reason if failure and outcome == "Failed" else ""
    metrics.FINISHED.labels(outcome, reason).inc()
    if plan.status.cache_hit:
        metrics.CACHE_HITS.inc()
    if ifcjob.metadata.creation_timestamp:
        age = datetime.now(UTC) - ifcjob.metadata.creation_timestamp
        metrics.DURATION.labels(outcome).observe(age.total_seconds())


def _was_ended(attempts: list[Attempt], number: int) -> bool:
    return any(attempt.number == number and attempt.finished_at for attempt in attempts)


def _seconds(attempt: Attempt) -> float | None:
    if attempt.started_at is None or attempt.finished_at is None:
        return None
    return round((attempt.finished_at - attempt.started_at).total_seconds(), 3)
