"""Checks for the artifacts of every succeeded IfcJob."""

import hashlib
import json
from io import BytesIO
from pathlib import Path

import pyarrow.parquet as pq

from ifcjob.manifest import Manifest
from tests.e2e.conftest import Bucket
from tests.e2e.kube import Resource


def check_artifacts(bucket: Bucket, status: Resource, original: Path) -> None:
    """Download all artifacts of a status, compare their checksums, and open the GLB and the tables."""
    uri = status["result"]["manifest"]
    text = bucket.read(uri)
    assert hashlib.sha256(text).hexdigest() == status["result"]["manifestSha256"]
    manifest = Manifest.model_validate_json(text)
    assert manifest.input.sha256 == hashlib.sha256(original.read_bytes()).hexdigest() == status["input"]["sha256"]
    contents = {
        artifact.name: bucket.read(f"{uri.rsplit('/', 1)[0]}/{artifact.name}") for artifact in manifest.artifacts
    }
    for artifact in manifest.artifacts:
        assert hashlib.sha256(contents[artifact.name]).hexdigest() == artifact.sha256, artifact.name
    assert contents["model.glb"][:4] == b"glTF"
    elements = pq.read_table(BytesIO(contents["elements.parquet"]))
    assert elements.num_rows >= status["result"]["summary"]["elements"] > 0
    assert json.loads(contents["spatial-tree.json"])
    # The commit beside the attempts' folders selects the valid attempt.
    committed = json.loads(bucket.read(f"{uri.rsplit('/', 2)[0]}/manifest.json"))
    assert uri.endswith(f"/{committed['folder']}manifest.json")
