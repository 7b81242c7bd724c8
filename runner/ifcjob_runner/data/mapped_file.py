"""Files mapped to memory."""

import mmap
from pathlib import Path


def mapped(path: Path) -> mmap.mmap:
    """Map a file for reading."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def release_pages(content: mmap.mmap) -> None:
    """Forget the pages that were read: they count as memory of this process."""
    content.madvise(mmap.MADV_DONTNEED)
