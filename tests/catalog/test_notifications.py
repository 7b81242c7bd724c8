"""The outbox: deliveries per transition, claims, results, and the command."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from ifcjob.notifications import Notification
from ifcjob_catalog import Catalog, RecordsRefused, Tried
from ifcjob_catalog.command import main
from ifcjob_catalog.connection import database_url, engine_for
from ifcjob_catalog.tables import NOTIFICATION
from tests.catalog.records import a_manifest, a_record, rows, succeeded
from tests.support.builders import a_condition, running

if TYPE_CHECKING:
    from collections.abc import Awaitable

URL = "https://hooks.example.com/ifc"
ALL = ["started", "succeeded", "degraded", "failed", "cancelled"]


def to(url: str = URL, *events: str, secret: str = "hook") -> Notification:
    return Notification.model_validate({"url": url, "events": events or ALL, "secretRef": {"name": secret}})


def ask(answer: Awaitable[Any]) -> Any:
    async def wait() -> Any:
        return await answer

    return asyncio.run(wait())


def ids(url: str) -> list[str]:
    return sorted(row.id for row in rows(url, select(NOTIFICATION.c.id)))


def make_due(url: str) -> None:
    engine = engine_for(database_url(url))
    with engine.begin() as connection:
        past = datetime.now(UTC) - timedelta(seconds=1)
        connection.execute(update(NOTIFICATION).where(NOTIFICATION.c.next_at.is_not(None)).values(next_at=past))
    engine.dispose()


def test_each_event_is_written_once_with_its_transition(url: str, catalog: Catalog) -> None:
    ask(catalog.record([a_record("u-1", 1, notifications=[to()])]))
    assert ids(url) == []
    ask(catalog.record([a_record("u-1", 2, running(), notifications=[to()])]))
    assert ids(url) == ["u-1-started"]
    done = succeeded(started_at=running().started_at)
    for _ in range(2):
        ask(catalog.record([a_record("u-1", 3, done, notifications=[to()], manifest=a_manifest())]))
    assert ids(url) == ["u-1-started", "u-1-succeeded"]
    [body] = [row.body for row in rows(url, select(NOTIFICATION).where(NOTIFICATION.c.id == "u-1-succeeded"))]
    assert body["type"] == "io.ifcjob.job.succeeded"
    assert (body["subject"], body["data"]["phase"]) == ("bim/job-u-1", "Succeeded")
    assert body["data"]["artifacts"][1].endswith("/model.glb")
    assert body["data"]["manifest"].startswith("s3://")


def test_an_end_that_was_recorded_before_is_no_news(url: str, catalog: Catalog) -> None:
    ask(catalog.record([a_record("u-1", 1, succeeded())]))
    ask(catalog.record([a_record("u-1", 1, succeeded(), notifications=[to()])]))
    assert ids(url) == []


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (succeeded(conditions=[a_condition("Degraded")]), "degraded"),
        (succeeded(conditions=[a_condition("Degraded", "False")]), "succeeded"),
        (succeeded(phase="Failed", result=None), "failed"),
        (succeeded(phase="Cancelled", result=None), "cancelled"),
    ],
)
def test_a_job_ends_with_one_event(url: str, catalog: Catalog, status: Any, event: str) -> None:
    ask(catalog.record([a_record("u-1", 1, status, notifications=[to()])]))
    assert ids(url) == [f"u-1-{event}"]


def test_only_chosen_events_go_to_a_url_and_each_once(url: str, catalog: Catalog) -> None:
    chosen = [to(URL, "failed"), to(f"{URL}/2", "succeeded", secret="own"), to(f"{URL}/2", "succeeded")]
    ask(catalog.record([a_record("u-1", 1, succeeded(), notifications=chosen)]))
    assert [(row.url, row.secret) for row in rows(url, select(NOTIFICATION))] == [(f"{URL}/2", "own")]


def test_an_older_version_and_a_refused_record_write_nothing(url: str, catalog: Catalog) -> None:
    ask(catalog.record([a_record("u-1", 5)]))
    ask(catalog.record([a_record("u-1", 4, succeeded(), notifications=[to()])]))
    if url.startswith("postgresql"):
        with pytest.raises(RecordsRefused):
            ask(catalog.record([a_record("u-2", 2**70, succeeded(), notifications=[to()])]))
    assert ids(url) == []


def test_a_claimed_delivery_is_not_claimed_again_until_its_time(url: str, catalog: Catalog) -> None:
    ask(catalog.record([a_record(f"u-{number}", 1, succeeded(), notifications=[to()]) for number in range(3)]))
    first, second = ask(catalog.claim(2)), ask(catalog.claim(9))
    assert sorted(len(some) for some in (first, second)) == [1, 2]
    assert ask(catalog.claim(9)) == []
    make_due(url)  # as after the death of a sender
    assert {made.id for made in ask(catalog.claim(9))} == {made.id for made in first + second}


def test_results_are_kept(url: str, catalog: Catalog) -> None:
    ask(catalog.record([a_record("u-1", 1, succeeded(), notifications=[to()])]))
    [made] = ask(catalog.claim(1))
    later = datetime.now(UTC) + timedelta(hours=1)
    ask(catalog.keep(made, Tried("HTTP 500", later)))
    assert ask(catalog.next_due()) == later
    make_due(url)
    [again] = ask(catalog.claim(1))
    assert (again.tries, again.expires_at) == (1, made.expires_at)
    ask(catalog.keep(again, Tried()))
    ask(catalog.keep(made, Tried("a late answer of another sender", later)))
    assert (ask(catalog.next_due()), ask(catalog.count_given_up())) == (None, 0)


def test_given_up_ones_are_listed_and_sent_again(
    url: str, catalog: Catalog, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(catalog.record([a_record(f"u-{number}", 1, succeeded(), notifications=[to()]) for number in range(2)]))
    for made in ask(catalog.claim(2)):
        ask(catalog.keep(made, Tried("HTTP 410")))
    assert ask(catalog.count_given_up()) == 2
    command = ["notifications", "--database-url", url]
    assert main([*command, "--namespace", "bim"]) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(entry["url"], entry["error"], entry["tries"]) for entry in listed] == [(URL, "HTTP 410", 1)] * 2
    assert main([*command, "--namespace", "other"]) == 0
    assert capsys.readouterr().out == ""
    assert main([*command, "--send-again", "--id", "u-1-succeeded"]) == 0
    assert capsys.readouterr().out == "to send again: 1\n"
    [again] = ask(catalog.claim(9))
    assert (again.id, again.tries) == ("u-1-succeeded", 0)
    assert ask(catalog.count_given_up()) == 1


def test_an_id_without_sending_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["notifications", "--database-url", url, "--id", "u-1"]) == 64
    assert "--id needs --send-again" in capsys.readouterr().err
