"""The times of jobs on a real node: watches of their objects, the processes of their pods, and the runner's log."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Any

from kubernetes import client, watch

from ifcjob.labels import IFCJOB_LABEL
from ifcjob.report import RunReport

COMMAND = b"ifcjob_runner\0/run/ifcjob/request.json"
"""In the command line of the main process of a runner's pod."""
POLL_SECONDS = 0.01
YOUNG_SECONDS = 3.0


@dataclass
class Times:
    """When something of one job was first seen, on the monotonic clock."""

    at: dict[str, float] = field(default_factory=dict)
    pod: str = ""


@dataclass(frozen=True)
class Shares:
    """The seconds of one IfcJob."""

    whole: float
    admission: float
    scheduling: float
    start: float
    imports: float
    download: float
    work: float
    upload: float
    commit: float
    pod_end: float
    job_end: float


def shares_of(created: float, times: Times, report: RunReport, log: str) -> Shares:
    """Divide the time of an IfcJob by the run's report and its pod's log."""
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    stages = {stage.name: stage.seconds for stage in report.stages}
    published = next(_monotonic(line["timestamp"]) for line in lines if line.get("stage") == "publish")
    at, began = times.at, published - report.seconds
    return Shares(
        whole=at["succeeded"] - created,
        admission=at["job"] - created,
        scheduling=at["scheduled"] - at["job"],
        start=at["process"] - at["scheduled"],
        imports=began - at["process"],
        download=stages["fetch"],
        work=report.seconds - stages["fetch"] - stages["publish"],
        upload=stages["publish"],
        commit=at["succeeded"] - published,
        pod_end=at["ended"] - published,
        job_end=at["complete"] - published,
    )


def _monotonic(timestamp: str) -> float:
    return datetime.fromisoformat(timestamp).timestamp() - time.time() + time.monotonic()


class Watches:
    """Watches a namespace and the machine's processes, from threads."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._jobs: dict[str, Times] = {}
        self._changed, self._stop = Condition(), Event()
        self._running = ""

    def start(self) -> None:
        """Begin to watch."""
        batch, core, custom = client.BatchV1Api(), client.CoreV1Api(), client.CustomObjectsApi()
        ifcjobs = ("ifcjob.io", "v1alpha1", self._namespace, "ifcjobs")
        self._follow(self._take_job, batch.list_namespaced_job, self._namespace)
        self._follow(self._take_pod, core.list_namespaced_pod, self._namespace)
        self._follow(self._take_ifcjob, custom.list_namespaced_custom_object, *ifcjobs)
        Thread(target=self._follow_processes, daemon=True).start()

    def stop(self) -> None:
        """End the thread that looks for processes; the others end with this process."""
        self._stop.set()

    def wait(self, name: str, events: tuple[str, ...], seconds: float) -> Times:
        """Wait until all these events of a job were seen."""
        with self._changed:
            self._running = name
            times = self._jobs.setdefault(name, Times())
            if not self._changed.wait_for(lambda: set(events) <= times.at.keys(), seconds):
                raise TimeoutError(f"{name}: seen {sorted(times.at)}, and not {sorted(set(events) - times.at.keys())}")
        return times

    def _follow(self, take: Callable[[Any], None], method: Callable[..., Any], *arguments: str) -> None:
        def run() -> None:
            while not self._stop.is_set():
                for event in watch.Watch().stream(method, *arguments, timeout_seconds=300):
                    take(event["object"])

        Thread(target=run, daemon=True).start()

    def _note(self, name: str, event: str, at: float | None = None, pod: str = "") -> None:
        with self._changed:
            times = self._jobs.setdefault(name, Times())
            times.at.setdefault(event, time.monotonic() if at is None else at)
            times.pod = pod or times.pod
            self._changed.notify_all()

    def _take_job(self, job: Any) -> None:
        name = (job.metadata.labels or {}).get(IFCJOB_LABEL, job.metadata.name)
        self._note(name, "job")
        if any(condition.type == "Complete" for condition in job.status.conditions or ()):
            self._note(name, "complete")

    def _take_pod(self, pod: Any) -> None:
        labels = pod.metadata.labels
        name = labels.get(IFCJOB_LABEL, labels["batch.kubernetes.io/job-name"])
        if pod.spec.node_name:
            self._note(name, "scheduled", pod=pod.metadata.name)

    def _take_ifcjob(self, ifcjob: dict[str, Any]) -> None:
        if (ifcjob.get("status") or {}).get("phase") == "Succeeded":
            self._note(ifcjob["metadata"]["name"], "succeeded")

    def _follow_processes(self) -> None:
        first_seen = dict[str, float]()
        runner = ""
        while not self._stop.wait(POLL_SECONDS):
            now = time.monotonic()
            numbers = {entry for entry in os.listdir("/proc") if entry.isdecimal()}  # noqa: PTH208 - every 10 ms
            if runner and runner not in numbers:
                self._note(self._running, "ended", now)
                runner = ""
            first_seen = {number: first_seen.get(number, now) for number in numbers}
            # A process of a container is that of its runtime first.
            young = [number for number, seen in first_seen.items() if now - seen < YOUNG_SECONDS]
            for number in young:
                if number != runner and COMMAND in _command_line(number):
                    runner = number
                    self._note(self._running, "process", now)


def _command_line(number: str) -> bytes:
    try:
        return Path("/proc", number, "cmdline").read_bytes()
    except OSError:
        return b""
