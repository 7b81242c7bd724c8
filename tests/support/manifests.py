"""IfcJob and IfcQueue manifests as a user writes them, as JSON, which kubectl takes as YAML."""

from __future__ import annotations

import json
from typing import Any

Manifest = dict[str, Any]

HOUSE = {"s3": {"bucket": "models", "key": "projects/7/house.ifc"}}


def ifcjob_manifest(name: str = "house", **spec: Any) -> Manifest:
    """Return an IfcJob that is valid but for what `spec` says."""
    return _manifest("IfcJob", name, {"source": HOUSE, **spec})


def ifcqueue_manifest(name: str = "default", **spec: Any) -> Manifest:
    """Return an IfcQueue that is valid but for what `spec` says."""
    return _manifest("IfcQueue", name, spec)


def as_text(manifest: Manifest) -> str:
    return json.dumps(manifest)


def _manifest(kind: str, name: str, spec: Manifest) -> Manifest:
    return {"apiVersion": "ifcjob.io/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}
