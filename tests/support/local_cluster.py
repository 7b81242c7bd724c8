"""The simulated cluster with the API server, Job controller and kubelet of `ifcjob serve` in place of its own.

Only the processes are simulated: tests decide when they start and how they end.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch

from ifcjob.failures import FAILURES, FailureReason
from ifcjob.labels import ATTEMPT_LABEL
from ifcjob.resource import IfcJob
from ifcjob_backends.cluster.errors import AlreadyExists, ClusterError, NotFound
from ifcjob_backends.cluster.errors import Conflict as ServerConflict
from ifcjob_backends.cluster.objects import key_of
from ifcjob_backends.local import pod_status
from ifcjob_backends.local.api_server import verbs
from ifcjob_backends.local.api_server.server import LocalApiServer
from ifcjob_backends.local.jobs import LocalJobs
from ifcjob_backends.local.kubelet.pods import RunSettings
from ifcjob_operator.applying.apply import changed_fields
from ifcjob_operator.applying.job_manifest import PodSettings, job_manifest
from ifcjob_operator.cluster.objects import observed_job, observed_pod
from tests.support.builders import NOW, a_report
from tests.support.simulated_cluster import Conflict, Job, Pod, SimulatedCluster

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from ifcjob.status import Attempt, IfcJobStatus
    from ifcjob_backends.cluster.objects import KubeObject
    from ifcjob_operator.planning.observation import ObservedJob, ObservedPod

IFCJOBS, JOBS, PODS, SECRETS = (
    f"{group}/namespaces/bim/{name}"
    for group, name in (
        ("/apis/ifcjob.io/v1alpha1", "ifcjobs"),
        ("/apis/batch/v1", "jobs"),
        ("/api/v1", "pods"),
        ("/api/v1", "secrets"),
    )
)


class StoredJob(Job):
    """A Job as the local API server stores it."""

    item: KubeObject


class StoredPod(Pod):
    """A pod as the local API server stores it."""

    item: KubeObject

    def observed(self) -> ObservedPod:
        return observed_pod(self.item)


class LocalSimulatedCluster(SimulatedCluster):
    """One IfcJob in a local API server. Close it at the end."""

    def __init__(self, ifcjob: IfcJob) -> None:
        self.now = NOW
        clock = SimpleNamespace(now=lambda _: self.now)
        self._clock = patch.object(verbs, "datetime", clock)
        self._clock.start()
        self._folder = Path(tempfile.mkdtemp())
        self._loop = asyncio.new_event_loop()
        self._server = LocalApiServer(Path(":memory:"), self._folder)
        self._await(self._server.__aenter__())
        settings = RunSettings(self._folder, self._folder, (), cpus=1)
        self._local_jobs = LocalJobs(self._server, settings)
        self._local_jobs._wake = lambda *_: None  # type: ignore[method-assign] # the test decides when
        self._kubelet = self._local_jobs._kubelet
        self._lost_pods: set[str] = set()
        super().__init__(ifcjob)

    def close(self) -> None:
        """Stop the server."""
        self._await(self._server.__aexit__(None, None, None))
        self._loop.close()
        self._clock.stop()
        shutil.rmtree(self._folder)

    # The API server.

    @property
    def ifcjob(self) -> IfcJob:
        """Return the IfcJob; once it is deleted, its last version."""
        with suppress(NotFound):
            self._last = IfcJob.model_validate(self._ask("GET", f"{IFCJOBS}/house"))
            return self._last
        metadata = self._last.metadata.model_copy(update={"deletion_timestamp": self.now})
        return self._last.model_copy(update={"metadata": metadata})

    @ifcjob.setter
    def ifcjob(self, ifcjob: IfcJob) -> None:
        spec = ifcjob.spec.model_dump(mode="json", by_alias=True, exclude_none=True)
        self._ask("POST", IFCJOBS, {"metadata": {"name": "house"}, "spec": spec})

    def change_spec(self, **fields: object) -> None:
        with suppress(NotFound):
            self._ask("PATCH", f"{IFCJOBS}/house", {"spec": fields})

    def delete(self) -> None:
        uid = self.ifcjob.metadata.uid
        with suppress(NotFound):
            self._ask("DELETE", f"{IFCJOBS}/house", {"preconditions": {"uid": uid}})
        self.is_deleted = True

    def patch_status(self, version: int, status: IfcJobStatus) -> None:
        changes = changed_fields(self.ifcjob.status, status)
        body = {"metadata": {"resourceVersion": str(version)}, "status": changes}
        try:
            self._ask("PATCH", f"{IFCJOBS}/house/status", body)
        except (ServerConflict, NotFound) as error:
            raise Conflict from error

    def create_job(self, attempt: Attempt, *, is_late: bool = False) -> Job:
        ifcjob = self.ifcjob
        try:
            item = self._ask("POST", JOBS, job_manifest(ifcjob, attempt, PodSettings("runner:1")))
        except AlreadyExists:
            return self.jobs[attempt.job_name]
        if not (is_late and self.created[attempt.number] > 0):
            self.created[attempt.number] += 1
        return self._job(item)

    def create_secret(self, job: Job) -> None:
        owner = {"kind": "Job", "name": job.name, "uid": cast("StoredJob", job).item["metadata"]["uid"]}
        if not job.deleting:
            with suppress(AlreadyExists):
                self._ask("POST", SECRETS, {"metadata": {"name": job.name, "ownerReferences": [owner]}})

    def delete_job(self, name: str, *, in_background: bool = False) -> None:
        policy = "Background" if in_background else "Foreground"
        with suppress(NotFound):
            self._ask("DELETE", f"{JOBS}/{name}", {"propagationPolicy": policy})

    @property
    def jobs(self) -> dict[str, Job]:
        """Return the stored Jobs."""
        return {item["metadata"]["name"]: self._job(item) for item in self._list(JOBS)}

    @jobs.setter
    def jobs(self, jobs: dict[str, Job]) -> None:
        assert jobs == {}

    @property
    def pods(self) -> list[Pod]:
        """Return the stored pods."""
        return [self._pod(item) for item in self._list(PODS)]

    @pods.setter
    def pods(self, pods: list[Pod]) -> None:
        assert pods == []

    def observed_job(self, job: Job) -> ObservedJob:
        return observed_job(cast("StoredJob", job).item)

    # Controllers and the kubelet.

    def run_controllers(self) -> None:
        for item in self._list(JOBS):
            self._await(self._local_jobs._sync_job(key_of(item)))
        for pod in self.pods:
            stored = cast("StoredPod", pod)
            if not pod.on_lost_node and (pod.has_ended or pod.deletion_at):
                self._await(self._kubelet.sync(key_of(stored.item)))

    def start_pods(self) -> None:
        for pod in self.pods:
            job = self.jobs.get(pod.job)
            if pod.phase == "Pending" and not pod.deletion_at and job and job.has_secret:
                self._write(pod, pod_status.running(1, verbs.timestamp()))
                self._kubelet._runs[key_of(cast("StoredPod", pod).item)] = cast("Any", None)
                self.ran[pod.attempt] += 1

    def end_pods(self, *, reason: FailureReason | None = None, has_report: bool = True) -> None:
        for pod in self.running():
            if reason is None and not self.store_is_up:
                reason = FailureReason.STORAGE_UNAVAILABLE
            report = a_report(reason).as_termination_message() if has_report else None
            if reason is None:
                self.published.add(pod.attempt)
            self._end(pod, (FAILURES[reason].exit_code or 71) if reason else 0, report)

    def kill_deleted(self, due: datetime | None = None) -> None:
        for pod in self.pods:
            is_due = pod.deletion_at is not None and (due is None or pod.deletion_at <= due)
            if is_due and pod.phase == "Running" and not pod.on_lost_node:
                self._end(pod, 137)

    def run_out_of_memory(self) -> None:
        for pod in self.running():
            self._end(pod, 137, out_of_memory=True)

    def drain_node(self) -> None:
        for pod in self.running():
            self._disrupt(pod)

    def lose_node(self) -> None:
        for pod in self.running():
            self._disrupt(pod)
            self._lost_pods.add(cast("StoredPod", pod).item["metadata"]["uid"])
            self.published.add(pod.attempt)

    def find_node_again(self) -> None:
        self._lost_pods.clear()
        self.kill_deleted()

    def _disrupt(self, pod: Pod) -> None:
        item = cast("StoredPod", pod).item
        self._write(pod, pod_status.disrupted(item, "the test drains the node"))
        with suppress(NotFound):
            self._ask("DELETE", f"{PODS}/{item['metadata']['name']}", {})

    def _end(self, pod: Pod, code: int, report: str | None = None, *, out_of_memory: bool = False) -> None:
        self._write(pod, pod_status.ended(code, verbs.timestamp(), report, out_of_memory=out_of_memory))
        self._kubelet._runs.pop(key_of(cast("StoredPod", pod).item), None)

    def _write(self, pod: Any, status: KubeObject) -> None:  # type: ignore[override]
        with suppress(NotFound):
            self._ask("PATCH", f"{PODS}/{pod.item['metadata']['name']}/status", {"status": status})

    # Views

    def _job(self, item: KubeObject) -> Job:
        seen = observed_job(item)
        job = StoredJob(seen.name, seen.attempt, seen.created_at)
        job.item, job.complete, job.deleting = item, seen.complete, seen.deleting
        job.failed_message = (seen.failed_message or "") if seen.failed else None
        with suppress(ClusterError):
            secret = self._ask("GET", f"{SECRETS}/{seen.name}")
            job.has_secret = secret["metadata"]["ownerReferences"][0]["uid"] == seen.uid
        return job

    def _pod(self, item: KubeObject) -> Pod:
        seen, labels = observed_pod(item), item["metadata"]["labels"]
        created_at = seen.created_at or self.now
        pod = StoredPod(int(labels[ATTEMPT_LABEL]), labels[pod_status.JOB_NAME_LABEL], created_at, seen.phase)
        pod.item, pod.deletion_at, pod.disrupted = item, seen.deletion_at, seen.disrupted
        pod.on_lost_node = item["metadata"]["uid"] in self._lost_pods
        return pod

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.kill_deleted(self.now)

    def _ask(self, method: str, path: str, body: KubeObject | None = None) -> KubeObject:
        return self._await(self._server.ask(method, path, body))

    def _list(self, path: str) -> list[KubeObject]:
        items: list[KubeObject] = self._ask("GET", path)["items"]
        return items

    def _await(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(work)
