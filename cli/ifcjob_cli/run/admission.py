"""Which files run side by side, and with how much memory; pure decisions.

Small files share the CPUs: each runs with few workers, which costs less CPU time than many. A big file would hold the
others up at the end, so it runs alone, with all CPUs and all memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ifcjob.memory import memory_for_file, memory_for_workers

SMALL_BYTES = 8_000_000
"""A file up to this size is small in any company."""
_SHARE = 2
"""A bigger file is small if all files together have this many times its size for each file that runs at a time."""


@dataclass(frozen=True)
class Machine:
    """The CPUs and the memory that all files share."""

    cpus: int
    memory: int | None
    """Bytes; None if unknown."""
    is_limited: bool
    """Whether the memory is a limit, which each file must keep to with its part, or only an estimate."""
    at_once: int
    """The most files at the same time."""
    requested_workers: int | None = None
    """The workers of each of them, if the command line sets them."""

    @property
    def workers(self) -> int:
        """The workers of each of them."""
        return self.requested_workers or max(1, self.cpus // self.at_once)


@dataclass(frozen=True)
class Grant:
    """A file that may start now."""

    index: int
    memory: int | None
    """The most that it may use, in bytes; None without a limit for all files."""


@dataclass
class Admission:
    """Admits files in their order; a file that does not fit yet lets smaller ones pass."""

    sizes: Sequence[int | None]
    """Uncompressed bytes; None if unknown, and for a file that has failed already."""
    machine: Machine
    waiting: list[int] = field(init=False)
    _granted: dict[int, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Choose the files that run side by side; a single one would gain nothing."""
        chosen = [index for index, size in enumerate(self.sizes) if size is not None and self._is_small(size)]
        self.waiting = chosen if len(chosen) > 1 and self.machine.at_once > 1 else []

    def next(self) -> Grant | None:
        """Admit the first file that fits beside those that run; None if none does."""
        if len(self._granted) >= self.machine.at_once:
            return None
        for index in self.waiting:
            need = self._need(self.sizes[index] or 0)
            if self.machine.memory is None:
                memory = need
            else:
                free = self.machine.memory - sum(self._granted.values())
                if need > free:
                    continue
                memory = min(free, max(need, self.machine.memory // self.machine.at_once))
            self.waiting.remove(index)
            self._granted[index] = memory
            return Grant(index, memory if self.machine.is_limited else None)
        return None

    def finish(self, index: int) -> None:
        """Note that a file has ended."""
        del self._granted[index]

    def _is_small(self, size: int) -> bool:
        whole = sum(size for size in self.sizes if size is not None)
        largest = max(SMALL_BYTES, whole // (_SHARE * self.machine.at_once))
        return size <= largest and (self.machine.memory is None or 2 * self._need(size) <= self.machine.memory)

    def _need(self, size: int) -> int:
        return round(max(memory_for_file(size), memory_for_workers(size, self.machine.workers)))
