"""The whole machine in this process, with a runner that reads no model: many jobs, few slots."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from ifcjob_cli.serve import machine as composition
from ifcjob_cli.serve.data_folder import opened
from ifcjob_cli.serve.machine import machine
from ifcjob_cli.serve.settings import Options
from tests.support.async_tests import finish
from tests.support.served import IFCJOBS, ifcjob

if TYPE_CHECKING:
    import pytest

    from ifcjob_backends.cluster.objects import KubeObject

JOBS, SLOTS = 200, 8
STUB = Path(__file__).parents[2] / "support" / "stub_runner.py"


def test_two_hundred_jobs_finish_with_no_more_at_once_than_slots(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(composition, "RUNNER", (sys.executable, "-S", str(STUB)))
    uploads = tmp_path / "objects" / "uploads"
    uploads.mkdir(parents=True)
    (uploads / "house.ifc").write_text("ISO-10303-21;", "utf-8")

    async def main() -> tuple[list[KubeObject], int, Counter[str]]:
        options = Options(tmp_path, "127.0.0.1", 0, SLOTS, "64Gi")
        with opened(tmp_path) as folder, socket.create_server(("127.0.0.1", 0)) as listening:
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            async with machine(options, folder, listening, url) as made:
                stop = asyncio.Event()
                running = asyncio.create_task(made.run(stop))
                server = made.cluster
                most, created = 0, Counter[str]()
                version = (await server.ask("GET", IFCJOBS))["metadata"]["resourceVersion"]
                await asyncio.gather(*(server.ask("POST", IFCJOBS, ifcjob(f"job-{n}")) for n in range(JOBS)))
                active, done, finished = set(), set(), set()
                async for event, item in server.watch("/api/v1/pods", version):
                    name, phase = item["metadata"]["name"], item["status"]["phase"]
                    created[name] += event == "ADDED"
                    active.discard(name) if phase in ("Succeeded", "Failed") else active.add(name)
                    done |= {name} if phase == "Succeeded" else set()
                    most = max(most, len(active))
                    if len(done) == JOBS:
                        break
                async for _, item in server.watch(IFCJOBS, version):
                    finished |= {item["metadata"]["name"]} if item["status"]["phase"] == "Succeeded" else set()
                    if len(finished) == JOBS:
                        break
                stop.set()
                await running
                return [item async for item in server.pages(IFCJOBS)], most, created

    items, most, created = finish(main(), 240)
    assert len(items) == JOBS
    assert most <= SLOTS
    assert len(created) == JOBS, "one pod per job"
    assert set(created.values()) == {1}
    assert all(len(item["status"]["attempts"]) == 1 for item in items)
