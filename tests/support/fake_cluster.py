"""A cluster whose controllers and nodes the test acts out, on a real API server; and the operator in it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import urllib3

from ifcjob.manifest import Manifest as RunManifest
from ifcjob.report import CoverageCounts, RunReport, StageTime, Summary
from tools.cluster.control_plane import free_port
from tools.cluster.processes import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cluster.control_plane import ControlPlane

Json = dict[str, Any]
IFCJOBS = "/apis/ifcjob.io/v1alpha1/namespaces/{}/ifcjobs"
QUEUES = "/apis/ifcjob.io/v1alpha1/namespaces/{}/ifcqueues"
JOBS = "/apis/batch/v1/namespaces/{}/jobs"
PODS = "/api/v1/namespaces/{}/pods"
SECRETS = "/api/v1/namespaces/{}/secrets"
STARTED, ENDED = "2026-03-01T12:00:00Z", "2026-03-01T12:00:09Z"


class FakeCluster:
    """Acts in a namespace as a user, the Job controller, a kubelet and the runner."""

    def __init__(self, plane: ControlPlane, namespace: str) -> None:
        self.plane, self.namespace = plane, namespace
        pki = plane.folder / "pki"
        token = (pki / "tokens.csv").read_text(encoding="utf-8").partition(",")[0]
        self._headers = {"Authorization": f"Bearer {token}"}
        self._pool = urllib3.PoolManager(ca_certs=str(pki / "ca.crt"))
        # Its controller is not there, and pods are refused without it.
        self.ask("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts", {"metadata": {"name": "default"}})

    def ask(self, method: str, path: str, body: Json | None = None) -> Json:
        """Ask the API server; an empty answer for what is not there."""
        answer = self.answer(method, path, body)
        if answer.status == 404 and method in ("GET", "DELETE"):
            return {}
        assert answer.status < 300, (method, path, answer.data[:2000])
        return answer.json()

    def answer(self, method: str, path: str, body: Json | None = None) -> urllib3.BaseHTTPResponse:
        """Return the API server's answer, whatever its status."""
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        url = f"https://{self.plane.address}:{self.plane.port}{path.format(self.namespace)}"
        text = json.dumps(body) if body is not None else None
        return self._pool.request(method, url, body=text, headers=self._headers | {"Content-Type": kind})

    def submit(self, name: str, key: str, **spec: Any) -> Json:
        """Create an IfcJob of an object in the bucket `models`."""
        body = {"apiVersion": "ifcjob.io/v1alpha1", "kind": "IfcJob", "metadata": {"name": name}}
        return self.ask("POST", IFCJOBS, body | {"spec": {"source": {"s3": {"bucket": "models", "key": key}}, **spec}})

    def change(self, name: str, **spec: Any) -> None:
        """Change an IfcJob's spec."""
        self.ask("PATCH", f"{IFCJOBS}/{name}", {"spec": spec})

    def status(self, name: str) -> Json:
        """Return an IfcJob's status."""
        return self.ask("GET", f"{IFCJOBS}/{name}").get("status") or {}

    def reason(self, name: str, condition: str) -> str | None:
        """Return the reason of a condition."""
        reasons = [entry["reason"] for entry in self.status(name).get("conditions", ()) if entry["type"] == condition]
        return reasons[0] if reasons else None

    def wait(self, name: str, phase: str, seconds: float = 20) -> Json:
        """Wait until an IfcJob has a phase and return its status."""
        assert eventually(lambda: self.status(name).get("phase") == phase, seconds), self.status(name)
        return self.status(name)

    def jobs_of(self, name: str) -> list[Json]:
        """Return the Jobs of an IfcJob, the first attempt first."""
        items = self.ask("GET", f"{JOBS}?labelSelector=ifcjob.io/ifcjob={name}")["items"]
        return sorted(items, key=lambda item: int(item["metadata"]["labels"]["ifcjob.io/attempt"]))

    def job(self, name: str, number: int = 1, seconds: float = 20) -> str:
        """Wait for an attempt's Job and Secret and return their name."""
        assert eventually(lambda: len(self.jobs_of(name)) >= number, seconds), self.status(name)
        job = str(self.jobs_of(name)[number - 1]["metadata"]["name"])
        assert eventually(lambda: bool(self.ask("GET", f"{SECRETS}/{job}")), seconds), "no Secret"
        return job

    def request(self, job: str) -> Json:
        """Return the run request that a pod of the Job would read."""
        data = self.ask("GET", f"{SECRETS}/{job}")["data"]["request.json"]
        return json.loads(base64.b64decode(data))

    def run(self, job: str, *, sidecar: bool = False) -> None:
        """Have a Job's pod run, with a sidecar that a service mesh has injected as its first container."""
        labels = {"batch.kubernetes.io/job-name": job}
        container = {"name": "runner", "image": "runner:1"}
        containers = [{"name": "mesh", "image": "mesh:1"}, container] if sidecar else [container]
        spec = {"restartPolicy": "Never", "containers": containers, "automountServiceAccountToken": False}
        self.ask("POST", PODS, {"metadata": {"name": f"{job}-x", "labels": labels}, "spec": spec})
        self._pod(job, "Running", {"running": {"startedAt": STARTED}}, sidecar=sidecar)
        self.ask("PATCH", f"{JOBS}/{job}/status", {"status": {"active": 1, "ready": 1, "startTime": STARTED}})

    def succeed(self, job: str, *, coverage: bool = True, sidecar: bool = False) -> RunManifest:
        """Do what a runner does at its end: upload the manifest, leave the report, and exit with 0."""
        manifest, report = self.publish(job, coverage=coverage)
        self.end(job, 0, report, sidecar=sidecar)
        return manifest

    def publish(self, job: str, *, coverage: bool = True) -> tuple[RunManifest, RunReport]:
        """Upload a run's manifest; return it with the run's report."""
        request = self.request(job)
        content = f"content of {request['source']['publicUri']}".encode()
        manifest = RunManifest.model_validate(
            {
                "input": {
                    "uri": request["source"]["publicUri"],
                    "sha256": hashlib.sha256(content).hexdigest(),
                    "bytes": len(content),
                },
                "engine": {"ifcjob": "0.2.0"},
                "options": {},
                "artifacts": [],
                "coverage": {"expected": 10, "emitted": 10, "skipped": []} if coverage else None,
                "stages": [{"name": "geometry", "seconds": 1.5}],
                "cpu_seconds": 2.0,
                "peak_memory_bytes": 2**28,
                "findings": [],
            }
        )
        text = manifest.to_json().encode()
        answer = self._pool.request("PUT", request["output"]["uploads"]["manifest.json"], body=text)
        assert answer.status == 200, answer.data
        report = RunReport(
            outcome="Succeeded",
            summary=Summary(elements=10, coverage=CoverageCounts(expected=10, emitted=9, skipped=1)),
            stages=[StageTime(name="geometry", seconds=1.5)],
            peak_memory_bytes=2**28,
            input_sha256=manifest.input.sha256,
            manifest_sha256=hashlib.sha256(text).hexdigest(),
        )
        return manifest, report

    def end(
        self,
        job: str,
        exit_code: int,
        report: RunReport | None = None,
        *,
        sidecar: bool = False,
        reason: str = "Completed",
    ) -> None:
        """Have a Job's runner end, then its pod and the Job; beside a sidecar, pod and Job keep running."""
        ended: Json = {"exitCode": exit_code, "startedAt": STARTED, "finishedAt": ENDED, "reason": reason}
        if report is not None:
            ended["message"] = report.as_termination_message()
        if sidecar:
            self._pod(job, "Running", {"terminated": ended}, sidecar=True)
            self.ask("PATCH", f"{JOBS}/{job}/status", {"status": {"active": 1, "ready": 0, "startTime": STARTED}})
            return
        self._pod(job, "Failed" if exit_code else "Succeeded", {"terminated": ended})
        kinds = ("FailureTarget", "Failed") if exit_code else ("SuccessCriteriaMet", "Complete")
        text = (
            f"Container runner for pod {self.namespace}/{job}-x failed with exit code {exit_code} matching FailJob rule"
        )
        because = {"reason": "PodFailurePolicy", "message": text} if exit_code else {}
        status: Json = {"active": 0, "ready": 0, "terminating": 0, "failed" if exit_code else "succeeded": 1}
        if not exit_code:
            status["completionTime"] = ENDED
        status["conditions"] = [
            {"type": kind, "status": "True", "lastTransitionTime": ENDED, **because} for kind in kinds
        ]
        self.ask("PATCH", f"{JOBS}/{job}/status", {"status": {"startTime": STARTED} | status})

    def collect(self, job: str) -> None:
        """Wait until a Job is being deleted, and let it go with its pod."""
        assert eventually(lambda: "deletionTimestamp" in self.ask("GET", f"{JOBS}/{job}")["metadata"], 20)
        if self.ask("GET", f"{PODS}/{job}-x"):
            self.ask("DELETE", f"{PODS}/{job}-x", {"gracePeriodSeconds": 0})
        self.ask("PATCH", f"{JOBS}/{job}", {"metadata": {"finalizers": []}})

    def expire(self, job: str) -> None:
        """Delete a Job at the end of its TTL, with its pod and its Secret, as the controllers do."""
        self.ask("DELETE", f"{JOBS}/{job}", {"propagationPolicy": "Background"})
        self.ask("DELETE", f"{SECRETS}/{job}")
        self.ask("DELETE", f"{PODS}/{job}-x", {"gracePeriodSeconds": 0})

    def _pod(self, job: str, phase: str, state: Json, *, sidecar: bool = False) -> None:
        states = ({"mesh": {"running": {"startedAt": STARTED}}} if sidecar else {}) | {"runner": state}
        containers = [
            {"name": name, "image": f"{name}:1", "imageID": "", "restartCount": 0, "state": current}
            | {"ready": "running" in current, "started": "running" in current}
            for name, current in states.items()
        ]
        self.ask("PATCH", f"{PODS}/{job}-x/status", {"status": {"phase": phase, "containerStatuses": containers}})


