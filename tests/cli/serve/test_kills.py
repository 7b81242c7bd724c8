"""`ifcjob serve` survives `kill -9` at any moment: nothing is lost, nothing is doubled, every job ends."""

from __future__ import annotations

import hashlib
import json
import random
import signal
import time
from typing import TYPE_CHECKING

import pytest
import urllib3

from ifcjob.manifest import Manifest
from ifcjob.resource import IfcJob
from tests.support.served import Served, ifcjob, wait_until

if TYPE_CHECKING:
    from pathlib import Path

KILLS, EARLY_JOBS = 20, 6


def submit(url: str, name: str) -> str:
    """Create a job by the API; an answered request must not be lost."""
    body = {"name": name, "source": {"s3Uri": "s3://uploads/house.ifc"}, "cache": "Off"}
    assert urllib3.request("POST", f"{url}/api/v1/namespaces/default/jobs", json=body).status == 201
    return name


@pytest.mark.timeout(900)  # twenty starts, on a machine that does other things
def test_every_job_succeeds_once_after_twenty_kills(tmp_path: Path) -> None:
    served, chance = Served(tmp_path), random.Random(11)
    served.upload("house.ifc")
    submitted = [f"house-{number}" for number in range(EARLY_JOBS)]
    served.submit(*map(ifcjob, submitted))
    for number in range(KILLS):
        url = served.start()
        if number % 4 == 0:
            submitted.append(submit(url, f"late-{number}"))
        time.sleep(chance.uniform(0, 3))  # the moment of the kill is the point of this test
        served.stop(signal.SIGKILL)
    served.start()
    manifests = tmp_path / "data" / "objects" / "artifacts" / "default"
    wait_until(lambda: len(list(manifests.glob("*/manifest.json"))) == len(submitted), 300)
    wait_until(lambda: not served.runs(), 30)
    time.sleep(2)  # the last status and the history are written after the manifest
    assert served.stop() == 0

    jobs = [IfcJob.model_validate(item) for item in served.objects()]
    assert sorted(job.metadata.name for job in jobs) == sorted(submitted)
    assert {job.status.phase for job in jobs} == {"Succeeded"}
    restarts = sum(job.status.infra_restarts for job in jobs)
    assert restarts > 0, "no kill has met a run: the test proves nothing"
    for job in jobs:
        status, folder = job.status, manifests / job.metadata.name
        assert status.retries == 0, "a kill is not the job's fault"
        numbers = [attempt.number for attempt in status.attempts]
        assert numbers == sorted(set(numbers))
        assert status.result is not None
        committed = Manifest.model_validate_json((folder / "manifest.json").read_bytes())
        assert committed.uid == job.metadata.uid
        own = (folder / (committed.folder or "") / "manifest.json").read_bytes()
        assert status.result.manifest == f"s3://artifacts/default/{folder.name}/{committed.folder}manifest.json"
        assert status.result.manifest_sha256 == hashlib.sha256(own).hexdigest()
        for artifact in json.loads(own)["artifacts"]:
            content = (folder / (committed.folder or "") / artifact["name"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == artifact["sha256"]
    assert list((tmp_path / "data" / "runs").iterdir()) == []
    assert served.runs() == []
