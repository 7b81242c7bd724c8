"""Pods and the status of Jobs, with the fields that a Job controller and a kubelet set."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ifcjob_backends.cluster.objects import KubeObject
from ifcjob_backends.local.api_server.verbs import timestamp

JOB_NAME_LABEL = "batch.kubernetes.io/job-name"
TERMINATION_BYTES = 4096
ENDED = ("Succeeded", "Failed")


def pod_name(job: KubeObject) -> str:
    """Return the name of a Job's only pod; a later Job of the same name has another one."""
    return f"{job['metadata']['name']}-{job['metadata']['uid'][:5]}"


def new_pod(job: KubeObject, node: str) -> KubeObject:
    """Return the pod of a Job."""
    metadata, template = job["metadata"], job["spec"]["template"]
    labels = {
        **(template["metadata"].get("labels") or {}),
        JOB_NAME_LABEL: metadata["name"],
        "batch.kubernetes.io/controller-uid": metadata["uid"],
    }
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": metadata["name"], "uid": metadata["uid"]}
    return {
        "metadata": {
            "name": pod_name(job),
            "namespace": metadata["namespace"],
            "labels": labels,
            "annotations": template["metadata"].get("annotations") or {},
            "ownerReferences": [owner | {"controller": True, "blockOwnerDeletion": True}],
        },
        "spec": template["spec"] | {"nodeName": node},
        "status": {"phase": "Pending", "conditions": [_condition("PodScheduled", "True")]},
    }


def waiting(message: str) -> KubeObject:
    """Return the status of a pod whose process cannot be started yet."""
    state = {"waiting": {"reason": "CreateContainerError", "message": message[:1024]}}
    return {"phase": "Pending", "containerStatuses": [_container(state)]}


def running(pid: int, started_at: str) -> KubeObject:
    """Return the status of a pod whose process runs."""
    container = _container({"running": {"startedAt": started_at}}) | {"containerID": f"process://{pid}"}
    return {"phase": "Running", "startTime": started_at, "containerStatuses": [container]}


def ended(code: int, started_at: str, report: str | None, *, out_of_memory: bool) -> KubeObject:
    """Return the status of a pod whose process has ended."""
    reason = "OOMKilled" if out_of_memory else "Error" if code else "Completed"
    terminated: KubeObject = {"exitCode": code, "reason": reason, "startedAt": started_at, "finishedAt": timestamp()}
    if report:
        terminated["message"] = report
    return {"phase": "Failed" if code else "Succeeded", "containerStatuses": [_container({"terminated": terminated})]}


def disrupted(pod: KubeObject, message: str) -> KubeObject:
    """Return the condition of a pod that is ended by this program and not by its own fault."""
    conditions = (pod.get("status") or {}).get("conditions") or []
    return {"conditions": [*conditions, _condition("DisruptionTarget", "True", "TerminationByKubelet", message)]}


def deadline_exceeded(seconds: float) -> KubeObject:
    """Return the reason of a pod that ran longer than its Job allows."""
    message = f"Pod was active on the node longer than the specified deadline of {seconds:g} s"
    return {"reason": "DeadlineExceeded", "message": message}


def job_status(pod: KubeObject | None, started_at: str | None) -> KubeObject:
    """Return the status of a Job with this pod; None: it has been deleted."""
    status = (pod.get("status") or {}) if pod else {}
    phase, is_terminating = status.get("phase"), pod is not None and "deletionTimestamp" in pod["metadata"]
    is_ended = pod is None or phase in ENDED
    result: KubeObject = {
        "active": int(not is_ended and not is_terminating),
        "ready": int(phase == "Running" and not is_terminating),
        "terminating": int(is_terminating and not is_ended),
        "startTime": started_at or timestamp(),
    }
    if phase == "Succeeded":
        result |= {"succeeded": 1, "completionTime": timestamp()}
        result["conditions"] = [_condition(kind, "True") for kind in ("SuccessCriteriaMet", "Complete")]
    elif is_ended:
        reason, message = _failure(pod)
        conditions = [_condition(kind, "True", reason, message) for kind in ("FailureTarget", "Failed")]
        result |= {"failed": 1, "conditions": conditions}
    return result


def has_ended(item: KubeObject) -> bool:
    """Return whether a Job is complete or failed, or a pod's process has ended."""
    status = item.get("status") or {}
    is_ended_job = any(condition["type"] in ("Complete", "Failed") for condition in status.get("conditions") or ())
    return is_ended_job or status.get("phase") in ENDED


def read_report(path: Path) -> str | None:
    """Return the termination message that a run has written."""
    try:
        return path.read_bytes()[:TERMINATION_BYTES].decode("utf-8", "replace") or None
    except OSError:
        return None


def _failure(pod: KubeObject | None) -> tuple[str, str]:
    """Return reason and message in the words of Kubernetes' Job controller, which the operator parses."""
    if pod is None:
        return "BackoffLimitExceeded", "Job has reached the specified backoff limit"
    name, status = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}", pod["status"]
    if any(condition["type"] == "DisruptionTarget" for condition in status.get("conditions") or ()):
        return "PodFailurePolicy", f"Pod {name} has condition DisruptionTarget matching FailJob rule at index 0"
    if status.get("reason") == "DeadlineExceeded":
        return "DeadlineExceeded", "Job was active longer than specified deadline"
    containers: list[dict[str, Any]] = status.get("containerStatuses") or []
    if not containers:
        return "BackoffLimitExceeded", "Job has reached the specified backoff limit"
    code = ((containers[0].get("state") or {}).get("terminated") or {}).get("exitCode")
    message = f"Container runner for pod {name} failed with exit code {code} matching FailJob rule at index 1"
    return "PodFailurePolicy", message


def _container(state: KubeObject) -> KubeObject:
    is_running = "running" in state
    return {"name": "runner", "image": "", "imageID": "", "restartCount": 0, "ready": is_running, "state": state}


def _condition(kind: str, status: str, reason: str = "", message: str = "") -> KubeObject:
    condition = {"type": kind, "status": status, "lastTransitionTime": timestamp(datetime.now(UTC))}
    return condition | ({"reason": reason, "message": message} if reason else {})
