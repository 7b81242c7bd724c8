"""The part of the Kubernetes API that operator and API use, in this process, with its objects in a SQLite file.

Reads come from memory. One task writes: it takes the waiting requests, applies them one after another, and commits them
in one transaction before it answers any of them. So an answer, a read or a watch never shows what a crash can undo.
"""

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from ifcjob_backends.cluster.errors import ClusterError, ClusterUnavailable, Refused
from ifcjob_backends.cluster.objects import APPLY_PATCH, MERGE_PATCH, KubeObject, key_of
from ifcjob_backends.cluster.protocol import EventType
from ifcjob_backends.local.api_server import verbs
from ifcjob_backends.local.api_server.admission import admit
from ifcjob_backends.local.api_server.database import ObjectDatabase
from ifcjob_backends.local.api_server.objects import ObjectTable, Overlay, copy_of
from ifcjob_backends.local.api_server.targets import RESOURCES, Target, selector_of, target_of
from ifcjob_backends.local.logs import log_path, read_log
from ifcjob_backends.tasks import end_tasks

BATCH_SECONDS = 0.01
"""How long requests are applied before they are committed; reads and other tasks wait meanwhile."""
BOOKMARK_SECONDS = 60.0
EVENT_LIFETIME = timedelta(hours=1)
"""That of Kubernetes."""
_TIDY_SECONDS = 60.0

Write = Callable[[Overlay], KubeObject]

log = structlog.get_logger()


