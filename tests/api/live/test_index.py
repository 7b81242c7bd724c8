"""The index: the newest version wins, deletions are final, and a list replaces what is older than it."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from ifcjob_api.live.entries import JobEntry, job_entry
from ifcjob_api.live.index import Index
from tests.support.async_tests import finish
from tests.support.scripted_kubernetes import job

KEY = ("bim", "house")


def index() -> tuple[Index[JobEntry], list[tuple[str, int, bool]]]:
    changes: list[tuple[str, int, bool]] = []
    return Index(job_entry, lambda entry, deleted: changes.append((entry.key[1], entry.version, deleted))), changes


def phase(jobs: Index[JobEntry]) -> str | None:
    entry = jobs.get(KEY)
    return None if entry is None else entry.phase


def test_an_older_version_changes_nothing() -> None:
    jobs, changes = index()
    jobs.apply(job("house", 5, "Running"))
    jobs.apply(job("house", 4, "Queued"))
    jobs.apply(job("house", 5, "Queued"))
    assert phase(jobs) == "Running"
    assert changes == [("house", 5, False)]


def test_a_late_answer_does_not_bring_a_deleted_job_back() -> None:
    jobs, _ = index()
    jobs.apply(job("house", 5))
    jobs.remove(job("house", 7))
    jobs.apply(job("house", 6, "Running"))
    assert phase(jobs) is None
    jobs.apply(job("house", 8, uid="another"))
    assert phase(jobs) == "Queued"


def test_the_deletion_of_a_former_job_of_the_same_name_changes_nothing() -> None:
    jobs, changes = index()
    jobs.apply(job("house", 9, uid="new"))
    jobs.remove(job("house", 8, uid="old"))
    assert phase(jobs) == "Queued"
    assert changes == [("house", 9, False)]


def test_a_list_removes_what_it_lacks_but_not_what_is_newer() -> None:
    jobs, changes = index()
    for name, version in (("house", 5), ("tower", 6), ("bridge", 12)):
        jobs.apply(job(name, version))
    changes.clear()
    jobs.replace("bim", [job("house", 10, "Running")], 10)
    assert sorted(entry.key[1] for entry in jobs.all("bim")) == ["bridge", "house"]
    assert changes == [("house", 10, False), ("tower", 6, True)]


def test_a_list_of_one_namespace_keeps_the_others() -> None:
    jobs, _ = index()
    other = job("house", 5)
    other["metadata"]["namespace"] = "night"
    jobs.apply(other)
    jobs.apply(job("house", 5, uid="b"))
    jobs.replace("bim", [], 10)
    assert jobs.namespaces() == ["night"]
    jobs.replace(None, [], 10)
    assert jobs.namespaces() == []


def test_a_waiter_wakes_at_a_change_of_its_job_only() -> None:
    async def use() -> tuple[bool, bool]:
        jobs, _ = index()
        waiting = asyncio.create_task(jobs.changed(KEY, 5))
        await asyncio.sleep(0)
        jobs.apply(job("tower", 1))
        await asyncio.sleep(0.01)
        early = waiting.done()
        jobs.apply(job("house", 2))
        await asyncio.sleep(0.01)
        return early, waiting.done()

    assert finish(use()) == (False, True)


@given(st.permutations(range(8)), st.sets(st.integers(0, 7)))
def test_the_order_of_arrival_does_not_matter(order: list[int], deletions: set[int]) -> None:
    jobs, _ = index()
    last = max(range(8)) if not deletions else min(deletions)
    for version in order:
        if version in deletions:
            jobs.remove(job("house", version + 1))
        else:
            jobs.apply(job("house", version + 1, "Running"))
    entry = jobs.get(KEY)
    if deletions:
        assert entry is None, f"deleted at {last}"
    else:
        assert entry is not None
        assert entry.version == 8
