"""The URLs of a pod end with a session: they are renewed while it waits and while it runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ifcjob_operator.plan import plan
from ifcjob_operator.planning.policy import Policy
from tests.operator.planning.test_under_way import progress
from tests.support.builders import NOW, a_job, an_ifcjob, observed, running, starting

if TYPE_CHECKING:
    from ifcjob_operator.planning.observation import Observed

SESSIONS = Policy(renews_urls=True)
STARTING = observed(an_ifcjob(status=starting(seconds=1)), job=a_job())
RUNNING = observed(an_ifcjob(status=running()), job=a_job(ready=1))

under_way = pytest.mark.parametrize("observation", [STARTING, RUNNING], ids=["starting", "running"])


@under_way
def test_urls_are_renewed_when_half_of_their_time_is_over(observation: Observed) -> None:
    waits = plan(replace(observation, renew_urls_at=NOW + timedelta(seconds=1)), SESSIONS, NOW)
    assert not waits.ensure_secret
    assert waits.recheck_at == NOW + timedelta(seconds=1)
    assert plan(replace(observation, renew_urls_at=NOW), SESSIONS, NOW).ensure_secret


@under_way
def test_paths_and_other_servers_urls_are_not_renewed(observation: Observed) -> None:
    assert not plan(observation, SESSIONS, NOW).ensure_secret


def test_a_restarted_operator_renews_urls_at_once() -> None:
    restarted = replace(RUNNING, secret_ensured=False)
    assert plan(restarted, SESSIONS, NOW).ensure_secret
    assert not plan(restarted, Policy(), NOW).ensure_secret


def test_a_renewal_waits_until_the_progress_is_written() -> None:
    """Signing fails while the STS server is down: the status must not wait for it."""
    decision = plan(replace(RUNNING, renew_urls_at=NOW, progress=progress(50, 0)), SESSIONS, NOW)
    assert decision.status is not None
    assert not decision.ensure_secret
    assert decision.recheck_at == NOW
