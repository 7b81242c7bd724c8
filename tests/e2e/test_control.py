"""User actions on jobs: cancel, delete, suspend, resume, submit twice."""

from pathlib import Path

import pytest

from tests.e2e.conftest import Bucket
from tests.e2e.kube import Kube, Resource, conditions_of, ifcjob, proved, wait_until

pytestmark = pytest.mark.parallel

POD_GONE_SECONDS = 10


@pytest.fixture
def slow(bucket: Bucket, corpus: Path) -> Resource:
    """Return a job that runs for minutes: a large file with a tenth of a CPU."""
    bucket.put("big.ifc", corpus / "janesville.ifc")
    return ifcjob("slow", bucket.name, "big.ifc", resources={"cpu": "100m"})


def test_queued_job_can_be_cancelled(kube: Kube, slow: Resource) -> None:
    kube.apply(_queue("closed", 0))
    kube.apply(slow | {"spec": slow["spec"] | {"queue": "closed"}})
    assert kube.phase("slow") == "Queued"
    kube.patch("ifcjob", "slow", {"cancel": True})
    done = kube.wait_phase("slow", "Cancelled", seconds=20)
    assert not done["status"].get("attempts")
    assert kube.all("job") == []
    proved("a queued job is cancelled without a pod")


def test_starting_job_can_be_cancelled(kube: Kube, slow: Resource) -> None:
    kube.apply(slow | {"spec": slow["spec"] | {"pod": {"nodeSelector": {"no": "node"}}}})
    kube.wait_phase("slow", "Starting", seconds=20)
    _cancel_and_see_it_gone(kube)
    proved("a starting job is cancelled, its pod is gone within ten seconds")


def test_running_job_can_be_cancelled(kube: Kube, slow: Resource) -> None:
    kube.apply(slow)
    kube.wait_phase("slow", "Running", seconds=60)
    _cancel_and_see_it_gone(kube)
    proved("a running job is cancelled, its pod is gone within ten seconds")


def test_deleting_a_running_job_stops_its_pod(kube: Kube, slow: Resource) -> None:
    kube.apply(slow)
    kube.wait_phase("slow", "Running", seconds=60)
    assert kube.all("secret")
    kube.run("delete", "ifcjob", "slow", "--wait=false")
    kube.wait_gone("ifcjob", "slow")
    for kind in ("job", "pod", "secret"):
        wait_until(lambda kind=kind: kube.all(kind) == [], 30, f"no {kind} is left")  # type: ignore[misc]
    proved("a job deleted while it runs leaves no Job, no Secret and no pod")


def test_suspended_job_resumes(kube: Kube, bucket: Bucket, corpus: Path) -> None:
    bucket.put("office.ifc", corpus / "office_a.ifc")
    kube.apply(ifcjob("paused", bucket.name, "office.ifc", resources={"cpu": "150m"}, suspend=True))
    kube.wait_phase("paused", "Suspended", seconds=20)
    kube.patch("ifcjob", "paused", {"suspend": False})
    kube.wait_phase("paused", "Running", seconds=60)
    kube.patch("ifcjob", "paused", {"suspend": True})
    kube.wait_phase("paused", "Suspended", seconds=30)
    wait_until(lambda: kube.all("pod") == [], POD_GONE_SECONDS, "the pod is gone")
    kube.patch("ifcjob", "paused", {"suspend": False})
    done = kube.wait_phase("paused", "Succeeded", seconds=120)
    assert [attempt["reason"] for attempt in done["status"]["attempts"]] == ["Suspended", "Succeeded"]
    assert done["status"].get("retries", 0) == 0
    proved("suspended before the start and while running, resumed twice, succeeded; it cost no retry")


def test_same_file_reuses_the_earlier_result(kube: Kube, bucket: Bucket, corpus: Path) -> None:
    bucket.put("duplex.ifc", corpus / "duplex_arch.ifc")
    bucket.put("copy.ifc", corpus / "duplex_arch.ifc")
    kube.apply(*(ifcjob(f"twin-{n}", bucket.name, "duplex.ifc") for n in range(2)))
    twins = kube.wait_finished("twin-0", "twin-1", seconds=120)
    assert {twin["status"]["phase"] for twin in twins.values()} == {"Succeeded"}
    assert sorted(twin["status"].get("cacheHit", False) for twin in twins.values()) == [False, True]
    assert len({twin["status"]["result"]["manifest"] for twin in twins.values()}) == 1
    digest = next(iter(twins.values()))["status"]["input"]["sha256"]

    copy = ifcjob("copy", bucket.name, "copy.ifc")
    copy["spec"]["source"]["sha256"] = digest
    fresh = ifcjob("fresh", bucket.name, "copy.ifc", cache="Off")
    other = ifcjob("other", bucket.name, "duplex.ifc", operations={"metadata": {}})
    kube.apply(copy, fresh, other)
    later = kube.wait_finished("copy", "fresh", "other", seconds=120)
    assert later["copy"]["status"]["cacheHit"] is True
    assert not later["copy"]["status"].get("attempts")
    assert later["fresh"]["status"].get("cacheHit", False) is False
    assert later["other"]["status"].get("cacheHit", False) is False
    assert len(kube.all("job")) == 3
    proved("of two identical jobs one runs; the same content elsewhere is a hit, other options and cache: Off are not")


