"""The memory limit of a first attempt: from runs of the same file, of files of about its size, or from a formula."""

from typing import Protocol

from ifcjob.memory import FLOOR_BYTES, memory_for_file, memory_for_workers, unzipped_bytes
from ifcjob.quantity import amount, as_bytes, mebibytes, whole_mebibytes
from ifcjob.resource import Resources
from ifcjob_operator.planning.observation import MemoryAdvice

MARGIN = 1.25
"""Factor on an observed peak: runs differ, and the kernel's page cache needs some memory."""
MIN_SIMILAR_FILES = 5
"""With fewer files their ratio is not used."""


class MemoryHistory(Protocol):
    """Earlier runs in the catalog; None where there are none."""

    @property
    def same_file_peak_bytes(self) -> int | None:
        """Return the highest peak of runs of the same content."""

    @property
    def same_file_oom_limit_bytes(self) -> int | None:
        """Return the largest limit at which the same content ran out of memory."""

    @property
    def similar_files(self) -> int:
        """Return the number of files of about this size."""

    @property
    def similar_files_ratio(self) -> float | None:
        """Return their memory per byte of input; a high quantile."""


def advise_memory(
    input_bytes: int | None, uri: str, history: MemoryHistory | None, resources: Resources, max_memory_bytes: int
) -> MemoryAdvice:
    """Choose a limit between the floor and the maximum; a file of unknown size gets a quarter of the maximum.

    The IfcJob's own maximum takes precedence over `max_memory_bytes`.
    """
    if resources.memory != "auto":
        return MemoryAdvice(as_bytes(resources.memory), "as its resources say")
    highest = as_bytes(resources.max_memory) if resources.max_memory else max_memory_bytes
    expected, reason = _expected(input_bytes, uri, history, highest)
    for_cpus = (
        0.0 if input_bytes is None else memory_for_workers(unzipped_bytes(input_bytes, uri), amount(resources.cpu))
    )
    if expected < for_cpus:
        expected, reason = for_cpus, f"{reason}, and more for {resources.cpu} CPUs"
    if history is not None and (failed := history.same_file_oom_limit_bytes) and expected <= failed:
        expected, reason = failed * 2, f"{mebibytes(failed)} were not enough for this file before"
    limit = max(FLOOR_BYTES, expected)
    return MemoryAdvice(min(whole_mebibytes(min(limit, highest)), highest), reason)


def _expected(input_bytes: int | None, uri: str, history: MemoryHistory | None, highest: int) -> tuple[float, str]:
    """Return the memory that a run is expected to need, and the reason for it."""
    if history is not None and (peak := history.same_file_peak_bytes):
        return peak * MARGIN, f"this file needed {mebibytes(peak)} before"
    if input_bytes is None:
        return highest / 4, "the file's size is not known"
    unzipped = unzipped_bytes(input_bytes, uri)
    # Most files of a zipped file's size are not zipped, so their ratio does not apply to it.
    if history is not None and unzipped == input_bytes:
        ratio, count = history.similar_files_ratio, history.similar_files
        if ratio is not None and count >= MIN_SIMILAR_FILES:
            needed = input_bytes * ratio
            return needed * MARGIN, f"{count} files of about this size needed up to {mebibytes(needed)}"
    return memory_for_file(unzipped), f"a file of {input_bytes / 1e6:,.1f} MB"
