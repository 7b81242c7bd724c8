"""One page of shared memory for each geometry process: what it works on right now, and since when.

The supervisor reads it to find the element that hangs or has crashed the process, without any message.
"""

import mmap
import os
import struct
import time
from dataclasses import dataclass
from pathlib import Path

_LAYOUT = struct.Struct("<qqqq")
IDLE = -1


@dataclass(frozen=True, slots=True)
class Beat:
    """A look at the page."""

    shape: int
    """The shape in work; IDLE when there is none."""
    finished: int
    """Shapes finished since the process started."""
    wall_start: float
    """When it began with the shape, on the monotonic clock."""
    cpu_start: float
    """CPU seconds the process had used by then."""


class Heartbeat:
    """The page itself; the file keeps it readable after the writer is gone."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            # Allocated, not only promised: on a full disk the first look at a hole kills a process with SIGBUS.
            os.posix_fallocate(descriptor, 0, mmap.PAGESIZE)
            self._page = mmap.mmap(descriptor, mmap.PAGESIZE)
        finally:
            os.close(descriptor)
        self._finished = 0

    def start(self, shape: int) -> None:
        """Say that work on a shape begins."""
        self._write(shape)

    def finish(self) -> None:
        """Say that the shape is done."""
        self._finished += 1
        self._write(IDLE)

    def read(self) -> Beat:
        """Look at it, from the supervisor."""
        shape, finished, wall, cpu = _LAYOUT.unpack_from(self._page)
        return Beat(shape - 1, finished, wall / 1e9, cpu / 1e9)

    def _write(self, shape: int) -> None:
        # Zero must mean idle: a fresh page is all zeros.
        times = (time.monotonic_ns(), time.process_time_ns())
        _LAYOUT.pack_into(self._page, 0, shape + 1, self._finished, *times)
