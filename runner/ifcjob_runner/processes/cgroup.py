"""CPUs and memory: the limits of the cgroup or the machine, and the usage of processes.

Used before the engine process starts, so it imports nothing slow.
"""

import math
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

MINIMUM_BYTES = 96 << 20
"""The least memory for any run: half of it for the programs' own code, half for a tiny file."""
_UNLIMITED = 1 << 60
_CGROUP = "/sys/fs/cgroup"


def available_cpus() -> int:
    """Return the number of usable CPUs: the affinity mask, or the cgroup's quota, rounded up, when that is less."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _cpu_quota()
    return max(1, min(cpus, math.ceil(quota))) if quota else cpus


def memory_limit() -> int | None:
    """Return the cgroup's memory limit in bytes, or None without one."""
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        limit = _number(f"{_CGROUP}/{name}")
        if limit is not None and limit < _UNLIMITED:
            return limit
    return None


def available_memory() -> int | None:
    """Return the bytes that the system could give to new processes; None if it does not tell."""
    try:
        lines = [line.split() for line in _read("/proc/meminfo").splitlines()]
    except OSError:
        return None
    return next((int(line[1]) * 1024 for line in lines if line[0] == b"MemAvailable:"), None)


def meets_minimum_memory() -> bool:
    """Tell whether the cgroup's memory is enough for any run; with less the engines would crawl, not fail."""
    limit = memory_limit()
    return limit is None or limit >= MINIMUM_BYTES


@dataclass(frozen=True, slots=True)
class MemoryInUse:
    """The memory of several processes together."""

    total: int
    """Bytes; pages that they share count once, those shared with others in part (proportional set size)."""
    pinned: int
    """Of those, the bytes that the kernel cannot reclaim: not libraries and files, which are on disk too."""


def memory_in_use(pids: Iterable[int], *, forked_from_others: bool = False) -> MemoryInUse:
    """Measure the processes; one that has just ended counts as nothing.

    With `forked_from_others`, the total counts in full the pages that the first process shares with any other, and
    those that the rest, which are forks of one process, share: the processes alone would need them, too.
    """
    sizes = [_sizes(pid) for pid in pids]
    total = sum(size[b"Pss:"] for size in sizes)
    if forked_from_others:
        first, *rest = sizes
        private = sum(size[b"Private_Clean:"] + size[b"Private_Dirty:"] for size in rest)
        shared = max((size[b"Shared_Clean:"] + size[b"Shared_Dirty:"] for size in rest), default=0)
        total = max(total, first[b"Rss:"] + private + shared)
    pinned = sum(size[b"Pss_Anon:"] + size[b"Pss_Shmem:"] for size in sizes)
    return MemoryInUse(total, pinned)


def descendants(pid: int) -> list[int]:
    """Return the processes that a process with one thread has forked, and those that they have forked."""
    try:
        children = [int(child) for child in _read(f"/proc/{pid}/task/{pid}/children").split()]
    except OSError:
        return []  # it has just ended, or the system has no such file
    return [*children, *(pid for child in children for pid in descendants(child))]


def cpu_seconds(pid: int, *, with_ended_children: bool = False) -> float:
    """Return the CPU seconds a process has used so far; 0 when it has ended."""
    try:
        fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11 : 15 if with_ended_children else 13])) / os.sysconf("SC_CLK_TCK")


def _sizes(pid: int) -> Counter[bytes]:
    """Return the sums of a process's mappings in bytes, by their names in /proc; nothing for one that has ended."""
    try:
        lines = _read(f"/proc/{pid}/smaps_rollup").splitlines()
    except OSError:
        return Counter()  # or the system has no such file
    return Counter({field[0]: int(field[1]) * 1024 for field in map(bytes.split, lines) if field[-1] == b"kB"})


def _cpu_quota() -> float | None:
    try:
        quota, period = _read(f"{_CGROUP}/cpu.max").split()
        return None if quota == b"max" else int(quota) / int(period)
    except (OSError, ValueError):
        pass
    quota_us, period_us = _number(f"{_CGROUP}/cpu/cpu.cfs_quota_us"), _number(f"{_CGROUP}/cpu/cpu.cfs_period_us")
    return quota_us / period_us if quota_us and period_us and quota_us > 0 else None


def _number(path: str) -> int | None:
    try:
        text = _read(path).strip()
    except OSError:
        return None
    return int(text) if text.lstrip(b"-").isdigit() else None


def _read(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib takes milliseconds to import
        return file.read()
