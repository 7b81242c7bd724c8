"""Writes of IfcJobs: idempotent creates, and changes with preconditions; each answer is applied to the index."""

import re
from collections.abc import Callable
from urllib.parse import quote

from ifcjob.http.job_requests import JobRequest, RetryRequest, job_name_for
from ifcjob.resource import IFCJOBS
from ifcjob_api.access.protocol import Caller
from ifcjob_api.jobs import manifests
from ifcjob_api.jobs.sources import resolve
from ifcjob_api.live.annotations import REQUEST_HASH
from ifcjob_api.live.entries import JobEntry, job_entry
from ifcjob_api.live.state import API_PATH
from ifcjob_api.problems import Problem
from ifcjob_api.services import Services
from ifcjob_backends.cluster.errors import AlreadyExists, Conflict, NotFound
from ifcjob_backends.cluster.objects import KubeObject


def job_path(namespace: str, name: str = "") -> str:
    """Return the path of IfcJobs in the Kubernetes API."""
    path = f"{API_PATH}/namespaces/{quote(namespace)}/{IFCJOBS}"
    return f"{path}/{quote(name)}" if name else path


async def find(services: Services, namespace: str, name: str) -> JobEntry:
    """Return a job from the index; Kubernetes knows one that was created a moment ago on another replica."""
    if (entry := services.live.jobs.get((namespace, name))) is not None:
        return entry
    try:
        entry = applied(services, await services.kubernetes.ask("GET", job_path(namespace, name)))
    except NotFound:
        detail = f"The namespace {namespace} has no job {name}; the history lists jobs that were deleted."
        raise Problem(404, "JobNotFound", detail) from None
    return entry


def applied(services: Services, item: KubeObject) -> JobEntry:
    """Take an answer of Kubernetes into the index."""
    return services.live.jobs.apply(item) or job_entry(item)


async def create(
    services: Services, namespace: str, request: JobRequest, user: Caller, key: str | None
) -> tuple[JobEntry, bool]:
    """Create an IfcJob, or return the one that the same request created before; and whether it existed."""
    hash_ = manifests.request_hash(request, key)
    source, file_name = await resolve(request.source, namespace, services.uploads, services.settings)
    key_name = manifests.name_for_key(user, namespace, key) if key else None
    name = request.name or key_name or job_name_for(request.file_name or file_name)
    manifest = manifests.manifest(request, source, file_name, name=name, user=user, hash_=hash_)
    return await _create(services, namespace, manifest, key_name)


async def create_retry(
    services: Services, original: JobEntry, request: RetryRequest, user: Caller, key: str | None
) -> tuple[JobEntry, bool]:
    """Create an IfcJob that repeats a finished one; return it, and whether it existed."""
    namespace, former = original.key
    if not original.is_finished:
        detail = f"{former} is {original.phase}: cancel it first, or wait until it has finished."
        raise Problem(409, "JobNotFinished", detail)
    key_name = manifests.name_for_key(user, namespace, key) if key else None
    name = request.name or key_name or job_name_for(manifests.file_name_of(original.object()))
    hash_ = manifests.request_hash(request, key, former)
    manifest = manifests.retry_manifest(original.object(), request, name=name, user=user, hash_=hash_)
    return await _create(services, namespace, manifest, key_name)


async def _create(
    services: Services, namespace: str, manifest: KubeObject, key_name: str | None
) -> tuple[JobEntry, bool]:
    metadata = manifest["metadata"]
    try:
        return applied(services, await services.kubernetes.ask("POST", job_path(namespace), manifest)), False
    except AlreadyExists:
        existing = await services.kubernetes.ask("GET", job_path(namespace, metadata["name"]))
    annotations = existing["metadata"].get("annotations") or {}
    if annotations.get(REQUEST_HASH) == metadata["annotations"][REQUEST_HASH]:
        # Without a key: an earlier try of this request, whose answer was lost.
        return applied(services, existing), key_name is not None
    if metadata["name"] == key_name:
        detail = "Another request was sent with this Idempotency-Key: use a new key per job."
        raise Problem(422, "IdempotencyKeyReused", detail)
    raise Problem(409, "JobExists", f"The namespace {namespace} has a job {metadata['name']}: choose another name.")


async def change(
    services: Services,
    namespace: str,
    name: str,
    spec: KubeObject,
    if_match: str | None,
    check: Callable[[JobEntry], bool],
) -> JobEntry:
    """Change a job's spec, unless `check` says that it is so already; 412 when it is not the version of If-Match."""
    entry = await find(services, namespace, name)
    version = precondition(if_match)
    if version is not None and version != str(entry.version):
        raise _changed_meanwhile()
    if check(entry):
        return entry
    body: KubeObject = {"spec": spec} | ({"metadata": {"resourceVersion": version}} if version else {})
    try:
        return applied(services, await services.kubernetes.ask("PATCH", job_path(namespace, name), body))
    except Conflict:
        raise _changed_meanwhile() from None


async def delete(services: Services, namespace: str, name: str, if_match: str | None) -> None:
    """Delete an IfcJob with its Jobs and pods; its artifacts and its history stay."""
    entry = await find(services, namespace, name)
    version = precondition(if_match)
    preconditions = {"uid": entry.uid} | ({"resourceVersion": version} if version else {})
    options = {"propagationPolicy": "Background", "preconditions": preconditions}
    body = {"apiVersion": "v1", "kind": "DeleteOptions"} | options
    try:
        await services.kubernetes.ask("DELETE", job_path(namespace, name), body)
    except NotFound:
        return
    except Conflict:
        raise _changed_meanwhile() from None


def precondition(if_match: str | None) -> str | None:
    """Return the version of an If-Match header; None: any."""
    if if_match is None or if_match.strip() == "*":
        return None
    match = re.fullmatch(r'\s*"([0-9]{1,20})"\s*', if_match)
    if match is None:
        raise _changed_meanwhile()
    return match[1]


def _changed_meanwhile() -> Problem:
    return Problem(412, "PreconditionFailed", "The job is not in the version of If-Match: read it again.")
