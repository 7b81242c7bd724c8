"""The decision for one IfcJob. Pure: the same observation, policy and time give the same plan.

A ladder of early returns. Each rung applies only if those above it did not; their numbers are in the code below.

1. The IfcJob is being deleted: do nothing; the garbage collector deletes its Jobs, pods and Secrets.
2. It is finished: delete it once its time to live is over and its history is written.
3. The current attempt has no Job: create the Job (a crash prevented it), commit the artifacts that it has published, or
   end the attempt.
4. The Job has ended, or the runner has and a sidecar keeps the pod running: commit, restart, retry or fail. A runner
   that has published reports it: commit before its pod has ended. This rung is above the stop: a run that succeeds just
   before a cancel has succeeded. If the run failed, cancel finishes the IfcJob as cancelled; suspend does not undo a
   failure.
5. The attempt must stop (cancel, suspend, drain, in this order): announce it in the status, then delete the Job.
6. Its pod is terminating: wait for its end, or for the loss of its node.
7. Its container runs: copy its progress into the status.
8. Its container has not started: explain why, and fail if it cannot start or is too late.
   In both, renew the URLs of the pod when they are about to end.
9. No attempt is under way, and cancel or suspend is requested: finish as cancelled, or wait as suspended.
10. Before the first attempt, without a slot: check the source, reuse a cached result, wait for an identical IfcJob.
11. Wait for the end of a backoff, for the queue, and for a slot.
12. Start the next attempt: record it in the status, then create its Job and Secret.

A Job is deleted only when the status already rules out that it is created again. Stale Jobs are deleted on the way:
those of ended attempts that were on a lost node, that failed to start, that a sidecar keeps running, or that a previous
leader created late.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from ifcjob.report import Failure
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.attempts import under_way
from ifcjob_operator.planning.ended import commit_published, finish_attempt
from ifcjob_operator.planning.observation import Fact, Observed
from ifcjob_operator.planning.outcome import run_is_outlived
from ifcjob_operator.planning.policy import Policy
from ifcjob_operator.planning.queued import before_first_attempt, wait_or_start
from ifcjob_operator.planning.running import job_missing, mirror_progress, pod_terminating
from ifcjob_operator.planning.starting import check_again, renew_urls, started, starting
from ifcjob_operator.planning.status_draft import StatusDraft
from ifcjob_operator.planning.stopping import stop_in_progress, stop_job, stop_requested, stopped


def plan(observed: Observed, policy: Policy, now: datetime) -> Plan:
    """Decide the next step for one IfcJob; the empty plan when nothing is to do."""
    ifcjob = observed.ifcjob
    if ifcjob.metadata.deletion_timestamp is not None:  # 1
        return Plan()
    if ifcjob.status.is_finished:  # 2
        decision = _finished(observed, policy, now)
    elif under_way(ifcjob.status) is not None:  # 3 to 8
        decision = _attempt_under_way(observed, policy, now)
    else:  # 9 to 12
        decision = _no_attempt_under_way(observed, policy, now)
    return _delete_stale_jobs(decision, observed, now)


def _finished(observed: Observed, policy: Policy, now: datetime) -> Plan:
    ifcjob, status = observed.ifcjob, observed.ifcjob.status
    # The cache keeps only a few fields of a finished IfcJob: nothing else may be derived from it.
    spec_changed = status.observed_generation != ifcjob.metadata.generation
    new_status = status.model_copy(update={"observed_generation": ifcjob.metadata.generation}) if spec_changed else None
    requested_ttl = ifcjob.spec.ttl_seconds_after_finished
    ttl = policy.ttl_seconds if requested_ttl is None else requested_ttl
    if ttl is None or status.finished_at is None:
        return Plan(status=new_status)
    expires_at = status.finished_at + timedelta(seconds=ttl)
    if now < expires_at:
        return Plan(status=new_status, recheck_at=expires_at)
    if not observed.history_written:
        return Plan(status=new_status, recheck_at=now + policy.max_recheck)
    return Plan(delete_ifcjob=True, reason=f"finished {ttl} s ago")


def _attempt_under_way(observed: Observed, policy: Policy, now: datetime) -> Plan:
    job, attempt = observed.job, observed.ifcjob.status.attempts[-1]
    if job is None:  # 3
        return job_missing(observed, attempt, policy, now)
    if job.has_ended or run_is_outlived(observed.pods):  # 4
        return finish_attempt(observed, policy, now)
    if observed.posted_report is not None and not isinstance(observed.commit, Failure):  # 4, before its pod has ended
        return commit_published(observed, observed.posted_report, now)
    is_unready = attempt.started_at is not None and job.active > 0 and not job.ready
    if is_unready and observed.pods is None:
        return Plan(wanted_facts=frozenset({Fact.PODS}))
    stop = stop_requested(observed) or stop_in_progress(observed.ifcjob)
    if stop and not job.deleting:  # 5
        return stop_job(observed, job, stop, policy, now)
    if job.deleting or job.terminating:  # 6
        return pod_terminating(observed, policy, now)
    if attempt.started_at is not None:  # 7
        decision = mirror_progress(observed, attempt, policy, now)
        decision = check_again(decision, policy, now) if is_unready else decision
    elif job.ready:  # 7, for the first time
        decision = started(observed, at=now, now=now)
    else:  # 8
        decision = starting(observed, attempt, policy, now)
    return renew_urls(decision, observed, policy, now)


def _no_attempt_under_way(observed: Observed, policy: Policy, now: datetime) -> Plan:
    ifcjob, stop = observed.ifcjob, stop_requested(observed)
    if stop and (ifcjob.spec.cancel or ifcjob.spec.suspend):  # 9
        return stopped(observed, stop, StatusDraft(ifcjob, now))
    # The source may turn out to be missing when a later attempt's request is made.
    if not ifcjob.status.attempts or isinstance(observed.input, Failure):  # 10
        decision = before_first_attempt(observed, policy, now)
        if decision is not None:
            return decision
    return wait_or_start(observed, policy, now)  # 11 and 12


def _delete_stale_jobs(decision: Plan, observed: Observed, now: datetime) -> Plan:
    """Add the deletion of Jobs whose attempt has ended, except to plans that only look up facts or commit."""
    if decision.wanted_facts or decision.commit is not None or decision.delete_ifcjob:
        return decision
    jobs = observed.older_jobs
    if observed.job and under_way(observed.ifcjob.status) is None:
        jobs = (*jobs, observed.job)
    remaining = tuple(job for job in jobs if not job.has_ended)
    if remaining and observed.job_ends_by is not None and now < observed.job_ends_by:
        # Also for one that is being deleted: on a lost node it remains, and no event would free the slot.
        until = observed.job_ends_by
        return replace(decision, recheck_at=min(decision.recheck_at or until, until))
    stale = tuple(job.name for job in remaining if not job.deleting)
    return replace(decision, delete_jobs=(*decision.delete_jobs, *stale)) if stale else decision
