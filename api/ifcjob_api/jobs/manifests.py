"""Manifests of IfcJobs from requests; pure."""

import hashlib
import secrets
from typing import Any

import orjson

from ifcjob.http.job_requests import JobOptions, JobRequest, RetryRequest
from ifcjob.resource import API_VERSION, FORMER_RESOURCES
from ifcjob_api.access.protocol import Caller
from ifcjob_api.live.annotations import FILE_NAME, OWNER, REQUEST_HASH, RETRY_OF
from ifcjob_backends.cluster.objects import Json, KubeObject

_SPEC_FIELDS = frozenset(JobOptions.model_fields)


def name_for_key(user: Caller, namespace: str, key: str) -> str:
    """Return the name that belongs to an Idempotency-Key of a user in a namespace."""
    return f"ifc-{hashlib.sha256(orjson.dumps([user.name, namespace, key])).hexdigest()[:20]}"


def file_name_of(item: Json) -> str | None:
    """Return the name of an IfcJob's file as its user knows it, if the API has created the IfcJob."""
    annotations: Json = item["metadata"].get("annotations") or {}
    return annotations.get(FILE_NAME)


def request_hash(request: JobRequest | RetryRequest, key: str | None, original: str = "") -> str:
    """Return the hash of a request; without an Idempotency-Key, every request has another one."""
    content = request.model_dump(mode="json", by_alias=True, exclude_unset=True)
    unique = "" if key else secrets.token_hex(16)
    return hashlib.sha256(orjson.dumps([content, original, unique], option=orjson.OPT_SORT_KEYS)).hexdigest()


def manifest(
    request: JobRequest, source: Json, file_name: str | None, *, name: str, user: Caller, hash_: str
) -> KubeObject:
    """Return the manifest for a request whose source is resolved."""
    options = request.model_dump(mode="json", by_alias=True, exclude_unset=True, include=set(_SPEC_FIELDS))
    shown = request.file_name or file_name
    annotations = {OWNER: user.name, REQUEST_HASH: hash_} | ({FILE_NAME: shown} if shown else {})
    return _ifcjob(name, request.labels, annotations, options | {"source": dict(source)})


def retry_manifest(original: Json, request: RetryRequest, *, name: str, user: Caller, hash_: str) -> KubeObject:
    """Return the manifest of an IfcJob that repeats another one."""
    metadata = original["metadata"]
    spec = {field: value for field, value in original["spec"].items() if field not in ("cancel", "suspend")}
    if spec.get("resources") == FORMER_RESOURCES:
        del spec["resources"]  # not chosen by anybody: those of the queue apply
    if spec.get("cache") != "Off":
        spec["cache"] = "Refresh"
    if request.memory is not None:
        spec["resources"] = _with_memory(spec.get("resources") or {}, request.memory)
    file_name = file_name_of(original)
    annotations = {OWNER: user.name, REQUEST_HASH: hash_, RETRY_OF: metadata["name"]}
    annotations |= {FILE_NAME: file_name} if file_name else {}
    return _ifcjob(name, metadata.get("labels") or {}, annotations, spec)


def portable(item: Json) -> KubeObject:
    """Return the manifest that creates the same IfcJob elsewhere."""
    metadata = item["metadata"]
    kept = {field: metadata[field] for field in ("name", "namespace", "labels", "annotations") if metadata.get(field)}
    return {"apiVersion": API_VERSION, "kind": "IfcJob", "metadata": kept, "spec": item["spec"]}


def _with_memory(resources: dict[str, Any], memory: str) -> dict[str, Any]:
    """Drop a maximum that the new memory may exceed."""
    return {field: value for field, value in resources.items() if field != "maxMemory"} | {"memory": memory}


def _ifcjob(name: str, labels: Json, annotations: Json, spec: Json) -> KubeObject:
    metadata = {"name": name, "annotations": dict(annotations)} | ({"labels": dict(labels)} if labels else {})
    return {"apiVersion": API_VERSION, "kind": "IfcJob", "metadata": metadata, "spec": dict(spec)}
