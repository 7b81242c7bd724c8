"""Object access as the operator uses it: an S3 server, or a folder on one machine."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Protocol

from ifcjob.report import Failure
from ifcjob.request import Output
from ifcjob.resource import S3Source
from ifcjob.status import ObservedInput
from ifcjob_backends.storage.store_requests import Answer


class JobStore(Protocol):
    """Looks up sources, reads and commits manifests, and tells a run where to read and write.

    `get` and `put` raise RunFailure with StorageUnavailable when the store does not answer.
    """

    @property
    def output_bucket(self) -> str | None:
        """Return the bucket for IfcJobs that name no output."""

    async def head(self, source: S3Source) -> ObservedInput | Failure:
        """Return an object's size, version and checksum without reading it."""

    async def exists(self, bucket: str, key: str) -> bool:
        """Return whether an object certainly exists; False when the store does not answer."""

    async def get(self, bucket: str, key: str, most_bytes: int) -> Answer:
        """Read an object; RunFailure when it is larger."""

    async def put(self, bucket: str, key: str, body: bytes, condition: Mapping[str, str]) -> Answer:
        """Write an object if the condition (`If-None-Match`, `If-Match`) holds; 412 or 409 when it does not."""

    def source_uri(self, source: S3Source, version_id: str | None, expires: timedelta) -> str:
        """Return the URL or path from which a run reads the source."""

    def output(self, bucket: str, path: str, names: Iterable[str], expires: timedelta) -> Output:
        """Return where a run writes these artifacts: upload URLs, or a folder."""

    def url_lifetime(self, expires: timedelta) -> timedelta:
        """Return how long a URL is valid that is signed now for `expires`: less when the session ends earlier."""
