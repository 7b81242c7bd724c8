"""At least once: senders that die, receivers that fail and hang, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from ifcjob_catalog import Catalog, Tried
from ifcjob_catalog.connection import database_url, engine_for
from ifcjob_catalog.schema import upgrade
from ifcjob_catalog.tables import NOTIFICATION
from ifcjob_operator.notifying.memory_outbox import MAX_WAITING, MemoryOutbox, OutboxFull
from ifcjob_operator.notifying.sender import Sender
from tests.architecture.tracked import ROOT
from tests.catalog.records import a_record, rows, succeeded
from tests.catalog.test_notifications import to
from tests.operator.notifying.receivers import delivery, verified
from tests.support.async_tests import finish, until
from tests.support.web import Answer, Site, serve
from tools.cluster.processes import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ifcjob_catalog import Delivery
    from tests.support.postgres import Postgres

JOBS = 1000


@pytest.fixture
def url(postgres: Postgres) -> str:
    made = str(postgres.new_database())
    upgrade(made)
    return made


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


def submit(url: str, hook: str, count: int) -> set[str]:
    """Record finished IfcJobs; return the ids of their events."""
    catalog = Catalog.open(url)
    try:
        asyncio.run(
            catalog.record([a_record(f"u-{at}", 1, succeeded(), notifications=[to(hook)]) for at in range(count)])
        )
    finally:
        catalog.close()
    return {f"u-{at}-succeeded" for at in range(count)}


@contextmanager
def sender(url: str, site: Site) -> Iterator[subprocess.Popen[bytes]]:
    """Run a sender; it is killed at the end, as by a lost node."""
    command = [sys.executable, "-m", "tests.operator.notifying.sender_process", url, site.url.removeprefix("http://")]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def make_due(url: str) -> None:
    """Let the time pass until everything that waits or is claimed is due."""
    engine = engine_for(database_url(url))
    with engine.begin() as connection:
        past = datetime.now(UTC) - timedelta(seconds=1)
        connection.execute(update(NOTIFICATION).where(NOTIFICATION.c.next_at.is_not(None)).values(next_at=past))
    engine.dispose()


def delivered(url: str) -> int:
    return int(rows(url, select(func.count()).where(NOTIFICATION.c.delivered_at.is_not(None)))[0][0])


def test_a_thousand_jobs_arrive_though_the_sender_is_killed(url: str, site: Site) -> None:
    sent = submit(url, site.at("/hook", Answer(status=204)), JOBS)
    with sender(url, site):
        assert eventually(lambda: len(site.seen) > JOBS // 4, 60)
    assert delivered(url) < JOBS
    make_due(url)
    with sender(url, site):
        assert eventually(lambda: delivered(url) == JOBS, 60)
    arrived = Counter(verified(seen)["id"] for seen in list(site.seen))
    assert arrived.keys() == sent, "every id arrives, and none is invented"
    assert sum(arrived.values()) <= JOBS + 32, "only what the killed sender had under way arrives twice"


def test_a_receiver_that_fails_three_times_and_hangs_gets_the_event(url: str, site: Site) -> None:
    waits = threading.Event()
    answers = [Answer(status=status) for status in (500, 503, 429)]
    sent = submit(url, site.at("/hook", *answers, Answer(status=204, silent=waits), Answer(status=204)), 1)
    for number in (1, 2, 3, 4):  # the fourth is not answered in time
        with sender(url, site):
            assert eventually(lambda number=number: tries(url) == number, 20)  # type: ignore[misc]
        make_due(url)
    waits.set()
    with sender(url, site):
        assert eventually(lambda: delivered(url) == 1, 20)
    assert [verified(seen)["id"] for seen in site.seen] == [*sent] * 5


def tries(url: str) -> int:
    return int(rows(url, select(NOTIFICATION.c.tries))[0][0])


class Recorder:
    """Keeps what it posts."""

    def __init__(self) -> None:
        self.posted: list[str] = []

    async def post(self, delivery: Delivery) -> Tried:
        self.posted.append(delivery.id)
        return Tried()


def test_an_empty_outbox_is_claims_once() -> None:
    class Counting(MemoryOutbox):
        claims = 0

        async def claim(self, limit: int) -> list[Delivery]:
            self.claims += 1
            return await super().claim(limit)

    async def main() -> None:
        outbox, recorder = Counting(), Recorder()
        sending = Sender(outbox, recorder, None)
        task = asyncio.create_task(sending.run())
        await asyncio.sleep(0.2)
        assert outbox.claims == 1
        outbox.add([delivery("https://x", "u-1-failed")])
        sending.wake()
        await until(lambda: recorder.posted == ["u-1-failed"])
        task.cancel()

    finish(main())


def test_a_full_memory_refuses_more() -> None:
    outbox = MemoryOutbox()
    outbox.add([delivery("https://x", f"u-{number}-failed") for number in range(MAX_WAITING)])
    with pytest.raises(OutboxFull, match=r"10000 notifications wait in memory"):
        outbox.add([delivery("https://x", "u-x-failed")])


def test_an_error_of_our_own_counts_as_a_try() -> None:
    class Keeping(MemoryOutbox):
        kept: Tried | None = None

        async def keep(self, delivery: Delivery, tried: Tried) -> None:
            self.kept = tried
            await super().keep(delivery, tried)

    class Broken:
        async def post(self, delivery: Delivery) -> Tried:
            raise LookupError(delivery.id)

    async def main() -> None:
        outbox = Keeping()
        outbox.add([delivery("https://x", "u-1-failed")])
        task = asyncio.create_task(Sender(outbox, Broken(), None).run())
        await until(lambda: outbox.kept is not None)
        assert outbox.kept is not None
        assert outbox.kept.error == "internal error: LookupError"
        assert outbox.kept.retry_at is not None
        task.cancel()

    finish(main())
