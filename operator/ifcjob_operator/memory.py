"""Pure: the memory limit of a first attempt, from the history of the same file or of like ones, else from a formula."""

from math import ceil
from typing import Protocol

from ifcjob.quantity import amount, as_bytes, mebibytes
from ifcjob.resource import Resources
from ifcjob_operator.observed import MemoryAdvice

FLOOR_BYTES = 512 * 2**20
"""The engines, their libraries and a small model."""
BASE_BYTES = 256 * 2**20
BYTES_PER_BYTE = 10
"""Measured: 9 to 12 bytes of memory a byte of a large file with two engine processes; each CPU adds about one."""
ZIP_RATIO = 8
"""STEP text shrinks to about an eighth."""
MARGIN = 1.25
"""Above what was seen: runs differ, and the kernel's page cache wants a little."""
ENOUGH_LIKE_FILES = 5
"""Fewer say nothing about the next one."""


class MemoryHistory(Protocol):
    """What the catalog knows; `None` where it knows nothing."""

    @property
    def same_file_peak_bytes(self) -> int | None:
        """The most that the same content has needed."""

    @property
    def same_file_oom_limit_bytes(self) -> int | None:
        """The largest limit that was not enough for it."""

    @property
    def like_files(self) -> int:
        """How many runs of files of about this size are known."""

    @property
    def like_files_ratio(self) -> float | None:
        """Their memory for each byte of input; a high quantile."""


def advise_memory(
    input_bytes: int | None, name: str, history: MemoryHistory | None, resources: Resources, highest: str
) -> MemoryAdvice:
    """Choose a limit between the floor and `highest`; a file of unknown size gets a quarter of that."""
    if resources.memory != "auto":
        return MemoryAdvice(resources.memory, "as spec.resources.memory says")
    top = as_bytes(resources.max_memory or highest)
    wanted, because = _wanted(input_bytes, name, history, amount(resources.cpu), top)
    if history is not None and (failed := history.same_file_oom_limit_bytes) and wanted <= failed:
        wanted, because = failed * 2, f"{mebibytes(failed)} were not enough for this file before"
    limit = min(top, max(FLOOR_BYTES, wanted))
    return MemoryAdvice(mebibytes(limit), because)


def _wanted(
    input_bytes: int | None, name: str, history: MemoryHistory | None, cpus: float, top: int
) -> tuple[float, str]:
    if history is not None and history.same_file_peak_bytes:
        return (
            history.same_file_peak_bytes * MARGIN,
            f"this file needed {mebibytes(history.same_file_peak_bytes)} before",
        )
    if input_bytes is None:
        return top / 4, "the file's size is not known"
    if history is not None and history.like_files >= ENOUGH_LIKE_FILES and history.like_files_ratio:
        needed = input_bytes * history.like_files_ratio * MARGIN
        return needed, f"{history.like_files} files of about this size needed up to {mebibytes(needed / MARGIN)}"
    unzipped = input_bytes * (ZIP_RATIO if name.lower().endswith(("zip", ".gz")) else 1)
    return BASE_BYTES + unzipped * (BYTES_PER_BYTE + ceil(cpus)), f"a file of {input_bytes / 1e6:,.0f} MB"
