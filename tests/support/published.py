"""A job that has published artifacts, without a run: its objects in a store, and its IfcJob in the API's index."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from ifcjob.manifest import MANIFEST, MEDIA_TYPES, Artifact, Input, Manifest

if TYPE_CHECKING:
    from ifcjob_api.live.state import Live
    from ifcjob_api.store import Store

FOLDER = "bim/house/6f0c2a9e-1"
UID = "6f0c2a9e-8d1b-4c53-9a55-3f1f5f0f7c11"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def manifest_of(artifacts: dict[str, bytes]) -> Manifest:
    """Return the manifest that a run would write."""
    listed = [
        Artifact(name=name, media_type=MEDIA_TYPES.get(name, ""), bytes=len(content), sha256=sha256(content))
        for name, content in sorted(artifacts.items())
    ]
    source = Input(uri="s3://models/house.ifc", sha256=sha256(b"house"), bytes=5)
    return Manifest(
        input=source,
        engine={},
        options={},
        artifacts=listed,
        stages=[],
        cpu_seconds=0,
        peak_memory_bytes=0,
        findings=[],
    )


async def publish(store: Store, live: Live, artifacts: dict[str, bytes], name: str = "house") -> dict[str, Any]:
    """Write the artifacts, and index their IfcJob; return it."""
    for file, content in artifacts.items():
        if file in MEDIA_TYPES:
            await store.put("models", f"{FOLDER}/{file}", content, MEDIA_TYPES[file])
    document = manifest_of(artifacts).to_json().encode()
    await store.put("models", f"{FOLDER}/{MANIFEST}", document, "application/json")
    result = {"manifest": f"s3://models/{FOLDER}/{MANIFEST}", "manifestSha256": sha256(document)}
    return index(live, name, phase="Succeeded", result=result, finishedAt="2026-11-30T08:00:09Z")


def index(live: Live, name: str = "house", **status: Any) -> dict[str, Any]:
    """Index an IfcJob with this status, and return it."""
    metadata = {
        "name": name,
        "namespace": "bim",
        "uid": UID,
        "resourceVersion": "4711",
        "annotations": {"ifcjob.io/file-name": "Haus Süd.ifc"},
    }
    item = {
        "metadata": metadata,
        "spec": {"source": {"s3": {"bucket": "models", "key": "house.ifc"}}, "queue": "default"},
        "status": status,
    }
    live.jobs.apply(item)
    return item
