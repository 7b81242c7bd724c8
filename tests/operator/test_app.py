"""The operator as a process against a real API server and a real S3 store; only nodes and controllers are fake.

Each IfcJob has a file of its own, since equal content would be reused.
"""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest
import urllib3

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.report import Failure, RunReport
from tests.support.fake_cluster import ENDED, IFCJOBS, JOBS, QUEUES, SECRETS, steadily
from tests.support.operator_env import OperatorEnv, operator_env
from tools.cluster.processes import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tools.cluster.control_plane import ControlPlane


@pytest.fixture(scope="module")
def shared_env(api_server: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperatorEnv]:
    """Run the operator while this module's tests run."""
    with operator_env(api_server, tmp_path_factory.mktemp("operator")) as running:
        yield running


@pytest.fixture
def env(shared_env: OperatorEnv) -> OperatorEnv:
    """Start the operator again if a failed test has left it stopped."""
    if not shared_env.operator.is_running:
        shared_env.operator.start()
    return shared_env


def test_an_ifcjob_runs_from_apply_to_a_committed_manifest(env: OperatorEnv) -> None:
    cluster, operator = env.cluster, env.operator
    kinds = {"POST": ("jobs", "secrets"), "PATCH": ("ifcjobs/status",)}
    counters = [
        f'ifcjob_kubernetes_requests_total{{code="{200 + (verb == "POST")}",resource="{kind}",verb="{verb}"}}'
        for verb, resources in kinds.items()
        for kind in resources
    ]
    counters += [
        'ifcjob_finished_total{outcome="Succeeded",reason=""}',
        'ifcjob_attempts_total{reason="Succeeded"}',
        'ifcjob_duration_seconds_count{outcome="Succeeded"}',
        'ifcjob_stage_duration_seconds_count{stage="geometry"}',
        'ifcjob_coverage_ratio_bucket{le="0.9"}',
        "ifcjob_memory_use_ratio_count",
        "ifcjob_admission_seconds_count",
        "ifcjob_elements_total",
    ]
    before = [operator.metric(counter) for counter in counters]
    cluster.submit("house", env.file("house.ifc"))
    job = cluster.job("house")
    assert cluster.status("house")["phase"] == "Starting"
    request = cluster.request(job)
    assert request["ifcjob"] == f"{cluster.namespace}/house"
    assert set(request["output"]["uploads"]) >= {"model.glb", "metadata.json", "manifest.json"}
    assert urllib3.request("GET", request["source"]["uri"]).data == b"ISO-10303-21; house.ifc"
    assert cluster.ask("GET", QUEUES + "/default")["spec"]["slots"] == 10, "made when it was first named"

    cluster.run(job)
    cluster.wait("house", "Running")
    manifest = cluster.succeed(job)
    status = cluster.wait("house", "Succeeded")

    assert status["attempts"][0]["reason"] == "Succeeded"
    folder = job.removeprefix("house-") + "/"
    assert status["result"]["manifest"] == f"s3://models/{cluster.namespace}/house/{folder}manifest.json"
    committed = json.loads(env.store.client.get_object("models", f"{cluster.namespace}/house/manifest.json").data)
    assert committed["folder"] == folder
    assert committed["ifcjob"] == f"{cluster.namespace}/house"
    assert committed["input"]["sha256"] == manifest.input.sha256
    assert status["input"]["sha256"] == manifest.input.sha256
    counted = [operator.metric(counter) - former for counter, former in zip(counters, before, strict=True)]
    assert counted == [1, 1, 3, *[1] * 7, 10], counters
    assert eventually(lambda: env.recorded("house"), 10)


