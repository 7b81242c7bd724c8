"""The destination of an attempt's artifacts, and the failures of an IfcJob that has none."""

from dataclasses import dataclass
from typing import Literal

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.manifest import MANIFEST
from ifcjob.resource import IfcJob


@dataclass(frozen=True)
class Destination:
    """The folder of one attempt, and the prefix that the IfcJob's attempts share."""

    scheme: Literal["s3", "pvc"]
    place: str
    """The bucket or PVC."""
    prefix: str
    """The folder of the committed manifest.json, without slashes at its ends."""
    folder: str
    """The attempt's own folder below the prefix."""

    @property
    def path(self) -> str:
        """Return the path of the attempt's folder within the place."""
        return f"{self.prefix}/{self.folder}"

    @property
    def manifest(self) -> str:
        """Return the URI of the attempt's own manifest.json."""
        return f"{self.scheme}://{self.place}/{self.path}/{MANIFEST}"


def destination_of(ifcjob: IfcJob, attempt: int, default_bucket: str | None) -> Destination | None:
    """Return an attempt's destination; None when neither the IfcJob has an output nor the operator a default bucket."""
    folder = f"{ifcjob.metadata.uid[:8]}-{attempt}"
    by_name = f"{ifcjob.metadata.namespace}/{ifcjob.metadata.name}"
    output = ifcjob.spec.output
    if output is not None and output.pvc is not None:
        return Destination("pvc", output.pvc.claim_name, _plain(output.pvc.path) or by_name, folder)
    if output is not None and output.s3 is not None:
        return Destination("s3", output.s3.bucket, _plain(output.s3.prefix) or by_name, folder)
    return Destination("s3", default_bucket, by_name, folder) if default_bucket else None


def bucket_and_key(uri: str) -> tuple[str, str]:
    """Split an `s3://` URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def no_output() -> RunFailure:
    """Return the failure of a job without an output."""
    message = "spec.output is not set, and the operator has no output bucket."
    hint = "Set spec.output, or the operator's output bucket."
    return RunFailure(FailureReason.INVALID_REQUEST, message, hint=hint)


def no_store() -> RunFailure:
    """Return the failure of a job that needs S3 where the operator has none."""
    message = "the job reads from or writes to S3, and the operator has no object store."
    hint = "Use pvc or http, or set the operator's S3 endpoint."
    return RunFailure(FailureReason.INVALID_REQUEST, message, hint=hint)


def _plain(path: str | None) -> str:
    """Drop empty and `.` segments, which stores and clients treat differently."""
    return "/".join(part for part in (path or "").split("/") if part not in ("", "."))
