"""Publish a finished file: into a folder, or to a presigned URL."""

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.manifest import MEDIA_TYPES
from ifcjob_runner.transfer import http_pool
from ifcjob_runner.transfer.disk import raising_disk_full


def put_file(path: Path, destination: str, timing: http_pool.Timing = http_pool.TIMING) -> None:
    """Publish a file as `destination`, a path or a presigned PUT URL. It appears there complete or not at all."""
    if http_pool.is_http(destination):
        _upload(path, destination, timing)
    else:
        _replace(path, Path(destination))


def remove_files(paths: Iterable[Path]) -> None:
    """Remove files of an earlier run, so that they are not taken for this run's."""
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            message = f"{path} of an earlier run cannot be removed: {error.strerror or error}."
            raise RunFailure(FailureReason.OUTPUT_REJECTED, message) from error


def _replace(path: Path, target: Path) -> None:
    path.stat()  # a missing artifact is a bug, not a refused output
    # In the target's own folder: renaming is atomic only within one file system.
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        with raising_disk_full(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            partial.unlink(missing_ok=True)
            _link_or_copy(path, partial)
            partial.replace(target)
    except OSError as error:
        message = f"{target} cannot be written: {error.strerror or error}."
        raise RunFailure(FailureReason.OUTPUT_REJECTED, message) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _link_or_copy(path: Path, partial: Path) -> None:
    try:
        partial.hardlink_to(path)
    except OSError:  # another file system, or one without links
        shutil.copyfile(path, partial)


def _upload(path: Path, url: str, timing: http_pool.Timing) -> None:
    headers = {
        "Content-Type": MEDIA_TYPES.get(path.name, "application/octet-stream"),
        "Content-Length": str(path.stat().st_size),
    }
    shown = http_pool.public_url(url)
    # No redirects: the signature is valid for this URL only.
    with path.open("rb") as body, http_pool.request("PUT", url, body=body, headers=headers, timing=timing) as response:
        if 200 <= response.status < 300:
            response.drain_conn()
            return
        status = http_pool.status_of(response)
        http_pool.refuse_expired(shown, status)
        message = f"{shown} answers {status} to the upload of {path.name}."
        if response.status >= 500 or response.status in http_pool.RETRY_STATUSES:
            raise RunFailure(FailureReason.STORAGE_UNAVAILABLE, message)
        raise RunFailure(FailureReason.OUTPUT_REJECTED, message)
