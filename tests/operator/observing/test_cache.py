"""The operator's cache: no older versions, no deleted objects, and little of finished ones."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ifcjob.labels import ATTEMPT_LABEL, IFCJOB_LABEL
from ifcjob_operator.observing.cache import MAX_TOMBSTONES, Cache
from ifcjob_operator.observing.content_index import ContentIndex
from ifcjob_operator.observing.entry import Entry
from ifcjob_operator.planning.attempts import under_way
from ifcjob_operator.planning.observation import CachedResult

KubeObject = dict[str, Any]
KEY = ("bim", "house")
ATTEMPT = {"number": 1, "jobName": "house-1", "admittedAt": "2026-03-01T11:00:00Z"}


def ifcjob(version: int, phase: str = "Queued", *, name: str = "house", uid: str = "u1", **status: Any) -> KubeObject:
    """Make an IfcJob as a watch delivers it."""
    metadata: dict[str, Any] = {"namespace": "bim", "name": name, "uid": uid, "resourceVersion": str(version)}
    metadata |= {"creationTimestamp": "2026-03-01T12:00:00Z", "generation": 1}
    spec = {"source": {"s3": {"bucket": "models", "key": "house.ifc"}}, "queue": "default", "cache": "Use"}
    return {"metadata": metadata, "spec": spec, "status": {"phase": phase, **status}}


def job(version: int, number: int = 1, *, uid: str = "u1", ended: bool = False, active: int = 1) -> KubeObject:
    """Make an attempt's Job as a watch delivers it."""
    metadata: dict[str, Any] = {
        "namespace": "bim",
        "name": f"house-{number}",
        "uid": f"job-{number}",
        "resourceVersion": str(version),
    }
    metadata |= {
        "creationTimestamp": "2026-03-01T12:00:00Z",
        "labels": {IFCJOB_LABEL: "house", ATTEMPT_LABEL: str(number)},
        "ownerReferences": [{"controller": True, "kind": "IfcJob", "uid": uid}],
    }
    conditions = [{"type": "Complete", "status": "True"}] if ended else []
    return {"metadata": metadata, "spec": {}, "status": {"active": active, "conditions": conditions}}


def succeeded(version: int, name: str = "house", uid: str = "u1", key: str = "k" * 64, at: str = "01") -> KubeObject:
    """Make a finished IfcJob with a result."""
    result = {"manifest": f"s3://artifacts/{name}/manifest.json", "summary": {"elements": 7}}
    return ifcjob(
        version,
        "Succeeded",
        name=name,
        uid=uid,
        contentKey=key,
        input={"uri": f"s3://models/{name}.ifc", "sha256": name},
        result=result,
        finishedAt=f"2026-03-01T12:{at}:00Z",
    )


def test_an_older_or_equal_version_changes_nothing() -> None:
    cache = Cache()
    assert cache.take_ifcjob(ifcjob(10)) is not None
    assert cache.take_ifcjob(ifcjob(10)) is None
    assert cache.take_ifcjob(ifcjob(9, "Running")) is None
    entry = cache.take_ifcjob(ifcjob(11, "Running"))
    assert entry is not None
    assert entry.ifcjob.status.phase == "Running"


@pytest.mark.parametrize(
    ("attempts", "is_under_way"),
    [([], False), ([ATTEMPT], True), ([ATTEMPT | {"finishedAt": "2026-03-01T12:00:00Z"}], False)],
)
def test_the_last_attempt_is_under_way_until_it_has_ended(attempts: list[KubeObject], *, is_under_way: bool) -> None:
    entry = Cache().take_ifcjob(ifcjob(1, attempts=attempts))
    assert entry is not None
    assert entry.is_under_way is is_under_way
    assert (under_way(entry.ifcjob.status) is not None) is is_under_way, "the rule of plans"


