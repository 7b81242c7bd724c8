"""Places of waiting jobs in their queues, in the operator's order: by priority, then age, then name."""

from collections import defaultdict
from collections.abc import Iterable

from ifcjob_api.live.entries import JobEntry

WAITING = "Queued"


def positions(page: Iterable[JobEntry], jobs: Iterable[JobEntry]) -> dict[str, int]:
    """Return the places of the page's waiting jobs among all jobs of the namespace; 1 starts next."""
    queue_of = {entry.key[1]: entry.queue for entry in page if entry.phase == WAITING}
    if not queue_of:
        return {}
    waiting: defaultdict[str, list[tuple[int, float, str]]] = defaultdict(list)
    queues = frozenset(queue_of.values())
    for entry in jobs:
        if entry.phase == WAITING and entry.queue in queues:
            waiting[entry.queue].append((-entry.priority, entry.created, entry.key[1]))
    places = {name: place for ranks in waiting.values() for place, (_, _, name) in enumerate(sorted(ranks), start=1)}
    return {name: places[name] for name in queue_of}
