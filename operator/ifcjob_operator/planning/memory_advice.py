"""Pure: the memory limit of a first attempt, from the history of the same file or of like ones, else from a formula."""

from math import ceil
from typing import Protocol
from urllib.parse import urlsplit

from ifcjob.quantity import amount, as_bytes, mebibytes
from ifcjob.resource import Resources
from ifcjob_operator.planning.observation import MemoryAdvice

FLOOR_BYTES = 512 * 2**20
"""The engines, their libraries and a small model, in every format: measured 60 to 230 MiB."""
BASE_BYTES = 256 * 2**20
BYTES_PER_BYTE = 11
"""Measured for each byte of a large file, with two workers: 9 at 500 MB, 12 at 100 MB, the base included."""
PROCESS_BYTES = 150_000_000
PROCESS_BYTES_PER_BYTE = 7.2
"""With less for each worker the runner starts fewer of them than it has CPUs, to be safe."""
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
    def similar_files(self) -> int:
        """How many runs of files of about this size are known."""

    @property
    def similar_files_ratio(self) -> float | None:
        """Their memory for each byte of input; a high quantile."""


def advise_memory(
    input_bytes: int | None, uri: str, history: MemoryHistory | None, resources: Resources, highest: str
) -> MemoryAdvice:
    """Choose a limit between the floor and `highest`; a file of unknown size gets a quarter of that."""
    if resources.memory != "auto":
        return MemoryAdvice(resources.memory, "as spec.resources.memory says")
    most = resources.max_memory or highest
    wanted, reason = _wanted(input_bytes, uri, history, as_bytes(most))
    idle = 0.0 if input_bytes is None else _for_every_cpu(unzipped_bytes(input_bytes, uri), amount(resources.cpu))
    if wanted < idle:
        wanted, reason = idle, f"{reason}, and more for {resources.cpu} CPUs"
    if history is not None and (failed := history.same_file_oom_limit_bytes) and wanted <= failed:
        wanted, reason = failed * 2, f"{mebibytes(failed)} were not enough for this file before"
    limit = max(FLOOR_BYTES, wanted)
    return MemoryAdvice(mebibytes(limit) if limit < as_bytes(most) else most, reason)


def unzipped_bytes(input_bytes: int, uri: str) -> int:
    """Guess the size of a file once it is unzipped."""
    path = urlsplit(uri).path if uri.startswith("http") else uri
    return input_bytes * (ZIP_RATIO if path.lower().endswith(("zip", ".gz")) else 1)


def _wanted(input_bytes: int | None, uri: str, history: MemoryHistory | None, most: int) -> tuple[float, str]:
    if history is not None and (peak := history.same_file_peak_bytes):
        return peak * MARGIN, f"this file needed {mebibytes(peak)} before"
    if input_bytes is None:
        return most / 4, "the file's size is not known"
    unzipped = unzipped_bytes(input_bytes, uri)
    # Files of the size of a zipped one are mostly not zipped: they say nothing about it.
    if history is not None and unzipped == input_bytes:
        ratio, known = history.similar_files_ratio, history.similar_files
        if ratio is not None and known >= ENOUGH_LIKE_FILES:
            needed = input_bytes * ratio
            return needed * MARGIN, f"{known} files of about this size needed up to {mebibytes(needed)}"
    return BASE_BYTES + unzipped * BYTES_PER_BYTE, f"a file of {input_bytes / 1e6:,.1f} MB"


def _for_every_cpu(unzipped: int, cpus: float) -> float:
    """Return what keeps the runner from leaving CPUs idle; one process it starts in any case."""
    processes = ceil(cpus)
    return processes * (PROCESS_BYTES + PROCESS_BYTES_PER_BYTE * unzipped) if processes > 1 else 0.0
