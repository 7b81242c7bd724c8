"""Pure: an attempt of an IfcJob → its Job, a literal that reads like YAML, and the Secret that its pod mounts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ifcjob.labels import ATTEMPT_LABEL, IFCJOB_LABEL, QUEUE_LABEL, UID_LABEL
from ifcjob.memory import unzipped_bytes
from ifcjob.pod_options import PodDefaults
from ifcjob.quantity import mebibytes
from ifcjob.request import RunRequest
from ifcjob.resource import API_VERSION, IfcJob
from ifcjob.status import Attempt
from ifcjob_backends.cluster.objects import KubeObject
from ifcjob_operator.cluster.objects import CONTAINER
from ifcjob_operator.planning.pod_defaults import merge_options

REQUEST = "/run/ifcjob"
"""Mount path of the Secret with request.json."""
REQUEST_FILE = f"{REQUEST}/request.json"
SOURCE = "/source"
"""Mount path of the source's volume."""
OUTPUT = "/output"
"""Mount path of the output's volume."""
WORK = "/work"
"""Mount path of the scratch space."""
OWN_VOLUMES = ("work", "request", "source", "output")
USER = 10001
"""The user of the image, and the group of volumes."""
SCRATCH_FLOOR_BYTES = 2**30
POD = {
    "securityContext": {
        "runAsNonRoot": True,
        "runAsUser": USER,
        "runAsGroup": USER,
        "fsGroup": USER,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
}
"""Fields of the pod's spec, unless the administrator sets others."""
CONTAINER_FIELDS = {
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
}
"""Fields of the container, unless the administrator sets others."""
LOST_NODE = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


@dataclass(frozen=True)
class PodSettings:
    """The settings of all runner pods."""

    image: str
    pull_policy: str = "IfNotPresent"
    service_account: str | None = None
    labels: tuple[tuple[str, str], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    job_ttl_seconds: int = 3600
    pod: Mapping[str, Any] = field(default_factory=lambda: POD)
    """Fields of the pod's spec that are given as they are; its volumes and containers complete the operator's."""
    container: Mapping[str, Any] = field(default_factory=lambda: CONTAINER_FIELDS)
    """Fields of the container that are given as they are; its mounts complete the operator's."""


def job_manifest(
    ifcjob: IfcJob, attempt: Attempt, settings: PodSettings, defaults: tuple[PodDefaults, ...] = ()
) -> KubeObject:
    """Return the Job of an attempt: one pod, never restarted, restricted, without credentials."""
    spec, metadata = ifcjob.spec, ifcjob.metadata
    options = merge_options((*defaults, spec.pod))
    labels = _labels(ifcjob, attempt, options, settings)
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": attempt.job_name,
            "namespace": metadata.namespace,
            "labels": labels,
            "ownerReferences": [_owner(API_VERSION, "IfcJob", metadata.name, metadata.uid)],
        },
        "spec": {
            "backoffLimit": 0,
            "completions": 1,
            "parallelism": 1,
            "podReplacementPolicy": "Failed",
            # With these rules the Job's message names exit code or disruption, even when the pod is gone.
            "podFailurePolicy": {
                "rules": [
                    {"action": "FailJob", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
                    {
                        "action": "FailJob",
                        "onExitCodes": {"containerName": CONTAINER, "operator": "NotIn", "values": [0]},
                    },
                ]
            },
            # Operator and runner enforce the deadlines; these apply while the operator is down.
            "activeDeadlineSeconds": spec.start_deadline_seconds + spec.active_deadline_seconds + 120,
            "ttlSecondsAfterFinished": settings.job_ttl_seconds,
            "template": {
                "metadata": {"labels": labels, "annotations": options.annotations | dict(settings.annotations)},
                "spec": _pod(ifcjob, attempt, options, settings),
            },
        },
    }


def _labels(ifcjob: IfcJob, attempt: Attempt, options: PodDefaults, settings: PodSettings) -> dict[str, str]:
    """Merge labels: the administrator's override the user's, and neither overrides those by which policies select."""
    return {
        **options.labels,
        **dict(settings.labels),
        "app.kubernetes.io/name": "ifcjob-runner",
        "app.kubernetes.io/managed-by": "ifcjob-operator",
        IFCJOB_LABEL: ifcjob.metadata.name,
        UID_LABEL: ifcjob.metadata.uid,
        ATTEMPT_LABEL: str(attempt.number),
        QUEUE_LABEL: ifcjob.spec.queue,
    }


def _owner(api_version: str, kind: str, name: str, uid: str) -> KubeObject:
    return {
        "apiVersion": api_version,
        "kind": kind,
        "name": name,
        "uid": uid,
        "controller": True,
        "blockOwnerDeletion": False,
    }


def _pod(ifcjob: IfcJob, attempt: Attempt, options: PodDefaults, settings: PodSettings) -> KubeObject:
    spec = ifcjob.spec
    scratch = spec.resources.ephemeral_storage or scratch_space(ifcjob)
    resources = {
        "cpu": attempt.cpu_limit or spec.resources.cpu,
        "memory": attempt.memory_limit,
        "ephemeral-storage": scratch,
    }
    volumes, mounts = _volumes(ifcjob, attempt, scratch)
    return {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 5,
        "activeDeadlineSeconds": spec.start_deadline_seconds + spec.active_deadline_seconds + 60,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        **_given(
            serviceAccountName=settings.service_account,
            runtimeClassName=options.runtime_class_name,
            priorityClassName=options.priority_class_name,
            affinity=options.affinity,
            nodeSelector=options.node_selector,
            topologySpreadConstraints=options.topology_spread_constraints,
            imagePullSecrets=[{"name": name} for name in options.image_pull_secrets],
        ),
        "tolerations": [*options.tolerations, *(_toleration(taint) for taint in LOST_NODE)],
        **settings.pod,
        "containers": [_container(settings, resources, mounts), *settings.pod.get("containers", ())],
        "volumes": [*volumes, *settings.pod.get("volumes", ())],
    }


def _toleration(taint: str) -> KubeObject:
    return {"key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}


def _container(settings: PodSettings, resources: dict[str, str], mounts: list[KubeObject]) -> KubeObject:
    return {
        "name": CONTAINER,
        "image": settings.image,
        "imagePullPolicy": settings.pull_policy,
        "args": [REQUEST_FILE],
        "resources": {"requests": resources, "limits": resources},
        **settings.container,
        "terminationMessagePolicy": "File",
        "volumeMounts": [*mounts, *settings.container.get("volumeMounts", ())],
    }


def _volumes(ifcjob: IfcJob, attempt: Attempt, scratch: str) -> tuple[list[KubeObject], list[KubeObject]]:
    source, output = ifcjob.spec.source.pvc, ifcjob.spec.output.pvc if ifcjob.spec.output else None
    volumes: list[KubeObject] = [
        {"name": "work", "emptyDir": {"sizeLimit": scratch}},
        {"name": "request", "secret": {"secretName": attempt.job_name}},
    ]
    mounts: list[KubeObject] = [
        {"name": "work", "mountPath": WORK},
        {"name": "request", "mountPath": REQUEST, "readOnly": True},
    ]
    if source:
        # A writable volume makes the kubelet change the group of every file. One PVC cannot be both.
        read_only = output is None or output.claim_name != source.claim_name
        claim = {"claimName": source.claim_name, "readOnly": read_only}
        volumes.append({"name": "source", "persistentVolumeClaim": claim})
        mounts.append({"name": "source", "mountPath": SOURCE, "readOnly": True})
    if output:
        volumes.append({"name": "output", "persistentVolumeClaim": {"claimName": output.claim_name}})
        mounts.append({"name": "output", "mountPath": OUTPUT})
    return volumes, mounts


def scratch_space(ifcjob: IfcJob) -> str:
    """Return the scratch space: for the file, its unzipped content, and artifacts, which are seldom larger."""
    source = ifcjob.status.input
    size = source.bytes if source and source.bytes else 0
    return mebibytes(SCRATCH_FLOOR_BYTES + size + 3 * unzipped_bytes(size, source.uri if source else ""))


def secret_manifest(job: KubeObject, request: RunRequest) -> KubeObject:
    """Return the Secret that a pod mounts; it is deleted with its Job. Mutable only if its URLs are renewed."""
    metadata = job["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "metadata": {
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "labels": metadata["labels"],
            "ownerReferences": [_owner("batch/v1", "Job", metadata["name"], metadata["uid"])],
        },
        "immutable": request.renewal is None,
        "stringData": {"request.json": request.to_json()},
    }


def _given(**fields: Any) -> KubeObject:
    return {name: value for name, value in fields.items() if value}
