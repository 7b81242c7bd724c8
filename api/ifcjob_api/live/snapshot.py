"""The first event of a stream: the present jobs and queues."""

from collections.abc import Collection
from heapq import nlargest
from itertools import chain
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from ifcjob_api.live.state import Live


def snapshot(live: "Live", namespaces: Collection[str], job: str | None, limit: int) -> bytes:
    """Return the encoded event: unfinished jobs first, then the newest, and all queues."""
    if job is None:
        present = chain.from_iterable(live.jobs.all(namespace) for namespace in namespaces)
        jobs = nlargest(limit, present, key=lambda entry: (not entry.is_finished, entry.created))
        total = sum(live.jobs.count(namespace) for namespace in namespaces)
        queues = [entry.summary for namespace in namespaces for entry in live.queues.all(namespace)]
    else:
        candidates = (live.jobs.get((namespace, job)) for namespace in namespaces)
        jobs = [entry for entry in candidates if entry is not None]
        total, queues = len(jobs), []
    stale = orjson.dumps(int(live.stale_seconds()))
    event_id = live.ring.event_id(live.ring.position - 1).encode()
    body = b"id: %b\nevent: snapshot\ndata: " % event_id
    body += b'{"jobs":[%b],"totalJobs":%d,"queues":[%b],"staleSeconds":%b}\n\n' % (
        b",".join(entry.summary for entry in jobs),
        total,
        b",".join(queues),
        stale,
    )
    return body
