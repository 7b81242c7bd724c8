"""Keeps an index equal to one kind of object in the cluster: list, watch, and list again when the server forgets."""

import time
from collections.abc import Callable
from contextlib import aclosing
from typing import Any, cast

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from ifcjob_api.live.index import Index
from ifcjob_backends.cluster.errors import ClusterError, Expired
from ifcjob_backends.cluster.objects import KubeObject
from ifcjob_backends.cluster.protocol import KubernetesApi

log = structlog.get_logger(__name__)
MAX_BACKOFF_SECONDS = 10


class Reflector:
    """One watch, of a namespace or of the whole cluster."""

    def __init__(
        self,
        kubernetes: KubernetesApi,
        path: str,
        namespace: str | None,
        index: Index[Any],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the path of the list that the watch follows."""
        self._kubernetes, self._path, self._namespace, self._index = kubernetes, path, namespace, index
        self._clock = clock
        self._version = ""
        self._lost_at: float | None = clock()

    @property
    def is_synced(self) -> bool:
        """Whether the index has been filled."""
        return bool(self._version)

    def stale_seconds(self) -> float:
        """Return how long the server has not answered; 0 while it does."""
        return 0.0 if self._lost_at is None else self._clock() - self._lost_at

    async def run(self) -> None:
        """Follow the cluster until cancelled."""
        while True:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception_type(ClusterError),
                wait=wait_random_exponential(multiplier=0.2, max=MAX_BACKOFF_SECONDS),
                before_sleep=self._lost,
            ):
                with attempt:
                    await self._follow()

    async def _follow(self) -> None:
        """List if necessary, then watch until the server ends the watch."""
        if not self._version:
            await self._list()
        elif self._lost_at is not None:
            await self._current_version()
        self._lost_at = None
        watch = cast("Any", self._kubernetes.watch(self._path, self._version))
        try:
            async with aclosing(watch) as events:
                async for kind, item in events:
                    self._take(kind, item)
        except Expired:
            self._version = ""

    def _take(self, kind: str, item: KubeObject) -> None:
        self._version = item["metadata"]["resourceVersion"]
        if kind == "DELETED":
            self._index.remove(item)
        elif kind != "BOOKMARK":
            self._index.apply(item)

    async def _list(self) -> None:
        # The version comes first: the watch repeats what changes during the list, and the index ignores repetitions.
        version = await self._current_version()
        items = [item async for item in self._kubernetes.pages(self._path)]
        self._index.replace(self._namespace, items, int(version))
        self._version = version

    async def _current_version(self) -> str:
        answer = await self._kubernetes.ask("GET", f"{self._path}?limit=1")
        return str(answer["metadata"]["resourceVersion"])

    def _lost(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if self._lost_at is None or state.attempt_number == 1:
            log.warning("watch interrupted", path=self._path, error=str(error))
        if self._lost_at is None:
            self._lost_at = self._clock()
