"""The decision: what to do next for one IfcJob. Pure: same observation, same time, same plan.

A ladder of early returns. Each rung assumes that those above it did not apply:

1. The IfcJob is being deleted: nothing; its Jobs, pods and Secrets go with it.
2. It is finished: delete it when its time is over and its history is written.
3. The attempt under way has no Job: create it (a crash came between), or go on without it.
4. Its Job has ended: commit, restart, retry or fail. Above cancel: a run that succeeded just before cancel was seen has
   succeeded. A run that failed then leaves its job cancelled; one that was suspended meanwhile has failed all the same.
5. It must stop (cancel, suspend, drain, in this order): the status says that it stops, then its Job is deleted, then
   the status says that it has stopped.
6. Its pod goes away, maybe with its node; or waits; or runs.
7. Nothing is under way. Cancelled; suspended.
8. Before the first attempt: the file, a former result, an identical job under way. None of these needs a slot.
9. Backing off; the queue is missing; waiting for a slot.
10. The next attempt: recorded first, created then.

A Job is deleted only when the status already rules out that it is created again. What is left of attempts whose end is
written (on a lost node, given up on, or created late by a former leader) is deleted on the way.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from ifcjob.report import Failure
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.attempts import under_way
from ifcjob_operator.planning.ended import finish_attempt
from ifcjob_operator.planning.observation import Observed
from ifcjob_operator.planning.policy import Policy
from ifcjob_operator.planning.queued import first_sight, wait_or_start
from ifcjob_operator.planning.running import going_away, job_missing, mirror_progress
from ifcjob_operator.planning.starting import started, starting
from ifcjob_operator.planning.status_draft import Draft
from ifcjob_operator.planning.stopping import stop_asked, stop_begun, stop_job, stopped


def plan(observed: Observed, policy: Policy, now: datetime) -> Plan:
    """Decide what brings one IfcJob one step closer to its spec; the empty plan when nothing does."""
    ifcjob = observed.ifcjob
    if ifcjob.metadata.deletion_timestamp is not None:
        return Plan()
    if ifcjob.status.is_finished:
        decided = _finished(observed, policy, now)
    elif under_way(ifcjob.status) is not None:
        decided = _attempt_under_way(observed, policy, now)
    else:
        decided = _nothing_under_way(observed, policy, now)
    return _without_leftovers(decided, observed)


def _finished(observed: Observed, policy: Policy, now: datetime) -> Plan:
    ifcjob, status = observed.ifcjob, observed.ifcjob.status
    # Of a finished job little is kept in memory: nothing else may be derived from it.
    is_new = status.observed_generation != ifcjob.metadata.generation
    noticed = status.model_copy(update={"observed_generation": ifcjob.metadata.generation}) if is_new else None
    asked = ifcjob.spec.ttl_seconds_after_finished
    ttl = policy.ttl_seconds if asked is None else asked
    if ttl is None or status.finished_at is None:
        return Plan(status=noticed)
    due = status.finished_at + timedelta(seconds=ttl)
    if now < due:
        return Plan(status=noticed, recheck_at=due)
    if not observed.recorded:
        return Plan(status=noticed, recheck_at=now + policy.max_recheck)
    return Plan(delete_ifcjob=True, notes={"because": f"finished {ttl} s ago"})


def _attempt_under_way(observed: Observed, policy: Policy, now: datetime) -> Plan:
    job, attempt = observed.job, observed.ifcjob.status.attempts[-1]
    if job is None:
        return job_missing(observed, attempt, policy, now)
    if job.has_ended:
        return finish_attempt(observed, policy, now)
    stop = stop_asked(observed) or stop_begun(observed.ifcjob)
    if stop and not job.deleting:
        return stop_job(observed, job, stop, policy, now)
    if job.deleting or job.terminating:
        return going_away(observed, policy, now)
    if attempt.started_at is not None:
        return mirror_progress(observed, attempt, policy, now)
    if job.ready:
        return started(observed, now, now)
    return starting(observed, attempt, policy, now)


def _nothing_under_way(observed: Observed, policy: Policy, now: datetime) -> Plan:
    ifcjob, stop = observed.ifcjob, stop_asked(observed)
    if stop and (ifcjob.spec.cancel or ifcjob.spec.suspend):
        return stopped(observed, stop, Draft(ifcjob, now))
    # A source may turn out to be gone when a later attempt's request is made.
    is_settled = ifcjob.status.attempts and not isinstance(observed.input, Failure)
    at_first = None if is_settled else first_sight(observed, policy, now)
    return at_first or wait_or_start(observed, policy, now)


def _without_leftovers(decided: Plan, observed: Observed) -> Plan:
    """Delete Jobs that nobody waits for, unless the plan only asks for facts."""
    if decided.wanted_facts or decided.commit is not None or decided.delete_ifcjob:
        return decided
    jobs = observed.older_jobs
    if observed.job and under_way(observed.ifcjob.status) is None:
        jobs = (*jobs, observed.job)
    left = tuple(job.name for job in jobs if not job.has_ended and not job.deleting)
    return replace(decided, delete_jobs=(*decided.delete_jobs, *left)) if left else decided
