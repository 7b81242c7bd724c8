"""Objects of the Kubernetes API as JSON."""

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]
KubeObject = dict[str, Any]
"""A cluster object as JSON."""
Key = tuple[str, str]
"""Namespace and name of an object."""
MERGE_PATCH = "application/merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"
"""JSON is YAML too."""


def key_of(item: Json) -> Key:
    """Return an object's namespace and name."""
    metadata = item["metadata"]
    return metadata["namespace"], metadata["name"]


def version_of(item: Json) -> int:
    """Return a resourceVersion as a number. Kubernetes orders them; since 1.35 that is a promise."""
    return int(item["metadata"]["resourceVersion"])


def controller_uid(item: Json) -> str | None:
    """Return the uid of the object that controls this one."""
    owners = item["metadata"].get("ownerReferences") or ()
    return next((owner["uid"] for owner in owners if owner.get("controller")), None)
