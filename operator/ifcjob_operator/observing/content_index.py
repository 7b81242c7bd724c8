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

    def __len__(self) -> int:
        """Return the number of content keys of all entries, plus that of unfinished ones."""
        return len(self._all) + len(self._unfinished)

    def add(self, entry: Entry, *content_keys: str) -> None:
        """Index an entry by the content key in its status, and by the given ones."""
        written = (entry.item.get("status") or {}).get("contentKey")
        for content_key in {*content_keys, *([written] if written else [])} - entry.content_keys:
            self._all.setdefault(content_key, {})[entry.key] = entry
            entry.content_keys |= {content_key}
            if not entry.is_finished:
                self._unfinished.setdefault(content_key, {})[entry.key] = entry
        if entry.is_finished:
            _remove(self._unfinished, entry)

    def remove(self, entry: Entry) -> None:
        """Remove an entry."""
        _remove(self._all, entry)
        _remove(self._unfinished, entry)

    def unfinished_with(self, entry: Entry) -> Iterator[Entry]:
        """Yield the other unfinished entries with the same content and options that offer their result."""
        seen = {entry.key}
        for content_key in sorted(entry.content_keys):
            for key, other in self._unfinished.get(content_key, {}).items():
                if key not in seen and other.offers:
                    yield other
                seen.add(key)

    def newest_result(self, content_key: str) -> EarlierResult | None:
        """Return the newest readable result under a content key, or None."""
        candidates = [entry for entry in self._all.get(content_key, {}).values() if entry.result is not None]
        while candidates:
            newest = max(candidates, key=lambda entry: str(entry.item["status"].get("finishedAt")))
            try:
                return EarlierResult(Result.model_validate(newest.result), newest.input_sha256)
            except ValidationError:  # written by another release
                newest.result = None
                candidates.remove(newest)
        return None


def _remove(index: _Index, entry: Entry) -> None:
    for content_key in entry.content_keys & index.keys():
        index[content_key].pop(entry.key, None)
        if not index[content_key]:
            del index[content_key]