def test_a_finished_job_whose_pod_is_no_longer_ready_ends_within_seconds() -> None:
    """Else an injected sidecar would keep the slot for the whole grace period."""
    cache = Cache()
    entry = cache.take_ifcjob(ifcjob(1, "Succeeded"))
    assert entry is not None
    entry.job_ends_by = grace_end = datetime.now(UTC) + timedelta(seconds=10)
    for version, ready in ((2, 0), (3, 1)):
        cache.take_job(job(version) | {"status": {"active": 1, "ready": ready}})
        assert entry.job_ends_by == grace_end
    assert cache.take_job(job(4) | {"status": {"active": 1, "ready": 0}}) is entry
    assert entry.job_ends_by < grace_end - timedelta(seconds=5)


def test_versions_are_compared_as_numbers() -> None:
    cache = Cache()
    cache.take_ifcjob(ifcjob(9))
    assert cache.take_ifcjob(ifcjob(10, "Running")) is not None


def test_a_new_ifcjob_of_the_same_name_replaces_the_old_one_and_its_jobs() -> None:
    cache = Cache()
    cache.take_ifcjob(ifcjob(10, contentKey="old"))
    cache.take_job(job(11))
    entry = cache.take_ifcjob(ifcjob(20, uid="u2", contentKey="new"))
    assert entry is not None
    assert entry.uid == "u2"
    assert entry.jobs == {}
    assert cache.take_job(job(21)) is None, "of the former IfcJob"
    assert cache.take_ifcjob(ifcjob(15)) is None, "the former one"
    assert cache.drop_ifcjob(ifcjob(12)) is None
    assert cache.get(KEY) is entry


def test_a_late_answer_does_not_restore_a_deleted_object() -> None:
    cache = Cache()
    cache.take_ifcjob(ifcjob(10))
    cache.take_job(job(11))
    assert cache.drop_job(job(12)) is not None
    assert cache.take_job(job(11, active=0)) is None
    assert cache.drop_ifcjob(ifcjob(13)) is not None
    assert cache.take_ifcjob(ifcjob(12, "Running")) is None
    assert cache.get(KEY) is None
    assert len(cache) == 0


def test_tombstones_are_limited() -> None:
    cache = Cache()
    for n in range(MAX_TOMBSTONES + 10):
        cache.drop_ifcjob(ifcjob(n, uid=f"u{n}"))
    remembered = [cache.is_deleted(ifcjob(1, uid=f"u{n}")) for n in range(MAX_TOMBSTONES + 10)]
    assert remembered == [False] * 10 + [True] * MAX_TOMBSTONES


def test_jobs_before_their_ifcjob_are_kept_and_those_of_others_are_not() -> None:
    cache = Cache()
    assert cache.take_job(job(5)) is None
    assert cache.take_job(job(6, 2, uid="another")) is None
    entry = cache.take_ifcjob(ifcjob(7))
    assert entry is not None
    assert list(entry.jobs) == ["house-1"]
    cache.drop_ifcjob(ifcjob(8))
    entry = cache.take_ifcjob(ifcjob(9, uid="another"))
    assert entry is not None
    assert entry.jobs == {}, "the Job of another uid is not kept"


def test_deleted_jobs_without_an_ifcjob_are_forgotten() -> None:
    cache = Cache()
    cache.take_job(job(5))
    cache.drop_job(job(6))
    tracemalloc.start()
    jobs = [job(n, n) for n in range(1000)]
    before = tracemalloc.get_traced_memory()[0]
    for item in jobs:
        cache.take_job(item)
    kept = tracemalloc.get_traced_memory()[0] - before
    for item in jobs:
        cache.drop_job(item)
    assert tracemalloc.get_traced_memory()[0] - before < kept / 4
    tracemalloc.stop()
    entry = cache.take_ifcjob(ifcjob(7))
    assert entry is not None
    assert entry.jobs == {}


