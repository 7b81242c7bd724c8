"""A reflector: follows a list by a watch, survives outages, and lists again when the server has forgotten."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from ifcjob_api.live import reflector as module
from ifcjob_api.live.entries import JobEntry, job_entry
from ifcjob_api.live.index import Index
from ifcjob_api.live.reflector import Reflector
from ifcjob_backends.cluster.errors import ClusterUnavailable, Expired
from tests.support.async_tests import finish, until
from tests.support.scripted_kubernetes import ScriptedKubernetes, job

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture(autouse=True)
def _short_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BACKOFF_SECONDS", 0.05)


@asynccontextmanager
async def following(kubernetes: ScriptedKubernetes) -> AsyncIterator[tuple[Reflector, Index[JobEntry]]]:
    index: Index[JobEntry] = Index(job_entry)
    reflector = Reflector(kubernetes, "/list", "bim", index)
    task = asyncio.create_task(reflector.run())
    try:
        yield reflector, index
    finally:
        task.cancel()
        await asyncio.wait((task,))


def names(index: Index[JobEntry]) -> dict[str, str]:
    return {entry.key[1]: entry.phase for entry in index.all("bim")}


def test_the_index_follows_list_and_watch() -> None:
    async def use() -> None:
        kubernetes = ScriptedKubernetes(job("house", 90))
        async with following(kubernetes) as (reflector, index):
            assert not reflector.is_synced
            await until(lambda: reflector.is_synced)
            assert names(index) == {"house": "Queued"}
            kubernetes.events.put_nowait(("ADDED", job("tower", 101)))
            kubernetes.events.put_nowait(("MODIFIED", job("house", 102, "Running")))
            await until(lambda: names(index) == {"house": "Running", "tower": "Queued"})
            kubernetes.events.put_nowait(("DELETED", job("tower", 103)))
            await until(lambda: names(index) == {"house": "Running"})
            assert kubernetes.watched_from == ["100"]

    finish(use())


def test_an_ended_watch_continues_at_the_last_version() -> None:
    async def use() -> list[str]:
        kubernetes = ScriptedKubernetes()
        async with following(kubernetes) as (_, index):
            kubernetes.events.put_nowait(("ADDED", job("house", 101)))
            kubernetes.events.put_nowait(("BOOKMARK", {"metadata": {"resourceVersion": "150"}}))
            kubernetes.events.put_nowait(None)
            await until(lambda: len(kubernetes.watched_from) == 2)
            assert names(index) == {"house": "Queued"}
            assert kubernetes.lists == 1
            return kubernetes.watched_from

    assert finish(use()) == ["100", "150"]


def test_an_expired_version_lists_again() -> None:
    async def use() -> None:
        kubernetes = ScriptedKubernetes(job("house", 90), job("tower", 91))
        async with following(kubernetes) as (reflector, index):
            await until(lambda: reflector.is_synced)
            kubernetes.items, kubernetes.version = [job("house", 180, "Running")], 200
            kubernetes.events.put_nowait(Expired(410, "too old"))
            await until(lambda: kubernetes.lists == 2)
            await until(lambda: kubernetes.watched_from == ["100", "200"])
            assert names(index) == {"house": "Running"}

    finish(use())


def test_an_outage_makes_the_index_stale_until_the_server_answers() -> None:
    async def use() -> None:
        kubernetes = ScriptedKubernetes(job("house", 90))
        async with following(kubernetes) as (reflector, index):
            await until(lambda: reflector.is_synced)
            assert reflector.stale_seconds() == 0
            kubernetes.is_down = True
            kubernetes.events.put_nowait(ClusterUnavailable(0, "connection reset"))
            await until(lambda: reflector.stale_seconds() > 0)
            assert names(index) == {"house": "Queued"}, "reads continue"
            kubernetes.is_down = False
            await until(lambda: reflector.stale_seconds() == 0)
            assert kubernetes.lists == 1, "the watch continues at its version"

    finish(use())


def test_a_server_that_is_down_at_the_start_is_waited_for() -> None:
    async def use() -> None:
        kubernetes = ScriptedKubernetes(job("house", 90))
        kubernetes.is_down = True
        async with following(kubernetes) as (reflector, index):
            await asyncio.sleep(0.1)
            assert not reflector.is_synced
            kubernetes.is_down = False
            await until(lambda: names(index) == {"house": "Queued"})

    finish(use())
