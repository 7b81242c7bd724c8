"""How an attempt ended: the run's report first, then the kubelet, then the Job's message."""

from typing import Any

import pytest

from ifcjob.failures import FAILURES, FailureReason
from ifcjob_operator.planning.observation import ObservedJob, ObservedPod
from ifcjob_operator.planning.outcome import outcome_of
from tests.support.builders import a_failed_job, a_job, a_pod, a_report, ago

DISRUPTION = "Pod bim/house-0d9f5a3e-1-x2x4z has condition DisruptionTarget matching FailJob rule at index 0"


def _exit_message(code: int) -> str:
    return f"Container runner for pod bim/house-x failed with exit code {code} matching FailJob rule at index 1"


def _evicted(message: str, **fields: Any) -> ObservedPod:
    return a_pod(reason="Evicted", message=message, **fields)


COUNTED = [
    pytest.param(a_pod(exit_code=65, report=a_report(FailureReason.TRUNCATED_FILE)), "TruncatedFile", id="report wins"),
    pytest.param(
        a_pod(exit_code=69, disrupted=True, report=a_report(FailureReason.STORAGE_UNAVAILABLE)),
        "StorageUnavailable",
        id="report wins over a disruption that came after it",
    ),
    pytest.param(a_pod(exit_code=137, oom_killed=True), "OutOfMemory", id="kubelet saw OOMKilled"),
    pytest.param(
        a_pod(exit_code=137, oom_killed=True, disrupted=True), "OutOfMemory", id="OOMKilled while being drained"
    ),
    pytest.param(
        a_pod(exit_code=71, oom_killed=True, report=a_report(FailureReason.CRASHED)),
        "OutOfMemory",
        id="kernel killed one process of the run, the run reports a crash",
    ),
    pytest.param(
        a_pod(exit_code=72, report=a_report(FailureReason.OUT_OF_MEMORY)), "OutOfMemory", id="run reports OutOfMemory"
    ),
    pytest.param(a_pod(exit_code=72), "OutOfMemory", id="exit code 72 without a report"),
    pytest.param(a_pod(exit_code=137), "Crashed", id="137 without OOMKilled is not out of memory"),
    pytest.param(a_pod(exit_code=139), "Crashed", id="segmentation fault"),
    pytest.param(a_pod(exit_code=1), "Crashed", id="unknown exit code"),
    pytest.param(a_pod(exit_code=76), "DeadlineExceeded", id="exit code 76 without a report"),
    pytest.param(
        a_pod(exit_code=137, reason="DeadlineExceeded", message="Pod was active longer", started_at=ago(9)),
        "DeadlineExceeded",
        id="kubelet's deadline",
    ),
    pytest.param(
        _evicted('Container runner exceeded its local ephemeral storage limit "1Gi".', exit_code=137),
        "DiskFull",
        id="evicted for its own storage limit",
    ),
    pytest.param(
        _evicted('Usage of EmptyDir volume "work" exceeds the limit "1Gi".', exit_code=137),
        "DiskFull",
        id="evicted for its scratch volume",
    ),
]

SUCCEEDED = [
    pytest.param(a_job(), a_pod("Running", exit_code=0, sidecars_run=True), id="a sidecar keeps the pod running"),
    pytest.param(a_failed_job(reason="DeadlineExceeded"), a_pod(exit_code=0), id="a sidecar ran until the deadline"),
    pytest.param(a_failed_job(reason="BackoffLimitExceeded"), a_pod(exit_code=0), id="a sidecar ended with an error"),
    pytest.param(a_failed_job(DISRUPTION), a_pod(exit_code=0, disrupted=True), id="drained after the run's end"),
]


@pytest.mark.parametrize(("job", "pod"), SUCCEEDED)
def test_a_runner_that_ended_with_0_has_succeeded(job: ObservedJob, pod: ObservedPod) -> None:
    outcome = outcome_of(job, [pod])
    assert (outcome.reason, outcome.failure, outcome.exit_code) == ("Succeeded", None, 0)


FREE = [
    pytest.param(
        a_pod(exit_code=75, disrupted=True, report=a_report(FailureReason.INTERRUPTED)), "Disrupted", id="drain"
    ),
    pytest.param(a_pod(exit_code=137, disrupted=True), "Disrupted", id="drain and no time to report"),
    pytest.param(
        _evicted("The node was low on resource: memory. Threshold quantity: 100Mi", disrupted=True),
        "Disrupted",
        id="evicted from a node that is low on memory",
    ),
    pytest.param(
        _evicted("The node was low on resource: ephemeral-storage.", exit_code=137),
        "Disrupted",
        id="evicted from a node that is low on disk",
    ),
    pytest.param(a_pod(reason="NodeShutdown", message="Pod was terminated"), "Disrupted", id="node shuts down"),
    pytest.param(
        a_pod(reason="OutOfcpu", message="Node didn't have enough"), "Disrupted", id="kubelet refused the pod"
    ),
    pytest.param(a_pod(exit_code=75, report=a_report(FailureReason.INTERRUPTED)), "Interrupted", id="told to stop"),
    pytest.param(a_pod(exit_code=75), "Interrupted", id="told to stop, no report"),
    pytest.param(
        a_pod(exit_code=137, deletion_at=ago(1)), "Interrupted", id="pod deleted by hand, killed after its grace"
    ),
    pytest.param(a_pod(), "RunLost", id="no exit code and no reason"),
]


