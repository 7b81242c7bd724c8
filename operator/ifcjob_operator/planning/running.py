"""The current attempt's Job is missing, its pod is terminating, or its container is running."""

from datetime import datetime

from ifcjob.status import Attempt
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.ended import after_failed_attempt, finish_unseen_attempt
from ifcjob_operator.planning.observation import Fact, Observed, ObservedPod
from ifcjob_operator.planning.outcome import lost, newest
from ifcjob_operator.planning.policy import Policy
from ifcjob_operator.planning.starting import job_rejected
from ifcjob_operator.planning.status_draft import ConditionReason, StatusDraft
from ifcjob_operator.planning.stopping import stop_in_progress, stop_requested

ENDED_PHASES = ("Succeeded", "Failed")


def job_missing(observed: Observed, attempt: Attempt, policy: Policy, now: datetime) -> Plan:
    """Create a Job that a crash kept from being created, or end the attempt of a Job that was deleted."""
    if not observed.job_checked or observed.pods is None:
        return Plan(wanted_facts=frozenset({Fact.JOB, Fact.PODS}))
    # A Job that was deleted in the background, or without its pod, may leave its pod running for a while.
    if any(pod.phase not in ENDED_PHASES and not _is_lost(pod, policy, now) for pod in observed.pods):
        return Plan(recheck_at=now + policy.min_recheck)
    if stop_requested(observed) or stop_in_progress(observed.ifcjob):
        outcome = lost(f"Job {attempt.job_name} was stopped", newest(observed.pods))
        return after_failed_attempt(observed, outcome, policy, now)
    has_existed = attempt.started_at or observed.secret_ensured or observed.pods
    if observed.create_error and not has_existed:
        return job_rejected(observed, attempt, observed.create_error, policy, now)
    if has_existed or now >= attempt.admitted_at + policy.create_grace:
        pod = newest(observed.pods)
        outcome = lost(f"Job {attempt.job_name} is gone: it was deleted, or never created", pod)
        return finish_unseen_attempt(observed, outcome, policy, now)
    # The time makes each message unique, so that the status is written and its resourceVersion guards the creation.
    message = f"Job {attempt.job_name} did not exist at {now.isoformat()}: it is created again"
    draft = StatusDraft(observed.ifcjob, now).set_condition("Running", "False", ConditionReason.STARTING, message)
    return Plan(status=draft.status(), create_attempt=attempt, reason=message)


def pod_terminating(observed: Observed, policy: Policy, now: datetime) -> Plan:
    """Wait until a terminating pod has ended, or its node counts as lost."""
    if observed.pods is None:
        return Plan(wanted_facts=frozenset({Fact.PODS}))
    alive = [pod for pod in observed.pods if pod.phase not in ENDED_PHASES]
    if alive and all(_is_lost(pod, policy, now) for pod in alive):
        pod = alive[0]
        outcome = lost(f"pod {pod.name} on node {pod.node} does not end: the node is lost", pod)
        return after_failed_attempt(observed, outcome, policy, now)
    draft = StatusDraft(observed.ifcjob, now)
    for pod in alive:
        if pod.deletion_at and pod.deletion_at <= now and not stop_in_progress(observed.ifcjob):
            until = pod.deletion_at + policy.lost_pod_grace
            message = f"pod {pod.name} on node {pod.node} should have ended; it counts as lost at {until:%H:%M:%S} UTC"
            draft.set_condition("Running", "Unknown", ConditionReason.NODE_LOST, message)
    return Plan(status=draft.changed(), recheck_at=now + policy.min_recheck, reason="its pod is terminating")


def mirror_progress(observed: Observed, attempt: Attempt, policy: Policy, now: datetime) -> Plan:
    """Copy the runner's progress into the status, at most once per interval; it never decreases."""
    posted, written = observed.progress, observed.ifcjob.status.progress
    draft = StatusDraft(observed.ifcjob, now).set_condition("Running", "True", ConditionReason.RUNNING)
    if posted is None or posted.updated_at < attempt.admitted_at:
        return Plan(status=draft.changed())
    if not posted.supersedes(written):
        return Plan(status=draft.changed())
    due = (written.updated_at if written else attempt.started_at or now) + policy.progress_interval
    if now < due:
        return Plan(status=draft.changed(), recheck_at=due)
    return Plan(status=draft.set_fields(progress=posted).changed(), reason="progress")


def _is_lost(pod: ObservedPod, policy: Policy, now: datetime) -> bool:
    return pod.deletion_at is not None and now >= pod.deletion_at + policy.lost_pod_grace
