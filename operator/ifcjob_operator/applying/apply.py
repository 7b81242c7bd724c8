"""Carry out a plan, effect by effect in the order of its fields: after a crash between two, the next plan goes on."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from ifcjob.labels import UID_LABEL
from ifcjob.request import RunRequest
from ifcjob.resource import IfcJob
from ifcjob.status import Attempt, IfcJobStatus
from ifcjob_operator.applying.event_manifest import event_manifest
from ifcjob_operator.applying.job_manifest import PodSettings, job_manifest, secret_manifest
from ifcjob_operator.cluster.api import Cluster
from ifcjob_operator.cluster.client import AlreadyExists, ClusterError, Conflict, Refused
from ifcjob_operator.cluster.objects import KubeObject, controller_uid, key_of
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.observation import Observed

Requests = Callable[[IfcJob, Attempt], Awaitable[RunRequest]]
"""Makes the run request of an attempt, with fresh presigned URLs."""


@dataclass
class Applied:
    """What the effects left behind, for the cache to take in before the watches tell."""

    ifcjob: KubeObject | None = None
    """The IfcJob with its new status."""
    job: KubeObject | None = None
    """The attempt's Job, created or adopted."""
    secret_ensured: bool = False
    """The attempt's Secret is there."""
    deleted: bool = False
    """The IfcJob was deleted."""


async def apply(plan: Plan, observed: Observed, cluster: Cluster, requests: Requests, settings: PodSettings) -> Applied:
    """Apply a plan. Whatever it raises, observing again and making a new plan goes on from what was done.

    Conflict: the plan was made for a former version. NotFound: the IfcJob is gone. Refused: what a person can mend.
    What `requests` raises comes before any effect.
    """
    ifcjob, applied = observed.ifcjob, Applied()
    namespace, key = ifcjob.metadata.namespace, (ifcjob.metadata.namespace, ifcjob.metadata.name)
    planned = ifcjob if plan.status is None else ifcjob.model_copy(update={"status": plan.status})
    attempt = plan.create_attempt or (planned.status.attempts[-1] if plan.ensure_secret else None)
    request = await requests(planned, attempt) if attempt else None
    for name in plan.delete_jobs:
        await cluster.delete_job((namespace, name))
    if plan.status is not None and (changes := changed_fields(ifcjob.status, plan.status)):
        applied.ifcjob = await cluster.patch_status(key, ifcjob.metadata.resource_version, changes)
    if attempt and request:
        job_key = (namespace, attempt.job_name)
        create = plan.create_attempt is not None
        applied.job = await (_job(cluster, planned, attempt, settings) if create else cluster.job(job_key))
        if applied.job is not None:
            await _secret(cluster, applied.job, request)
            applied.secret_ensured = True
    for event in plan.events:
        with suppress(ClusterError):  # an Event is a courtesy
            await cluster.create_event(namespace, event_manifest(ifcjob, event))
    if plan.delete_ifcjob:
        await cluster.delete_ifcjob(key, ifcjob.metadata.uid)
        applied.deleted = True
    return applied


def changed_fields(old: IfcJobStatus, new: IfcJobStatus) -> KubeObject:
    """Return the top-level fields of a status that differ, as a merge patch: None removes one."""
    before, after = (status.model_dump(mode="json", by_alias=True, exclude_none=True) for status in (old, new))
    changes: KubeObject = {name: value for name, value in after.items() if before.get(name) != value}
    # A merge patch merges objects: fields that are gone must be named.
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(gone := before.get(name), dict):
            changes[name] = _with_gone(gone, value)
    return changes | dict.fromkeys(before.keys() - after.keys())


def _with_gone(before: KubeObject, after: KubeObject) -> KubeObject:
    merged: KubeObject = dict.fromkeys(before.keys() - after.keys())
    for name, value in after.items():
        old = before.get(name)
        merged[name] = _with_gone(old, value) if isinstance(value, dict) and isinstance(old, dict) else value
    return merged


async def _job(cluster: Cluster, ifcjob: IfcJob, attempt: Attempt, settings: PodSettings) -> KubeObject:
    """Create an attempt's Job, or adopt the one a lost request of ours has created."""
    manifest = job_manifest(ifcjob, attempt, settings)
    namespace = ifcjob.metadata.namespace
    try:
        return await cluster.create_job(namespace, manifest)
    except AlreadyExists as error:
        there = await cluster.job((namespace, attempt.job_name))
        if there is None:
            raise Conflict(409, f"the Job {attempt.job_name} was there and is gone") from error
        if controller_uid(there) != ifcjob.metadata.uid:
            raise Refused(409, f"the name {attempt.job_name} is taken by a Job that is not ours: delete it") from error
        return there


async def _secret(cluster: Cluster, job: KubeObject, request: RunRequest) -> None:
    """Create the Secret a pod waits for; one that a former Job of this name has left is replaced."""
    secret = secret_manifest(job, request)
    key = key_of(job)
    try:
        await cluster.create_secret(key[0], secret)
    except AlreadyExists as error:
        there = await cluster.secret(key)
        if there is not None and controller_uid(there) == job["metadata"]["uid"]:
            return
        if there is not None:
            if (there["metadata"].get("labels") or {}).get(UID_LABEL) != job["metadata"]["labels"][UID_LABEL]:
                raise Refused(409, f"the name {key[1]} is taken by a Secret that is not ours: delete it") from error
            await cluster.delete_secret(key)
        await cluster.create_secret(key[0], secret)
