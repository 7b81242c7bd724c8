"""Two operators and a standby, each shard with a Lease of its own, against a real API server."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import urllib3

from ifcjob_operator.cluster.shard import Shard, lease_names, shard_of
from tests.support.fake_cluster import JOBS, QUEUES, OperatorProcess
from tests.support.manifests import ifcqueue_manifest
from tests.support.operator_env import OperatorEnv, operator_env
from tools.cluster.processes import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cluster.control_plane import ControlPlane

TAKEOVER_SECONDS = 40


def queue_of(shard: int, namespace: str) -> str:
    """Return the name of a queue in a shard."""
    return next(name for name in (f"queue-{n}" for n in range(99)) if shard_of(namespace, name, 2) == shard)


def created_by(operator: OperatorProcess) -> set[str]:
    """Return the names of the IfcJobs whose attempts an operator has created."""
    events = [json.loads(line) for line in operator.log.splitlines() if '"attempt created"' in line]
    return {event["ifcjob"].partition("/")[2] for event in events}


def submit(env: OperatorEnv, queue: str, names: list[str]) -> None:
    for name in names:
        env.cluster.submit(name, env.file(f"{name}.ifc"), queue=queue)


def test_each_job_runs_once_and_a_standby_takes_a_dead_shard(api_server: ControlPlane, tmp_path: Path) -> None:
    with operator_env(api_server, tmp_path, IFCJOB_SHARDS="2") as env:
        cluster, first = env.cluster, env.operator
        second = first.replica(tmp_path / "second.log", IFCJOB_POD_NAME="operator-1")
        standby = first.replica(tmp_path / "standby.log", IFCJOB_POD_NAME="operator-2")
        try:
            second.start()
            standby.start(leads=False)
            queues = [queue_of(shard, cluster.namespace) for shard in (0, 1)]
            names = [[f"{queue}-{n}" for n in range(4)] for queue in queues]
            for queue, members in zip(queues, names, strict=True):
                cluster.ask("POST", QUEUES, ifcqueue_manifest(queue, slots=10))
                submit(env, queue, members)
            jobs = {name: cluster.job(name) for name in [*names[0], *names[1]]}
            assert sorted([created_by(first), created_by(second)], key=min) == sorted(map(set, names), key=min)
            assert standby.metric("ifcjob_leading") == 0

            dead = 0 if names[0][0] in created_by(first) else 1
            running = names[dead][0]
            cluster.run(jobs[running])
            cluster.wait(running, "Running")
            _progress_reaches_the_job_through(second, env, running, jobs[running])
            depth = f"{second.url}/v1/queues/{cluster.namespace}/{queues[dead]}"
            # The leader of another shard answers from the status, which is written once per second.
            assert eventually(lambda: urllib3.request("GET", depth).json()["active"] == 4, 5)

            first.stop(signal.SIGKILL)
            cluster.succeed(jobs[running])
            submit(env, queues[dead], ["late"])
            assert cluster.wait(running, "Succeeded", TAKEOVER_SECONDS)["attempts"][0]["reason"] == "Succeeded"
            cluster.job("late")
            assert created_by(standby) == {"late"}
            other = names[1 - dead][0]
            cluster.run(jobs[other])
            cluster.succeed(jobs[other])
            cluster.wait(other, "Succeeded")
            created = cluster.ask("GET", JOBS)["items"]
            assert len(created) == 9, "each IfcJob has one Job"
        finally:
            for operator in (second, standby):
                if operator.is_running:
                    operator.stop(signal.SIGKILL)


def _progress_reaches_the_job_through(operator: OperatorProcess, env: OperatorEnv, name: str, job: str) -> None:
    target = env.cluster.request(job)["progress"]
    url = target["url"].replace(env.operator.url, operator.url)
    headers = {"Authorization": f"Bearer {target['token']}"}
    assert urllib3.request("POST", url, json={"percent": 70.0, "stage": "geometry"}, headers=headers).status == 204
    assert eventually(lambda: env.cluster.status(name).get("progress", {}).get("percent") == 70, 5)


def test_each_queue_with_its_jobs_is_in_one_shard() -> None:
    for queue in (f"queue-{n}" for n in range(50)):
        metadata = {"namespace": "bim", "name": "house", "labels": {"ifcjob.io/queue": queue}}
        items: dict[str, dict[str, Any]] = {
            "ifcqueues": {"metadata": {"namespace": "bim", "name": queue}},
            "ifcjobs": {"metadata": metadata, "spec": {"queue": queue}},
            "jobs": {"metadata": metadata},
        }
        owners = {kind: [n for n in range(3) if Shard(n, 3).owns(kind, item)] for kind, item in items.items()}
        assert [len(numbers) for numbers in owners.values()] == [1, 1, 1]
        assert owners["ifcqueues"] == owners["ifcjobs"] == owners["jobs"]
    assert {shard_of("bim", f"queue-{n}", 3) for n in range(50)} == {0, 1, 2}


def test_shards_of_other_releases_stay_where_they_are() -> None:
    assert [shard_of("bim", name, 4) for name in ("default", "night", "urgent")] == [3, 0, 3]
    assert lease_names("ifcjob-operator", 3) == ["ifcjob-operator", "ifcjob-operator-1", "ifcjob-operator-2"]