def test_progress_is_shown(env: OperatorEnv) -> None:
    cluster = env.cluster
    cluster.submit("shown", env.file("shown.ifc"))
    job = cluster.job("shown")
    cluster.run(job)
    cluster.wait("shown", "Running")
    target = cluster.request(job)["progress"]
    body = {"percent": 30.0, "stage": "geometry", "elementsDone": 3, "elementsTotal": 10}
    headers = {"Authorization": f"Bearer {target['token']}"}
    assert urllib3.request("POST", target["url"], json=body, headers=headers).status == 204
    assert eventually(lambda: cluster.status("shown").get("progress", {}).get("percent") == 30, 15)
    depth = urllib3.request("GET", f"{env.operator.url}/v1/queues/{cluster.namespace}/default").json()
    assert depth["active"] == 1
    cluster.succeed(job)
    assert cluster.wait("shown", "Succeeded")["progress"]["percent"] == 100
    assert eventually(lambda: cluster.ask("GET", QUEUES + "/default")["status"]["active"] == 0, 10)
    assert urllib3.request("POST", target["url"], json=body, headers=headers).status == 409


def test_a_run_that_reports_its_success_keeps_its_slot_until_its_pod_has_ended(env: OperatorEnv) -> None:
    cluster = env.cluster
    cluster.submit("reported", env.file("reported.ifc"))
    job = cluster.job("reported")
    cluster.run(job)
    target = cluster.request(job)["progress"]
    _, report = cluster.publish(job)
    headers = {"Authorization": f"Bearer {target['token']}"}
    assert urllib3.request("POST", target["reportUrl"], body=report.to_json(), headers=headers).status == 204
    status = cluster.wait("reported", "Succeeded")
    assert env.store.client.stat_object("models", f"{cluster.namespace}/reported/manifest.json")
    assert status["attempts"][0]["cpuSeconds"] == report.cpu_seconds
    depth = f"{env.operator.url}/v1/queues/{cluster.namespace}/default"
    assert urllib3.request("GET", depth).json()["active"] == 1
    assert cluster.ask("GET", f"{JOBS}/{job}")["metadata"].get("deletionTimestamp") is None
    cluster.end(job, 0, report)
    assert eventually(lambda: urllib3.request("GET", depth).json()["active"] == 0, 10)


def test_a_file_that_is_not_ifc_fails_without_a_retry(env: OperatorEnv) -> None:
    cluster = env.cluster
    cluster.submit("letter", env.file("letter.ifc"))
    job = cluster.job("letter")
    cluster.run(job)
    failure = Failure.of(RunFailure(FailureReason.NOT_AN_IFC_FILE, "It begins with %PDF."))
    cluster.end(job, 65, RunReport(outcome="Failed", failure=failure))
    status = cluster.wait("letter", "Failed")
    assert status["failure"]["reason"] == "NotAnIfcFile"
    assert status["failure"]["message"] == "It begins with %PDF."
    assert len(cluster.jobs_of("letter")) == 1


def test_a_run_that_succeeds_beside_a_sidecar_is_committed_and_its_job_deleted(env: OperatorEnv) -> None:
    cluster = env.cluster
    cluster.submit("meshed", env.file("meshed.ifc"))
    job = cluster.job("meshed")
    cluster.run(job, sidecar=True)
    cluster.wait("meshed", "Running")
    cluster.succeed(job, sidecar=True)
    status = cluster.wait("meshed", "Succeeded")
    assert status["attempts"][0]["exitCode"] == 0
    assert status["attempts"][0]["finishedAt"] == ENDED
    assert env.store.client.stat_object("models", f"{cluster.namespace}/meshed/manifest.json")
    cluster.collect(job)


@pytest.mark.parametrize(
    ("name", "code", "reason", "failure"),
    [
        ("meshed-oom", 137, "OOMKilled", "OutOfMemory"),
        ("meshed-crash", 139, "Error", "Crashed"),
        ("meshed-bad", 65, "Error", "NotAnIfcFile"),
    ],
)
def test_a_run_that_fails_beside_a_sidecar_ends_its_attempt_and_job(
    env: OperatorEnv, name: str, code: int, reason: str, failure: str
) -> None:
    cluster = env.cluster
    cluster.submit(name, env.file(f"{name}.ifc"), retry={"limit": 0})
    job = cluster.job(name)
    cluster.run(job, sidecar=True)
    cluster.end(job, code, sidecar=True, reason=reason)
    status = cluster.wait(name, "Failed", 40)
    assert (status["failure"]["reason"], status["attempts"][0]["exitCode"]) == (failure, code)
    cluster.collect(job)


