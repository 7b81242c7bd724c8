"""Limits of memory and time, enforced by runner, kernel and kubelet."""

from itertools import pairwise
from pathlib import Path

import pytest

from ifcjob.quantity import as_bytes
from tests.e2e.conftest import Bucket
from tests.e2e.kube import Kube, ifcjob, proved

pytestmark = pytest.mark.parallel

SMALL = "64Mi"
"""Too little for any run, which the runner says at once."""


def test_retry_after_out_of_memory_gets_more_memory(kube: Kube, bucket: Bucket, corpus: Path) -> None:
    bucket.put("office.ifc", corpus / "office_a.ifc")
    resources = {"memory": SMALL, "maxMemory": "2Gi"}
    kube.apply(ifcjob("grows", bucket.name, "office.ifc", resources=resources, retry={"memoryFactor": 4, "limit": 4}))
    done = kube.wait_phase("grows", "Succeeded", seconds=120)
    attempts = done["status"]["attempts"]
    assert [attempt["reason"] for attempt in attempts] == ["OutOfMemory"] * (len(attempts) - 1) + ["Succeeded"]
    limits = [as_bytes(attempt["memoryLimit"]) for attempt in attempts]
    assert limits[0] == as_bytes(SMALL)
    assert len(limits) >= 2
    assert all(after == min(4 * before, 2 * 2**30) for before, after in pairwise(limits))
    assert attempts[-1]["peakMemoryBytes"] > limits[0]
    proved(f"out of memory at {SMALL}, then {attempts[-1]['memoryLimit']} succeeded, in {len(attempts)} attempts")


def test_job_fails_at_its_maximum_memory(kube: Kube, bucket: Bucket, corpus: Path) -> None:
    bucket.put("office.ifc", corpus / "office_a.ifc")
    resources = {"memory": "64Mi", "maxMemory": "72Mi"}
    kube.apply(ifcjob("hungry", bucket.name, "office.ifc", resources=resources))
    done = kube.wait_phase("hungry", "Failed", seconds=90)
    failure = done["status"]["failure"]
    assert failure["reason"] == "OutOfMemory"
    assert "72Mi" in failure["message"], failure
    assert "maxMemory" in failure["hint"], failure
    assert [attempt["memoryLimit"] for attempt in done["status"]["attempts"]] == ["64Mi", "72Mi"]
    proved("never enough memory ends as OutOfMemory, naming the limit and what to raise")


def test_run_ends_at_its_active_deadline(kube: Kube, bucket: Bucket, corpus: Path) -> None:
    bucket.put("big.ifc", corpus / "janesville.ifc")
    slow = ifcjob("slow", bucket.name, "big.ifc", resources={"cpu": "100m"}, activeDeadlineSeconds=10)
    kube.apply(slow)
    done = kube.wait_phase("slow", "Failed", seconds=90)
    assert done["status"]["failure"]["reason"] == "DeadlineExceeded"
    assert len(done["status"]["attempts"]) == 1
    proved("a run that is too slow ends as DeadlineExceeded, and is not tried again")


def test_start_deadline_names_the_cause_of_the_delay(kube: Kube, bucket: Bucket, corpus: Path) -> None:
    bucket.put("openhouse.ifc", corpus / "openhouse.ifc")
    homeless = ifcjob(
        "homeless", bucket.name, "openhouse.ifc", pod={"nodeSelector": {"no": "node"}}, startDeadlineSeconds=8
    )
    kube.apply(homeless)
    kube.wait(
        "ifcjob", "homeless", lambda job: "Unschedulable" in str(job.get("status")), 30, "says that no node takes it"
    )
    done = kube.wait_phase("homeless", "Failed", seconds=60)
    assert done["status"]["failure"]["reason"] == "DeadlineExceeded"
    assert "node" in done["status"]["failure"]["message"]
    kube.wait_gone("job", done["status"]["attempts"][0]["jobName"])
    proved("a pod no node takes says so while it waits, and ends at its start deadline, its Job gone")