def test_a_job_wakes_its_ifcjob_only_when_its_view_changes() -> None:
    cache = Cache()
    entry = cache.take_ifcjob(ifcjob(1))
    assert cache.take_job(job(2)) is entry
    assert cache.take_job(job(3)) is None, "nothing that decides anything"
    assert cache.take_job(job(4, ended=True, active=0)) is entry
    assert cache.take_job(job(3)) is None
    assert entry is not None
    observed = entry.job("house-1")
    assert observed is not None
    assert observed.complete


def test_deleting_a_job_keeps_a_newer_one_of_the_same_name() -> None:
    cache = Cache()
    cache.take_ifcjob(ifcjob(1))
    cache.take_job(job(2))
    former = job(3)
    former["metadata"]["uid"] = "former"
    assert cache.drop_job(former) is None
    entry = cache.get(KEY)
    assert entry is not None
    assert "house-1" in entry.jobs
    cache.forget_job(KEY, "house-1")
    assert entry.jobs == {}


def test_a_job_missing_from_a_get_may_arrive_with_a_late_watch_event() -> None:
    cache = Cache()
    cache.take_ifcjob(ifcjob(1))
    cache.forget_job(KEY, "house-1")
    assert cache.take_job(job(2)) is not None


def test_a_finished_ifcjob_keeps_few_fields_and_no_ended_jobs() -> None:
    cache = Cache()
    cache.take_ifcjob(ifcjob(1, "Running"))
    cache.take_job(job(2))
    cache.take_job(job(3, 2, ended=True))
    done = succeeded(4)
    done["metadata"]["managedFields"] = [{"manager": "x" * 1000}]
    done["spec"]["pod"] = {"labels": {"team": "x" * 1000}}
    done["status"]["conditions"] = [{"message": "x" * 1000}]
    entry = cache.take_ifcjob(done)
    assert entry is not None
    assert entry.is_finished
    assert "x" * 100 not in str(entry.item)
    assert list(entry.jobs) == ["house-1"], "one that still runs is to be stopped"
    assert cache.take_job(job(5, ended=True)) is None
    assert entry.jobs == {}
    assert entry.ifcjob.status.phase == "Succeeded"
    assert cache.result_for("k" * 64) is not None


def test_the_newest_result_offered_for_a_content_key_is_returned() -> None:
    cache = Cache()
    cache.take_ifcjob(succeeded(1, "old", "u1", at="01"))
    cache.take_ifcjob(succeeded(2, "new", "u2", at="05"))
    cache.take_ifcjob(ifcjob(3, "Failed", name="failed", uid="u3", contentKey="k" * 64))
    secretive = succeeded(4, "off", "u4", at="09")
    secretive["spec"]["cache"] = "Off"
    cache.take_ifcjob(secretive)
    result = cache.result_for("k" * 64)
    assert result is not None
    assert result.result.manifest == "s3://artifacts/new/manifest.json"
    assert result.input_sha256 == "new"
    cache.drop_ifcjob(ifcjob(9, name="new", uid="u2"))
    result = cache.result_for("k" * 64)
    assert result is not None
    assert result.result.manifest == "s3://artifacts/old/manifest.json"
    assert cache.result_for("other") is None
    foreign = succeeded(10, "foreign", "u5", at="30")
    foreign["status"]["result"] = {"manifest": 7}
    cache.take_ifcjob(foreign)
    result = cache.result_for("k" * 64)
    assert result is not None
    assert result.result.manifest == "s3://artifacts/old/manifest.json", "that of another release cannot be read"