def test_queue_admits_by_priority_and_can_be_held(kube: Kube, bucket: Bucket, corpus: Path) -> None:
    bucket.put("openhouse.ifc", corpus / "openhouse.ifc")
    kube.apply(_queue("one", 1) | {"spec": {"slots": 1, "stopPolicy": "Hold"}})
    names = ["low", "middle", "high"]
    for priority, name in enumerate(names):
        kube.apply(ifcjob(name, bucket.name, "openhouse.ifc", queue="one", priority=priority, cache="Off"))
    kube.wait("ifcqueue", "one", lambda queue: queue.get("status", {}).get("pending") == 3, 20, "three wait")
    assert kube.all("job") == []
    kube.patch("ifcqueue", "one", {"stopPolicy": "None"})
    done = kube.wait_finished(*names, seconds=120)
    admitted = {name: done[name]["status"]["admittedAt"] for name in names}
    assert sorted(names, key=admitted.__getitem__) == ["high", "middle", "low"], admitted
    proved("a held queue admits nothing; released with one slot it goes by priority")


def test_full_quota_delays_a_job_without_a_retry(kube: Kube, bucket: Bucket, corpus: Path) -> None:
    bucket.put("openhouse.ifc", corpus / "openhouse.ifc")
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "bim"}, "spec": {"hard": {"pods": "0"}}}
    kube.apply(quota)
    kube.wait("resourcequota", "bim", lambda item: "hard" in item.get("status", {}), 30, "is enforced")
    kube.apply(ifcjob("house", bucket.name, "openhouse.ifc"))
    kube.wait("ifcjob", "house", lambda item: _running_reason(item) == "QuotaExceeded", 60, "names the quota")
    kube.patch("resourcequota", "bim", {"hard": {"pods": "9"}})
    status = kube.wait_phase("house", "Succeeded", seconds=240)["status"]
    assert (len(status["attempts"]), status.get("retries", 0), status.get("infraRestarts", 0)) == (1, 0, 0)
    proved("a full ResourceQuota delays a job, its condition names it, and the same attempt runs when there is room")


def test_limit_range_is_named_and_pod_defaults_meet_it(kube: Kube, bucket: Bucket, corpus: Path) -> None:
    bucket.put("openhouse.ifc", corpus / "openhouse.ifc")
    limits = [{"type": "Container", "max": {"cpu": "600m"}}]
    kube.apply({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "small"}, "spec": {"limits": limits}})
    defaults = {"labels": {"example.com/team": "bim"}, "resources": {"cpu": "500m"}}
    kube.apply(_queue("fits", 2) | {"spec": {"slots": 2, "podDefaults": defaults}})
    fits = ifcjob("fits", bucket.name, "openhouse.ifc", queue="fits", cache="Off")
    del fits["spec"]["resources"]
    kube.apply(fits, ifcjob("large", bucket.name, "openhouse.ifc", resources={"cpu": "2"}, cache="Off"))
    kube.wait("ifcjob", "large", lambda item: _running_reason(item) == "LimitRangeViolated", 60, "names the limit")
    kube.wait("ifcjob", "fits", lambda item: item.get("status", {}).get("phase") != "Queued", 60, "is admitted")
    wait_until(lambda: kube.all("pod", "example.com/team=bim") != [], 60, "a pod has the label of the queue")
    assert kube.wait_finished("fits", seconds=240)["fits"]["status"]["phase"] == "Succeeded"
    kube.patch("ifcjob", "large", {"cancel": True})
    proved("a LimitRange is named in the condition; the default resources of a queue fit into it")


def _running_reason(item: Resource) -> str | None:
    return conditions_of(item).get("Running", {}).get("reason")


def _queue(name: str, slots: int) -> Resource:
    return {
        "apiVersion": "ifcjob.io/v1alpha1",
        "kind": "IfcQueue",
        "metadata": {"name": name},
        "spec": {"slots": slots},
    }


def _cancel_and_see_it_gone(kube: Kube) -> None:
    kube.patch("ifcjob", "slow", {"cancel": True})
    wait_until(lambda: kube.all("pod") == [], POD_GONE_SECONDS, "the pod is gone")
    done = kube.wait_phase("slow", "Cancelled", seconds=20)
    assert done["status"]["attempts"][0]["reason"] == "Cancelled"
    assert len(done["status"]["attempts"]) == 1
