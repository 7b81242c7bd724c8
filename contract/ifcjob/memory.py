"""The memory that a run is expected to need, from the size of its file; measured on the benchmark files."""

from math import ceil
from urllib.parse import urlsplit

FLOOR_BYTES = 512 * 2**20
"""The engines, their libraries and a small model, in every format: measured 60 to 230 MiB."""
BASE_BYTES = 256 * 2**20
BYTES_PER_BYTE = 11
"""Memory per byte of a large file with two workers; measured with the base: 9 at 500 MB, 12 at 100 MB."""
WORKER_BYTES = 150_000_000
WORKER_BYTES_PER_BYTE = 7.2
"""With less memory per worker, the runner starts fewer workers than it has CPUs."""
ZIP_RATIO = 8
"""Compression shrinks STEP text to about an eighth."""


def unzipped_bytes(input_bytes: int, uri: str) -> int:
    """Estimate the uncompressed size of a file."""
    path = urlsplit(uri).path if uri.startswith("http") else uri
    return input_bytes * (ZIP_RATIO if path.lower().endswith(("zip", ".gz")) else 1)


def memory_for_file(unzipped: int) -> int:
    """Return the memory that a file of this uncompressed size needs with two workers, without the floor."""
    return BASE_BYTES + unzipped * BYTES_PER_BYTE


def memory_for_workers(unzipped: int, cpus: float) -> float:
    """Return the memory with which the runner starts one worker per CPU; it always starts at least one."""
    workers = ceil(cpus)
    return workers * (WORKER_BYTES + WORKER_BYTES_PER_BYTE * unzipped) if workers > 1 else 0.0
