"""Failures of operator, leader, stores and API server: no job is lost or run twice."""

import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.e2e.conftest import Bucket, leader, wait_ready
from tests.e2e.kube import Kube, ifcjob, proved, wait_until
from tests.e2e.release import secret
from tools.cluster.access import Cluster

MANY = 30
KILL_EVERY_SECONDS = 5
TAKEOVER_SECONDS = 20
OUTAGE_SECONDS = 60
OPERATOR = "ifcjob_operator"
# Succeeded jobs with an attempt, their artifacts, and their model's metadata.
_COMPLETE_HISTORY = """
select job.name from job join model on model.sha256 = job.input_sha256
where job.namespace = :namespace and job.phase = 'Succeeded' and model.metadata -> 'file' ->> 'schema' is not null
and exists (select from attempt where attempt.uid = job.uid and attempt.reason = 'Succeeded')
and exists (select from artifact where artifact.uid = job.uid and artifact.name = 'model.glb')
"""


@pytest.fixture(autouse=True)
def healthy(system: Kube) -> None:
    """Start with both replicas ready."""
    wait_ready(system)


@pytest.mark.alone
def test_jobs_finish_with_an_operator_killed_every_five_seconds(
    cluster: Cluster, kube: Kube, bucket: Bucket, corpus: Path
) -> None:
    names = _submit_many(kube, bucket, corpus)
    kills, pods = 0, Pods(kube)
    deadline = time.monotonic() + 240
    while not _all_finished(kube, names):
        assert time.monotonic() < deadline, _phases(kube)
        killed_at = time.monotonic()
        kills += cluster.kill(OPERATOR)
        while time.monotonic() < killed_at + KILL_EVERY_SECONDS:
            pods.look()
            time.sleep(0.2)
    assert kills >= 10
    _check_many(kube, names, pods)
    proved(
        f"{kills} SIGKILLs of the operator while {MANY} jobs ran: all succeeded, no attempt ran twice, none was lost"
    )


@pytest.mark.alone
def test_second_replica_takes_over_from_a_killed_leader(
    cluster: Cluster, system: Kube, kube: Kube, bucket: Bucket, corpus: Path
) -> None:
    first = leader(system)
    bucket.put("openhouse.ifc", corpus / "openhouse.ifc")
    # SIGKILL, so that the Lease is not released; delete the pod, so that it cannot take the Lease again.
    cluster.kill(OPERATOR)
    system.run("delete", "pod", first, "--grace-period=0", "--force", "--wait=false")
    started = time.monotonic()
    kube.apply(ifcjob("after", bucket.name, "openhouse.ifc"))
    kube.wait("ifcjob", "after", lambda job: job.get("status", {}).get("attempts"), TAKEOVER_SECONDS, "admitted")
    took = time.monotonic() - started
    assert leader(system) != first
    kube.wait_phase("after", "Succeeded", seconds=60)
    proved(f"another replica took over and admitted a job {took:.0f} s after the leader was killed")


def test_history_survives_a_database_outage(cluster: Cluster, kube: Kube, bucket: Bucket, corpus: Path) -> None:
    bucket.put("openhouse.ifc", corpus / "openhouse.ifc")
    cluster.stop("postgresql")
    try:
        stopped = time.monotonic()
        names = [f"unrecorded-{n}" for n in range(4)]
        kube.apply(
            *(ifcjob(name, bucket.name, "openhouse.ifc", cache="Off", resources={"cpu": "250m"}) for name in names)
        )
        done = kube.wait_finished(*names, seconds=90)
        assert {job["status"]["phase"] for job in done.values()} == {"Succeeded"}
        expiring = ifcjob("expiring", bucket.name, "openhouse.ifc", cache="Off", ttlSecondsAfterFinished=1)
        kube.apply(expiring)
        kube.wait_phase("expiring", "Succeeded", seconds=60)
        while time.monotonic() < stopped + OUTAGE_SECONDS:
            assert kube.get("ifcjob", "expiring"), "deleted before its history was written"
            time.sleep(1)
    finally:
        cluster.start("postgresql")
    expected = {*names, "expiring"}
    wait_until(lambda: _recorded(cluster, kube.namespace) == expected, 60, "every row is there")
    kube.wait_gone("ifcjob", "expiring", seconds=60)
    proved("a minute without PostgreSQL delayed no job; afterwards every row was there, and only then the TTL deleted")


