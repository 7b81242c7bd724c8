"""Kubernetes Events of an IfcJob: one per transition that a user would look for."""

from datetime import UTC, datetime
from hashlib import sha256

from ifcjob.resource import API_VERSION, IfcJob
from ifcjob_backends.cluster.objects import KubeObject
from ifcjob_operator.planning.actions import PlannedEvent

COMPONENT = "ifcjob-operator"
MESSAGE_CHARACTERS = 1024


def event_manifest(ifcjob: IfcJob, event: PlannedEvent) -> KubeObject:
    """Return an Event; its name is a hash of its content, so that a repeated effect creates no second Event."""
    metadata, now = ifcjob.metadata, datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    digest = sha256(f"{metadata.uid}/{event.reason}/{event.message}".encode()).hexdigest()[:16]
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{metadata.name}.{digest}", "namespace": metadata.namespace},
        "involvedObject": {
            "apiVersion": API_VERSION,
            "kind": "IfcJob",
            "namespace": metadata.namespace,
            "name": metadata.name,
            "uid": metadata.uid,
        },
        "type": event.type,
        "reason": event.reason,
        "message": event.message[:MESSAGE_CHARACTERS],
        "source": {"component": COMPONENT},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }
