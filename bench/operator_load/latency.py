"""Measure the shares of a small file's time on a real node: `python -m bench.operator_load.latency FILE`.

Run `make cluster-install` first, then this inside the node's network, as `make cluster-up` prints it. The pod needs a
whole CPU: on a node with two, scale the Deployments of the API and the web app to 0 before. This program creates an
IfcJob and a bare Job that runs `true` in turn, each when the one before has ended, and watches them from outside.
The exit code is 1 if a limit does not hold.
"""

import base64
import sys
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Self

from kubernetes import client, config
from minio import Minio

from bench.operator_load.timeline import Shares, Watches, shares_of
from bench.sections import Row, parser_of, report, table
from ifcjob.report import RunReport
from tools.cluster.access import cluster_here
from tools.cluster.helm import SYSTEM

SECONDS = 60.0
OWN_SECONDS = 0.6
"""The most that an IfcJob may take longer than a bare Job."""
IFCJOBS = ("ifcjob.io", "v1alpha1")


def main() -> int:
    """Measure, and write the section."""
    parser = parser_of(__doc__)
    parser.add_argument("file", type=Path, help="a small IFC file")
    parser.add_argument("--jobs", type=int, default=20, help="IfcJobs, and as many bare Jobs (default: %(default)s)")
    options = parser.parse_args()
    with _Bench(options.file) as bench:
        bench.ifcjob("warm-up")
        measured = [(bench.ifcjob(f"job-{number}"), bench.bare_job(f"bare-{number}")) for number in range(options.jobs)]
    rows = rows_of([shares for shares, _ in measured], [seconds for _, seconds in measured])
    return report(rows, options.output, lambda: _section(rows, options.file.stat().st_size, options.jobs))


def rows_of(jobs: list[Shares], bare: list[float]) -> list[Row]:
    """Return the medians, and the limit of the difference."""
    whole, other = median(shares.whole for shares in jobs), median(bare)
    rows = [
        Row("IfcJob created to phase Succeeded", whole, "s"),
        Row("bare Job `true` created to condition Complete", other, "s"),
        Row("difference", whole - other, "s", OWN_SECONDS),
    ]
    for name, label in LABELS.items():
        rows.append(Row(label, median(getattr(shares, name) for shares in jobs), "s"))
    return rows


LABELS = {
    "admission": "share: operator creates the Job",
    "scheduling": "share: Job controller and scheduler place the pod",
    "start": "share: kubelet and containerd start the container",
    "imports": "share: Python starts and imports the runner",
    "download": "share: download",
    "work": "share: work on the file",
    "upload": "share: uploads, the manifest last",
    "commit": "share: log, commit and status",
    "pod_end": "after the uploads: process ended",
    "job_end": "after the uploads: Job has the condition Complete",
}


def _section(rows: list[Row], size: int, jobs: int) -> str:
    return f"""<!-- latency: begin -->
## A small file on a real node

Written by `python -m bench.operator_load.latency`; do not edit. A file of {size // 1000} kB on the node of
`make cluster-install`, with the operator's default settings and the default resources of a pod; medians of {jobs}
IfcJobs, in turn with as many bare Jobs that run `true`. The parts up to the status add up to the first row, nearly:
they are medians. Measured {datetime.now(UTC).date()}.

{table(rows)}
<!-- latency: end -->
"""


class _Bench:
    """A namespace, a bucket with the file, and watches."""

    def __init__(self, file: Path) -> None:
        config.load_kube_config(str(cluster_here("node").kubeconfig))
        self._core, self._batch, self._custom = client.CoreV1Api(), client.BatchV1Api(), client.CustomObjectsApi()
        self._name = f"latency-{uuid.uuid4().hex[:6]}"
        self._file = file
        self._watches = Watches(self._name)

    def __enter__(self) -> Self:
        self._core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=self._name)))
        store = _store(self._core)
        store.make_bucket(self._name)
        store.fput_object(self._name, "model.ifc", str(self._file))
        self._image = _image_with_true(client.AppsV1Api())
        self._watches.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._watches.stop()
        self._core.delete_namespace(self._name)

    def ifcjob(self, name: str) -> Shares:
        """Run one IfcJob to its end, and return its shares."""
        spec = {
            "source": {"s3": {"bucket": self._name, "key": "model.ifc"}},
            "output": {"s3": {"bucket": self._name}},
            "cache": "Off",
        }
        body = {"apiVersion": "/".join(IFCJOBS), "kind": "IfcJob", "metadata": {"name": name}, "spec": spec}
        created = time.monotonic()
        self._custom.create_namespaced_custom_object(*IFCJOBS, self._name, "ifcjobs", body)
        times = self._watches.wait(name, ("succeeded", "complete", "ended"), SECONDS)
        pod = self._core.read_namespaced_pod(times.pod, self._name)
        log = self._core.read_namespaced_pod_log(times.pod, self._name)
        return shares_of(created, times, RunReport.model_validate_json(_message(pod)), log)

    def bare_job(self, name: str) -> float:
        """Run one bare Job to its end, and return its seconds."""
        container = {"name": "true", "image": self._image, "command": ["/bin/true"], "imagePullPolicy": "IfNotPresent"}
        pod = {"restartPolicy": "Never", "containers": [container]}
        spec = {"backoffLimit": 0, "template": {"spec": pod}}
        body: Any = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec}
        created = time.monotonic()
        self._batch.create_namespaced_job(self._name, body)
        return self._watches.wait(name, ("complete",), SECONDS).at["complete"] - created


def _message(pod: Any) -> str:
    """Return the termination message of a pod that has ended."""
    return str(pod.status.container_statuses[0].state.terminated.message)


def _store(core: Any) -> Minio:
    """Return a client of the bundled object store."""
    secret = core.read_namespaced_secret("ifcjob-object-store", SYSTEM).data
    address = core.read_namespaced_service("ifcjob-object-store", SYSTEM).spec.cluster_ip
    access_key, secret_key = (base64.b64decode(secret[name]).decode() for name in ("access-key", "secret-key"))
    return Minio(f"{address}:9000", access_key, secret_key, secure=False, region="us-east-1")


def _image_with_true(apps: Any) -> str:
    """Return an image that is on the node already and has the program `true`."""
    pod = apps.read_namespaced_stateful_set("ifcjob-postgresql", SYSTEM).spec.template.spec
    return str(pod.containers[0].image)


if __name__ == "__main__":
    sys.exit(main())
