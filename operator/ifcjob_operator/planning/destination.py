"""Where the artifacts of an attempt go. Pure; every program part that needs the place asks here."""

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
    """A bucket or a claim."""
    prefix: str
    """Where the committed manifest.json lies; without slashes at its ends."""
    folder: str
    """Below the prefix, this attempt's own."""

    @property
    def path(self) -> str:
        """The attempt's folder within the place."""
        return f"{self.prefix}/{self.folder}"

    @property
    def manifest(self) -> str:
        """URI of the attempt's own manifest.json."""
        return f"{self.scheme}://{self.place}/{self.path}/{MANIFEST}"


def destination_of(ifcjob: IfcJob, attempt: int, default_bucket: str | None) -> Destination | None:
    """Say where an attempt publishes; None when the IfcJob names no output and the operator has no default bucket."""
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
    """Drop empty and `.` folders, which stores and clients read in different ways."""
    return "/".join(part for part in (path or "").split("/") if part not in ("", "."))
