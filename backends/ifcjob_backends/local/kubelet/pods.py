"""Runs pods as child processes.

A run's folder exists from before its process starts until after its end is recorded: after a crash, a pod with a folder
may have run, and one without has not.
"""

import asyncio
import base64
import math
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
import structlog

from ifcjob.quantity import amount, as_bytes
from ifcjob_backends.cluster.errors import ClusterError, NotFound
from ifcjob_backends.cluster.objects import Key, KubeObject, key_of
from ifcjob_backends.local import pod_status
from ifcjob_backends.local.api_server.server import LocalApiServer
from ifcjob_backends.local.api_server.verbs import timestamp
from ifcjob_backends.local.kubelet.cgroup import MemoryCgroup, cgroup_parent, remove_leftover
from ifcjob_backends.local.kubelet.process import RunProcess, kill_leftovers
from ifcjob_backends.local.logs import LogWriter, log_path
from ifcjob_backends.local.requests import JOBS, PODS, SECRETS, delete, get, patch_status

RETRY_SECONDS = 2.0
STOP_SECONDS = 5.0
_REQUEST, _REPORT = "request.json", "termination"

log = structlog.get_logger()


@dataclass(frozen=True)
class RunSettings:
    """How pods run."""

    runs: Path
    """One folder per run, removed at its end."""
    logs: Path
    command: Sequence[str]
    """The runner; the request's path and `--termination-log FILE` are appended."""
    cpus: int
    node: str = "localhost"