class LocalApiServer:
    """An API server for one process. Use as an async context manager."""

    def __init__(self, database: Path, logs: Path, queue_defaults: KubeObject | None = None) -> None:
        """Store the objects in `database` and read pod logs in `logs`; new IfcQueues get `queue_defaults`."""
        self._path, self._logs, self._queue_defaults = database, logs, queue_defaults or {}
        self._table = ObjectTable()
        self._waiting: deque[tuple[Write, asyncio.Future[KubeObject]]] = deque()
        self._wake = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="objects")
        self._tasks: list[asyncio.Task[None]] = []
        self._database: ObjectDatabase | None = None

    async def __aenter__(self) -> Self:
        """Read the file; raises NewerData and sqlite3.Error."""
        loop = asyncio.get_running_loop()
        self._database, self._table = await loop.run_in_executor(self._thread, self._open)
        self._tasks = [asyncio.create_task(self._write_all()), asyncio.create_task(self._tidy())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await end_tasks(self._tasks)
        while self._waiting:
            _answer(self._waiting.popleft()[1], ClusterUnavailable(503, "the server stops"))
        if self._database is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._database.close)
        self._thread.shutdown()

    def _open(self) -> tuple[ObjectDatabase, ObjectTable]:
        database = ObjectDatabase(self._path)
        table = ObjectTable(database.version())
        for resource, item in database.objects():
            table.load(resource, item)
        return database, table

    async def ask(
        self, method: str, path: str, body: KubeObject | None = None, content_type: str = MERGE_PATCH
    ) -> KubeObject:
        """Carry out a request as the Kubernetes API documents it; raises ClusterError."""
        target = target_of(path)
        if method == "GET":
            return self._read(target)
        return copy_of(await self._submit(_write_of(method, target, body or {}, content_type, self._admit)))

    async def pages(self, path: str, **query: str) -> AsyncIterator[KubeObject]:
        """Yield the items of a list as they are at the start."""
        target = target_of(path, query)
        matches = selector_of(target.query)
        for count, item in enumerate(self._table.all(target.resource.name, target.namespace)):
            if count % 200 == 199:
                await asyncio.sleep(0)
            if matches(item):
                yield copy_of(item)

    async def watch(
        self, path: str, resource_version: str, **query: str
    ) -> AsyncIterator[tuple[EventType, KubeObject]]:
        """Yield changes after a resourceVersion, and a bookmark each minute; Expired when it is forgotten."""
        target = target_of(path, query)
        resource, matches = target.resource, selector_of(target.query)
        after = int(resource_version) if resource_version else self._table.version
        async for change in self._table.changes_after(after, BOOKMARK_SECONDS):
            if change is None:
                metadata = {"resourceVersion": str(self._table.version)}
                yield "BOOKMARK", {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": metadata}
                continue
            if change.resource != resource.name or target.namespace not in (None, key_of(change.object)[0]):
                continue
            was, is_now = change.previous is not None and matches(change.previous), matches(change.object)
            if change.type == "DELETED" or (was and not is_now):
                if was:
                    yield "DELETED", copy_of(change.object)
            elif is_now:
                yield "MODIFIED" if was else "ADDED", copy_of(change.object)

    async def stream(self, path: str, **query: str) -> AsyncIterator[bytes]:
        """Yield a pod's log: `follow`, `tailLines` and `limitBytes` are supported; NotFound without one."""
        target = target_of(path, query)
        if target.resource.name != "pods" or target.subresource != "log":
            raise Refused(405, f"{path} is not a stream")
        file = log_path(self._logs, target.key)
        pod = self._table.get("pods", target.key)
        if not file.exists():
            if pod is None:
                raise verbs.not_found(target)
            raise Refused(400, f'container "runner" in pod "{target.name}" is waiting to start')

        def is_running() -> bool:
            pod = self._table.get("pods", target.key)
            return pod is not None and (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed")

        async for chunk in read_log(file, target.query, is_running):
            yield chunk

    def _read(self, target: Target) -> KubeObject:
        resource, table = target.resource, self._table
        if target.name is not None:
            item = table.get(resource.name, target.key)
            if item is None:
                raise verbs.not_found(target)
            return copy_of(item)
        matches = selector_of(target.query)
        after = target.query.get("continue", "")
        items = [item for item in table.all(resource.name, target.namespace) if matches(item)]
        items = [item for item in items if "/".join(key_of(item)) > after] if after else items
        limit = int(target.query.get("limit") or len(items))
        metadata = {"resourceVersion": str(table.version)}
        if limit < len(items):
            metadata["continue"] = "/".join(key_of(items[limit - 1]))
        kind = f"{resource.kind}List"
        return copy_of({"apiVersion": resource.api_version, "kind": kind, "metadata": metadata, "items": items[:limit]})

    def _admit(
        self, resource: object, item: KubeObject, before: KubeObject | None, query: dict[str, str]
    ) -> KubeObject:
        if resource is RESOURCES["ifcqueues"] and before is None:
            item = item | {"spec": self._queue_defaults | (item.get("spec") or {})}
        if resource is RESOURCES["ifcjobs"]:
            _refuse_volumes(item)
        return admit(RESOURCES[getattr(resource, "name", "")], item, before, query)

    async def _submit(self, write: Write) -> KubeObject:
        if not self._tasks or self._tasks[0].done():
            raise ClusterUnavailable(503, "the server does not run")
        future: asyncio.Future[KubeObject] = asyncio.get_running_loop().create_future()
        self._waiting.append((write, future))
        self._wake.set()
        return await future

    async def _write_all(self) -> None:
        """Apply and commit the waiting requests, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                await asyncio.shield(self._commit())

    async def _commit(self) -> None:
        overlay, batch = Overlay(self._table), list[asyncio.Future[KubeObject]]()
        answers: list[KubeObject | Exception] = []
        end = time.monotonic() + BATCH_SECONDS
        while self._waiting and (not batch or time.monotonic() < end):
            write, future = self._waiting.popleft()
            batch.append(future)
            request = Overlay(overlay)
            try:
                answers.append(write(request))
            except Exception as error:  # noqa: BLE001 - it is the answer to this request
                answers.append(error)
            else:
                overlay.take(request)
        try:
            if overlay.changes:
                assert self._database is not None, "the server runs"
                commit = partial(self._database.commit, overlay.changes)
                await asyncio.get_running_loop().run_in_executor(self._thread, commit)
        except sqlite3.Error as error:
            log.error("objects not written", file=str(self._path), error=str(error))  # noqa: TRY400 - it suffices
            refused = ClusterUnavailable(503, f"{self._path} cannot be written: {error}: free space, then try again", 5)
            answers = [answer if isinstance(answer, Exception) else refused for answer in answers]
        else:
            self._table.publish(overlay.changes)
        for future, answer in zip(batch, answers, strict=True):
            _answer(future, answer)

    async def _tidy(self) -> None:
        """Delete old events, until cancelled."""
        while True:
            await asyncio.sleep(_TIDY_SECONDS)
            oldest = verbs.timestamp(datetime.now(UTC) - EVENT_LIFETIME)
            for event in self._table.all("events", None):
                if event["metadata"]["creationTimestamp"] < oldest:
                    target = Target(RESOURCES["events"], *key_of(event), None, {})
                    with suppress(ClusterError):
                        await self._submit(partial(verbs.delete, target=target, options={}))


def _refuse_volumes(ifcjob: KubeObject) -> None:
    spec = ifcjob.get("spec") or {}
    for field in ("source", "output"):
        if (spec.get(field) or {}).get("pvc"):
            name = ifcjob["metadata"]["name"]
            message = f"spec.{field}.pvc: Forbidden: one machine has no PVCs: upload the file, or use s3"
            raise Refused(422, f'IfcJob.ifcjob.io "{name}" is invalid: {message}')


def _write_of(method: str, target: Target, body: KubeObject, content_type: str, admit: verbs.Admit) -> Write:
    if method == "POST":
        return partial(verbs.create, target=target, body=body, admit=admit)
    if method == "DELETE":
        return partial(verbs.delete, target=target, options=body)
    if method == "PUT":
        return partial(verbs.change, target=target, admit=admit, changed=lambda _: copy_of(body))
    if method != "PATCH" or content_type not in (MERGE_PATCH, APPLY_PATCH):
        raise Refused(415, f"the local API server does not support {method} with {content_type}")
    patch = partial(verbs.change, target=target, admit=admit, changed=lambda item: verbs.merged(item, body))
    if content_type == MERGE_PATCH:
        return patch

    def apply(overlay: Overlay) -> KubeObject:
        # Fields that an earlier apply has set and this one omits stay: there are no field managers.
        if overlay.get(target.resource.name, target.key) is None:
            return verbs.create(overlay, target, body, admit)
        return patch(overlay)

    return apply


def _answer(future: "asyncio.Future[KubeObject]", answer: KubeObject | Exception) -> None:
    if future.done():  # the caller has been cancelled
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
