"""An attempt's pod has not started: say why, and give up when it cannot, or has had its time."""

from dataclasses import replace
from datetime import datetime, timedelta

from ifcjob.failures import FailureReason
from ifcjob.status import Attempt
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.ended import fail
from ifcjob_operator.planning.observation import Fact, Observed, ObservedPod
from ifcjob_operator.planning.outcome import failure, lost, newest
from ifcjob_operator.planning.policy import Policy
from ifcjob_operator.planning.status_draft import ConditionReason, Draft
from ifcjob_operator.planning.stopping import end_attempt

PULL_FAILS = ("ErrImagePull", "ImagePullBackOff", "RegistryUnavailable", "ImageInspectError")
PULL_NEVER_WORKS = ("InvalidImageName", "ErrImageNeverPull")
QUIET = ("ContainerCreating", "PodInitializing")
"""Waiting reasons that only say that it takes a moment."""


def starting(observed: Observed, attempt: Attempt, policy: Policy, now: datetime) -> Plan:
    """Wait for the container, and say what it waits for."""
    age = now - attempt.admitted_at
    deadline = _start_deadline(observed, attempt)
    look_at = attempt.admitted_at + policy.waiting_shown_after
    if now < min(look_at, deadline):
        return Plan(ensure_secret=not observed.secret_ensured, recheck_at=min(look_at, deadline))
    if observed.pods is None:
        return Plan(wanted_facts=frozenset({Fact.PODS}))
    if pod := _running_pod(observed):
        return started(observed, pod.started_at or now, now)
    because, message = _waits_for(observed)
    if gave_up := _never_pulled(observed, policy, now):
        return _give_up(observed, FailureReason.IMAGE_UNAVAILABLE, gave_up, None, now)
    if now >= deadline:
        return _too_late(observed, because, message, now)
    draft = Draft(observed.ifcjob, now).say("Running", "False", because, message)
    recheck = min(now + policy.recheck_after(age), deadline)
    plan = Plan(status=draft.changed(), ensure_secret=not observed.secret_ensured, recheck_at=recheck)
    return replace(plan, notes={"because": because}) if plan.status else plan


def started(observed: Observed, at: datetime, now: datetime) -> Plan:
    """Say that the container runs."""
    ifcjob = observed.ifcjob
    draft = Draft(ifcjob, now).say("Running", "True", ConditionReason.RUNNING)
    draft.change_attempt(started_at=at).put(started_at=ifcjob.status.started_at or at)
    return Plan(status=draft.changed(), notes={"because": ConditionReason.RUNNING})


def not_created(observed: Observed, attempt: Attempt, error: str, policy: Policy, now: datetime) -> Plan:
    """Try again to create a Job the API server refused, until the start deadline: a quota may be raised."""
    if now >= _start_deadline(observed, attempt):
        return _too_late(observed, ConditionReason.POD_NOT_CREATED, error, now)
    draft = Draft(observed.ifcjob, now).say("Running", "False", ConditionReason.POD_NOT_CREATED, error)
    recheck = min(now + policy.recheck_after(now - attempt.admitted_at), _start_deadline(observed, attempt))
    return Plan(status=draft.changed(), create_attempt=attempt, recheck_at=recheck, notes={"because": error})


def _waits_for(observed: Observed) -> tuple[str, str]:
    """Return the reason and message for why no container runs."""
    said, pod = observed.ifcjob.status.condition("Running"), newest(observed.pods or ())
    if pod is None:
        if observed.create_error is None:
            return ConditionReason.STARTING, ""
        return ConditionReason.POD_NOT_CREATED, observed.create_error
    if pod.unschedulable:
        return ConditionReason.UNSCHEDULABLE, pod.unschedulable
    if pod.waiting_reason is None or pod.waiting_reason in QUIET:
        return ConditionReason.STARTING, ""
    message = f"{pod.waiting_reason}: {pod.waiting_message or 'no message'}"
    if pod.waiting_reason not in PULL_FAILS:
        return ConditionReason.CONTAINER_NOT_CREATED, message
    # Errors and waits between tries alternate: the first message is good enough.
    if said and said.reason == ConditionReason.IMAGE_PULL_FAILED:
        message = said.message
    return ConditionReason.IMAGE_PULL_FAILED, message


def _running_pod(observed: Observed) -> ObservedPod | None:
    """Return the pod when it was looked at and its container runs, or ran."""
    pod = newest(observed.pods or ())
    return pod if pod and pod.started_at else None


def _never_pulled(observed: Observed, policy: Policy, now: datetime) -> str | None:
    """Explain why waiting for the image is over, or return None."""
    pod: ObservedPod | None = newest(observed.pods or ())
    if pod is None or pod.waiting_reason is None:
        return None
    told = f"{pod.waiting_reason}: {pod.waiting_message or 'no message'}"
    if pod.waiting_reason in PULL_NEVER_WORKS:
        return told
    since = pod.scheduled_at or pod.created_at
    is_over = since is not None and now >= since + policy.image_pull_grace
    if pod.waiting_reason in PULL_FAILS and is_over:
        return f"not pulled in {policy.image_pull_grace.total_seconds():.0f} s: {told}"
    return None


def _start_deadline(observed: Observed, attempt: Attempt) -> datetime:
    return attempt.admitted_at + timedelta(seconds=observed.ifcjob.spec.start_deadline_seconds)


def _too_late(observed: Observed, because: str, message: str, now: datetime) -> Plan:
    told = f"no container ran within {observed.ifcjob.spec.start_deadline_seconds} s of the admission ({because})"
    hint = "Remove what it waited for, or raise spec.startDeadlineSeconds."
    text = f"{told}: {message}" if message else told
    return _give_up(observed, FailureReason.DEADLINE_EXCEEDED, text, hint, now)


def _give_up(observed: Observed, reason: FailureReason, message: str, hint: str | None, now: datetime) -> Plan:
    """Fail at once: no container has run, so there is nothing to wait for."""
    draft = end_attempt(Draft(observed.ifcjob, now), lost(message), now, str(reason))
    return fail(failure(reason, message, hint), draft)
