"""Lists over the index: filtered, sorted, and in pages whose cursor is a position in the order, not a number."""

import base64
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

import orjson
from pydantic import ConfigDict, Field

from ifcjob.http.request_type import RequestType
from ifcjob.patterns import DnsLabel, Sha256
from ifcjob.status import Phase
from ifcjob_api.live.entries import JobEntry
from ifcjob_api.live.index import Index
from ifcjob_api.live.sorted_view import Position, SortedView
from ifcjob_api.problems import Problem

SortField = Literal["createdAt", "startedAt", "finishedAt", "name", "phase", "priority", "queue"]
_VALUES: dict[str, Callable[[JobEntry], float | str]] = {
    "createdAt": lambda entry: entry.created,
    "startedAt": lambda entry: entry.started,
    "finishedAt": lambda entry: entry.finished,
    "name": lambda entry: entry.key[1],
    "phase": lambda entry: entry.phase,
    "priority": lambda entry: entry.priority,
    "queue": lambda entry: entry.queue,
}
assert set(_VALUES) == set(get_args(SortField))


class JobQuery(RequestType):
    """Filters, order and page of a list of jobs."""

    model_config = ConfigDict(frozen=True)

    phase: tuple[Phase, ...] = Field(default=(), max_length=7)
    """Only jobs in one of these phases."""
    queue: DnsLabel | None = None
    """Only jobs of this queue."""
    owner: str | None = Field(default=None, max_length=255)
    """Only jobs that this user created."""
    label: tuple[Annotated[str, Field(pattern="^[^=]{1,317}=[^=]{0,63}$")], ...] = Field(default=(), max_length=8)
    """Only jobs with these labels, each as `name=value`."""
    sha256: Sha256 | None = None
    """Only jobs of this content."""
    q: str = Field(default="", max_length=200)
    """Words to find in name, file name, owner, labels, reason and message."""
    sort: SortField = "createdAt"
    """Field to sort by."""
    descending: bool = True
    """Whether the newest or greatest come first."""
    overview: bool = False
    """Whether to count the jobs per phase, and to find the places of waiting jobs in their queues."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    """Size of a page."""
    cursor: str | None = Field(default=None, max_length=1000)
    """`nextCursor` of the page before."""

    def filters(self) -> list[Callable[[JobEntry], bool]]:
        """Return the conditions that a job has to meet besides its phase, the cheapest first."""
        filters: list[Callable[[JobEntry], bool]] = []
        if self.queue is not None:
            filters.append(lambda entry: entry.queue == self.queue)
        if self.owner is not None:
            filters.append(lambda entry: entry.owner == self.owner)
        if self.sha256 is not None:
            filters.append(lambda entry: entry.sha256 == self.sha256)
        filters += [_has_label(*text.split("=", 1)) for text in self.label]
        return filters + [_has_word(word) for word in self.q.lower().split()]

    def position(self) -> Position | None:
        """Return the position that the cursor names; raises Problem for the cursor of another list."""
        if self.cursor is None:
            return None
        try:
            padded = self.cursor + "=" * (-len(self.cursor) % 4)
            sort, descending, value, name = orjson.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        except (ValueError, TypeError):
            raise _invalid_cursor() from None
        kind = str if sort in ("name", "phase", "queue") else int | float
        if (sort, descending) != (self.sort, self.descending) or not (
            isinstance(value, kind) and isinstance(name, str)
        ):
            raise _invalid_cursor()
        return value, name


@dataclass(frozen=True)
class JobPage:
    """A part of a list."""

    entries: Sequence[JobEntry]
    total: int
    """Number of jobs that pass the filters."""
    next_cursor: str | None
    phases: dict[str, int] | None
    """Number of jobs per phase that pass the other filters."""


class SortedJobs:
    """The jobs in every order that a request has named."""

    def __init__(self, index: Index[JobEntry]) -> None:
        self._index = index
        self._views: dict[str, dict[str, SortedView]] = {}

    def changed(self, entry: JobEntry, *, deleted: bool) -> None:
        """Take a change of the index."""
        for view in self._views.get(entry.key[0], {}).values():
            view.change(entry, deleted=deleted)

    def page(self, namespace: str, query: JobQuery) -> JobPage:
        """Return one page."""
        position, key = query.position(), _key(query.sort)
        matching = self._in_order(namespace, query.sort)
        for condition in query.filters():
            matching = [entry for entry in matching if condition(entry)]
        phases = dict(Counter(entry.phase for entry in matching)) if query.overview else None
        if query.phase:
            matching = [entry for entry in matching if entry.phase in query.phase]
        if query.descending:
            end = len(matching) if position is None else bisect_left(matching, position, key=key)
            entries = matching[max(0, end - query.limit) : end][::-1]
            has_more = end > query.limit
        else:
            start = 0 if position is None else bisect_right(matching, position, key=key)
            entries = matching[start : start + query.limit]
            has_more = start + query.limit < len(matching)
        next_cursor = _cursor(query, key(entries[-1])) if has_more and entries else None
        return JobPage(entries, len(matching), next_cursor, phases)

    def _in_order(self, namespace: str, sort: str) -> list[JobEntry]:
        if not self._index.count(namespace):
            return []
        views = self._views.setdefault(namespace, {})
        if sort not in views:
            views[sort] = SortedView(_key(sort), self._index.all(namespace))
        return views[sort].entries


def _key(sort: str) -> Callable[[JobEntry], Position]:
    value = _VALUES[sort]
    return lambda entry: (value(entry), entry.key[1])


def _cursor(query: JobQuery, position: Position) -> str:
    content: list[Any] = [query.sort, query.descending, *position]
    return base64.urlsafe_b64encode(orjson.dumps(content)).decode().rstrip("=")


def _has_label(name: str, value: str) -> Callable[[JobEntry], bool]:
    return lambda entry: entry.labels.get(name) == value


def _has_word(word: str) -> Callable[[JobEntry], bool]:
    return lambda entry: word in entry.text


def _invalid_cursor() -> Problem:
    return Problem(400, "InvalidCursor", "The cursor does not belong to this list: begin without one.")
