"""Report a full disk as DiskFull, wherever bytes are written."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ifcjob.failures import FailureReason, RunFailure


@contextmanager
def raising_disk_full(path: Path) -> Iterator[None]:
    """Raise DiskFull when the block runs out of space (or quota) while it writes to `path`."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        message = f"No space left in {path.parent} while writing {path.name}."
        raise RunFailure(FailureReason.DISK_FULL, message) from error
