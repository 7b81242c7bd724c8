"""The operator's store on one machine: the same objects as the API's, read and written as files."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import timedelta

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.report import Failure
from ifcjob.request import Output
from ifcjob.resource import S3Source
from ifcjob.status import ObservedInput
from ifcjob_backends.storage.folder import FolderObjects
from ifcjob_backends.storage.folder_files import facts_of
from ifcjob_backends.storage.store_requests import Answer

_NO_OBJECT = Answer(404, {}, code="NoSuchKey")


class FolderStore:
    """The objects in a folder. There are no versions; one process writes."""

    def __init__(self, objects: FolderObjects, output_bucket: str) -> None:
        """Artifacts of IfcJobs that name no output go to `output_bucket`."""
        self._objects = objects
        self.output_bucket = output_bucket
        self._writing = asyncio.Lock()

    async def head(self, source: S3Source) -> ObservedInput | Failure:
        """Return an object's size and ETag without reading it."""
        if source.version_id is not None:
            message = f"s3://{source.bucket}/{source.key}: a folder keeps no versions."
            return Failure.of(RunFailure(FailureReason.INPUT_NOT_FOUND, message, hint="Leave out versionId."))
        try:
            facts = await self._objects.facts(source.bucket, source.key)
        except RunFailure as failure:
            return Failure.of(failure)
        if facts is None:
            message = f"there is no object {source.key} in the bucket {source.bucket}."
            hint = "Check spec.source.s3, and that the upload has finished."
            return Failure.of(RunFailure(FailureReason.INPUT_NOT_FOUND, message, hint=hint))
        return ObservedInput(uri=source.uri, bytes=facts.bytes, etag=facts.etag.strip('"') or None)

    async def exists(self, bucket: str, key: str) -> bool:
        """Return whether an object certainly exists."""
        try:
            return await self._objects.facts(bucket, key) is not None
        except RunFailure:
            return False

    async def get(self, bucket: str, key: str, most_bytes: int) -> Answer:
        """Read an object; RunFailure when it is larger."""
        facts = await self._objects.facts(bucket, key)
        if facts is None:
            return _NO_OBJECT
        if facts.bytes > most_bytes:
            raise RunFailure(FailureReason.OUTPUT_REJECTED, f"s3://{bucket}/{key} has more than {most_bytes} bytes.")
        try:
            content = b"".join([chunk async for chunk in self._objects.read(bucket, key)])
        except FileNotFoundError:
            return _NO_OBJECT
        return Answer(200, {"ETag": facts.etag}, content)

    async def put(self, bucket: str, key: str, body: bytes, condition: Mapping[str, str]) -> Answer:
        """Write an object if the condition (`If-None-Match`, `If-Match`) holds; 412 when it does not."""
        async with self._writing:
            facts = await asyncio.to_thread(facts_of, self._objects.path(bucket, key))
            if "If-None-Match" in condition and facts is not None:
                return Answer(412, {}, code="PreconditionFailed")
            if (etag := condition.get("If-Match")) and (facts is None or facts.etag != etag):
                return Answer(412, {}, code="PreconditionFailed")
            written = await self._objects.put(bucket, key, body, "application/json")
            return Answer(200, {"ETag": written.etag})

    def source_uri(self, source: S3Source, version_id: str | None, expires: timedelta) -> str:
        """Return the path of the source's file."""
        del version_id, expires
        return str(self._objects.path(source.bucket, source.key).absolute())

    def output(self, bucket: str, path: str, names: Iterable[str], expires: timedelta) -> Output:
        """Return the folder of an attempt's artifacts."""
        del names, expires
        return Output(folder=str(self._objects.path(bucket, path).absolute()))

    def url_lifetime(self, expires: timedelta) -> timedelta:
        """Return the lifetime asked for: paths do not expire."""
        return expires
