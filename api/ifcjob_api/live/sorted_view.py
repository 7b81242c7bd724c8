"""The jobs of a namespace in one order, kept sorted change by change: sorting thousands per request would cost more."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable

from ifcjob_api.live.entries import JobEntry

Position = tuple[float | str, str]
"""The value that is sorted by, and the name."""


class SortedView:
    """Jobs in ascending order."""

    def __init__(self, key: Callable[[JobEntry], Position], entries: Iterable[JobEntry]) -> None:
        self._key = key
        self.entries = sorted(entries, key=key)
        self._known = {entry.key[1]: entry for entry in self.entries}

    def change(self, entry: JobEntry, *, deleted: bool) -> None:
        """Take a new version of a job, or remove it."""
        name = entry.key[1]
        former = self._known.pop(name, None)
        if former is not None:
            del self.entries[bisect_left(self.entries, self._key(former), key=self._key)]
        if not deleted:
            insort(self.entries, entry, key=self._key)
            self._known[name] = entry
