"""Later URLs for a run whose presigned URLs end before it may: the operator replaces the request in its file."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.request import RunRequest

WAIT_SECONDS = 150.0
"""The kubelet updates the file of a pod within a minute or two."""
POLL_SECONDS = 2.0
_MARGIN = timedelta(seconds=5)
"""For a request to reach the store."""


def renewed(request: RunRequest, wait_seconds: float = WAIT_SECONDS, poll_seconds: float = POLL_SECONDS) -> RunRequest:
    """Return the request with URLs that hold now: itself, or the present one of its file.

    Waits while the file has only expired ones, since the operator may have been down; then RunFailure with
    StorageUnavailable.
    """
    if request.renewal is None:
        return request
    path, until = Path(request.renewal.file), time.monotonic() + wait_seconds
    while True:
        newest = _read(path)
        if newest.renewal is None or newest.renewal.expires_at > datetime.now(UTC) + _MARGIN:
            return newest
        if time.monotonic() >= until:
            message = f"the request's URLs expired at {newest.renewal.expires_at:%H:%M:%S} UTC and were not renewed."
            hint = "See the operator's log: it renews them while its own credentials for the object store hold."
            raise RunFailure(FailureReason.STORAGE_UNAVAILABLE, message, hint=hint)
        time.sleep(poll_seconds)


def _read(path: Path) -> RunRequest:
    try:
        return RunRequest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        message = f"the renewed request in {path} cannot be read: {type(error).__name__}."
        raise RunFailure(FailureReason.STORAGE_UNAVAILABLE, message) from error
