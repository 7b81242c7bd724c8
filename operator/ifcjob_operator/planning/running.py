"""An attempt is under way: its Job missing, its pod going away, not started yet, or running."""

from datetime import datetime

from ifcjob.status import Attempt
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.ended import settle
from ifcjob_operator.planning.observation import Fact, Observed, ObservedPod
from ifcjob_operator.planning.outcome import lost, newest
from ifcjob_operator.planning.policy import Policy
from ifcjob_operator.planning.starting import not_created
from ifcjob_operator.planning.status_draft import ConditionReason, Draft
from ifcjob_operator.planning.stopping import stop_asked, stop_begun

ENDED = ("Succeeded", "Failed")


def job_missing(observed: Observed, attempt: Attempt, policy: Policy, now: datetime) -> Plan:
    """Create a Job that a crash kept from being created, or give up on one that is gone."""
    if not observed.job_checked or observed.pods is None:
        return Plan(wanted_facts=frozenset({Fact.JOB, Fact.PODS}))
    # A Job that is deleted in the background, or alone, leaves its pod running for a while.
    if any(pod.phase not in ENDED and not _is_lost(pod, policy, now) for pod in observed.pods):
        return Plan(recheck_at=now + policy.min_recheck)
    if stop_asked(observed) or stop_begun(observed.ifcjob):
        return settle(observed, lost(f"Job {attempt.job_name} was stopped", newest(observed.pods)), policy, now)
    was_there = attempt.started_at or observed.secret_ensured or observed.pods
    if observed.create_error and not was_there:
        return not_created(observed, attempt, observed.create_error, policy, now)
    if was_there or now >= attempt.admitted_at + policy.create_grace:
        gone = lost(f"Job {attempt.job_name} is gone: it was deleted, or never created", newest(observed.pods))
        return settle(observed, gone, policy, now)
    # The time makes each message new, so that the write happens and its resourceVersion guards the creation.
    message = f"Job {attempt.job_name} was not there at {now.isoformat()}: it is created again"
    draft = Draft(observed.ifcjob, now).say("Running", "False", ConditionReason.STARTING, message)
    return Plan(status=draft.status(), create_attempt=attempt, notes={"because": message})


def going_away(observed: Observed, policy: Policy, now: datetime) -> Plan:
    """Wait until a Job or pod that is being deleted is gone, or its node is lost."""
    if observed.pods is None:
        return Plan(wanted_facts=frozenset({Fact.PODS}))
    alive = [pod for pod in observed.pods if pod.phase not in ENDED]
    if alive and all(_is_lost(pod, policy, now) for pod in alive):
        pod = alive[0]
        return settle(
            observed, lost(f"pod {pod.name} on node {pod.node} does not end: the node is lost", pod), policy, now
        )
    draft = Draft(observed.ifcjob, now)
    for pod in alive:
        if pod.deletion_at and pod.deletion_at <= now and not stop_begun(observed.ifcjob):
            until = pod.deletion_at + policy.lost_pod_grace
            message = f"pod {pod.name} on node {pod.node} should have ended; it counts as lost at {until:%H:%M:%S} UTC"
            draft.say("Running", "Unknown", ConditionReason.NODE_LOST, message)
    return Plan(status=draft.changed(), recheck_at=now + policy.min_recheck, notes={"because": "its pod ends"})


def mirror_progress(observed: Observed, attempt: Attempt, policy: Policy, now: datetime) -> Plan:
    """Copy the runner's progress into the status, not too often and never backwards."""
    told, written = observed.progress, observed.ifcjob.status.progress
    draft = Draft(observed.ifcjob, now).say("Running", "True", ConditionReason.RUNNING)
    if told is None or told.updated_at < attempt.admitted_at:
        return Plan(status=draft.changed())
    if not told.supersedes(written):
        return Plan(status=draft.changed())
    due = (written.updated_at if written else attempt.started_at or now) + policy.progress_interval
    if now < due:
        return Plan(status=draft.changed(), recheck_at=due)
    return Plan(status=draft.put(progress=told).changed(), notes={"because": "progress"})


def _is_lost(pod: ObservedPod, policy: Policy, now: datetime) -> bool:
    return pod.deletion_at is not None and now >= pod.deletion_at + policy.lost_pod_grace
