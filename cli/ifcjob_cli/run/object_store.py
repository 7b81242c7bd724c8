"""The S3 client: its settings, s3:// sources, and its errors as typed failures."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import PurePosixPath

import urllib3
from minio.error import MinioException, S3Error

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_cli.run.sources import ANY_ENDING, InputFile, is_ifc
from ifcjob_client.s3 import s3_client

VALID_FOR = timedelta(hours=12)


@dataclass(frozen=True)
class Location:
    """A bucket, and a key or prefix in it."""

    bucket: str
    key: str
    version_id: str | None = None

    @classmethod
    def of(cls, uri: str) -> "Location":
        """Parse `s3://bucket/key[?versionId=…]`; the key is not unquoted."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        key, _, version_id = key.partition("?versionId=")
        if not bucket:
            raise RunFailure(FailureReason.INVALID_REQUEST, f"{uri} has no bucket; write s3://bucket/key")
        return cls(bucket, key, version_id or None)


def files_below(uri: str) -> list[InputFile]:
    """Return the object of an s3:// URI or, if it ends in `/` or has no key, all IFC files below it."""
    location = Location.of(uri)
    if location.key and not location.key.endswith("/"):
        return [_input_file(uri, location.key)]
    with typed_failures(uri):
        objects = s3_client().list_objects(location.bucket, prefix=location.key, recursive=True)
        sizes = {entry.object_name: entry.size for entry in objects if entry.object_name and is_ifc(entry.object_name)}
    if not sizes:
        raise RunFailure(FailureReason.INPUT_NOT_FOUND, f"no {ANY_ENDING} object below {uri}")
    return [_input_file(f"s3://{location.bucket}/{key}", key, sizes[key]) for key in sorted(sizes)]


def presigned(uri: str) -> str:
    """Return a URL that reads the object without credentials, valid for 12 hours."""
    location = Location.of(uri)
    with typed_failures(uri):
        return s3_client().presigned_get_object(
            location.bucket, location.key, expires=VALID_FOR, version_id=location.version_id
        )


def size_of(uri: str) -> int | None:
    """Return the size of an object."""
    location = Location.of(uri)
    with typed_failures(uri):
        return s3_client().stat_object(location.bucket, location.key, version_id=location.version_id).size


def _input_file(uri: str, key: str, size: int | None = None) -> InputFile:
    path = PurePosixPath(key)
    return InputFile(uri, path.name, path.parent.name, size=size)


@contextmanager
def typed_failures(uri: str) -> Iterator[None]:
    """Convert errors of the SDK into typed failures."""
    try:
        yield
    except S3Error as error:
        raise RunFailure(_reason(error), f"{uri}: the object store answers {error.code}: {error.message}") from error
    except (urllib3.exceptions.HTTPError, MinioException) as error:
        raise RunFailure(FailureReason.STORAGE_UNAVAILABLE, f"{uri}: {error}") from error
    except ValueError as error:
        if "providers fail" in str(error):
            raise RunFailure(
                FailureReason.ACCESS_DENIED,
                f"{uri}: no S3 credentials found",
                hint="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use the https URL of a public object.",
            ) from error
        raise RunFailure(FailureReason.INVALID_REQUEST, f"{uri}: {error}") from error


def _reason(error: S3Error) -> FailureReason:
    status = error.response.status
    if status == HTTPStatus.NOT_FOUND:
        return FailureReason.INPUT_NOT_FOUND
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN) or error.code in ("ExpiredToken", "InvalidToken"):
        return FailureReason.ACCESS_DENIED
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
        return FailureReason.STORAGE_UNAVAILABLE
    return FailureReason.INVALID_REQUEST
