"""The verbs that change objects: create, patch, replace, delete; and the garbage collection of owned objects."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from ifcjob_backends.cluster.errors import AlreadyExists, Conflict, NotFound, Refused
from ifcjob_backends.cluster.objects import Key, KubeObject
from ifcjob_backends.local.api_server.objects import Overlay, copy_of
from ifcjob_backends.local.api_server.targets import RESOURCES, Resource, Target

FOREGROUND = "foregroundDeletion"
"""Kubernetes' finalizer of an object that is deleted after its dependents."""
_SERVER_FIELDS = ("uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "namespace", "name")

Admit = Callable[[Resource, KubeObject, KubeObject | None, dict[str, str]], KubeObject]
"""Takes resource, object, former object and query; returns the object to store, or raises Refused."""


def create(overlay: Overlay, target: Target, body: KubeObject, admit: Admit) -> KubeObject:
    """Create an object; AlreadyExists when the name is taken."""
    resource, metadata = target.resource, body.get("metadata") or {}
    namespace = target.namespace or metadata.get("namespace") or "default"
    name = metadata.get("name") or (metadata.get("generateName") and f"{metadata['generateName']}{uuid4().hex[:5]}")
    if not name:
        raise Refused(
            422, f"{resource.kind} is invalid: metadata.name: Required value: name or generateName is required"
        )
    if overlay.get(resource.name, (namespace, name)) is not None:
        message = f'{resource.name}{resource.group and f".{resource.group}"} "{name}" already exists'
        raise AlreadyExists(409, message)
    item = copy_of(body) | {"apiVersion": resource.api_version, "kind": resource.kind}
    if resource.has_status:
        item.pop("status", None)
    item["metadata"] = metadata | {
        "name": name,
        "namespace": namespace,
        "uid": str(uuid4()),
        "generation": 1,
        "creationTimestamp": timestamp(),
    }
    for field in ("resourceVersion", "deletionTimestamp", "managedFields"):
        item["metadata"].pop(field, None)
    if resource.name == "secrets":
        _encode(item)
    stored = overlay.put(resource.name, admit(resource, item, None, target.query))
    if not has_owner(overlay, stored):
        _delete(overlay, resource, (namespace, name), "Background", None)
    return stored


def change(overlay: Overlay, target: Target, admit: Admit, changed: Callable[[KubeObject], KubeObject]) -> KubeObject:
    """Store what `changed` makes of an object; Conflict when the result names another uid or resourceVersion."""
    if target.subresource not in (None, "status"):
        raise Refused(405, f"the local API server does not have the subresource {target.subresource}")
    resource, before = target.resource, existing(overlay, target)
    after = changed(copy_of(before))
    _check(target, before, after.get("metadata") or {})
    if target.subresource == "status":
        item = before | {"status": after.get("status")}
        if item["status"] is None:
            del item["status"]
    else:
        kept = {name: before["metadata"][name] for name in _SERVER_FIELDS if name in before["metadata"]}
        item = after | {"metadata": (after.get("metadata") or {}) | kept}
        if resource.has_status:
            item.pop("status", None)
            item |= {"status": before["status"]} if "status" in before else {}
    if target.subresource != "status":
        item = admit(resource, item, before, target.query)
        if item.get("spec") != before.get("spec"):
            generation = before["metadata"].get("generation", 0) + 1
            item = item | {"metadata": item["metadata"] | {"generation": generation}}
    if item == before:
        return before
    stored = overlay.put(resource.name, item)
    return _finish_deletion(overlay, resource, target.key) or stored


def delete(overlay: Overlay, target: Target, options: KubeObject) -> KubeObject:
    """Delete an object as the options say; by default in the background."""
    before = existing(overlay, target)
    _check(target, before, options.get("preconditions") or {})
    policy = options.get("propagationPolicy") or "Background"
    if policy not in ("Foreground", "Background"):
        raise Refused(400, f"the local API server does not support propagationPolicy {policy}")
    return _delete(overlay, target.resource, target.key, policy, options.get("gracePeriodSeconds"))


def existing(overlay: Overlay, target: Target) -> KubeObject:
    """Return the object that a path names; NotFound without one."""
    item = overlay.get(target.resource.name, target.key)
    if item is None:
        raise not_found(target)
    return item


def not_found(target: Target) -> NotFound:
    """Return the error for a missing object."""
    resource = target.resource
    return NotFound(404, f'{resource.name}{resource.group and f".{resource.group}"} "{target.name}" not found')


def merged(item: Any, patch: Any) -> Any:
    """Apply a JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(item) if isinstance(item, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def has_owner(overlay: Overlay, item: KubeObject) -> bool:
    """Return whether an object has no owners, or one of them exists."""
    owners = item["metadata"].get("ownerReferences") or ()
    namespace = item["metadata"]["namespace"]
    plurals = {resource.kind: resource.name for resource in RESOURCES.values()}
    for owner in owners:
        owning = overlay.get(plurals.get(owner["kind"], ""), (namespace, owner["name"]))
        if owning is not None and owning["metadata"]["uid"] == owner["uid"]:
            return True
    return not owners


def timestamp(moment: datetime | None = None) -> str:
    """Return a time as Kubernetes writes it."""
    return (moment or datetime.now(UTC)).isoformat(timespec="seconds").replace("+00:00", "Z")


def _delete(overlay: Overlay, resource: Resource, key: Key, policy: str, grace: int | None) -> KubeObject:
    item = overlay.get(resource.name, key)
    assert item is not None, "the caller has read it"
    metadata = item["metadata"]
    if resource.name == "pods" and not _has_ended(item) and grace != 0:
        # The kubelet ends its process, and then deletes it with a grace of 0.
        if "deletionTimestamp" in metadata:
            return item
        seconds = grace if grace is not None else (item.get("spec") or {}).get("terminationGracePeriodSeconds", 30)
        due = timestamp(datetime.now(UTC) + timedelta(seconds=seconds))
        marks = {"deletionTimestamp": due, "deletionGracePeriodSeconds": seconds}
        return overlay.put(resource.name, item | {"metadata": metadata | marks})
    if policy == "Foreground" and _dependents(overlay, metadata["uid"]):
        if "deletionTimestamp" not in metadata:
            marks = {"deletionTimestamp": timestamp(), "finalizers": [FOREGROUND]}
            item = overlay.put(resource.name, item | {"metadata": metadata | marks})
        _collect(overlay, metadata["uid"])
        return _finish_deletion(overlay, resource, key) or item
    last = overlay.remove(resource.name, key)
    _collect(overlay, metadata["uid"])
    for owner in metadata.get("ownerReferences") or ():
        _finish_owner(overlay, key[0], owner)
    return last


def _collect(overlay: Overlay, uid: str) -> None:
    """Delete the dependents of a deleted object, or of one that waits for them."""
    for name, key in sorted(overlay.owned_by(uid)):
        if overlay.get(name, key) is not None:
            _delete(overlay, RESOURCES[name], key, "Background", None)


def _finish_owner(overlay: Overlay, namespace: str, owner: KubeObject) -> None:
    resource = next((resource for resource in RESOURCES.values() if resource.kind == owner["kind"]), None)
    if resource is not None:
        _finish_deletion(overlay, resource, (namespace, owner["name"]))


def _finish_deletion(overlay: Overlay, resource: Resource, key: Key) -> KubeObject | None:
    """Remove an object that waited for its dependents, or for its finalizers; None when it still waits."""
    item = overlay.get(resource.name, key)
    metadata = item["metadata"] if item else {}
    if item is None or resource.name == "pods" or "deletionTimestamp" not in metadata:
        return None
    if metadata.get("finalizers") and _dependents(overlay, metadata["uid"]):
        return None
    return _delete(overlay, resource, key, "Background", None)


def _dependents(overlay: Overlay, uid: str) -> bool:
    return any(overlay.get(name, key) is not None for name, key in overlay.owned_by(uid))


def _has_ended(pod: KubeObject) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def _check(target: Target, item: KubeObject, expected: KubeObject) -> None:
    """Raise Conflict when a request expects another uid or resourceVersion."""
    for name in ("uid", "resourceVersion"):
        if (value := expected.get(name)) and value != item["metadata"][name]:
            message = (
                f'Operation cannot be fulfilled on {target.resource.name} "{target.name}": the object has been '
                f"modified: its {name} is {item['metadata'][name]}, not {value}"
            )
            raise Conflict(409, message)


def _encode(secret: KubeObject) -> None:
    texts = secret.pop("stringData", None) or {}
    encoded = {name: base64.b64encode(text.encode()).decode() for name, text in texts.items()}
    secret["data"] = (secret.get("data") or {}) | encoded
