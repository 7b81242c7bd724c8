"""The installation check's files in the object store: upload the model, compare the artifacts, delete both."""

import hashlib
from collections.abc import Iterable, Sequence

from pydantic import ValidationError

from ifcjob.manifest import MANIFEST, RUN_LOG, Manifest
from ifcjob.status import Result
from ifcjob_backends.storage.s3 import CREDENTIALS_REJECTED, ObjectStore
from ifcjob_backends.storage.store_requests import Answer
from ifcjob_operator.install_check.model import MODEL

MAX_BYTES = 1024**2
GLB = "model.glb"
_SAME_RELEASE = "run operator and runner of the same release"


class CheckFailed(Exception):
    """The installation does not work; the message is one line that says what to do."""


async def upload(store: ObjectStore, bucket: str, key: str) -> None:
    """Upload the model; CheckFailed says what prevents it."""
    answer = await store.put(bucket, key, MODEL, {}, media_type="application/x-step")
    if answer.status < 300:
        return
    match answer.code:
        case "NoSuchBucket":
            hint = "create the bucket, or set another one in objectStore.outputBucket"
        case code if code in CREDENTIALS_REJECTED:
            hint = "check the Secret with the S3 keys"
        case _:
            hint = "let the S3 user write to the bucket, or check the region and the endpoint"
    raise CheckFailed(f"s3://{bucket}/{key} cannot be written ({_status(answer)}): {hint}")


async def compare(store: ObjectStore, bucket: str, result: Result) -> Sequence[str]:
    """Compare artifacts, manifest and status; return all keys, the manifest's last."""
    folder = result.manifest.removeprefix(f"s3://{bucket}/").rpartition("/")[0]
    text = await _read(store, bucket, f"{folder}/{MANIFEST}", result.manifest_sha256)
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        raise CheckFailed(f"{result.manifest} cannot be parsed: {_SAME_RELEASE}") from error
    for artifact in manifest.artifacts:
        content = await _read(store, bucket, f"{folder}/{artifact.name}", artifact.sha256)
        if artifact.name == GLB and content[:4] != b"glTF":
            raise CheckFailed(f"{GLB} is not a GLB: {_SAME_RELEASE}")
    coverage = manifest.coverage
    if coverage is None or (coverage.expected, coverage.emitted) != (1, 1) or not result.summary.triangles:
        raise CheckFailed(f"the wall is not in {GLB}: {_SAME_RELEASE}")
    return [f"{folder}/{name}" for name in (*(artifact.name for artifact in manifest.artifacts), MANIFEST)]


def log_beside(key: str) -> str:
    """Return the key of the log in the folder of an artifact."""
    return f"{key.rpartition('/')[0]}/{RUN_LOG}"


async def remove(store: ObjectStore, bucket: str, keys: Iterable[str]) -> bool:
    """Delete objects; False when that is denied, which is not a failure: the operator itself deletes none."""
    for key in keys:
        if (await store.delete(bucket, key)).status >= 300:
            return False
    return True


async def _read(store: ObjectStore, bucket: str, key: str, sha256: str | None) -> bytes:
    answer = await store.get(bucket, key, MAX_BYTES)
    if answer.status != 200:
        raise CheckFailed(f"s3://{bucket}/{key} cannot be read ({_status(answer)}): let the S3 user read the bucket")
    if hashlib.sha256(answer.body).hexdigest() != sha256:
        raise CheckFailed(f"s3://{bucket}/{key} has another checksum: does something else write there?")
    return answer.body


def _status(answer: Answer) -> str:
    return f"HTTP {answer.status} {answer.code}".strip()
