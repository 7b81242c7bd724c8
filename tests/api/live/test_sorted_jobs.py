"""Pages of sorted and filtered jobs equal those of a plain sort, whatever changes between them."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ifcjob_api.live.entries import JobEntry, job_entry
from ifcjob_api.live.index import Index
from ifcjob_api.live.job_queries import JobQuery, SortedJobs, SortField
from tests.support.scripted_kubernetes import job

PHASES = ("Queued", "Running", "Failed")
CHANGE = st.tuples(st.integers(0, 9), st.sampled_from((*PHASES, "deleted")), st.integers(0, 3))
SORTED_BY = {
    "name": lambda item: (item["name"], item["name"]),
    "priority": lambda item: (item["priority"], item["name"]),
}


def jobs_after(changes: list[tuple[int, str, int]], sort: str) -> tuple[SortedJobs, dict[str, Any]]:
    """Apply changes while a view exists; return it and the expected jobs."""
    sorted_jobs: SortedJobs
    index: Index[JobEntry] = Index(job_entry, lambda entry, deleted: sorted_jobs.changed(entry, deleted=deleted))
    sorted_jobs = SortedJobs(index)
    expected: dict[str, Any] = {}
    for version, (number, phase, priority) in enumerate(changes, start=1):
        name = f"h{number}"
        uid = f"{name}-{version}" if name not in expected else expected[name]["uid"]
        item = job(name, version, phase, uid, priority=priority)
        if phase == "deleted":
            index.remove(item)
            expected.pop(name, None)
        else:
            index.apply(item)
            expected[name] = {"name": name, "phase": phase, "priority": priority, "uid": uid}
        sorted_jobs.page("bim", JobQuery(sort=sort))
    return sorted_jobs, expected


@given(st.lists(CHANGE, max_size=30), st.sampled_from(("name", "priority")), st.booleans(), st.sampled_from(PHASES))
def test_pages_equal_a_plain_sort(changes: list[Any], sort: Any, descending: Any, phase: Any) -> None:
    sorted_jobs, expected = jobs_after(changes, sort)
    for filters, kept in (
        ({}, expected.values()),
        ({"phase": (phase,)}, [item for item in expected.values() if item["phase"] == phase]),
    ):
        names = [item["name"] for item in sorted(kept, key=SORTED_BY[sort], reverse=descending)]
        collected: list[str] = []
        cursor: str | None = None
        while True:
            page = sorted_jobs.page(
                "bim", JobQuery(sort=sort, descending=descending, limit=3, cursor=cursor, **filters)
            )
            assert page.total == len(names)
            collected += [entry.key[1] for entry in page.entries]
            if (cursor := page.next_cursor) is None:
                break
        assert collected == names


@pytest.mark.parametrize("sort", get_args(SortField))
def test_a_cursor_survives_the_deletion_of_its_job(sort: Any) -> None:
    index: Index[JobEntry] = Index(job_entry, lambda entry, deleted: sorted_jobs.changed(entry, deleted=deleted))
    sorted_jobs = SortedJobs(index)
    for number in range(6):
        index.apply(job(f"h{number}", number + 1))
    first = sorted_jobs.page("bim", JobQuery(sort=sort, descending=False, limit=3))
    index.remove(job("h2", 100))
    following = sorted_jobs.page("bim", JobQuery(sort=sort, descending=False, limit=3, cursor=first.next_cursor))
    assert [entry.key[1] for entry in following.entries] == ["h3", "h4", "h5"]


def test_an_overview_counts_phases_without_their_filter() -> None:
    index: Index[JobEntry] = Index(job_entry)
    for number, phase in enumerate(("Queued", "Failed", "Failed", "Running")):
        index.apply(job(f"h{number}", number + 1, phase, queue="night" if number == 2 else "default"))
    page = SortedJobs(index).page("bim", JobQuery(phase=("Queued",), queue="default", overview=True))
    assert [entry.key[1] for entry in page.entries] == ["h0"]
    assert page.phases == {"Queued": 1, "Failed": 1, "Running": 1}
    assert SortedJobs(index).page("bim", JobQuery()).phases is None
