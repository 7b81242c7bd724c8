"""Lists over the index: filtered, sorted, and in pages whose cursor is a position in the order, not a number."""

import base64
from bisect import bisect_left, bisect_right
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
Position = tuple[float | str, str]


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
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    """Size of a page."""
    cursor: str | None = Field(default=None, max_length=1000)
    """`nextCursor` of the page before."""

    def filter(self) -> Callable[[JobEntry], bool]:
        """Return whether a job passes the filters, as a function."""
        words, labels = self.q.lower().split(), [(name, value) for name, _, value in map(_partition, self.label)]

        def matches(entry: JobEntry) -> bool:
            return (
                (not self.phase or entry.phase in self.phase)
                and (self.queue is None or entry.queue == self.queue)
                and (self.owner is None or entry.owner == self.owner)
                and (self.sha256 is None or entry.sha256 == self.sha256)
                and all(entry.labels.get(name) == value for name, value in labels)
                and all(word in entry.text for word in words)
            )

        return matches

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


class SortedJobs:
    """The jobs of a namespace in every requested order; sorted again after a change only."""

    def __init__(self, index: Index[JobEntry]) -> None:
        self._index = index
        self._sorted: dict[tuple[str, str], tuple[int, list[JobEntry]]] = {}

    def page(self, namespace: str, query: JobQuery) -> JobPage:
        """Return one page."""
        position, matches = query.position(), query.filter()
        matching = [entry for entry in self._in_order(namespace, query.sort) if matches(entry)]
        key = _key(query.sort)
        if query.descending:
            end = len(matching) if position is None else bisect_left(matching, position, key=key)
            entries = matching[max(0, end - query.limit) : end][::-1]
            has_more = end > query.limit
        else:
            start = 0 if position is None else bisect_right(matching, position, key=key)
            entries = matching[start : start + query.limit]
            has_more = start + query.limit < len(matching)
        return JobPage(entries, len(matching), _cursor(query, key(entries[-1])) if has_more and entries else None)

    def _in_order(self, namespace: str, sort: str) -> list[JobEntry]:
        changes = self._index.changes(namespace)
        known = self._sorted.get((namespace, sort))
        if known is None or known[0] != changes:
            known = changes, sorted(self._index.all(namespace), key=_key(sort))
            self._sorted[namespace, sort] = known
        return known[1]


def _key(sort: str) -> Callable[[JobEntry], Position]:
    value = _VALUES[sort]
    return lambda entry: (value(entry), entry.key[1])


def _cursor(query: JobQuery, position: Position) -> str:
    content: list[Any] = [query.sort, query.descending, *position]
    return base64.urlsafe_b64encode(orjson.dumps(content)).decode().rstrip("=")


def _partition(text: str) -> tuple[str, str, str]:
    return text.partition("=")


def _invalid_cursor() -> Problem:
    return Problem(400, "InvalidCursor", "The cursor does not belong to this list: begin without one.")