def test_ifcjobs_with_same_content_are_found_by_any_key() -> None:
    cache = Cache()
    first = cache.take_ifcjob(ifcjob(1, name="a", uid="u1"))
    second = cache.take_ifcjob(ifcjob(2, name="b", uid="u2", contentKey="sha"))
    assert first is not None
    assert second is not None
    assert list(cache.not_waiting_with_same_content(first)) == []
    cache.index(first, "etag", "sha")
    assert list(cache.not_waiting_with_same_content(first)) == [second]
    assert list(cache.not_waiting_with_same_content(second)) == [first]
    private = ifcjob(3, name="a", uid="u1")
    private["spec"]["cache"] = "Off"
    cache.take_ifcjob(private)
    assert list(cache.not_waiting_with_same_content(second)) == []
    cache.drop_ifcjob(ifcjob(4, name="a", uid="u1"))
    cache.drop_ifcjob(ifcjob(4, name="b", uid="u2"))
    cache.index(first, "late")
    third = cache.take_ifcjob(ifcjob(5, name="c", uid="u3", contentKey="late"))
    assert third is not None
    assert list(cache.not_waiting_with_same_content(third)) == []


def test_cached_results_are_forgotten_once_and_by_those_without_an_attempt_only() -> None:
    cache = Cache()
    statuses: list[dict[str, Any]] = [{}, {"attempts": [{"number": 1}]}, {"phase": "Failed"}, {}]
    for n, status in enumerate(statuses):
        entry = cache.take_ifcjob(ifcjob(n + 1, name=f"h{n}", uid=f"u{n}", contentKey="k" * 64, **status))
        assert entry is not None
        entry.facts.cached_result = CachedResult("k" * 64) if n < 3 else None
        cache.index(entry)
    last = cache.get(("bim", "h3"))
    assert last is not None
    assert cache.forget_looked_up(last, lambda _: True, first_only=True) == [], "none waits for another one"
    forgotten = cache.forget_looked_up(last, lambda _: True, first_only=False)
    assert [entry.key[1] for entry in forgotten] == ["h0"]
    assert forgotten[0].facts.cached_result is None
    assert cache.forget_looked_up(last, lambda _: True, first_only=False) == []


@pytest.mark.parametrize(("startable", "woken"), [({"h1", "h2"}, "h1"), (set(), "h0")])
def test_of_those_that_wait_one_that_may_start_is_woken(startable: set[str], woken: str) -> None:
    cache = Cache()
    waits = [{"type": "Admitted", "status": "False", "reason": "WaitingForIdentical"}]
    for n in range(4):
        status: dict[str, Any] = {"conditions": waits} if n < 3 else {}
        entry = cache.take_ifcjob(ifcjob(n + 1, name=f"h{n}", uid=f"u{n}", contentKey="k" * 64, **status))
        assert entry is not None
        entry.facts.cached_result = CachedResult("k" * 64) if n < 3 else None
        cache.index(entry)
    last = cache.get(("bim", "h3"))
    assert last is not None
    forgotten = cache.forget_looked_up(last, lambda entry: entry.key[1] in startable, first_only=True)
    assert [entry.key[1] for entry in forgotten] == [woken]


def test_thousands_that_wait_for_identical_content_are_passed_over() -> None:
    cache = Cache()
    waits = [{"type": "Admitted", "status": "False", "reason": "WaitingForIdentical"}]
    for n in range(50):
        conditions = [] if n == 30 else waits
        cache.take_ifcjob(ifcjob(n + 1, name=f"h{n}", uid=f"u{n}", contentKey="k" * 64, conditions=conditions))
    first, ahead = cache.get(("bim", "h0")), cache.get(("bim", "h30"))
    assert first is not None
    assert ahead is not None
    assert list(cache.not_waiting_with_same_content(first)) == [ahead]
    assert list(cache.not_waiting_with_same_content(ahead)) == []
    cache.take_ifcjob(ifcjob(100, name="h30", uid="u30", contentKey="k" * 64, conditions=waits))
    assert list(cache.not_waiting_with_same_content(first)) == []
    cache.take_ifcjob(ifcjob(101, name="h7", uid="u7", contentKey="k" * 64, conditions=[]))
    assert [other.key[1] for other in cache.not_waiting_with_same_content(first)] == ["h7"]
    cache.take_ifcjob(succeeded(102, "h7", "u7"))
    assert list(cache.not_waiting_with_same_content(first)) == []


