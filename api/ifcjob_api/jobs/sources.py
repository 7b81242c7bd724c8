"""The source of a requested IfcJob: an upload, an object in an allowed bucket, or a URL."""

from dataclasses import dataclass
from typing import Protocol

from ifcjob.http.job_requests import RequestedSource
from ifcjob_api.problems import Problem
from ifcjob_api.settings import ApiSettings
from ifcjob_backends.cluster.objects import KubeObject


@dataclass(frozen=True)
class CompletedUpload:
    """A file that was uploaded completely."""

    bucket: str
    key: str
    file_name: str
    sha256: str | None = None


class UploadDirectory(Protocol):
    """Finds completed uploads."""

    async def completed(self, namespace: str, upload: str, /) -> CompletedUpload:
        """Return an upload; raises Problem: 404 for an unknown one, 409 for one that is not complete."""


async def resolve(
    source: RequestedSource, namespace: str, uploads: UploadDirectory, settings: ApiSettings
) -> tuple[KubeObject, str | None]:
    """Return `spec.source` and the file's name, if the upload has one."""
    options = source.model_dump(mode="json", by_alias=True, exclude_unset=True, include={"sha256", "strict_schema"})
    if source.http is not None:
        return options | {"http": {"url": source.http}}, None
    if source.s3_uri is not None:
        scheme, _, place = source.s3_uri.partition("://")
        store = scheme.removeprefix("s3").removeprefix("+")
        bucket, _, key = place.partition("/")
        allowed = f"{store}:{bucket}" if store else bucket
        if allowed not in settings.source_buckets:
            detail = f"Jobs may not read the bucket {allowed}: upload the file, or have the bucket allowed."
            raise Problem(403, "BucketNotAllowed", detail)
        return options | {"s3": {"bucket": bucket, "key": key} | ({"store": store} if store else {})}, None
    upload = await uploads.completed(namespace, source.upload or "")
    checksum = {"sha256": upload.sha256} if upload.sha256 and source.sha256 is None else {}
    return options | checksum | {"s3": {"bucket": upload.bucket, "key": upload.key}}, upload.file_name
