"""Runs Jobs on one machine: makes their pods, records how they end, and deletes them after their time to live.

Level-triggered: each change of a Job, its pod or its Secret ends in a sync, which compares what is with what should be.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from ifcjob_backends.cluster.errors import AlreadyExists, ClusterError, Expired
from ifcjob_backends.cluster.objects import Key, KubeObject, key_of
from ifcjob_backends.local import pod_status
from ifcjob_backends.local.api_server.server import LocalApiServer
from ifcjob_backends.local.kubelet.pods import RETRY_SECONDS, Kubelet, RunSettings
from ifcjob_backends.local.logs import log_path, prune_logs
from ifcjob_backends.local.requests import JOBS, PATHS, PODS, Kind, delete, get, list_path, patch_status

_SWEEP_SECONDS = 30.0

log = structlog.get_logger()


class LocalJobs:
    """The Job controller of one machine, with its kubelet."""

    def __init__(self, server: LocalApiServer, settings: RunSettings) -> None:
        self._server, self._settings = server, settings
        self._kubelet = Kubelet(server, settings, lambda key: self._wake("pods", key))
        self._syncing: dict[tuple[Kind, Key], bool] = {}
        """Whether to sync again after the sync that runs."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def recover(self) -> None:
        """Kill the runs that a former process has left, and mark their pods as disrupted. Call it before `run`."""
        await self._kubelet.recover()

    async def run(self) -> None:
        """Run Jobs until cancelled."""
        async with asyncio.TaskGroup() as group:
            for kind in PATHS:
                group.create_task(self._watch(kind))
            group.create_task(self._sweep())

    async def stop(self) -> None:
        """Stop all runs and record their ends; their IfcJobs start them again."""
        await self._kubelet.stop()
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _watch(self, kind: Kind) -> None:
        """Sync everything once, then each change."""
        path = PATHS[kind]
        while True:
            version = (await self._server.ask("GET", f"{path}?limit=1"))["metadata"]["resourceVersion"]
            async for item in self._server.pages(path):
                self._wake_for(kind, item)
            with suppress(Expired):
                async for event, item in self._server.watch(path, version):
                    if event != "BOOKMARK":
                        self._wake_for(kind, item)

    def _wake_for(self, kind: Kind, item: KubeObject) -> None:
        namespace, name = key_of(item)
        if kind == "pods":
            self._wake("pods", (namespace, name))
            name = (item["metadata"].get("labels") or {}).get(pod_status.JOB_NAME_LABEL, name)
        self._wake("jobs", (namespace, name))  # a Secret has the name of its Job

    def _wake(self, kind: Kind, key: Key) -> None:
        if (kind, key) in self._syncing:
            self._syncing[kind, key] = True
            return
        self._syncing[kind, key] = False
        self._spawn(self._sync(kind, key))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _sync(self, kind: Kind, key: Key) -> None:
        sync = self._sync_job if kind == "jobs" else self._kubelet.sync
        again = True
        try:
            while again:
                self._syncing[kind, key] = False
                await sync(key)
                again = self._syncing[kind, key]
        except ClusterError as error:
            log.warning("job not handled", kind=kind, name="/".join(key), error=str(error), again_in=RETRY_SECONDS)
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self._wake, kind, key)
        finally:
            del self._syncing[kind, key]

    async def _sync_job(self, key: Key) -> None:
        job = await get(self._server, JOBS, key)
        if job is None:
            return
        pod_key = (key[0], pod_status.pod_name(job))
        if not pod_status.has_ended(job) and "deletionTimestamp" not in job["metadata"]:
            await self._update(job, await get(self._server, PODS, pod_key))
        self._wake("pods", pod_key)

    async def _update(self, job: KubeObject, pod: KubeObject | None) -> None:
        before = job.get("status") or {}
        if pod is None and not before:
            if self._kubelet.is_stopping:
                return
            with suppress(AlreadyExists):
                made = pod_status.new_pod(job, self._settings.node)
                pod = await self._server.ask("POST", list_path(PODS, job["metadata"]["namespace"]), made)
        status = pod_status.job_status(pod, before.get("startTime"))
        if status != before:
            await patch_status(self._server, JOBS, key_of(job), status)

    async def _sweep(self) -> None:
        """Delete finished Jobs after their time to live, and old logs; until cancelled."""
        while True:
            now = datetime.now(UTC)
            async for job in self._server.pages(JOBS):
                ttl = job["spec"].get("ttlSecondsAfterFinished")
                if ttl is not None and pod_status.has_ended(job):
                    ended_at = datetime.fromisoformat(job["status"]["conditions"][-1]["lastTransitionTime"])
                    if now >= ended_at + timedelta(seconds=ttl):
                        with suppress(ClusterError):
                            await delete(self._server, JOBS, key_of(job), {"propagationPolicy": "Background"})
            keep = {log_path(self._settings.logs, key_of(pod)) async for pod in self._server.pages(PODS)}
            with suppress(OSError):
                await asyncio.to_thread(prune_logs, self._settings.logs, keep)
            await asyncio.sleep(_SWEEP_SECONDS)
