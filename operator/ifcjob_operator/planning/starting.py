"""The current attempt's container has not started: explain why, and fail if it cannot start or is too late."""

from dataclasses import replace
from datetime import datetime, timedelta

from ifcjob.failures import FailureReason
from ifcjob.status import Attempt
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.observation import Fact, Observed, ObservedPod
from ifcjob_operator.planning.outcome import failure_of, lost, newest
from ifcjob_operator.planning.policy import Policy
from ifcjob_operator.planning.rejection import Wait, explain_rejection
from ifcjob_operator.planning.status_draft import ConditionReason, StatusDraft, end_attempt, fail

PULL_ERRORS = ("ErrImagePull", "ImagePullBackOff", "RegistryUnavailable", "ImageInspectError")
PERMANENT_PULL_ERRORS = ("InvalidImageName", "ErrImageNeverPull")
NORMAL_WAITING_REASONS = ("ContainerCreating", "PodInitializing")


def starting(observed: Observed, attempt: Attempt, policy: Policy, now: datetime) -> Plan:
    """Wait for the container, and explain the wait in the status."""
    age = now - attempt.admitted_at
    deadline = _start_deadline(observed, attempt)
    first_check = min(attempt.admitted_at + policy.waiting_shown_after, deadline)
    if now < first_check:
        return Plan(ensure_secret=not observed.secret_ensured, recheck_at=first_check)
    if observed.pods is None:
        return Plan(wanted_facts=frozenset({Fact.PODS}))
    pod = newest(observed.pods)
    if pod and pod.started_at:
        # It is not ready yet. If it never is, beside a sidecar that waits, no event tells of its runner's end.
        return check_again(started(observed, at=pod.started_at, now=now), policy, now)
    wait = _wait_of(observed, pod)
    if pull_failure := _pull_failure(pod, policy, now):
        return _give_up(observed, FailureReason.IMAGE_UNAVAILABLE, pull_failure, None, now)
    if now >= deadline:
        return _too_late(observed, wait, now)
    draft = StatusDraft(observed.ifcjob, now).set_condition("Running", "False", wait.reason, wait.text)
    recheck = min(now + policy.recheck_after(age), deadline)
    plan = Plan(status=draft.changed(), ensure_secret=not observed.secret_ensured, recheck_at=recheck)
    return replace(plan, reason=wait.reason) if plan.status else plan


def started(observed: Observed, at: datetime, now: datetime) -> Plan:
    """Record that the container is running."""
    ifcjob = observed.ifcjob
    draft = StatusDraft(ifcjob, now).set_condition("Running", "True", ConditionReason.RUNNING)
    draft.update_attempt(started_at=at).set_fields(started_at=ifcjob.status.started_at or at)
    return Plan(status=draft.changed(), reason=ConditionReason.RUNNING)


def check_again(decision: Plan, policy: Policy, now: datetime) -> Plan:
    """Look at a pod that is not ready again soon: beside an unready sidecar, no event tells of its runner's end."""
    soon = now + policy.max_recheck
    return replace(decision, recheck_at=min(decision.recheck_at or soon, soon))


def renew_urls(decision: Plan, observed: Observed, policy: Policy, now: datetime) -> Plan:
    """Add the renewal of the pod's URLs when it is due, in a pass that writes no status: signing may fail.

    After a restart of the operator it is due at once: only the process that signed them knows their end.
    """
    is_known = observed.secret_ensured
    if not policy.renews_urls or decision.wanted_facts or (is_known and observed.renew_urls_at is None):
        return decision
    due = observed.renew_urls_at or now
    if due <= now and decision.status is None:
        return replace(decision, ensure_secret=True)
    return replace(decision, recheck_at=min(decision.recheck_at or due, due))


def job_rejected(observed: Observed, attempt: Attempt, error: str, policy: Policy, now: datetime) -> Plan:
    """Create a Job that the API server has rejected again, until the start deadline: a quota may be raised."""
    deadline = _start_deadline(observed, attempt)
    wait = explain_rejection(error)
    if now >= deadline:
        return _too_late(observed, wait, now)
    draft = StatusDraft(observed.ifcjob, now).set_condition("Running", "False", wait.reason, wait.text)
    recheck = min(now + policy.recheck_after(now - attempt.admitted_at), deadline)
    return Plan(status=draft.changed(), create_attempt=attempt, recheck_at=recheck, reason=error)


def _wait_of(observed: Observed, pod: ObservedPod | None) -> Wait:
    """Explain why no container runs."""
    if pod is None:
        return explain_rejection(observed.create_error) if observed.create_error else Wait(ConditionReason.STARTING)
    if pod.unschedulable:
        return Wait(ConditionReason.UNSCHEDULABLE, pod.unschedulable)
    if pod.waiting_reason is None or pod.waiting_reason in NORMAL_WAITING_REASONS:
        return Wait(ConditionReason.STARTING)
    message = _waiting_message(pod)
    if pod.waiting_reason not in PULL_ERRORS:
        return Wait(ConditionReason.CONTAINER_NOT_CREATED, message)
    # The kubelet alternates between an error and its back-off: keep the first message.
    condition = observed.ifcjob.status.condition("Running")
    if condition and condition.reason == ConditionReason.IMAGE_PULL_FAILED:
        message = condition.message
    return Wait(ConditionReason.IMAGE_PULL_FAILED, message)


def _pull_failure(pod: ObservedPod | None, policy: Policy, now: datetime) -> str | None:
    """Explain why the image will not be pulled; None while it still may be."""
    if pod is None or pod.waiting_reason is None:
        return None
    message = _waiting_message(pod)
    if pod.waiting_reason in PERMANENT_PULL_ERRORS:
        return message
    since = pod.scheduled_at or pod.created_at
    is_over = since is not None and now >= since + policy.image_pull_grace
    if pod.waiting_reason in PULL_ERRORS and is_over:
        return f"not pulled in {policy.image_pull_grace.total_seconds():.0f} s: {message}"
    return None


def _waiting_message(pod: ObservedPod) -> str:
    return f"{pod.waiting_reason}: {pod.waiting_message or 'no message'}"


def _start_deadline(observed: Observed, attempt: Attempt) -> datetime:
    return attempt.admitted_at + timedelta(seconds=observed.ifcjob.spec.start_deadline_seconds)


def _too_late(observed: Observed, wait: Wait, now: datetime) -> Plan:
    seconds = observed.ifcjob.spec.start_deadline_seconds
    detail = f": {wait.message}" if wait.message else ""
    message = f"no container ran within {seconds} s of the admission ({wait.reason}){detail}"
    hint = "Fix the cause of the wait, or raise spec.startDeadlineSeconds."
    return _give_up(observed, FailureReason.DEADLINE_EXCEEDED, message, hint, now)


def _give_up(observed: Observed, reason: FailureReason, message: str, hint: str | None, now: datetime) -> Plan:
    """Fail at once: no container has run, so nothing needs to be stopped first."""
    draft = end_attempt(StatusDraft(observed.ifcjob, now), lost(message), now, str(reason))
    return fail(failure_of(reason, message, hint), draft)
