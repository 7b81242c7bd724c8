"""Requests that the API server refuses: what is tried again, and what is logged, on a real API server."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.support.async_tests import until
from tests.support.fake_cluster import IFCJOBS, JOBS, QUEUES
from tests.support.manifests import ifcjob_manifest, ifcqueue_manifest
from tests.support.real_controller import Log, operating

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path

    import pytest

    from tests.support.fake_cluster import FakeCluster


def events(log: Log) -> list[str]:
    return [line["event"] for line in log if line["log_level"] == "warning"]


def test_nothing_is_tried_again_in_a_terminating_namespace(fake: FakeCluster) -> None:
    for name in ("queued", "unqueued"):
        fake.ask("POST", IFCJOBS, ifcjob_manifest(name, queue="night" if name == "queued" else "default"))
    fake.ask("POST", QUEUES, ifcqueue_manifest("night", slots=3))
    fake.ask("DELETE", f"/api/v1/namespaces/{fake.namespace}")

    async def use(requests: Counter[str], log: Log) -> None:
        await until(lambda: requests["POST jobs"] and requests["POST ifcqueues"])
        fake.change("queued", priority=3)
        fake.change("unqueued", priority=3)
        await asyncio.sleep(3)
        assert (requests["POST jobs"], requests["POST ifcqueues"]) == (1, 1)
        assert events(log) == ["namespace is terminating"]
        assert log[-1]["namespace"] == fake.namespace

    operating(use)


def test_a_refused_job_is_logged_once_and_explained_at_once(fake: FakeCluster) -> None:
    fake.ask("POST", QUEUES, ifcqueue_manifest("default", slots=3))
    item = fake.ask("POST", IFCJOBS, ifcjob_manifest("house"))
    name = f"house-{item['metadata']['uid'][:8]}-1"
    pod = {"restartPolicy": "Never", "containers": [{"name": "runner", "image": "none"}]}
    fake.ask("POST", JOBS, {"metadata": {"name": name}, "spec": {"template": {"spec": pod}}})

    async def use(requests: Counter[str], log: Log) -> None:
        await until(lambda: fake.reason("house", "Running") == "PodNotCreated")
        await asyncio.sleep(3)
        assert 1 <= requests["POST jobs"] <= 3, "then every 15 s"
        assert events(log) == ["job refused"]
        assert "is taken by a Job of another owner" in log[-1]["error"]

    operating(use)


def test_a_job_that_a_quota_rejects_is_created_when_there_is_room(
    fake: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ifcjob_operator.reconcile.REJECTED_RETRY_DELAY", timedelta(seconds=1))
    quotas, full = "/api/v1/namespaces/{}/resourcequotas", {"hard": {"count/jobs.batch": "0"}}
    fake.ask("POST", quotas, {"metadata": {"name": "bim"}, "spec": full})
    status = full | {"used": {"count/jobs.batch": "0"}}  # as the quota controller would
    fake.ask("PATCH", f"{quotas}/bim/status", {"status": status})
    fake.ask("POST", QUEUES, ifcqueue_manifest("default", slots=3))
    fake.ask("POST", IFCJOBS, ifcjob_manifest("house"))

    async def use(_requests: Counter[str], _log: Log) -> None:
        await until(lambda: fake.reason("house", "Running") == "QuotaExceeded", 30)
        fake.ask("DELETE", f"{quotas}/bim")
        await until(lambda: fake.jobs_of("house") != [], 30)
        status = fake.status("house")
        assert (len(status["attempts"]), status.get("retries", 0), status["phase"]) == (1, 0, "Starting")

    operating(use)


def test_job_of_a_refused_network_policy_fails_at_its_start_deadline(
    fake: FakeCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ifcjob_operator.reconcile.REJECTED_RETRY_DELAY", timedelta(seconds=1))
    policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "runner"}}
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(policy | {"spec": {"podSelector": {}, "policyTypes": ["Sideways"]}}), encoding="utf-8")
    fake.ask("POST", QUEUES, ifcqueue_manifest("default", slots=1))
    fake.ask("POST", IFCJOBS, ifcjob_manifest("house", startDeadlineSeconds=8))

    async def use(_requests: Counter[str], log: Log) -> None:
        await until(lambda: fake.reason("house", "Running") == "PodNotCreated", 6)
        await until(lambda: fake.status("house").get("phase") == "Failed", 30)
        failed = next(condition for condition in fake.status("house")["conditions"] if condition["type"] == "Failed")
        assert (failed["reason"], fake.jobs_of("house")) == ("DeadlineExceeded", [])
        assert "Sideways" in failed["message"]
        assert events(log) == ["job refused"]

    operating(use, file)
