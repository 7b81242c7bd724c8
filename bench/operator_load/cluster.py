"""A control plane on loopback with nodes simulated by kwok, and the operator as a separate process."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from ifcjob_backends.cluster.client import Connection
from ifcjob_operator.cluster.api import API_GROUP_PATH
from tools.cluster.control_plane import ControlPlane, free_port, on_loopback
from tools.cluster.processes import eventually
from tools.go_programs import tool

CRDS = Path(__file__).parents[2] / "crds"
STAGES = Path(__file__).with_name("stages.yaml")
NODES = 20
RAISED = (
    "--kube-api-qps=1000",
    "--kube-api-burst=2000",
    "--concurrent-job-syncs=50",
    "--kube-api-content-type=application/vnd.kubernetes.protobuf",
)
STOCK = ()
NAMESPACE = "default"


@contextmanager
def simulated_cluster(limits: tuple[str, ...], slots: int) -> Iterator[ControlPlane]:
    """Run a new cluster whose default queue has this number of slots."""
    folder = Path(tempfile.mkdtemp(prefix="ifcjob-bench-"))
    plane = on_loopback(folder)
    try:
        plane.start()
        plane.start_controllers(limits)
        _kubectl(plane, "apply", "-f", str(CRDS))
        _kubectl(plane, "wait", "--for=condition=Established", "--timeout=30s", "-f", str(CRDS))
        nodes = [{"apiVersion": "v1", "kind": "Node", "metadata": {"name": f"kwok-{n}"}} for n in range(NODES)]
        queue = {
            "apiVersion": "ifcjob.io/v1alpha1",
            "kind": "IfcQueue",
            "metadata": {"name": "default"},
            "spec": {"slots": slots},
        }
        volumes = [resource for name in ("models", "artifacts") for resource in _volume(name)]
        resources = {"apiVersion": "v1", "kind": "List", "items": [*nodes, queue, *volumes]}
        _kubectl(plane, "apply", "-f", "-", stdin=json.dumps(resources))
        kwok: list[str | Path] = [
            tool("kwok"),
            f"--kubeconfig={plane.kubeconfig}",
            "--manage-all-nodes=true",
            f"--config={STAGES}",
        ]
        plane.processes.start("kwok", [*kwok, f"--server-address=127.0.0.1:{free_port()}", "--node-ip=127.0.0.1"])
        ready = ("wait", "--for=condition=Ready", "node", "--all", "--timeout=60s")
        if not eventually(lambda: plane.kubectl(*ready).returncode == 0, 60):
            raise TimeoutError(plane.processes.log("kwok").read_text()[-2000:])
        yield plane
    finally:
        plane.processes.stop_all()
        shutil.rmtree(folder, ignore_errors=True)


def _volume(name: str) -> list[dict[str, object]]:
    """Return a PersistentVolume and its bound PVC; no pod mounts it."""
    shared = {"accessModes": ["ReadWriteMany"], "storageClassName": ""}
    volume = shared | {"capacity": {"storage": "1Gi"}, "hostPath": {"path": "/nowhere"}}
    claim = shared | {"resources": {"requests": {"storage": "1Gi"}}, "volumeName": name}
    return [
        {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": volume},
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": claim,
        },
    ]


def _kubectl(plane: ControlPlane, *arguments: str, stdin: str | None = None) -> None:
    result = plane.kubectl(*arguments, stdin=stdin)
    if result.returncode:
        raise RuntimeError(result.stderr)


async def submit(plane: ControlPlane, count: int, prefix: str = "job") -> float:
    """Create IfcJobs, 32 at a time, and return the seconds it took."""
    os.environ["KUBECONFIG"] = str(plane.kubeconfig)
    started = time.monotonic()
    async with Connection() as connection:
        numbers = iter(range(count))

        async def create_next() -> None:
            for number in numbers:
                await connection.ask(
                    "POST", f"{API_GROUP_PATH}/namespaces/{NAMESPACE}/ifcjobs", _ifcjob(f"{prefix}-{number:05}")
                )

        await asyncio.gather(*(create_next() for _ in range(32)))
    return time.monotonic() - started


def _ifcjob(name: str) -> dict[str, object]:
    """Return an IfcJob that reads and writes PVCs: an object store would be measured as well."""
    return {
        "apiVersion": "ifcjob.io/v1alpha1",
        "kind": "IfcJob",
        "metadata": {"name": name},
        "spec": {
            "source": {"pvc": {"claimName": "models", "path": f"{name}.ifc"}},
            "output": {"pvc": {"claimName": "artifacts"}},
            "resources": {"cpu": "100m", "memory": "512Mi"},
            "cache": "Off",
        },
    }


@dataclass
class Operator:
    """A running operator process."""

    process: subprocess.Popen[bytes]
    port: int
    started: float
    log: Path

    @property
    def cpu_seconds(self) -> float:
        """Return the CPU time used so far."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    @property
    def peak_bytes(self) -> int:
        """Return the largest resident size so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024

    def metrics(self) -> dict[str, float]:
        """Return the metrics by name and labels."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as response:
            lines = [line for line in response.read().decode().splitlines() if line and not line.startswith("#")]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


@contextmanager
def operator(plane: ControlPlane) -> Iterator[Operator]:
    """Run the operator with the settings it has in a cluster."""
    port = free_port()
    settings = {
        "KUBECONFIG": str(plane.kubeconfig),
        "IFCJOB_RUNNER_IMAGE": "ifcjob/runner:bench",
        "IFCJOB_PORT": str(port),
        "IFCJOB_LEADER_ELECTION": "true",
        "IFCJOB_LOG_LEVEL": "info",
    }
    # The shell's own settings, such as IFCJOB_CORPUS, are not the operator's: it would refuse them.
    others = {name: value for name, value in os.environ.items() if not name.startswith("IFCJOB_")}
    log = plane.folder / f"operator-{port}.log"
    with log.open("wb") as file:
        started = time.time()
        command = [sys.executable, "-m", "ifcjob_operator"]
        process = subprocess.Popen(command, env=others | settings, stdout=file, stderr=file)
    running = Operator(process, port, started, log)
    try:
        yield running
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)