class OperatorProcess:
    """`python -m ifcjob_operator` before that API server."""

    def __init__(self, plane: ControlPlane, log: Path, **settings: str) -> None:
        self.port, self._log, self.settings = free_port(), log, settings
        self._plane = plane
        self._process: subprocess.Popen[bytes] | None = None
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("IFCJOB_", "KUBE"))}
        self._environment = clean | {"KUBECONFIG": str(plane.kubeconfig)}

    def replica(self, log: Path, **settings: str) -> OperatorProcess:
        """Describe another replica, with other settings where given."""
        return OperatorProcess(self._plane, log, **(self.settings | settings))

    @property
    def url(self) -> str:
        """Return where it serves HTTP."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """Return all it has logged, over all its starts."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def start(self, *, leads: bool = True) -> None:
        """Start it and wait until it has seen everything, or else until it waits to lead."""
        word = '"synced"' if leads else '"operator started"'
        before = self.log.count(word) if self._log.exists() else 0
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "ifcjob_operator"]
            environment = self._environment | self.settings | {"IFCJOB_PORT": str(self.port)}
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        assert eventually(lambda: self.log.count(word) > before or not self.is_running, 40), self.log[-3000:]
        assert self.is_running, self.log[-3000:]

    @property
    def is_running(self) -> bool:
        """Tell whether it runs."""
        return self._process is not None and self._process.poll() is None

    def ended(self, seconds: float) -> int | None:
        """Wait for its end and return the exit code; None if it keeps running."""
        assert self._process is not None
        eventually(lambda: not self.is_running, seconds)
        return self._process.poll()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stop it and return the exit code."""
        assert self._process is not None
        self._process.send_signal(how)
        return self._process.wait(30)

    def metric(self, line: str) -> float:
        """Return a metric's value, by name and labels as they are served; 0 when there is none."""
        text = urllib3.request("GET", f"{self.url}/metrics").data.decode()
        values = [row.rpartition(" ")[2] for row in text.splitlines() if row.startswith(f"{line} ")]
        return float(values[0]) if values else 0.0


def steadily(holds: Any, seconds: float) -> bool:
    """Tell whether something holds all the time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not holds():
            return False
        time.sleep(0.1)
    return True
