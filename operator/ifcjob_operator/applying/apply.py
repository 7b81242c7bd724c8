"""Applies a plan, effect by effect in the order of its fields: after a crash between two, the next plan continues."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from ifcjob.labels import UID_LABEL
from ifcjob.report import Failure, RunReport
from ifcjob.request import RunRequest
from ifcjob.resource import IfcJob
from ifcjob.status import Attempt, IfcJobStatus
from ifcjob_backends.cluster.errors import AlreadyExists, ClusterError, Conflict, Refused
from ifcjob_backends.cluster.objects import KubeObject, controller_uid, key_of
from ifcjob_operator.applying.event_manifest import event_manifest
from ifcjob_operator.applying.job_manifest import PodSettings, job_manifest, secret_manifest
from ifcjob_operator.applying.runner_policy import RunnerPolicy
from ifcjob_operator.cluster.api import Cluster
from ifcjob_operator.planning.actions import Plan
from ifcjob_operator.planning.observation import Committed, Observed

Requests = Callable[[IfcJob, Attempt], Awaitable[RunRequest]]
"""Makes the run request of an attempt, with fresh presigned URLs."""
Commits = Callable[[IfcJob, int, RunReport | None], Awaitable[Committed | Failure]]
"""Commits the manifest of an attempt of this number; repeating it gives the same result."""


@dataclass
class Applied:
    """The results of the effects, for the cache: the watches report them later."""

    ifcjob: KubeObject | None = None
    """The IfcJob with its new status."""
    job: KubeObject | None = None
    """The attempt's Job, created or adopted."""
    secret_ensured: bool = False
    """The attempt's Secret exists, with URLs that were signed just now if they are ever renewed."""
    renew_urls_at: datetime | None = None
    """When to ensure the Secret again, because its URLs are about to end; None: they need no renewal."""
    deleted: bool = False
    """The IfcJob was deleted."""
    commit: Committed | Failure | None = None
    """The result of the commit; the next plan needs it."""


@dataclass(frozen=True)
class Applier:
    """Applies plans to the cluster and the object store."""

    cluster: Cluster
    requests: Requests
    commits: Commits
    pods: PodSettings
    runner_policy: RunnerPolicy | None = None
    """Applied in a namespace before its first Job."""

    async def apply(self, plan: Plan, observed: Observed) -> Applied:
        """Apply a plan. After any exception, observing and planning again continues from the effects so far.

        Conflict: the plan was made for an older version. NotFound: the IfcJob is deleted. Refused: a user can fix it.
        Exceptions of `requests` come before any other effect, those of the NetworkPolicy before the Job.
        """
        if plan.commit is not None:
            return Applied(commit=await self.commits(observed.ifcjob, plan.commit, observed.report))
        ifcjob, applied, cluster = observed.ifcjob, Applied(), self.cluster
        namespace, key = ifcjob.metadata.namespace, (ifcjob.metadata.namespace, ifcjob.metadata.name)
        planned = ifcjob if plan.status is None else ifcjob.model_copy(update={"status": plan.status})
        attempt = plan.create_attempt or (planned.status.attempts[-1] if plan.ensure_secret else None)
        request = await self.requests(planned, attempt) if attempt else None
        for name in plan.delete_jobs:
            await cluster.delete_job((namespace, name))
        if plan.status is not None and (changes := changed_fields(ifcjob.status, plan.status)):
            applied.ifcjob = await cluster.patch_status(key, ifcjob.metadata.resource_version, changes)
        if attempt and request:
            job_key = (namespace, attempt.job_name)
            create = plan.create_attempt is not None
            if create and self.runner_policy is not None:
                # After the status: of a refused policy, as of a refused Job, the start deadline is the end.
                await self.runner_policy.ensure(namespace)
            applied.job = await (
                _ensure_job(cluster, job_manifest(planned, attempt, self.pods, observed.pod_defaults))
                if create
                else cluster.job(job_key)
            )
            if applied.job is not None:
                await _ensure_secret(cluster, applied.job, request, is_new=create)
                applied.secret_ensured = True
                applied.renew_urls_at = _renew_at(request, datetime.now(UTC))
        for event in plan.events:
            with suppress(ClusterError):  # Events are best-effort
                await cluster.create_event(namespace, event_manifest(ifcjob, event))
        if plan.delete_ifcjob:
            await cluster.delete_ifcjob(key, ifcjob.metadata.uid)
            applied.deleted = True
        return applied


def changed_fields(old: IfcJobStatus, new: IfcJobStatus) -> KubeObject:
    """Return the top-level fields of a status that differ, as a merge patch: None removes one."""
    before, after = (status.model_dump(mode="json", by_alias=True, exclude_none=True) for status in (old, new))
    changes: KubeObject = {name: value for name, value in after.items() if before.get(name) != value}
    # A merge patch merges objects: removed fields must be named.
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(old_value := before.get(name), dict):
            changes[name] = _with_removed(old_value, value)
    return changes | dict.fromkeys(before.keys() - after.keys())


def _with_removed(before: KubeObject, after: KubeObject) -> KubeObject:
    merged: KubeObject = dict.fromkeys(before.keys() - after.keys())
    for name, value in after.items():
        old = before.get(name)
        merged[name] = _with_removed(old, value) if isinstance(value, dict) and isinstance(old, dict) else value
    return merged


async def _ensure_job(cluster: Cluster, manifest: KubeObject) -> KubeObject:
    """Create an attempt's Job, or adopt the one that an earlier request has created."""
    key = key_of(manifest)
    try:
        return await cluster.create_job(key[0], manifest)
    except AlreadyExists as error:
        existing = await cluster.job(key)
        if existing is None:
            raise Conflict(409, f"the Job {key[1]} was just deleted") from error
        if controller_uid(existing) != controller_uid(manifest):
            message = f"the name {key[1]} is taken by a Job of another owner: delete it"
            raise Refused(409, message) from error
        return existing


async def _ensure_secret(cluster: Cluster, job: KubeObject, request: RunRequest, *, is_new: bool) -> None:
    """Create the Secret that the pod waits for, or renew its URLs; replace that of an earlier Job of this name."""
    secret, key = secret_manifest(job, request), key_of(job)
    # At a quota of Secrets, the API server rejects creating also one that exists.
    existing = None if is_new else await cluster.secret(key)
    if existing is None:
        with suppress(AlreadyExists):
            await cluster.create_secret(key[0], secret)
            return
        existing = await cluster.secret(key)
    if existing is not None and controller_uid(existing) == job["metadata"]["uid"]:
        # The URLs of an immutable one hold for the whole attempt. Those of a mutable one end, also when the present
        # session outlasts the attempt.
        if not existing.get("immutable"):
            await cluster.patch_secret(key, existing["metadata"]["uid"], {"stringData": secret["stringData"]})
        return
    if existing is not None:
        if (existing["metadata"].get("labels") or {}).get(UID_LABEL) != job["metadata"]["labels"][UID_LABEL]:
            message = f"the name {key[1]} is taken by a Secret of another owner: delete it"
            raise Refused(409, message)
        await cluster.delete_secret(key)
    await cluster.create_secret(key[0], secret)


def _renew_at(request: RunRequest, now: datetime) -> datetime | None:
    """Return the middle of the URLs' life: the kubelet needs a minute or two to update the pod's file."""
    return now + (request.renewal.expires_at - now) / 2 if request.renewal else None
