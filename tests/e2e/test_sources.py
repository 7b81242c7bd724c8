"""Files on a web server, and files and artifacts on volumes."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Bucket
from tests.e2e.kube import Kube, Resource, ifcjob, proved
from tests.e2e.root_pod import root_pod

pytestmark = pytest.mark.parallel

LIST = """
import json, os
found = [os.path.join(folder, name) for folder, _, names in os.walk("/v") for name in names]
print(json.dumps({os.path.basename(path): os.path.getsize(path) for path in found}))
"""
EMPTY = """
import os, shutil
for entry in os.scandir("/v"):
    shutil.rmtree(entry) if entry.is_dir() else os.remove(entry)
"""
GET = """
import os, urllib.request
os.chmod("/v", 0o777)
urllib.request.urlretrieve({!r}, "/v/openhouse.ifc")
"""


def test_file_on_a_web_server_is_processed(kube: Kube, bucket: Bucket, corpus: Path) -> None:
    bucket.put("openhouse.ifc", corpus / "openhouse.ifc")
    allowed = _url(kube, bucket)
    jobs = {"web": allowed, "elsewhere": "https://example.invalid/a.ifc", "metadata": "http://169.254.169.254/a.ifc"}
    kube.apply(*(_from(bucket, name, {"http": {"url": url}}) for name, url in jobs.items()))
    done = kube.wait_finished(*jobs, seconds=90)
    assert done["web"]["status"]["phase"] == "Succeeded", done["web"]["status"]
    assert done["web"]["status"]["input"]["bytes"] == (corpus / "openhouse.ifc").stat().st_size
    for name in ("elsewhere", "metadata"):
        failure = done[name]["status"]["failure"]
        assert failure["reason"] == "AccessDenied", failure
        assert not done[name]["status"].get("attempts")
    proved("a file on an allowed web server is processed; other hosts and the metadata address get no pod")


def test_file_and_artifacts_on_pvcs(kube: Kube, volume: str, bucket: Bucket, corpus: Path) -> None:
    bucket.put("openhouse.ifc", corpus / "openhouse.ifc")
    root_pod(kube, volume, GET.format(_url(kube, bucket)))
    claim = {"pvc": {"claimName": "files", "path": "openhouse.ifc"}}
    job = _from(bucket, "volume", claim)
    job["spec"]["output"] = {"pvc": {"claimName": "files", "path": "made"}}
    kube.apply(job)
    done = kube.wait_phase("volume", "Succeeded", seconds=90)
    assert done["status"]["result"]["manifest"].startswith("pvc://files/made/")
    files = json.loads(root_pod(kube, volume, LIST))
    assert {"openhouse.ifc", "manifest.json", "model.glb", "properties.parquet"} <= files.keys()
    assert files["model.glb"] == done["status"]["result"]["summary"]["artifactBytes"]["model.glb"]
    proved("a file on a volume becomes artifacts on a volume; no bucket takes part")


@pytest.fixture
def volume(kube: Kube) -> Iterator[str]:
    """Create a node volume bound to the PVC `files` in the test's namespace, and return its folder."""
    name = f"files-{secrets.token_hex(3)}"
    folder = f"/tmp/ifcjob-e2e-{name}"
    shared: Resource = {"accessModes": ["ReadWriteMany"], "storageClassName": ""}
    size = {"storage": "1Gi"}
    host = {"path": folder, "type": "DirectoryOrCreate"}
    kube.apply(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": name},
            "spec": shared | {"capacity": size, "hostPath": host},
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "files"},
            "spec": shared | {"resources": {"requests": size}, "volumeName": name},
        },
    )
    yield folder
    root_pod(kube, folder, EMPTY)
    kube.run("delete", "pv", name, "--wait=false")


def _url(kube: Kube, bucket: Bucket) -> str:
    """Make the bucket public, and return the file's URL."""
    rule = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject"],
        "Resource": [f"arn:aws:s3:::{bucket.name}/*"],
    }
    bucket.store.set_bucket_policy(bucket.name, json.dumps({"Version": "2012-10-17", "Statement": [rule]}))
    return f"{kube.cluster.s3_endpoint}/{bucket.name}/openhouse.ifc"


def _from(bucket: Bucket, name: str, source: Resource) -> dict[str, Any]:
    job = ifcjob(name, bucket.name, "unused", resources={"cpu": "250m"})
    job["spec"]["source"] = source
    return job