@pytest.mark.parametrize(("pod", "reason"), COUNTED)
def test_failures_of_the_run_are_not_disruptions(pod: ObservedPod, reason: str) -> None:
    outcome = outcome_of(a_failed_job(_exit_message(pod.exit_code or 1)), [pod])
    assert (outcome.reason, outcome.is_disruption) == (reason, False)
    assert outcome.failure is not None
    assert outcome.failure.retryable == FAILURES[FailureReason(reason)].retryable
    assert outcome.exit_code in (pod.exit_code, 1)


@pytest.mark.parametrize(("pod", "reason"), FREE)
def test_failures_caused_by_the_cluster_are_disruptions(pod: ObservedPod, reason: str) -> None:
    outcome = outcome_of(a_failed_job("Job has reached the specified backoff limit", "BackoffLimitExceeded"), [pod])
    assert (outcome.reason, outcome.is_disruption) == (reason, True)
    assert outcome.failure is not None


GONE = [
    pytest.param(a_failed_job(DISRUPTION), "Disrupted", True, id="disrupted"),
    pytest.param(a_failed_job(_exit_message(65)), "NotAnIfcFile", False, id="exit code in the message"),
    pytest.param(a_failed_job(_exit_message(72)), "OutOfMemory", False, id="OutOfMemory in the message"),
    pytest.param(a_failed_job(_exit_message(139)), "Crashed", False, id="crash in the message"),
    pytest.param(a_failed_job(_exit_message(137)), "Interrupted", True, id="killed: who deletes a pod kills it"),
    pytest.param(a_failed_job(_exit_message(75)), "Interrupted", True, id="interrupted"),
    pytest.param(a_failed_job("too long", "DeadlineExceeded"), "DeadlineExceeded", False, id="Job's own deadline"),
    pytest.param(a_failed_job("backoff limit", "BackoffLimitExceeded"), "RunLost", True, id="nothing is known"),
]


@pytest.mark.parametrize(("job", "reason", "free"), GONE)
def test_the_jobs_message_explains_a_deleted_pod(job: ObservedJob, reason: str, *, free: bool) -> None:
    outcome = outcome_of(job, [])
    assert (outcome.reason, outcome.is_disruption) == (reason, free)


@pytest.mark.parametrize("reason", [r for r in FailureReason if FAILURES[r].exit_code is not None])
def test_exit_codes_give_the_reason_without_a_report(reason: FailureReason) -> None:
    outcome = outcome_of(a_failed_job(), [a_pod(exit_code=FAILURES[reason].exit_code)])
    assert outcome.failure is not None
    assert FAILURES[outcome.failure.reason].exit_code == FAILURES[reason].exit_code
    assert str(reason) in outcome.failure.message or reason is outcome.failure.reason


def test_a_complete_job_has_succeeded_without_its_pod() -> None:
    assert outcome_of(a_job(complete=True), []).failure is None
    assert outcome_of(a_job(complete=True), [a_pod("Succeeded", exit_code=0)]).reason == "Succeeded"


def test_the_newest_pod_counts() -> None:
    old, new = a_pod(exit_code=65, created_at=ago(90)), a_pod(exit_code=72, created_at=ago(30))
    assert outcome_of(a_failed_job(), [new, old]).reason == "OutOfMemory"


@pytest.mark.parametrize(
    ("pod", "words"),
    [
        pytest.param(a_pod(exit_code=139), ["house-0d9f5a3e-1-x2x4z", "139", "SIGSEGV"], id="names the signal"),
        pytest.param(a_pod(exit_code=137, disrupted=True), ["n1", "drained"], id="names the node"),
        pytest.param(_evicted("it exceeded its limit of 1Gi"), ["1Gi"], id="names the limit"),
    ],
)
def test_messages_name_the_pod_and_the_exit_code(pod: ObservedPod, words: list[str]) -> None:
    failure = outcome_of(a_failed_job(), [pod]).failure
    assert failure is not None
    assert all(word in failure.message for word in words), failure.message


def test_a_late_start_and_a_long_run_have_different_messages() -> None:
    job = a_failed_job("Job was active longer than specified deadline", "DeadlineExceeded")
    never, long = (outcome_of(job, [a_pod(started_at=at)]).failure for at in (None, ago(50)))
    assert never is not None
    assert long is not None
    assert "startDeadlineSeconds" in never.hint
    assert "activeDeadlineSeconds" in long.hint