def test_a_missing_object_fails_without_a_job(env: OperatorEnv) -> None:
    env.cluster.submit("nothing", "is-not-there.ifc")
    status = env.cluster.wait("nothing", "Failed")
    assert status["failure"]["reason"] == "InputNotFound"
    assert env.cluster.jobs_of("nothing") == []


def test_finished_ifcjobs_are_deleted_after_their_ttl(env: OperatorEnv) -> None:
    cluster = env.cluster
    cluster.submit("refused", "is-not-there.ifc", ttlSecondsAfterFinished=1)
    cluster.submit("kept", "is-not-there.ifc")
    cluster.submit("ended", env.file("ended.ifc"), ttlSecondsAfterFinished=1)
    job = cluster.job("ended")
    cluster.run(job)
    cluster.end(job, 65, RunReport(outcome="Failed", failure=Failure.of(RunFailure(FailureReason.NOT_AN_IFC_FILE, ""))))
    for name in ("refused", "ended"):
        assert eventually(lambda gone=name: cluster.ask("GET", f"{IFCJOBS}/{gone}") == {}, 20), cluster.status(name)  # type: ignore[misc]
    assert cluster.status("kept")["phase"] == "Failed"


def test_an_earlier_result_is_reused(env: OperatorEnv) -> None:
    cluster, key = env.cluster, env.file("reused.ifc")
    cluster.submit("reused", key)
    job = cluster.job("reused")
    cluster.run(job)
    cluster.succeed(job)
    former = cluster.wait("reused", "Succeeded")
    cluster.submit("again", key)
    status = cluster.wait("again", "Succeeded")
    assert status["cacheHit"] is True
    assert status["result"]["manifest"] == former["result"]["manifest"]
    assert cluster.jobs_of("again") == []
    cluster.submit("other", key, operations={"metadata": {}})
    cluster.job("other")
    cluster.change("other", cancel=True)
    cluster.collect(cluster.job("other"))
    cluster.wait("other", "Cancelled")


def test_of_two_identical_ifcjobs_one_runs(env: OperatorEnv) -> None:
    cluster, key = env.cluster, env.file("twins.ifc")
    for name in ("castor", "pollux"):
        cluster.submit(name, key)
    assert eventually(lambda: len(cluster.jobs_of("castor") + cluster.jobs_of("pollux")) == 1, 20)
    first = "castor" if cluster.jobs_of("castor") else "pollux"
    second = ({"castor", "pollux"} - {first}).pop()
    assert eventually(lambda: cluster.reason(second, "Admitted") == "WaitingForIdentical", 20), cluster.status(second)
    job = cluster.job(first)
    cluster.run(job)
    cluster.succeed(job)
    cluster.wait(first, "Succeeded")
    assert cluster.wait(second, "Succeeded")["cacheHit"] is True
    assert cluster.jobs_of(second) == []


def test_an_ifcjob_is_suspended_resumed_and_cancelled(env: OperatorEnv) -> None:
    cluster = env.cluster
    cluster.submit("patient", env.file("patient.ifc"), suspend=True)
    cluster.wait("patient", "Suspended")
    assert cluster.jobs_of("patient") == []
    cluster.change("patient", suspend=False)
    job = cluster.job("patient")
    cluster.run(job)
    cluster.wait("patient", "Running")
    cluster.change("patient", suspend=True)
    cluster.collect(job)
    cluster.wait("patient", "Suspended")
    cluster.change("patient", suspend=False)
    assert eventually(lambda: len(cluster.status("patient")["attempts"]) == 2, 20)
    second = cluster.job("patient")
    assert second.endswith("-2")
    cluster.change("patient", cancel=True)
    cluster.collect(second)
    status = cluster.wait("patient", "Cancelled")
    assert [attempt["reason"] for attempt in status["attempts"]] == ["Suspended", "Cancelled"]


