"""The publish stage: hash the artifacts, write the manifest, and put all at their destination, the manifest last."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.manifest import MANIFEST, MEDIA_TYPES, Artifact, Manifest
from ifcjob.request import Output, RunRequest
from ifcjob_runner.transfer.put import put_file, remove_files
from ifcjob_runner.transfer.renewal import renewed


def describe(folder: Path) -> list[Artifact]:
    """List the artifacts in the folder with sizes and hashes, sorted by name."""
    artifacts = []
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        media_type = MEDIA_TYPES[path.name]
        artifacts.append(Artifact(name=path.name, media_type=media_type, bytes=path.stat().st_size, sha256=digest))
    return artifacts


def publish(folder: Path, manifest: Manifest, request: RunRequest, on_file: Callable[[int, int], None]) -> str:
    """Put the artifacts and then the manifest at the destination; return the manifest's SHA-256."""
    content = manifest.to_json().encode()
    (folder / MANIFEST).write_bytes(content)
    names = [artifact.name for artifact in manifest.artifacts] + [MANIFEST]
    for number, name in enumerate(names):
        put_file(folder / name, _destination(renewed(request).output, name))
        on_file(number + 1, len(names))
    if request.output.folder is not None:
        # An earlier run may have left artifacts here that this run does not make.
        remove_files([Path(request.output.folder) / name for name in MEDIA_TYPES if name not in names])
    return hashlib.sha256(content).hexdigest()


def _destination(output: Output, name: str) -> str:
    if output.folder is not None:
        return str(Path(output.folder) / name)
    assert output.uploads is not None
    if name not in output.uploads:
        raise RunFailure(FailureReason.INVALID_REQUEST, f"the request has no upload URL for {name}")
    return output.uploads[name]