class Kubelet:
    """The pods of one machine."""

    def __init__(self, server: LocalApiServer, settings: RunSettings, wake: Callable[[Key], None]) -> None:
        """`wake` has a pod synced again."""
        self._server, self._settings, self._wake = server, settings, wake
        self._folder = settings.runs.absolute()
        self._cgroups = cgroup_parent()
        self._runs: dict[Key, asyncio.Task[None]] = {}
        self._processes: dict[Key, RunProcess] = {}
        self.is_stopping = False

    async def recover(self) -> None:
        """Kill the runs that a former process has left, and mark their pods as disrupted."""
        killed, pods = await asyncio.to_thread(kill_leftovers, self._folder), 0
        async for pod in self._server.pages(PODS):
            # A pod may have started without saying so, and its folder may be gone.
            has_started = pod["status"]["phase"] == "Running" or (self._folder / pod["metadata"]["uid"]).exists()
            if has_started and not pod_status.has_ended(pod):
                # The folder may hold a report, but the exit code is not known.
                lost = pod_status.disrupted(pod, "ifcjob serve ended while this pod ran")
                status = {"phase": "Failed", "containerStatuses": None} | lost
                await patch_status(self._server, PODS, key_of(pod), status)
                if self._cgroups is not None:
                    remove_leftover(self._cgroups, pod["metadata"]["uid"])
                pods += 1
        await asyncio.to_thread(_empty, self._folder)
        if killed or pods:
            log.warning("interrupted runs found", processes=killed, pods=pods)

    async def stop(self) -> None:
        """Stop all runs and record their ends."""
        self.is_stopping = True
        for process in self._processes.values():
            process.stop(STOP_SECONDS)
        await asyncio.gather(*self._runs.values(), return_exceptions=True)

    async def sync(self, key: Key) -> None:
        """Start, stop or remove a pod, as its object says."""
        pod = await get(self._server, PODS, key)
        process = self._processes.get(key)
        if pod is None:
            if process is not None:
                process.stop(0)
            return
        is_deleted = "deletionTimestamp" in pod["metadata"]
        if key in self._runs:
            if is_deleted and process is not None:
                process.stop(pod["metadata"].get("deletionGracePeriodSeconds", STOP_SECONDS))
        elif pod_status.has_ended(pod):
            if is_deleted and await self._is_recorded(pod):
                await delete(self._server, PODS, key, {"gracePeriodSeconds": 0})
        elif is_deleted:
            await patch_status(self._server, PODS, key, {"phase": "Failed"})  # it has never started
        elif not self.is_stopping:
            secret = await get(self._server, SECRETS, _job_of(pod))
            if secret is not None and key not in self._runs:
                self._runs[key] = asyncio.create_task(self._run(pod, secret))

    async def _is_recorded(self, pod: KubeObject) -> bool:
        """Return whether the Job knows how its pod has ended, or does not need to."""
        job = await get(self._server, JOBS, _job_of(pod))
        return job is None or pod_status.has_ended(job) or "deletionTimestamp" in job["metadata"]

    async def _run(self, pod: KubeObject, secret: KubeObject) -> None:
        key, folder = key_of(pod), self._folder / pod["metadata"]["uid"]
        try:
            try:
                process = await self._start(pod, secret, folder)
            except OSError as error:  # such as a full disk
                log.warning("run not started", pod="/".join(key), error=str(error))
                await self._record(key, pod_status.waiting(str(error)))
                await asyncio.sleep(0 if self.is_stopping else RETRY_SECONDS)
            else:
                self._processes[key] = process
                if self.is_stopping:
                    process.stop(STOP_SECONDS)
                await self._record(key, await self._follow(pod, process, folder / _REPORT))
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        finally:
            self._processes.pop(key, None)
            self._runs.pop(key, None)
            if not self.is_stopping:
                self._wake(key)

    async def _start(self, pod: KubeObject, secret: KubeObject, folder: Path) -> RunProcess:
        await asyncio.to_thread(_prepare, folder, self._request(pod, secret))
        log_writer = LogWriter(log_path(self._settings.logs, key_of(pod)))
        command = [*self._settings.command, str(folder / _REQUEST), "--termination-log", str(folder / _REPORT)]
        return await RunProcess.start(command, folder, log_writer, self._cgroup(pod))

    async def _follow(self, pod: KubeObject, process: RunProcess, report: Path) -> KubeObject:
        """Wait for the end of a run and return the pod's last status."""
        key, started_at = key_of(pod), timestamp()
        deadline, is_late = pod["spec"].get("activeDeadlineSeconds"), False
        ending = asyncio.create_task(process.wait())
        await self._record(key, pod_status.running(process.pid, started_at))
        self._wake(key)  # it may have been deleted meanwhile
        if not (await asyncio.wait({ending}, timeout=deadline))[0]:
            is_late = True
            process.stop(STOP_SECONDS)
        code = await ending
        message = await asyncio.to_thread(pod_status.read_report, report)
        status = pod_status.ended(code, started_at, message, out_of_memory=process.was_out_of_memory())
        if is_late:
            status |= pod_status.deadline_exceeded(deadline)
        elif code and self.is_stopping:
            status |= pod_status.disrupted(pod, "ifcjob serve was stopped")
        return status

    def _request(self, pod: KubeObject, secret: KubeObject) -> bytes:
        """Return the run request; a run that starts while others are few may use the CPUs that they leave."""
        request = orjson.loads(base64.b64decode(secret["data"]["request.json"]))
        requested = math.ceil(amount(str(_limits(pod).get("cpu") or "1")))
        workers = max(requested, self._settings.cpus // max(1, len(self._runs)))
        request["limits"] = {"workers": workers} | (request.get("limits") or {})
        return orjson.dumps(request)

    def _cgroup(self, pod: KubeObject) -> MemoryCgroup | None:
        memory = _limits(pod).get("memory")
        if self._cgroups is None or memory is None:
            return None
        try:
            return MemoryCgroup(self._cgroups, pod["metadata"]["uid"], as_bytes(memory))
        except OSError as error:
            log.warning("no cgroup", error=str(error), hint="runs limit their memory themselves")
            self._cgroups = None
            return None

    async def _record(self, key: Key, status: KubeObject) -> None:
        """Write a pod's status; while that is impossible, such as on a full disk, try again."""
        while True:
            try:
                await patch_status(self._server, PODS, key, status)
            except NotFound:
                return
            except ClusterError as error:
                if self.is_stopping:
                    return  # the next start finds the run's folder
                log.warning("status not written", pod="/".join(key), error=str(error), again_in=RETRY_SECONDS)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return


def _prepare(folder: Path, request: bytes) -> None:
    """Create a run's folder with its request, which holds a token."""
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    with os.fdopen(os.open(folder / _REQUEST, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(request)


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)


def _job_of(pod: KubeObject) -> Key:
    return pod["metadata"]["namespace"], (pod["metadata"].get("labels") or {}).get(pod_status.JOB_NAME_LABEL, "")


def _limits(pod: KubeObject) -> KubeObject:
    return ((pod["spec"]["containers"][0].get("resources") or {}).get("limits")) or {}