def test_the_content_index_is_empty_after_its_entries_are_removed() -> None:
    index = ContentIndex()
    entries = [
        Entry.of(ifcjob(1, name="a", uid="u1", contentKey="sha")),
        Entry.of(succeeded(1, "b", "u2")),
    ]
    for entry in entries:
        index.add(entry, "etag")
    assert len(index) == 4, "two keys of a result, two of one that does not wait"
    for entry in entries:
        index.remove(entry)
    assert len(index) == 0


def test_finished_ifcjobs_are_not_among_those_with_same_content() -> None:
    cache = Cache()
    for n in range(50):
        cache.take_ifcjob(ifcjob(n + 1, name=f"h{n}", uid=f"u{n}", contentKey="k" * 64))
    for n in range(48):
        cache.take_ifcjob(succeeded(n + 100, f"h{n}", f"u{n}"))
    last = cache.get(("bim", "h49"))
    assert last is not None
    assert [other.key[1] for other in cache.not_waiting_with_same_content(last)] == ["h48"]
    cache.take_ifcjob(succeeded(200, "h48", "u48"))
    cache.take_ifcjob(succeeded(201, "h49", "u49"))
    assert list(cache.not_waiting_with_same_content(last)) == []
    assert cache.result_for("k" * 64) is not None


EVENTS = st.lists(st.tuples(st.sampled_from(["take", "drop", "job", "gone"]), st.integers(1, 30), st.integers(1, 3)))


@given(EVENTS)
def test_the_newest_version_stays_in_any_order_of_events(events: list[tuple[str, int, int]]) -> None:
    """uids are made in the order of their numbers: uid `n` has versions from 100n."""
    cache, highest, gone = Cache(), (0, 0), set[int]()
    for what, version, uid in events:
        number = 100 * uid + version
        match what:
            case "take":
                cache.take_ifcjob(ifcjob(number, uid=f"u{uid}"))
                if uid not in gone:
                    newer = max(highest, (uid, number))
                    if newer[0] != highest[0] and highest[0]:
                        gone.add(highest[0])
                    highest = newer
            case "drop":
                cache.drop_ifcjob(ifcjob(number, uid=f"u{uid}"))
                gone.add(uid)
                if highest[0] == uid:
                    highest = (0, 0)
            case "job":
                cache.take_job(job(number, uid=f"u{uid}", active=uid))
            case _:
                cache.drop_job(job(number, uid=f"u{uid}"))
        entry = cache.get(KEY)
        assert highest == (0, 0) if entry is None else (entry.uid, entry.version) == (f"u{highest[0]}", highest[1])
        if entry is not None:
            assert all(f"u{seen.active}" == entry.uid for _, seen in entry.jobs.values())


@pytest.mark.parametrize(("phase", "kibibytes"), [("Succeeded", 3), ("Queued", 4)])
def test_ten_thousand_ifcjobs_are_small(phase: str, kibibytes: int) -> None:
    cache = Cache()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for n in range(10_000):
        item = succeeded(n + 1, f"house-{n:05}", f"00000000-0000-0000-0000-{n:012}", key=f"{n:064}")
        item["metadata"]["managedFields"] = [{"manager": f"{n}" * 50, "fieldsV1": {f"f:{n}": {}}}]
        item["status"]["conditions"] = [{"type": "Complete", "status": "True", "message": f"{n} " * 50}] * 4
        item["status"]["attempts"] = [{"number": 1, "jobName": f"house-{n}-1", "memoryLimit": f"{n}Mi"}]
        item["status"]["phase"] = phase
        cache.take_ifcjob(item)
        del item
    average = (tracemalloc.get_traced_memory()[0] - before) / 10_000
    tracemalloc.stop()
    assert average < kibibytes * 1024
