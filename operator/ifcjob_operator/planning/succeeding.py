"""A job has its artifacts: of its own run, or of a former one for the same content."""

from datetime import datetime

from ifcjob.resource import IfcJob
from ifcjob.status import JobProgress, ObservedInput, Result
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.observation import CachedResult, Committed, Observed
from ifcjob_operator.planning.outcome import Outcome
from ifcjob_operator.planning.status_draft import ConditionReason, Draft
from ifcjob_operator.planning.stopping import end_attempt


def succeed(observed: Observed, outcome: Outcome, commit: Committed, now: datetime) -> Plan:
    """Finish a job whose attempt is committed."""
    ifcjob = observed.ifcjob
    draft = end_attempt(Draft(ifcjob, now), outcome, now)
    message = f"the artifacts are beside {commit.result.manifest}"
    draft.finish("Complete", ConditionReason.SUCCEEDED, message, result=commit.result, failure=None)
    if outcome.report.degraded if outcome.report else _is_degraded(commit.result):
        _degrade(draft, commit.result)
    counts = commit.result.summary.coverage
    total = counts.expected if counts else 0
    draft.put(
        progress=JobProgress(percent=100, stage="done", elements_done=total, elements_total=total, updated_at=now)
    )
    found = ifcjob.status.input
    if found and commit.input_sha256:
        draft.put(input=found.model_copy(update={"sha256": commit.input_sha256}))
    # Whoever says `cache: Off` offers nothing to others either.
    draft.put(content_key=None if ifcjob.spec.cache == "Off" else commit.content_key or ifcjob.status.content_key)
    return Plan(status=draft.status(), notes={"because": ConditionReason.SUCCEEDED})


def reuse(observed: Observed, found: ObservedInput, cached: CachedResult, now: datetime) -> Plan:
    """Finish a job with the artifacts of a former one."""
    result = cached.result
    assert result is not None
    draft = Draft(observed.ifcjob, now).say("Accepted", "True", ConditionReason.ACCEPTED)
    message = f"the same content was processed before: {result.manifest}"
    draft.finish("Complete", ConditionReason.CACHE_HIT, message, result=result, cache_hit=True, failure=None)
    if _is_degraded(result):
        _degrade(draft, result)
    sha256 = cached.input_sha256 or found.sha256
    draft.put(input=found.model_copy(update={"sha256": sha256}), content_key=cached.content_key)
    return Plan(status=draft.status(), notes={"because": ConditionReason.CACHE_HIT})


def is_complete_enough(ifcjob: IfcJob, result: Result) -> bool:
    """Whether a former result has the coverage this job demands."""
    rule, counts = ifcjob.spec.coverage, result.summary.coverage
    return rule.on_shortfall != "Fail" or counts is None or counts.emitted >= rule.minimum * counts.expected


def _is_degraded(result: Result) -> bool:
    return result.summary.coverage is not None and result.summary.coverage.skipped > 0


def _degrade(draft: Draft, result: Result) -> None:
    counts = result.summary.coverage
    told = f"{counts.skipped:,} of {counts.expected:,} elements have no geometry" if counts else "elements are missing"
    draft.say("Degraded", "True", "CoverageShortfall", f"{told}: coverage.skipped in manifest.json lists them")
