"""Decide which errors mean a full disk, for every process of a run."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ifcjob.failures import FailureReason, RunFailure

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


def disk_full(error: BaseException) -> RunFailure | None:
    """Return DiskFull if the error comes from a full disk or quota, else None; a RunFailure keeps its reason.

    A library may report the full disk as an error of its own: look at the causes, too.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, RunFailure):
            return cause if cause.reason == FailureReason.DISK_FULL else None
        if isinstance(cause, OSError) and cause.errno in _NO_SPACE:
            return RunFailure(FailureReason.DISK_FULL, f"no space left for scratch files: {cause}")
        cause = cause.__cause__ or cause.__context__
    return None


@contextmanager
def raising_disk_full(path: Path) -> Iterator[None]:
    """Name the file when the block runs out of space (or quota) while it writes to `path`."""
    try:
        yield
    except OSError as error:
        if disk_full(error) is None:
            raise
        message = f"No space left in {path.parent} while writing {path.name}."
        raise RunFailure(FailureReason.DISK_FULL, message) from error