def test_a_crash_between_two_effects_is_recovered(env: OperatorEnv) -> None:
    cluster, operator = env.cluster, env.operator
    cluster.submit("no-secret", env.file("no-secret.ifc"))
    orphan = cluster.job("no-secret")
    operator.stop(signal.SIGKILL)
    # The state after a crash between the Job and its Secret.
    cluster.ask("DELETE", f"{SECRETS}/{orphan}")
    # The state after a crash between the status and the Job.
    item = cluster.submit("no-job", env.file("no-job.ifc"))
    lost = f"no-job-{item['metadata']['uid'][:8]}-1"
    now = item["metadata"]["creationTimestamp"]
    attempt = {"number": 1, "jobName": lost, "admittedAt": now, "memoryLimit": "1Gi"}
    running = {"type": "Running", "status": "False", "reason": "Starting", "message": "", "lastTransitionTime": now}
    conditions = [{**running, "type": "Admitted", "status": "True", "reason": "Admitted"}, running]
    status = {"phase": "Starting", "attempts": [attempt], "conditions": conditions, "observedGeneration": 1}
    cluster.ask("PATCH", f"{IFCJOBS}/no-job/status", {"status": status})
    # One whose attempt ends while nobody looks, and one that comes then.
    cluster.submit("late", env.file("late.ifc"))

    operator.start()
    assert cluster.job("no-secret") == orphan
    assert cluster.job("no-job") == lost
    late = cluster.job("late")
    cluster.run(late)
    cluster.wait("late", "Running")
    operator.stop(signal.SIGKILL)
    cluster.succeed(late)
    operator.start()
    cluster.wait("late", "Succeeded")
    for name, job in (("no-secret", orphan), ("no-job", lost)):
        cluster.run(job)
        cluster.succeed(job)
        assert len(cluster.wait(name, "Succeeded")["attempts"]) == 1
        assert len(cluster.jobs_of(name)) == 1


def test_a_job_that_succeeded_and_expired_while_the_operator_was_away_is_committed(env: OperatorEnv) -> None:
    cluster, operator = env.cluster, env.operator
    for name in ("expired", "vanished"):
        cluster.submit(name, env.file(f"{name}.ifc"))
        cluster.run(cluster.job(name))
        cluster.wait(name, "Running")
    operator.stop(signal.SIGKILL)
    manifest = cluster.succeed(cluster.job("expired"))
    for name in ("expired", "vanished"):
        cluster.expire(cluster.job(name))
    operator.start()
    status = cluster.wait("expired", "Succeeded")
    assert [attempt["reason"] for attempt in status["attempts"]] == ["Succeeded"]
    assert status["input"]["sha256"] == manifest.input.sha256
    assert json.loads(env.store.client.get_object("models", f"{cluster.namespace}/expired/manifest.json").data)["uid"]
    assert cluster.jobs_of("expired") == []
    assert eventually(lambda: len(cluster.status("vanished")["attempts"]) == 2, 20), "it has published nothing"
    assert cluster.status("vanished")["attempts"][0]["reason"] == "RunLost"


def test_sigterm_stops_the_parts_in_order(env: OperatorEnv) -> None:
    cluster, operator = env.cluster, env.operator
    file = env.file("last.ifc")
    cluster.submit("last", file)
    job = cluster.job("last")
    cluster.run(job)
    cluster.succeed(job)
    cluster.wait("last", "Succeeded")
    cluster.submit("last-reused", file)
    cluster.submit("last-missing", "is-not-there.ifc")
    cluster.submit("last-cancelled", env.file("last-cancelled.ifc"), cancel=True)
    cluster.wait("last-reused", "Succeeded")
    cluster.wait("last-missing", "Failed")
    cluster.wait("last-cancelled", "Cancelled")
    assert operator.stop() == 0
    last_line = json.loads(operator.log.strip().splitlines()[-1])
    assert last_line["event"] == "operator stopped"
    lease = cluster.ask("GET", f"/apis/coordination.k8s.io/v1/namespaces/{cluster.namespace}/leases/ifcjob-operator")
    assert not lease["spec"].get("holderIdentity")
    names = ("last", "last-reused", "last-missing", "last-cancelled")
    assert env.recorded(*names), "history is written before the end"
    cluster.submit("unseen", env.file("unseen.ifc"))
    assert steadily(lambda: cluster.ask("GET", JOBS + "?labelSelector=ifcjob.io/ifcjob=unseen")["items"] == [], 0.5)
    operator.start()
    cluster.job("unseen")


