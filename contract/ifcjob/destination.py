"""The destination of an attempt's artifacts and log."""

from dataclasses import dataclass
from typing import Literal

from ifcjob.manifest import MANIFEST, RUN_LOG
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

    @property
    def log(self) -> str:
        """Return the path of the attempt's log within a bucket; a PVC has none."""
        return f"{self.path}/{RUN_LOG}"


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


def _plain(path: str | None) -> str:
    """Drop empty and `.` segments, which stores and clients treat differently."""
    return "/".join(part for part in (path or "").split("/") if part not in ("", "."))
