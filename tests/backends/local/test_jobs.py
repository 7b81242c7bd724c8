"""Jobs as child processes: what their pods and Jobs say while they run, when they end, and when they are stopped."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from ifcjob_backends.cluster.errors import NotFound, Refused
from ifcjob_backends.local.api_server.server import LocalApiServer
from ifcjob_backends.local.jobs import LocalJobs
from ifcjob_backends.local.kubelet.pods import RunSettings
from ifcjob_backends.local.kubelet.process import RUN_FOLDER
from ifcjob_backends.local.logs import MAX_FILE_BYTES, LogWriter
from ifcjob_backends.local.pod_status import pod_name
from ifcjob_operator.cluster.objects import observed_job, observed_pod
from ifcjob_operator.planning.outcome import outcome_of
from tests.support.async_tests import finish

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ifcjob_backends.cluster.objects import KubeObject

JOBS, PODS, SECRETS = (
    f"{group}/namespaces/bim/{name}"
    for group, name in (("/apis/batch/v1", "jobs"), ("/api/v1", "pods"), ("/api/v1", "secrets"))
)
STUB = Path(__file__).parents[2] / "support" / "stub_runner.py"


class Machine:
    """A server with its Jobs, and what tests do with them."""

    def __init__(self, server: LocalApiServer, jobs: LocalJobs, folder: Path) -> None:
        self.server, self.jobs, self.folder = server, jobs, folder

    async def submit(self, name: str, source: str = "house.ifc", *, secret: bool = True, **spec: Any) -> KubeObject:
        """Create a Job and its Secret."""
        (self.folder / source).write_text("ISO-10303-21;", "utf-8")
        container = {"name": "runner", "resources": {"limits": {"cpu": "1", "memory": "512Mi"}}}
        pod = {"terminationGracePeriodSeconds": 1, "containers": [container], **spec}
        template = {"metadata": {"labels": {"ifcjob.io/ifcjob": name}}, "spec": pod}
        labels = {"ifcjob.io/ifcjob": name, "ifcjob.io/attempt": "1"}
        manifest = {"metadata": {"name": name, "labels": labels}, "spec": {"template": template}}
        job = await self.server.ask("POST", JOBS, manifest)
        if secret:
            await self.add_secret(job, source)
        return job

    async def add_secret(self, job: KubeObject, source: str = "house.ifc") -> None:
        name, uid = job["metadata"]["name"], job["metadata"]["uid"]
        path = str(self.folder / source)
        request = {"source": {"uri": path, "publicUri": path}, "output": {"folder": str(self.folder / "out" / uid)}}
        owner = {"kind": "Job", "name": name, "uid": uid}
        metadata = {"name": name, "ownerReferences": [owner]}
        await self.server.ask(
            "POST", SECRETS, {"metadata": metadata, "stringData": {"request.json": json.dumps(request)}}
        )

    async def job(self, name: str) -> KubeObject:
        return await self.server.ask("GET", f"{JOBS}/{name}")

    async def pod(self, job: KubeObject) -> KubeObject:
        return await self.server.ask("GET", f"{PODS}/{pod_name(job)}")

    async def phase(self, job: KubeObject, *phases: str) -> KubeObject:
        """Wait until its pod has one of these phases."""
        async for _, pod in self._changes(PODS):
            if pod["metadata"]["name"] == pod_name(job) and pod["status"]["phase"] in phases:
                return pod
        raise AssertionError("unreachable")

    async def ended(self, job: KubeObject) -> KubeObject:
        """Wait until a Job has ended."""
        async for _, item in self._changes(JOBS):
            seen = observed_job(item)
            if item["metadata"]["uid"] == job["metadata"]["uid"] and (seen.complete or seen.failed):
                return item
        raise AssertionError("unreachable")

    async def gone(self, path: str) -> None:
        for _ in range(1000):
            try:
                await self.server.ask("GET", path)
            except NotFound:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"{path} stays")

    async def log(self, job: KubeObject, **query: str) -> str:
        chunks = [chunk async for chunk in self.server.stream(f"{PODS}/{pod_name(job)}/log", **query)]
        return b"".join(chunks).decode()

    async def logged(self, job: KubeObject, text: str) -> None:
        await self.phase(job, "Running")
        for _ in range(1000):
            if text in await self.log(job):
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"{text!r} is not in the log")

    async def _changes(self, path: str) -> AsyncIterator[tuple[str, KubeObject]]:
        version = (await self.server.ask("GET", path))["metadata"]["resourceVersion"]
        async for item in self.server.pages(path):
            yield "ADDED", item
        async for event in self.server.watch(path, version):
            yield event


@asynccontextmanager
async def machine(folder: Path, *command: str) -> AsyncIterator[Machine]:
    async with LocalApiServer(folder / "state.db", folder / "logs") as server:
        settings = RunSettings(folder / "runs", folder / "logs", command or (sys.executable, "-S", str(STUB)), cpus=4)
        jobs = LocalJobs(server, settings)
        await jobs.recover()
        running = asyncio.create_task(jobs.run())
        try:
            yield Machine(server, jobs, folder)
        finally:
            await jobs.stop()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def runs_of(folder: Path) -> list[psutil.Process]:
    runs = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(RUN_FOLDER, "").startswith(f"{folder}/"):
                runs.append(process)
        except psutil.Error:
            continue
    return runs


def test_a_run_that_succeeds_is_seen_as_on_a_cluster(tmp_path: Path) -> None:
    async def main() -> None:
        async with machine(tmp_path) as made:
            job = await made.submit("a")
            ended, pod = observed_job(await made.ended(job)), observed_pod(await made.pod(job))
            outcome = outcome_of(ended, [pod])
            assert (outcome.reason, outcome.exit_code) == ("Succeeded", 0)
            assert outcome.report is not None
            assert outcome.report.summary.elements == 1
            assert pod.started_at is not None
            assert "runs house.ifc" in await made.log(job)
            assert list((tmp_path / "runs").iterdir()) == [], "its scratch files are gone"

    finish(main())


def test_a_run_that_crashes_has_its_exit_code(tmp_path: Path) -> None:
    async def main() -> None:
        async with machine(tmp_path) as made:
            job = await made.submit("a", "crash.ifc")
            outcome = outcome_of(observed_job(await made.ended(job)), [observed_pod(await made.pod(job))])
            assert (outcome.reason, outcome.exit_code, outcome.is_disruption) == ("Crashed", 71, False)
            # The Job's message suffices when the pod is gone.
            assert outcome_of(observed_job(await made.job("a")), []).exit_code == 71

    finish(main())


def test_a_pod_waits_for_its_secret(tmp_path: Path) -> None:
    async def main() -> None:
        async with machine(tmp_path) as made:
            job = await made.submit("a", secret=False)
            await made.phase(job, "Pending")
            with pytest.raises(Refused, match="waiting to start"):
                await made.log(job)
            assert runs_of(tmp_path / "runs") == []
            await made.add_secret(job)
            assert observed_job(await made.ended(job)).complete

    finish(main())


@pytest.mark.parametrize("policy", ["Foreground", "Background"])
def test_deleting_a_job_stops_its_process(tmp_path: Path, policy: str) -> None:
    async def main() -> None:
        async with machine(tmp_path) as made:
            job = await made.submit("a", "slow.ifc")
            await made.logged(job, "runs slow.ifc")
            assert observed_job(await made.job("a")).ready == 1
            await made.server.ask("DELETE", f"{JOBS}/a", {"propagationPolicy": policy})
            await made.gone(f"{PODS}/{pod_name(job)}")
            await made.gone(f"{JOBS}/a")
            assert runs_of(tmp_path / "runs") == []
            assert "runs slow.ifc" in await made.log(job), "the log outlives its pod"

    finish(main())


def test_a_process_that_ignores_sigterm_is_killed_after_the_grace(tmp_path: Path) -> None:
    async def main() -> None:
        async with machine(tmp_path) as made:
            job = await made.submit("a", "stubborn.ifc")
            await made.logged(job, "ignores SIGTERM")
            await made.server.ask("DELETE", f"{PODS}/{pod_name(job)}", {})
            outcome = outcome_of(observed_job(await made.ended(job)), [])
            assert outcome.exit_code == 137
            await made.gone(f"{PODS}/{pod_name(job)}")
            assert runs_of(tmp_path / "runs") == []

    finish(main())


def test_a_run_beyond_its_deadline_is_stopped(tmp_path: Path) -> None:
    async def main() -> None:
        async with machine(tmp_path) as made:
            job = await made.submit("a", "slow.ifc", activeDeadlineSeconds=1)
            outcome = outcome_of(observed_job(await made.ended(job)), [observed_pod(await made.pod(job))])
            assert outcome.reason == "DeadlineExceeded"

    finish(main())


def test_a_stop_is_a_disruption_of_what_runs(tmp_path: Path) -> None:
    async def main() -> None:
        async with machine(tmp_path) as made:
            job = await made.submit("a", "slow.ifc")
            await made.logged(job, "runs slow.ifc")
        assert runs_of(tmp_path / "runs") == []
        async with LocalApiServer(tmp_path / "state.db", tmp_path / "logs") as server:
            item, pod = await server.ask("GET", f"{JOBS}/a"), await server.ask("GET", f"{PODS}/{pod_name(job)}")
            outcome = outcome_of(observed_job(item), [observed_pod(pod)])
            assert (outcome.reason, outcome.is_disruption) == ("Disrupted", True)

    finish(main())


@pytest.mark.parametrize("has_folder", [True, False])
def test_a_pod_whose_run_was_lost_with_its_server_is_disrupted(tmp_path: Path, *, has_folder: bool) -> None:
    async def main() -> None:
        async with LocalApiServer(tmp_path / "state.db", tmp_path / "logs") as server:
            settings = RunSettings(tmp_path / "runs", tmp_path / "logs", (sys.executable, "-S", str(STUB)), cpus=4)
            lost = LocalJobs(server, settings)
            running = asyncio.create_task(lost.run())
            made = Machine(server, lost, tmp_path)
            job = await made.submit("a", "slow.ifc")
            await made.logged(job, "runs slow.ifc")
            running.cancel()  # without `stop`: its process runs on
            lost._kubelet.is_stopping = True
        (process,) = runs_of(tmp_path / "runs")
        if not has_folder:
            shutil.rmtree(tmp_path / "runs")
        async with machine(tmp_path) as made:
            assert not process.is_running()
            await lost.stop()
            outcome = outcome_of(observed_job(await made.ended(job)), [observed_pod(await made.pod(job))])
            assert (outcome.reason, outcome.is_disruption) == ("Disrupted", True)

    finish(main())


def test_a_run_may_use_the_cpus_that_others_leave(tmp_path: Path) -> None:
    script = "import json,sys;print(json.load(open(sys.argv[1]))['limits'])"

    async def main() -> None:
        async with machine(tmp_path, sys.executable, "-c", script) as made:
            job = await made.submit("a")
            await made.ended(job)
            assert await made.log(job) == "{'workers': 4}\n"

    finish(main())


def test_a_log_can_be_followed_and_cut(tmp_path: Path) -> None:
    script = "import time\nfor n in range(5): print(n, flush=True); time.sleep(0.1)"

    async def main() -> None:
        async with machine(tmp_path, sys.executable, "-c", script) as made:
            job = await made.submit("a")
            await made.phase(job, "Running", "Succeeded")
            assert await made.log(job, follow="true") == "0\n1\n2\n3\n4\n"
            assert await made.log(job, tailLines="2") == "3\n4\n"
            assert await made.log(job, tailLines="0") == ""
            assert await made.log(job, limitBytes="3") == "0\n1"
            with pytest.raises(NotFound):
                await anext(made.server.stream(f"{PODS}/other/log"))

    finish(main())


def test_a_log_is_bounded(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path / "bim" / "a.log")
    for _ in range(30):
        writer.write(b"x" * 2**20)
    writer.close()
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "bim").iterdir()}
    assert sizes.keys() == {"a.log", "a.old"}
    assert max(sizes.values()) <= MAX_FILE_BYTES
