"""Objects of a real cluster → what the operator sees in them; whatever else they hold does no harm."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ifcjob.failures import FailureReason
from ifcjob.report import RunReport
from ifcjob_backends.cluster.objects import controller_uid
from ifcjob_operator.applying.job_manifest import job_manifest
from ifcjob_operator.cluster.objects import InvalidIfcJob, ifcjob_of, observed_job, observed_pod
from ifcjob_operator.planning.observation import ObservedJob, ObservedPod
from tests.operator.applying.test_job_manifest import SETTINGS
from tests.support.builders import UID, an_attempt, an_ifcjob
from tests.support.manifests import ifcjob_manifest

SEEN: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "data" / "observed.yaml").read_text(encoding="utf-8")
)


def at(minute: int, second: int) -> datetime:
    return datetime(2026, 11, 24, 10, minute, second, tzinfo=UTC)


def pod(name: str) -> ObservedPod:
    return observed_pod(SEEN["pods"][name])


def job(name: str) -> ObservedJob:
    return observed_job(SEEN["jobs"][name])


def test_a_pod_that_succeeded() -> None:
    assert pod("succeeded") == ObservedPod(
        name="succeeded-vncjt",
        phase="Succeeded",
        node="node1",
        created_at=at(21, 11),
        scheduled_at=at(21, 11),
        started_at=at(21, 12),
        finished_at=at(21, 12),
        exit_code=0,
        report=RunReport(outcome="Succeeded", seconds=1.5, peak_memory_bytes=1000),
    )


def test_a_failed_pod_has_its_reason() -> None:
    observed = pod("failed")
    assert (observed.phase, observed.exit_code, observed.oom_killed, observed.disrupted) == ("Failed", 65, False, False)
    assert observed.report is not None
    assert observed.report.failure is not None
    assert observed.report.failure.reason is FailureReason.NOT_AN_IFC_FILE


def test_an_oom_killed_pod_differs_from_a_killed_one() -> None:
    out_of_memory, killed = pod("oom"), pod("deadline")
    assert out_of_memory.exit_code == killed.exit_code == 137
    assert (out_of_memory.oom_killed, killed.oom_killed) == (True, False)
    assert out_of_memory.report is None
    assert (killed.reason, killed.message) == (
        "DeadlineExceeded",
        "Pod was active on the node longer than the specified deadline",
    )


def test_a_running_pod() -> None:
    observed = pod("running")
    assert (observed.phase, observed.started_at, observed.finished_at) == ("Running", at(21, 15), None)
    assert (observed.exit_code, observed.waiting_reason, observed.report) == (None, None, None)


@pytest.mark.parametrize(
    ("name", "reason", "message"),
    [
        ("unpulled", "ErrImagePull", 'failed to pull and unpack image "localhost:1/nothing:1"'),
        ("misnamed", "InvalidImageName", "couldn't parse image name"),
        ("nosecret", "ContainerCreating", None),
    ],
)
def test_a_pod_whose_container_waits(name: str, reason: str, message: str | None) -> None:
    observed = pod(name)
    assert (observed.phase, observed.waiting_reason, observed.started_at) == ("Pending", reason, None)
    assert observed.scheduled_at is not None
    assert message is None or message in str(observed.waiting_message)


def test_the_state_of_the_runner_is_found_by_its_name_beside_a_sidecar() -> None:
    ended = changed(SEEN["pods"]["oom"])
    ended["status"]["phase"] = "Running"
    states = ended["status"]["containerStatuses"]
    states.insert(
        0, {"name": "istio-proxy", "ready": True, "state": {"running": {"startedAt": "2026-11-24T10:21:00Z"}}}
    )
    observed = observed_pod(ended)
    assert (observed.exit_code, observed.oom_killed, observed.sidecars_run, observed.outlives_run) == (
        137,
        True,
        True,
        True,
    )
    states[0]["state"] = {"waiting": {"reason": "ImagePullBackOff"}}
    assert observed_pod(ended).outlives_run
    states[0]["state"] = {"terminated": {"exitCode": 143}}
    assert not observed_pod(ended).outlives_run
    ended["status"]["initContainerStatuses"] = [{"name": "istio-proxy", "state": {"running": {}}}]
    assert not observed_pod(ended).outlives_run, "a native sidecar ends by itself"
    states[1]["state"] = {"running": {"startedAt": "2026-11-24T10:21:00Z"}}
    assert not observed_pod(ended).outlives_run


def test_an_unschedulable_pod() -> None:
    seen = pod("unschedulable")
    assert (seen.phase, seen.node, seen.scheduled_at, seen.waiting_reason) == ("Pending", None, None, None)
    assert str(seen.unschedulable).startswith("0/1 nodes are available")


def test_a_pod_that_was_drained_or_is_being_deleted() -> None:
    drained = changed(SEEN["pods"]["running"], deletionTimestamp="2026-11-24T10:30:00Z")
    drained["status"]["conditions"].append(
        {"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI"}
    )
    observed = observed_pod(drained)
    assert observed.disrupted
    assert observed.deletion_at == at(30, 0)
    drained["status"]["conditions"][-1]["status"] = "False"
    assert not observed_pod(drained).disrupted


@pytest.mark.parametrize(
    ("message", "is_a_report"),
    [
        ('{"outcome":"Succeeded"}', True),
        ('  {"outcome":"Failed","added":"by a newer runner","failure":null}', True),
        ('{"outcome":"Succeeded"', False),
        ('{"outcome":"Exploded"}', False),
        ('{"outcome":"Succeeded","cpuSeconds":12.5,"seconds":9}', True),
        ('{"outcome":"Succeeded","cpuSeconds":NaN}', False),
        ('{"outcome":"Succeeded","cpuSeconds":-1}', False),
        ('{"outcome":"Succeeded","cpuSeconds":1e300}', False),
        ('{"outcome":"Succeeded","seconds":1e999}', False),
        ('{"outcome":"Succeeded","peakMemoryBytes":9223372036854775808}', False),
        ('{"outcome":"Failed","failure":{"reason":"UnheardOf","message":"","hint":"","retryable":false}}', False),
        ("Segmentation fault", False),
        ("[]", False),
        ("", False),
    ],
)
def test_a_termination_message_is_a_report_or_nothing(message: str, is_a_report: bool) -> None:  # noqa: FBT001
    ended = changed(SEEN["pods"]["succeeded"])
    ended["status"]["containerStatuses"][0]["state"]["terminated"]["message"] = message
    assert (observed_pod(ended).report is not None) == is_a_report


def test_only_the_runners_container_counts() -> None:
    """A service mesh adds containers of its own."""
    meshed = changed(SEEN["pods"]["failed"])
    proxy = {"name": "proxy", "state": {"terminated": {"exitCode": 1, "reason": "OOMKilled"}}}
    meshed["status"]["containerStatuses"].insert(0, proxy)
    assert observed_pod(meshed) == pod("failed")


@pytest.mark.parametrize(
    ("name", "ended", "message"),
    [
        ("succeeded", "complete", None),
        ("failed", "failed", "failed with exit code 65 matching FailJob rule at index 1"),
        ("oom", "failed", "failed with exit code 137 matching FailJob rule at index 1"),
        ("drained", "failed", "has condition DisruptionTarget matching FailJob rule at index 0"),
        ("running", "", None),
        ("overquota", "", None),
    ],
)
def test_the_outcome_of_a_job(name: str, ended: str, message: str | None) -> None:
    observed = job(name)
    assert (observed.complete, observed.failed) == (ended == "complete", ended == "failed")
    assert observed.has_ended == bool(ended)
    assert observed.failed_reason == ("PodFailurePolicy" if ended == "failed" else None)
    assert (observed.failed_message is None) if message is None else (message in str(observed.failed_message))


def test_the_pod_counts_of_a_job() -> None:
    assert (job("running").active, job("running").ready, job("running").terminating) == (1, 1, 0)
    assert (job("overquota").active, job("overquota").ready) == (0, 0)
    assert job("running").attempt == 1


def test_a_job_with_terminating_pods_has_not_ended() -> None:
    """`FailureTarget` comes first, `Failed` when the pods are gone."""
    ending = changed(SEEN["jobs"]["failed"])
    ending["status"]["conditions"] = [
        condition for condition in ending["status"]["conditions"] if condition["type"] == "FailureTarget"
    ]
    assert not observed_job(ending).has_ended
    ending["status"]["conditions"].append({"type": "Complete", "status": "False"})
    assert not observed_job(ending).has_ended


def test_a_created_job_before_the_job_controller_has_seen_it() -> None:
    made = job_manifest(an_ifcjob(), an_attempt(3), SETTINGS)
    made["metadata"] |= {"uid": "job-uid", "creationTimestamp": "2026-11-24T10:21:11Z"}
    assert observed_job(made) == ObservedJob(
        name=made["metadata"]["name"], uid="job-uid", attempt=3, created_at=at(21, 11)
    )
    made["metadata"]["deletionTimestamp"] = "2026-11-24T10:21:12Z"
    assert observed_job(made).deleting


def test_only_the_controller_reference_is_the_owner() -> None:
    owners = [{"uid": "helper", "kind": "ConfigMap"}, {"uid": "ours", "controller": True}]
    assert controller_uid({"metadata": {"ownerReferences": owners}}) == "ours"
    assert controller_uid({"metadata": {"ownerReferences": owners[:1]}}) is None
    assert controller_uid({"metadata": {}}) is None


def changed(item: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    copy: dict[str, Any] = yaml.safe_load(yaml.safe_dump(item))
    copy["metadata"] |= metadata
    return copy


PATHS = [
    ("metadata", "labels"),
    ("metadata", "ownerReferences"),
    ("spec",),
    ("spec", "nodeName"),
    ("status",),
    ("status", "conditions"),
    ("status", "containerStatuses"),
    ("status", "phase"),
    ("status", "active"),
    ("status", "ready"),
]


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(sorted(SEEN["pods"])), gone=st.sets(st.sampled_from(PATHS)), as_null=st.booleans())
def test_missing_fields_are_tolerated(name: str, gone: set[tuple[str, ...]], *, as_null: bool) -> None:
    for kind, read in (("pods", observed_pod), ("jobs", observed_job)):
        if name not in SEEN[kind]:
            continue
        item = changed(SEEN[kind][name])
        for path in gone:
            at_path = item
            for part in path[:-1]:
                at_path = at_path.get(part) or {}
            if as_null:
                at_path[path[-1]] = None
            else:
                at_path.pop(path[-1], None)
        observed = read(item)
        assert isinstance(observed, ObservedJob) or observed.phase


def test_an_ifcjob_with_fields_of_a_newer_release_is_read() -> None:
    item = ifcjob_manifest(colour="red")
    item["metadata"] |= {"uid": UID, "namespace": "bim", "managedFields": [{}], "finalizers": ["x"]}
    item["status"] = {"phase": "Running", "mood": "good"}
    assert ifcjob_of(item).status.phase == "Running"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"status": {"phase": "Paused"}}, "status.phase"),
        ({"spec": {"source": {"ftp": {}}}}, "spec.source"),
        ({"spec": {}}, "spec.source"),
        ({"status": {"conditions": [{"type": "Accepted"}]}}, "status.conditions.0.status"),
    ],
)
def test_an_invalid_ifcjob_is_described_by_its_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidIfcJob, match=f"^{field}: "):
        ifcjob_of({**ifcjob_manifest(), **change})