def test_jobs_survive_an_object_store_outage(cluster: Cluster, kube: Kube, bucket: Bucket, corpus: Path) -> None:
    bucket.put("big.ifc", corpus / "janesville.ifc")
    bucket.put("openhouse.ifc", corpus / "openhouse.ifc")
    kube.apply(ifcjob("caught", bucket.name, "big.ifc", resources={"cpu": "500m"}, retry={"limit": 8}))
    kube.wait_phase("caught", "Running", seconds=60)
    cluster.stop("s3")
    try:
        stopped = time.monotonic()
        kube.apply(ifcjob("queued", bucket.name, "openhouse.ifc"))
        kube.wait(
            "ifcjob",
            "queued",
            lambda job: "StorageUnavailable" in str(job.get("status")),
            40,
            "says that the store is away",
        )
        time.sleep(max(0, stopped + OUTAGE_SECONDS - time.monotonic()))
    finally:
        cluster.start("s3")
    done = kube.wait_finished("caught", "queued", seconds=150)
    assert {job["status"]["phase"] for job in done.values()} == {"Succeeded"}, done
    assert len(done["queued"]["status"]["attempts"]) == 1
    proved("a minute without the store: a running job recovered, a queued one waited and said why; both succeeded")


def test_wrong_store_credentials_fail_the_jobs(
    cluster: Cluster, system: Kube, kube: Kube, bucket: Bucket, corpus: Path
) -> None:
    bucket.put("openhouse.ifc", corpus / "openhouse.ifc")
    _set_secret_key(system, "wrong")
    try:
        kube.apply(ifcjob("refused", bucket.name, "openhouse.ifc"))
        done = kube.wait_phase("refused", "Failed", seconds=30)
        assert done["status"]["failure"]["reason"] == "AccessDenied"
        assert not done["status"].get("attempts")
    finally:
        _set_secret_key(system, cluster.s3_secret_key)
    kube.apply(ifcjob("allowed", bucket.name, "openhouse.ifc"))
    kube.wait_phase("allowed", "Succeeded", seconds=60)
    proved("wrong credentials fail as AccessDenied without a pod; a rotated Secret is read by the next start")


def test_jobs_survive_an_api_server_restart(cluster: Cluster, kube: Kube, bucket: Bucket, corpus: Path) -> None:
    names = _submit_many(kube, bucket, corpus, count=6)
    kube.wait("ifcjob", names[0], lambda job: job.get("status", {}).get("attempts"), 30, "admitted")
    cluster.stop("kube-apiserver")
    time.sleep(10)
    cluster.start("kube-apiserver")
    done = kube.wait_finished(*names, seconds=180)
    assert {job["status"]["phase"] for job in done.values()} == {"Succeeded"}
    proved("ten seconds without the API server: every job succeeded")


class Pods:
    """Polls pods: which ran at all, and which ran concurrently for one IfcJob."""

    def __init__(self, kube: Kube) -> None:
        self._kube = kube
        self.of_attempt: dict[str, set[str]] = {}
        self.doubled: list[str] = []

    def look(self) -> None:
        """Poll once; an overloaded API server may not respond."""
        running = Counter[str]()
        for pod in self._kube.all("pod"):
            labels, phase = pod["metadata"]["labels"], pod["status"].get("phase")
            attempt = f"{labels['ifcjob.io/ifcjob']}/{labels['ifcjob.io/attempt']}"
            self.of_attempt.setdefault(attempt, set()).add(pod["metadata"]["uid"])
            if phase == "Running":
                running[labels["ifcjob.io/ifcjob"]] += 1
        self.doubled += [name for name, count in running.items() if count > 1]


def _submit_many(kube: Kube, bucket: Bucket, corpus: Path, count: int = MANY) -> list[str]:
    bucket.put("infra.ifc", corpus / "infra_bridge.ifc")
    names = [f"many-{n:02}" for n in range(count)]
    kube.apply(*(ifcjob(name, bucket.name, "infra.ifc", cache="Off", resources={"cpu": "200m"}) for name in names))
    return names


def _check_many(kube: Kube, names: list[str], pods: Pods) -> None:
    done = kube.wait_finished(*names, seconds=10)
    assert {finished["status"]["phase"] for finished in done.values()} == {"Succeeded"}
    assert pods.doubled == []
    assert all(len(uids) == 1 for uids in pods.of_attempt.values()), pods.of_attempt
    jobs = Counter(job["metadata"]["labels"]["ifcjob.io/ifcjob"] for job in kube.all("job"))
    for name, finished in done.items():
        attempts = finished["status"]["attempts"]
        assert jobs[name] == len(attempts), (name, jobs[name], attempts)
        assert [attempt["reason"] for attempt in attempts].count("Succeeded") == 1


def _all_finished(kube: Kube, names: list[str]) -> bool:
    return all(_phases(kube).get(name) in ("Succeeded", "Failed") for name in names)


def _phases(kube: Kube) -> dict[str, str]:
    return {job["metadata"]["name"]: job["status"].get("phase") for job in kube.all("ifcjob")}


def _recorded(cluster: Cluster, namespace: str) -> set[str]:
    engine = create_engine(cluster.database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        rows = connection.execute(text(_COMPLETE_HISTORY), {"namespace": namespace})
        return {row[0] for row in rows}


def _set_secret_key(system: Kube, key: str) -> None:
    system.apply(secret("object-store", **{"secret-key": key}))
    system.run("rollout", "restart", "deployment/ifcjob-operator")
    system.run("rollout", "status", "deployment/ifcjob-operator", "--timeout=60s")
    wait_ready(system)
