"""Examples of jobs and queues."""

from ifcjob_api.examples.operation import Example
from ifcjob_api.live.summaries import job_summary, queue_summary

_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

IFCJOB: Example = {
    "apiVersion": "ifcjob.io/v1alpha1",
    "kind": "IfcJob",
    "metadata": {
        "name": "house",
        "namespace": "bim",
        "uid": "6f0c2a9e-8d1b-4c53-9a55-3f1f5f0f7c11",
        "resourceVersion": "4711",
        "generation": 1,
        "creationTimestamp": "2026-11-30T08:00:00Z",
        "labels": {"project": "tower"},
        "annotations": {"ifcjob.io/submitted-by": "ann", "ifcjob.io/file-name": "house.ifc"},
    },
    "spec": {
        "source": {"s3": {"bucket": "ifcjob-uploads", "key": "bim/2b7e/house.ifc"}},
        "operations": {"metadata": {}, "gltf": {"compression": "meshopt"}},
        "queue": "default",
        "priority": 0,
    },
    "status": {
        "observedGeneration": 1,
        "phase": "Succeeded",
        "conditions": [
            {
                "type": "Complete",
                "status": "True",
                "reason": "Succeeded",
                "message": "The artifacts are published.",
                "lastTransitionTime": "2026-11-30T08:00:09Z",
                "observedGeneration": 1,
            }
        ],
        "attempts": [{"number": 1, "jobName": "house-1", "admittedAt": "2026-11-30T08:00:01Z", "reason": "Succeeded"}],
        "input": {"uri": "s3://ifcjob-uploads/bim/2b7e/house.ifc", "bytes": 24817, "sha256": _SHA256},
        "result": {"manifest": "s3://ifcjob-artifacts/bim/house/6f0c2a9e-1/manifest.json"},
        "startedAt": "2026-11-30T08:00:03Z",
        "finishedAt": "2026-11-30T08:00:09Z",
    },
}
IFCQUEUE: Example = {
    "metadata": {"name": "default", "namespace": "bim", "uid": "1b", "resourceVersion": "4712"},
    "spec": {"slots": 10, "stopPolicy": "None"},
    "status": {
        "slots": 10,
        "pending": 3,
        "active": 10,
        "demand": 13,
        "oldestPendingAt": "2026-11-30T08:00:00Z",
        "conditions": [
            {
                "type": "Active",
                "status": "True",
                "reason": "Admitting",
                "message": "The queue admits jobs while it has free slots.",
            }
        ],
    },
}
JOB_SUMMARY = job_summary(IFCJOB)
QUEUE_SUMMARY = queue_summary(IFCQUEUE)
JOB_LIST: Example = {"items": [JOB_SUMMARY], "total": 1, "staleSeconds": 0}
JOB_REQUEST: Example = {
    "source": {"upload": "2b7e1c0a"},
    "fileName": "house.ifc",
    "labels": {"project": "tower"},
    "operations": {"metadata": {}, "properties": {"formats": ["csv"]}, "gltf": {"compression": "meshopt"}},
    "resources": {"memory": "4Gi"},
}
BATCH_REQUEST: Example = {"jobs": [JOB_REQUEST, {"source": {"s3Uri": "s3://models/projects/7/tower.ifc"}}]}
