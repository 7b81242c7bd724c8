"""Pods that are deleted or drained, exceed a quota, lack an image, or lose their kubelet."""

import time
from pathlib import Path

import pytest

from tests.e2e.conftest import Bucket, wait_ready
from tests.e2e.kube import Kube, Resource, ifcjob, proved, wait_until
from tests.e2e.release import Release
from tools.cluster.access import Cluster


@pytest.fixture
def running(kube: Kube, bucket: Bucket, corpus: Path) -> Resource:
    """Start a job that takes twenty seconds or more, and return its pod."""
    bucket.put("office.ifc", corpus / "office_a.ifc")
    kube.apply(ifcjob("job", bucket.name, "office.ifc", resources={"cpu": "100m"}))
    kube.wait_phase("job", "Running", seconds=60)
    return kube.all("pod")[0]


@pytest.mark.parallel
def test_deleted_pod_costs_no_retry(kube: Kube, running: Resource) -> None:
    kube.run("delete", "pod", running["metadata"]["name"], "--wait=false")
    _succeeds_with_a_free_restart(kube)
    proved("a pod deleted by hand costs no retry: the next attempt succeeds")


@pytest.mark.parallel
def test_deleted_job_costs_no_retry(kube: Kube, running: Resource) -> None:
    kube.run("delete", "job", running["metadata"]["labels"]["batch.kubernetes.io/job-name"], "--wait=false")
    _succeeds_with_a_free_restart(kube)
    proved("a Job deleted by hand costs no retry: the next attempt succeeds")


@pytest.mark.second
def test_drained_run_costs_no_retry(kube: Kube, running: Resource) -> None:
    node = running["spec"]["nodeName"]
    try:
        selector = f"ifcjob.io/ifcjob=job,ifcjob.io/uid={running['metadata']['labels']['ifcjob.io/uid']}"
        kube.run("drain", node, "--pod-selector", selector, "--delete-emptydir-data", "--force", "--timeout=60s")
        kube.wait("ifcjob", "job", lambda job: job["status"]["phase"] != "Running", 30, "noticed the drain")
    finally:
        kube.run("uncordon", node)
    attempts = _succeeds_with_a_free_restart(kube)
    assert attempts[0]["reason"] == "Disrupted"
    proved("kubectl drain: the attempt is Disrupted, the next one succeeds, no retry is used up")


@pytest.mark.alone
def test_run_survives_a_kubelet_restart(cluster: Cluster, kube: Kube, running: Resource) -> None:
    assert running
    cluster.stop("kubelet")
    time.sleep(15)
    cluster.start("kubelet")
    done = kube.wait_phase("job", "Succeeded", seconds=120)
    assert len(done["status"]["attempts"]) == 1
    proved("fifteen seconds without the kubelet: the attempt continues and succeeds")


@pytest.mark.parallel
def test_job_waits_for_resource_quota(kube: Kube, bucket: Bucket, corpus: Path) -> None:
    bucket.put("openhouse.ifc", corpus / "openhouse.ifc")
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}}
    kube.apply(quota)
    # Wait until the quota controller enforces it.
    kube.wait("resourcequota", "none", lambda item: item.get("status", {}).get("hard"), 30, "in force")
    kube.apply(ifcjob("poor", bucket.name, "openhouse.ifc"))
    kube.wait(
        "ifcjob",
        "poor",
        lambda item: "QuotaExceeded" in str(item.get("status")),
        40,
        "says that the quota is exceeded",
    )
    assert kube.phase("poor") == "Starting"
    kube.run("delete", "resourcequota", "none")
    kube.wait_phase("poor", "Succeeded", seconds=120)
    proved("a condition reports an exceeded quota without failing the job, which runs once the quota allows it")


@pytest.mark.second
def test_missing_image_fails_the_job(release: Release, kube: Kube, bucket: Bucket, corpus: Path) -> None:
    bucket.put("openhouse.ifc", corpus / "openhouse.ifc")
    settings = {"IFCJOB_RUNNER_IMAGE": "registry.invalid/ifcjob/none:1", "IFCJOB_IMAGE_PULL_GRACE_SECONDS": "10"}
    wait_ready(release.ensure({"operator": {"settings": settings}}))
    kube.apply(ifcjob("imageless", bucket.name, "openhouse.ifc"))
    kube.wait("ifcjob", "imageless", lambda job: "ImagePull" in str(job.get("status")), 60, "says that the pull fails")
    done = kube.wait_phase("imageless", "Failed", seconds=90)
    assert done["status"]["failure"]["reason"] == "ImageUnavailable"
    assert "registry.invalid" in done["status"]["failure"]["message"]
    wait_until(lambda: kube.all("pod") == [], 30, "its pod is gone")
    proved(
        "a condition reports an image that cannot be pulled; after the grace period the job fails with ImageUnavailable"
    )


def _succeeds_with_a_free_restart(kube: Kube) -> list[Resource]:
    done = kube.wait_phase("job", "Succeeded", seconds=120)
    status = done["status"]
    attempts: list[Resource] = status["attempts"]
    assert len(attempts) == 2, attempts
    assert attempts[1]["reason"] == "Succeeded"
    assert status.get("retries", 0) == 0
    assert status["infraRestarts"] == 1
    return attempts