def test_another_replica_waits_answers_and_takes_over(env: OperatorEnv, tmp_path: Path) -> None:
    cluster, first = env.cluster, env.operator
    second = first.replica(tmp_path / "second.log", IFCJOB_POD_NAME="operator-1")
    second.start(leads=False)
    try:
        cluster.submit("handed-over", env.file("handed-over.ifc"))
        job = cluster.job("handed-over")
        cluster.run(job)
        cluster.wait("handed-over", "Running")
        assert urllib3.request("GET", f"{second.url}/readyz").json() == {"ready": True, "leading": False}
        target = cluster.request(job)["progress"]
        url = target["url"].replace(first.url, second.url)
        headers = {"Authorization": f"Bearer {target['token']}"}
        assert urllib3.request("POST", url, json={"percent": 70.0, "stage": "geometry"}, headers=headers).status == 204
        assert eventually(lambda: cluster.status("handed-over").get("progress", {}).get("percent") == 70, 5)
        queue = f"{second.url}/v1/queues/{cluster.namespace}/default"
        # The replica reads the status that the leader writes once per second.
        assert eventually(lambda: urllib3.request("GET", queue).json()["active"] >= 1, 5)

        assert first.stop() == 0
        assert eventually(lambda: second.metric("ifcjob_leading") == 1, 6), second.log[-2000:]
        cluster.succeed(job)
        cluster.wait("handed-over", "Succeeded")
        first.start(leads=False)
        assert second.stop() == 0
    finally:
        if second.is_running:
            second.stop(signal.SIGKILL)
    assert eventually(lambda: first.metric("ifcjob_leading") == 1, 6)


def test_a_lost_lease_ends_the_process(env: OperatorEnv) -> None:
    cluster, operator = env.cluster, env.operator
    lease = f"/apis/coordination.k8s.io/v1/namespaces/{cluster.namespace}/leases/ifcjob-operator"
    start = len(operator.log)
    cluster.ask("PATCH", lease, {"spec": {"holderIdentity": "somebody else"}})
    assert operator.ended(12) == 75
    lines = [json.loads(line) for line in operator.log[start:].splitlines()]
    assert [line["event"] for line in lines if line.get("level") == "error"] == ["lease lost"]
    assert lines[-1]["event"] == "lease lost"
    cluster.ask("PATCH", lease, {"spec": {"holderIdentity": None}})
    operator.start()


def test_every_line_of_the_log_is_json_and_names_the_ifcjob(env: OperatorEnv) -> None:
    cluster, operator = env.cluster, env.operator
    cluster.submit("logged", env.file("logged.ifc"))
    job = cluster.job("logged")
    cluster.run(job)
    cluster.wait("logged", "Running")
    cluster.succeed(job)
    cluster.wait("logged", "Succeeded")
    # The status changes a moment before the line is written.
    words = (f"{cluster.namespace}/logged", "phase changed", "Succeeded")
    assert eventually(lambda: any(all(word in line for word in words) for line in operator.log.splitlines()), 10)
    lines = [json.loads(line) for line in operator.log.splitlines()]
    logged = [line for line in lines if line.get("ifcjob") == f"{cluster.namespace}/logged"]
    assert [(line["event"], line.get("phase")) for line in logged if "attempt" in line] == [
        ("attempt created", None),
        ("phase changed", "Starting"),
        ("phase changed", "Running"),
        ("attempt finished", None),
        ("phase changed", "Succeeded"),
    ]
    assert all(line["uid"] for line in logged)
    assert {line["event"] for line in lines if line.get("level") == "error"} <= {"lease lost"}
