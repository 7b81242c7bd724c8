"""Finds IfcJobs by content key: results to reuse, and unfinished jobs with the same content and options.

Thousands may have the same content. Each change of one of them visits only the entries that it concerns.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import tee

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
        self._results: dict[str, list[Entry]] = {}
        """Finished ones with a result, by the time of their end."""
        self._looked_up: _Index = {}
        """Those without an attempt whose cached result was looked up: they may wait for another one."""
        self._not_waiting: _Index = {}
        """Unfinished ones that do not wait for another."""

    def __len__(self) -> int:
        """Return the number of content keys of all three kinds of entries."""
        return len(self._results) + len(self._looked_up) + len(self._not_waiting)

    def add(self, entry: Entry, *content_keys: str) -> None:
        """Index an entry by the content key in its status, and by the given ones."""
        written = {entry.content_key} if entry.content_key else set()
        entry.content_keys |= {*content_keys, *written}
        self._update_results(entry, belongs=entry.is_finished and entry.result is not None)
        looked_up = not entry.is_finished and not entry.is_under_way and entry.facts.cached_result is not None
        _update(self._looked_up, entry, belongs=looked_up)
        _update(self._not_waiting, entry, belongs=not entry.is_finished and not entry.waits_for_identical)

    def remove(self, entry: Entry) -> None:
        """Remove an entry."""
        self._update_results(entry, belongs=False)
        for index in (self._looked_up, self._not_waiting):
            _update(index, entry, belongs=False)

    def forget_looked_up(self, entry: Entry, may_start: Callable[[Entry], bool], *, first_only: bool) -> list[Entry]:
        """Drop the cached results that entries with the same content have looked up, and return these entries.

        Of those that take no result, and with `first_only` of all, only the first that waits for another one, rather
        one that `may_start`: it runs, and the others keep waiting.
        """
        reusing = (other for other in _others(self._looked_up, entry) if other.reuses and not first_only)
        waits = (other for other in _others(self._looked_up, entry) if other.waits_for_identical)
        waiting, again = tee(other for other in waits if first_only or not other.reuses)
        first = next((other for other in waiting if may_start(other)), None) or next(again, None)
        forgotten = [*reusing, *([first] if first else [])]
        for other in forgotten:
            other.facts.cached_result = None
            _update(self._looked_up, other, belongs=False)
        return forgotten

    def not_waiting_with(self, entry: Entry) -> Iterator[Entry]:
        """Yield the other unfinished entries with the same content that offer their result and do not wait for one."""
        return _others(self._not_waiting, entry)

    def newest_result(self, content_key: str) -> EarlierResult | None:
        """Return the newest readable result under a content key, or None."""
        while results := self._results.get(content_key):
            newest = results[-1]
            try:
                return EarlierResult(Result.model_validate_json(newest.result or b""), newest.input_sha256)
            except ValidationError:  # written by another release
                self._update_results(newest, belongs=False)
        return None

    def _update_results(self, entry: Entry, *, belongs: bool) -> None:
        for content_key in entry.content_keys:
            results = self._results.setdefault(content_key, [])
            place = bisect_left(results, _end_of(entry), key=_end_of)
            is_there = place < len(results) and results[place] is entry
            if belongs and not is_there:
                results.insert(place, entry)
            elif is_there and not belongs:
                del results[place]
            if not results:
                del self._results[content_key]


def _end_of(entry: Entry) -> tuple[str, Key]:
    return entry.finished_at or "", entry.key


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
