"""One page of shared memory per geometry child: its current shape, and when it began with it.

The supervisor reads it to find the shape that hangs or has crashed the child, without a message.
"""

import mmap
import os
import struct
import time
from dataclasses import dataclass
from pathlib import Path

_LAYOUT = struct.Struct("<qqqq")
_COUNTS, _TIMES = struct.Struct("<qq"), struct.Struct("<qq")
"""The two halves of the layout."""
IDLE = -1
WALL_FACTOR = 10
"""An element has its deadline in CPU seconds, so throttling skips nothing, and this many times that in wall time."""


@dataclass(frozen=True, slots=True)
class Beat:
    """The content of the page."""

    shape: int
    """The current shape; IDLE when there is none."""
    finished: int
    """Shapes finished since the child started."""
    wall_start: float
    """When it began with the shape, on the monotonic clock."""
    cpu_start: float
    """CPU seconds the child had used by then."""


class Heartbeat:
    """The page; its file keeps it readable after the child has ended."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            # Allocate the page now: on a full disk, touching a hole in the file kills a process with SIGBUS.
            os.posix_fallocate(descriptor, 0, mmap.PAGESIZE)
            self._page = mmap.mmap(descriptor, mmap.PAGESIZE)
        finally:
            os.close(descriptor)
        self._finished = 0

    def start(self, shape: int) -> None:
        """Record that work on a shape begins."""
        # The times first: the supervisor may read in between, and must not judge the shape by an earlier one's times.
        _TIMES.pack_into(self._page, _COUNTS.size, time.monotonic_ns(), time.process_time_ns())
        _COUNTS.pack_into(self._page, 0, shape + 1, self._finished)  # zero must mean idle: a new page is all zeros

    def follow(self, shape: int) -> None:
        """Record that the former shape is done, and work on this one begins."""
        self._finished += 1
        self.start(shape)

    def finish(self) -> None:
        """Record that the shape is done."""
        self._finished += 1
        _COUNTS.pack_into(self._page, 0, IDLE + 1, self._finished)

    def read(self) -> Beat:
        """Read the page, in the supervisor."""
        shape, finished, wall, cpu = _LAYOUT.unpack_from(self._page)
        return Beat(shape - 1, finished, wall / 1e9, cpu / 1e9)
