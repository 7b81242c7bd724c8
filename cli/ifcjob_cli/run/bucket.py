"""A prefix of a bucket as destination: presigned uploads, and the artifacts of earlier runs."""

from collections.abc import Collection
from http import HTTPStatus

from minio.deleteobjects import DeleteObject
from minio.error import S3Error

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.manifest import MANIFEST, MEDIA_TYPES
from ifcjob.request import Output
from ifcjob_cli.run.object_store import VALID_FOR, Location, typed_failures
from ifcjob_client.s3 import s3_client


class Bucket:
    """A Destination in S3."""

    def __init__(self, uri: str) -> None:
        self._uri = uri.rstrip("/")
        place = Location.of(uri)
        self._bucket, self._prefix = place.bucket, place.key.strip("/")
        with typed_failures(uri):
            self._client = s3_client()
        self._check_bucket()

    def location(self, folder: str) -> str:
        """Return the URI."""
        return f"{self._uri}/{folder}"

    def output(self, folder: str, names: Collection[str]) -> Output:
        """Return presigned URLs."""
        with typed_failures(self.location(folder)):
            keys = {name: self._key(folder, name) for name in names}
            urls = {n: self._client.presigned_put_object(self._bucket, k, expires=VALID_FOR) for n, k in keys.items()}
        return Output(uploads=urls)

    def read_manifest(self, folder: str) -> bytes | None:
        """Download it."""
        try:
            with typed_failures(self.location(folder)):
                response = self._client.get_object(self._bucket, self._key(folder, MANIFEST))
        except RunFailure as failure:
            if failure.reason is FailureReason.INPUT_NOT_FOUND:
                return None
            raise
        try:
            return bytes(response.data)
        finally:
            response.close()
            response.release_conn()

    def sizes(self, folder: str) -> dict[str, int]:
        """List the objects."""
        prefix = self._key(folder, "")
        with typed_failures(self.location(folder)):
            listed = self._client.list_objects(self._bucket, prefix=prefix)
            return {(entry.object_name or "").removeprefix(prefix): entry.size or 0 for entry in listed}

    def remove_others(self, folder: str, names: Collection[str]) -> None:
        """Delete them, as the runner does in a folder."""
        others = sorted(self.sizes(folder).keys() & MEDIA_TYPES.keys() - set(names) - {MANIFEST})
        with typed_failures(self.location(folder)):
            doomed = [DeleteObject(self._key(folder, name)) for name in others]
            errors = list(self._client.remove_objects(self._bucket, doomed)) if doomed else []
        if errors:
            message = f"{self.location(folder)}: cannot delete {errors[0].name} of an earlier run: {errors[0].message}"
            raise RunFailure(FailureReason.OUTPUT_REJECTED, message)

    def _key(self, folder: str, name: str) -> str:
        return "/".join(part for part in (self._prefix, folder) if part) + f"/{name}"

    def _check_bucket(self) -> None:
        """Fail before the first run if the bucket does not exist."""
        with typed_failures(self._uri):
            try:
                exists = self._client.bucket_exists(self._bucket)
            except S3Error as error:
                # Credentials that may only write may not ask.
                if error.response.status != HTTPStatus.FORBIDDEN:
                    raise
                return
        if not exists:
            message = f"--output: the bucket {self._bucket} does not exist"
            raise RunFailure(FailureReason.OUTPUT_REJECTED, message, hint="Create it, or correct its name.")
