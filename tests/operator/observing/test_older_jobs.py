"""Jobs that a plan may delete as stale: those of earlier attempts, never of one that the cache has not seen."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from ifcjob_operator.observing.cache import Cache
from ifcjob_operator.observing.observe import Observer, PassFacts
from ifcjob_operator.queueing.queues import Queues
from tests.support.builders import a_job, an_ifcjob, finished, manifest_of, starting

if TYPE_CHECKING:
    from ifcjob.status import IfcJobStatus


@pytest.mark.parametrize(
    ("status", "attempts"),
    [
        pytest.param(starting(number=2), [1], id="second attempt"),
        pytest.param(None, [], id="another leader has just started it"),
        pytest.param(finished(), [1, 2, 3], id="finished"),
    ],
)
def test_jobs_above_the_last_known_attempt_are_not_stale(status: IfcJobStatus | None, attempts: list[int]) -> None:
    cache = Cache()
    entry = cache.take_ifcjob(manifest_of(an_ifcjob(status=status)))
    assert entry is not None
    entry.jobs = {job.name: (1, job) for job in (a_job(1), a_job(2), a_job(3))}
    nothing = cast("Any", None)
    observer = Observer(cache, Queues(timedelta(minutes=10)), nothing, nothing, None)
    observed = observer.observe(entry, PassFacts())
    assert sorted(job.attempt for job in observed.older_jobs) == attempts
