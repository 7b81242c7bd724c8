"""Finds IfcJobs by content key: results to reuse, and unfinished jobs with the same content and options."""

from collections.abc import Iterator

from pydantic import ValidationError

from ifcjob.status import Result
from ifcjob_backends.cluster.objects import Key
from ifcjob_catalog import EarlierResult
from ifcjob_operator.observing.entry import Entry

_Index = dict[str, dict[Key, Entry]]
"""Entries by content key, in the order in which they were added."""


class ContentIndex:
    """Entries of the cache by content key."""

    def __init__(self) -> None:
        self._all: _Index = {}
        self._unfinished: _Index = {}
        """Kept apart: of thousands with the same content only a few are unfinished."""
        self._not_waiting: _Index = {}
        """Unfinished ones that do not wait for another: of thousands that are unfinished only a few."""

    def __len__(self) -> int:
        """Return the number of content keys of all entries, of unfinished ones, and of those that do not wait."""
        return len(self._all) + len(self._unfinished) + len(self._not_waiting)

    def add(self, entry: Entry, *content_keys: str) -> None:
        """Index an entry by the content key in its status, and by the given ones."""
        written = {entry.content_key} if entry.content_key else set()
        for content_key in {*content_keys, *written} - entry.content_keys:
            self._all.setdefault(content_key, {})[entry.key] = entry
            entry.content_keys |= {content_key}
        _update(self._unfinished, entry, belongs=not entry.is_finished)
        _update(self._not_waiting, entry, belongs=not entry.is_finished and not entry.waits_for_identical)

    def remove(self, entry: Entry) -> None:
        """Remove an entry."""
        for index in (self._all, self._unfinished, self._not_waiting):
            _update(index, entry, belongs=False)

    def unfinished_with(self, entry: Entry) -> Iterator[Entry]:
        """Yield the other unfinished entries with the same content and options that offer their result."""
        return _others(self._unfinished, entry)

    def not_waiting_with(self, entry: Entry) -> Iterator[Entry]:
        """Yield those of `unfinished_with` that do not wait for another one."""
        return _others(self._not_waiting, entry)

    def newest_result(self, content_key: str) -> EarlierResult | None:
        """Return the newest readable result under a content key, or None."""
        candidates = [entry for entry in self._all.get(content_key, {}).values() if entry.result is not None]
        while candidates:
            newest = max(candidates, key=lambda entry: str(entry.finished_at))
            try:
                return EarlierResult(Result.model_validate_json(newest.result or b""), newest.input_sha256)
            except ValidationError:  # written by another release
                newest.result = None
                candidates.remove(newest)
        return None


def _update(index: _Index, entry: Entry, *, belongs: bool) -> None:
    for content_key in entry.content_keys:
        if belongs:
            index.setdefault(content_key, {})[entry.key] = entry
        elif content_key in index:
            index[content_key].pop(entry.key, None)
            if not index[content_key]:
                del index[content_key]


def _others(index: _Index, entry: Entry) -> Iterator[Entry]:
    seen = {entry.key}
    for content_key in sorted(entry.content_keys):
        for key, other in index.get(content_key, {}).items():
            if key not in seen and other.offers:
                yield other
            seen.add(key)
