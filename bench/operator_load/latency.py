"""Measure the time from IfcJob to pod on a real node: `python -m bench.operator_load.latency FILE`.

Run `make e2e KEEP=1` first, then this inside the node's network, as `make cluster-up` prints it. It creates a hundred
IfcJobs, each while a slot is free, and watches for their pods.
"""

import argparse
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from kubernetes import client, config, watch
from minio import Minio

from bench.operator_load.page import write_rows
from bench.sections import Row
from tools.cluster.access import cluster_here

JOBS = 100
PAUSE_SECONDS = 0.5
LABEL = "on a real node: IfcJob created to pod created"


def main() -> int:
    """Measure, and write the rows into the operator's section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="a small IFC file")
    parser.add_argument("--output", type=Path, help="the page whose operator section gets the rows (default: none)")
    options = parser.parse_args()
    seconds = sorted(_measure(options.file))
    rows = [
        Row(f"{LABEL}, median of {len(seconds)}", seconds[len(seconds) // 2], "s"),
        Row(f"{LABEL}, P95", seconds[int(len(seconds) * 0.95)], "s", 1.0),
    ]
    for row in rows:
        sys.stdout.write(f"{row}\n")
    if options.output:
        write_rows(options.output, LABEL, rows)
    return int(any(row.holds is False for row in rows))


def _measure(file: Path) -> list[float]:
    cluster = cluster_here("node")
    config.load_kube_config(str(cluster.kubeconfig))
    namespace = f"latency-{uuid.uuid4().hex[:6]}"
    core, custom = client.CoreV1Api(), client.CustomObjectsApi()
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=namespace)))
    endpoint = cluster.s3_endpoint.removeprefix("http://")
    store = Minio(endpoint, cluster.s3_access_key, cluster.s3_secret_key, secure=False, region="us-east-1")
    store.make_bucket(namespace)
    store.fput_object(namespace, "model.ifc", str(file))
    seen: dict[str, float] = {}
    threading.Thread(target=_watch, args=(namespace, seen), daemon=True).start()
    created: dict[str, float] = {}
    try:
        _create(custom, namespace, "queue", "ifcqueues", {"spec": {"slots": JOBS}})
        for number in range(JOBS):
            name = f"job-{number}"
            created[name] = time.monotonic()
            _create(custom, namespace, name, "ifcjobs", _ifcjob(namespace))
            time.sleep(PAUSE_SECONDS)
        end = time.monotonic() + 60
        while len(seen) < JOBS and time.monotonic() < end:
            time.sleep(0.2)
    finally:
        core.delete_namespace(namespace)
    return [seen[name] - created[name] for name in created]


def _create(custom: client.CustomObjectsApi, namespace: str, name: str, plural: str, body: dict[str, Any]) -> None:
    kind = {"ifcjobs": "IfcJob", "ifcqueues": "IfcQueue"}[plural]
    resource = {"apiVersion": "ifcjob.io/v1alpha1", "kind": kind, "metadata": {"name": name}} | body
    custom.create_namespaced_custom_object("ifcjob.io", "v1alpha1", namespace, plural, resource)


def _ifcjob(bucket: str) -> dict[str, Any]:
    source = {"s3": {"bucket": bucket, "key": "model.ifc"}}
    output = {"s3": {"bucket": bucket}}
    return {
        "spec": {"source": source, "output": output, "queue": "queue", "cache": "Off", "resources": {"cpu": "100m"}}
    }


def _watch(namespace: str, seen: dict[str, float]) -> None:
    stream = watch.Watch().stream(client.CoreV1Api().list_namespaced_pod, namespace, timeout_seconds=300)
    for event in stream:
        name = event["object"].metadata.labels.get("ifcjob.io/ifcjob")
        if event["type"] == "ADDED" and name:
            seen.setdefault(name, time.monotonic())


if __name__ == "__main__":
    sys.exit(main())
