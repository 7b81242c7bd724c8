"""A simulated cluster: API server, Job controller, kubelet, garbage collector and object store, with one IfcJob.

Tests drive it step by step. It counts events that must never happen twice.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ifcjob.failures import FAILURES, FailureReason
from ifcjob.report import Failure, RunReport
from ifcjob.resource import IfcJob
from ifcjob.status import Attempt, IfcJobStatus
from ifcjob_operator.planning.attempts import under_way
from ifcjob_operator.planning.observation import Committed, ObservedJob, ObservedPod
from ifcjob_operator.planning.outcome import failure_of

from .builders import NOW, RESULT, SHA256, a_report, an_ifcjob


class Conflict(Exception):
    """The resourceVersion is not the current one."""


@dataclass
class Pod:
    """A pod as the kubelet knows it."""

    attempt: int
    job: str
    created_at: datetime
    phase: str = "Pending"
    started_at: datetime | None = None
    deletion_at: datetime | None = None
    exit_code: int | None = None
    oom_killed: bool = False
    disrupted: bool = False
    on_lost_node: bool = False
    report: RunReport | None = None
    has_sidecar: bool = False
    """A container beside the runner runs until the pod is deleted."""

    @property
    def is_running(self) -> bool:
        """Whether its runner runs on a node that is there."""
        return self.phase == "Running" and self.exit_code is None and not self.on_lost_node

    @property
    def has_ended(self) -> bool:
        return self.phase in ("Succeeded", "Failed")

    def observed(self) -> ObservedPod:
        return ObservedPod(
            name=f"{self.job}-pod",
            phase=self.phase,
            node="n1",
            created_at=self.created_at,
            deletion_at=self.deletion_at,
            started_at=self.started_at,
            exit_code=self.exit_code,
            sidecars_run=self.has_sidecar and not self.has_ended,
            oom_killed=self.oom_killed,
            disrupted=self.disrupted,
            report=self.report,
        )


@dataclass
class Job:
    """A Job as the API server stores it."""

    name: str
    attempt: int
    created_at: datetime
    is_late: bool = False
    has_secret: bool = False
    made_pod: bool = False
    complete: bool = False
    failed_message: str | None = None
    deleting: bool = False


@dataclass
class SimulatedCluster:
    """The current state of the cluster."""

    ifcjob: IfcJob = field(default_factory=an_ifcjob)
    now: datetime = NOW
    jobs: dict[str, Job] = field(default_factory=dict)
    pods: list[Pod] = field(default_factory=list)
    store_is_up: bool = True
    injects_sidecars: bool = False
    published: set[int] = field(default_factory=set)
    committed: int | None = None
    commits: list[int] = field(default_factory=list)
    created: Counter[int] = field(default_factory=Counter)
    ran: Counter[int] = field(default_factory=Counter)
    is_deleted: bool = False

    # The API server.

    @property
    def version(self) -> int:
        return int(self.ifcjob.metadata.resource_version)

    def change_spec(self, **fields: object) -> None:
        self._write(spec=self.ifcjob.spec.model_copy(update=fields), generation=self.ifcjob.metadata.generation + 1)

    def delete(self) -> None:
        self._write(deletion_timestamp=self.now)

    def patch_status(self, version: int, status: IfcJobStatus) -> None:
        if version != self.version or self.is_deleted:
            raise Conflict
        self._write(status=status)

    def _write(self, spec: object = None, status: object = None, **metadata: object) -> None:
        metadata["resource_version"] = str(self.version + 1)
        update: dict[str, object] = {"metadata": self.ifcjob.metadata.model_copy(update=metadata)}
        update |= {name: value for name, value in (("spec", spec), ("status", status)) if value is not None}
        self.ifcjob = self.ifcjob.model_copy(update=update)

    def create_job(self, attempt: Attempt, *, is_late: bool = False) -> Job:
        """Create a Job, or return the existing one."""
        if attempt.job_name not in self.jobs:
            is_repeated = is_late and self.created[attempt.number] > 0
            self.jobs[attempt.job_name] = Job(attempt.job_name, attempt.number, self.now, is_repeated)
            if not is_repeated:
                self.created[attempt.number] += 1
        return self.jobs[attempt.job_name]

    def create_secret(self, job: Job) -> None:
        if self.jobs.get(job.name) is job and not job.deleting:
            job.has_secret = True

    def delete_job(self, name: str, *, in_background: bool = False) -> None:
        job = self.jobs.get(name)
        if job is None:
            return
        job.deleting = True
        for pod in self.pods_of(name):
            pod.deletion_at = pod.deletion_at or self.now + timedelta(seconds=5)
        if in_background:
            del self.jobs[name]

    def pods_of(self, name: str) -> list[Pod]:
        return [pod for pod in self.pods if pod.job == name]

    def observed_job(self, job: Job) -> ObservedJob:
        pods = self.pods_of(job.name)
        terminating = [pod for pod in pods if pod.deletion_at and not pod.has_ended]
        return ObservedJob(
            name=job.name,
            uid=f"{job.name}-{job.created_at.isoformat()}",
            attempt=job.attempt,
            created_at=job.created_at,
            complete=job.complete,
            failed=job.failed_message is not None,
            failed_reason="PodFailurePolicy" if job.failed_message is not None else None,
            failed_message=job.failed_message,
            active=sum(not pod.has_ended and not pod.deletion_at for pod in pods),
            ready=sum(pod.phase == "Running" and pod.exit_code is None and not pod.deletion_at for pod in pods),
            terminating=len(terminating),
            deleting=job.deleting,
        )

    # Controllers and the kubelet.

    def run_controllers(self) -> None:
        for job in list(self.jobs.values()):
            pods = self.pods_of(job.name)
            if job.deleting and all(pod.has_ended for pod in pods):
                self.pods = [pod for pod in self.pods if pod.job != job.name]
                del self.jobs[job.name]
            elif not job.made_pod and not job.deleting:
                job.made_pod = True
                self.pods.append(Pod(job.attempt, job.name, self.now, has_sidecar=self.injects_sidecars))
            elif pods and pods[0].has_ended and not job.complete and job.failed_message is None:
                self._end_job(job, pods[0])
        self.pods = [pod for pod in self.pods if pod.job in self.jobs or not pod.has_ended]
        if self.ifcjob.metadata.deletion_timestamp:
            self.is_deleted = True
            for name in list(self.jobs):
                self.delete_job(name, in_background=True)

    def _end_job(self, job: Job, pod: Pod) -> None:
        if pod.phase == "Succeeded":
            job.complete = True
        elif pod.disrupted:
            job.failed_message = f"Pod bim/{pod.job} has condition DisruptionTarget matching FailJob rule at index 0"
        else:
            job.failed_message = (
                f"Container runner for pod bim/{pod.job} failed with exit code {pod.exit_code} matching"
                if pod.exit_code
                else "Job has reached the specified backoff limit"
            )

    def start_pods(self) -> None:
        for pod in self.pods:
            job = self.jobs.get(pod.job)
            if pod.phase == "Pending" and not pod.deletion_at and job and job.has_secret:
                pod.phase, pod.started_at = "Running", self.now
                self.ran[pod.attempt] += 1

    def running(self) -> list[Pod]:
        return [pod for pod in self.pods if pod.is_running]

    def _end_runner(self, pod: Pod, exit_code: int) -> None:
        pod.exit_code = exit_code
        if not pod.has_sidecar:
            pod.phase = "Failed" if exit_code else "Succeeded"

    def end_pods(self, *, reason: FailureReason | None = None, has_report: bool = True) -> None:
        """End running containers; without `has_report` they leave no report."""
        for pod in self.running():
            if reason is None and not self.store_is_up:
                reason = FailureReason.STORAGE_UNAVAILABLE
            self._end_runner(pod, (FAILURES[reason].exit_code or 71) if reason else 0)
            pod.report = a_report(reason) if has_report else None
            if reason is None:
                self.published.add(pod.attempt)

    def publish(self) -> list[Pod]:
        """Publish the artifacts of running containers, and return their pods."""
        pods = self.running() if self.store_is_up else []
        self.published.update(pod.attempt for pod in pods)
        return pods

    def pass_time(self, seconds: float) -> None:
        """Let time pass; the kubelets of healthy nodes end terminating pods after their grace period."""
        self.now += timedelta(seconds=seconds)
        self.kill_deleted(self.now)

    def kill_deleted(self, due: datetime | None = None) -> None:
        """End terminating pods on healthy nodes: all, or those whose grace period ends by `due`."""
        for pod in self.pods:
            if due and pod.deletion_at and pod.deletion_at > due:
                continue
            if pod.deletion_at and not pod.has_ended and not pod.on_lost_node:
                # Also when its runner has ended: a sidecar does not end with 0.
                was_running, pod.phase = pod.phase == "Running", "Failed"
                if pod.exit_code is None and was_running:
                    pod.exit_code = 137

    def run_out_of_memory(self) -> None:
        for pod in self.running():
            self._end_runner(pod, 137)
            pod.oom_killed = True

    def drain_node(self) -> None:
        for pod in self._on_nodes():
            pod.disrupted, pod.deletion_at = True, self.now + timedelta(seconds=5)

    def lose_node(self) -> None:
        """Lose the node: its pods are terminating and never end; their runs may still publish."""
        for pod in self._on_nodes():
            if pod.is_running:
                self.published.add(pod.attempt)
            pod.on_lost_node, pod.disrupted = True, True
            pod.deletion_at = pod.deletion_at or self.now + timedelta(seconds=5)

    def _on_nodes(self) -> list[Pod]:
        return [pod for pod in self.pods if pod.phase == "Running" and not pod.on_lost_node]

    def find_node_again(self) -> None:
        """Recover a lost node: its kubelet ends terminating pods at once."""
        for pod in self.pods:
            pod.on_lost_node = False
        self.kill_deleted()

    def commit(self, attempt: int) -> Committed | Failure:
        if not self.store_is_up:
            return failure_of(FailureReason.STORAGE_UNAVAILABLE, "the store does not answer")
        if attempt not in self.published:
            return failure_of(FailureReason.OUTPUT_REJECTED, f"attempt {attempt} has no manifest.json")
        if self.committed is None:
            self.committed = attempt
            self.commits.append(attempt)
        uri = f"s3://artifacts/house/{self.committed}/manifest.json"
        result = RESULT.model_copy(update={"manifest": uri})
        return Committed(result, SHA256, None)

    def has_settled(self) -> bool:
        """Whether the IfcJob is finished and none of its Jobs runs."""
        running = [job for job in self.jobs.values() if not job.complete and job.failed_message is None]
        return self.ifcjob.status.is_finished and all(job.deleting for job in running)

    def is_known(self, name: str, grace: timedelta) -> bool:
        """Whether a later operator can see in the status that this Job has existed."""
        attempt = under_way(self.ifcjob.status)
        if attempt is None or attempt.job_name != name:
            return True
        return attempt.started_at is not None or self.now >= attempt.admitted_at + grace


def snapshot(cluster: SimulatedCluster) -> dict[str, ObservedJob]:
    """Return all Jobs as a LIST returns them."""
    return {name: replace(cluster.observed_job(job)) for name, job in cluster.jobs.items()}
