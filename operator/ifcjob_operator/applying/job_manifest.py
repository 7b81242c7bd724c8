"""Pure: an attempt of an IfcJob → its Job, one literal that looks like the YAML, and the Secret its pod waits for."""

from dataclasses import dataclass
from typing import Any

from ifcjob.labels import ATTEMPT_LABEL, IFCJOB_LABEL, QUEUE_LABEL, UID_LABEL
from ifcjob.quantity import mebibytes
from ifcjob.request import RunRequest
from ifcjob.resource import API_VERSION, IfcJob
from ifcjob.status import Attempt
from ifcjob_operator.cluster.objects import CONTAINER, KubeObject
from ifcjob_operator.planning.memory_advice import unzipped_bytes

REQUEST = "/run/ifcjob"
"""Where the Secret with request.json is mounted."""
SOURCE = "/source"
"""Where the source's volume is mounted."""
OUTPUT = "/output"
"""Where the output's volume is mounted."""
WORK = "/work"
"""Where a run may write."""
USER = 10001
"""The image's user; also the group of volumes."""
SCRATCH_FLOOR_BYTES = 2**30
LOST_NODE = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


@dataclass(frozen=True)
class PodSettings:
    """What is the same for all pods."""

    image: str
    pull_policy: str = "IfNotPresent"
    pull_secrets: tuple[str, ...] = ()
    service_account: str | None = None
    runtime_class: str | None = None
    priority_class: str | None = None
    """Of pods whose IfcJob names none."""
    labels: tuple[tuple[str, str], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    job_ttl_seconds: int = 3600


def job_manifest(ifcjob: IfcJob, attempt: Attempt, settings: PodSettings) -> KubeObject:
    """Describe the Job of an attempt: one pod, never restarted, restricted, without any credential."""
    spec, metadata = ifcjob.spec, ifcjob.metadata
    labels = _labels(ifcjob, attempt, settings)
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
            # The Job's own message then names exit code or disruption, even when the pod is gone.
            "podFailurePolicy": {
                "rules": [
                    {"action": "FailJob", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
                    {
                        "action": "FailJob",
                        "onExitCodes": {"containerName": CONTAINER, "operator": "NotIn", "values": [0]},
                    },
                ]
            },
            # Backstops for when the operator is away: it and the runner enforce the deadlines themselves.
            "activeDeadlineSeconds": spec.start_deadline_seconds + spec.active_deadline_seconds + 120,
            "ttlSecondsAfterFinished": settings.job_ttl_seconds,
            "template": {
                "metadata": {"labels": labels, "annotations": {**spec.pod.annotations, **dict(settings.annotations)}},
                "spec": _pod(ifcjob, attempt, settings),
            },
        },
    }


def _labels(ifcjob: IfcJob, attempt: Attempt, settings: PodSettings) -> dict[str, str]:
    """Let the administrator overrule the user, and nobody overrule what finds our pods: policies select by it."""
    return {
        **ifcjob.spec.pod.labels,
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


def _pod(ifcjob: IfcJob, attempt: Attempt, settings: PodSettings) -> KubeObject:
    spec = ifcjob.spec
    scratch = spec.resources.ephemeral_storage or scratch_space(ifcjob)
    resources = {"cpu": spec.resources.cpu, "memory": attempt.memory_limit, "ephemeral-storage": scratch}
    volumes, mounts = _volumes(ifcjob, attempt, scratch)
    return {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 5,
        "activeDeadlineSeconds": spec.start_deadline_seconds + spec.active_deadline_seconds + 60,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        **_given(
            serviceAccountName=settings.service_account,
            runtimeClassName=settings.runtime_class,
            priorityClassName=spec.pod.priority_class_name or settings.priority_class,
            affinity=spec.pod.affinity,
            nodeSelector=spec.pod.node_selector,
            imagePullSecrets=[{"name": name} for name in settings.pull_secrets],
        ),
        "tolerations": [*spec.pod.tolerations, *(_leave_after_a_minute(taint) for taint in LOST_NODE)],
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(settings, resources, mounts)],
        "volumes": volumes,
    }


def _leave_after_a_minute(taint: str) -> KubeObject:
    return {"key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}


def _container(settings: PodSettings, resources: dict[str, str], mounts: list[KubeObject]) -> KubeObject:
    return {
        "name": CONTAINER,
        "image": settings.image,
        "imagePullPolicy": settings.pull_policy,
        "args": [f"{REQUEST}/request.json"],
        "resources": {"requests": resources, "limits": resources},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "terminationMessagePolicy": "File",
        "volumeMounts": mounts,
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
        # Read-only as a volume, or the kubelet would give every file of it to the group. One claim cannot be both.
        read_only = output is None or output.claim_name != source.claim_name
        claim = {"claimName": source.claim_name, "readOnly": read_only}
        volumes.append({"name": "source", "persistentVolumeClaim": claim})
        mounts.append({"name": "source", "mountPath": SOURCE, "readOnly": True})
    if output:
        volumes.append({"name": "output", "persistentVolumeClaim": {"claimName": output.claim_name}})
        mounts.append({"name": "output", "mountPath": OUTPUT})
    return volumes, mounts


def scratch_space(ifcjob: IfcJob) -> str:
    """Size the scratch space: the file, the same unzipped, and artifacts seldom larger than it."""
    found = ifcjob.status.input
    size = found.bytes if found and found.bytes else 0
    return mebibytes(SCRATCH_FLOOR_BYTES + size + 3 * unzipped_bytes(size, found.uri if found else ""))


def secret_manifest(job: KubeObject, request: RunRequest) -> KubeObject:
    """Describe the Secret a pod needs to start; it goes with its Job."""
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
        "immutable": True,
        "stringData": {"request.json": request.to_json()},
    }


def _given(**fields: Any) -> KubeObject:
    return {name: value for name, value in fields.items() if value}
