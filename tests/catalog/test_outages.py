"""Databases that are down, frozen, inaccessible or without tables: clear errors within a time limit, then recovery."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
import traceback
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from ifcjob_catalog import Catalog, CatalogOutdated, CatalogUnavailable, InvalidDatabaseUrl
from ifcjob_catalog import catalog as catalog_module
from ifcjob_catalog.connection import database_url, engine_for
from ifcjob_catalog.errors import plain_errors
from ifcjob_catalog.schema import upgrade
from tests.catalog.records import KEY, a_record, succeeded

if TYPE_CHECKING:
    from tests.support.postgres import Postgres


def test_catalog_reconnects_to_a_restarted_database(postgres: Postgres, postgres_url: str) -> None:
    async def scenario() -> None:
        catalog = Catalog.open(postgres_url)
        try:
            await asyncio.gather(*(catalog.record([a_record(f"u-{n}", status=succeeded())]) for n in range(8)))
            postgres.stop()
            began = time.monotonic()
            with pytest.raises(CatalogUnavailable, match="does not answer") as caught:
                await catalog.recorded(["u-1"])
            assert time.monotonic() - began < 5
            assert postgres.password not in "".join(traceback.format_exception(caught.value))
            postgres.start()
            # All connections of the pool are closed, not only the first.
            recorded = await asyncio.gather(*(catalog.recorded([f"u-{n}"]) for n in range(8)))
            assert set.union(*recorded) == {f"u-{n}" for n in range(8)}
        finally:
            postgres.start()
            catalog.close()

    asyncio.run(scenario())


def test_restart_between_calls_causes_no_error(postgres: Postgres, postgres_url: str) -> None:
    catalog = Catalog.open(postgres_url)
    try:
        asyncio.run(catalog.record([a_record(status=succeeded())]))
        postgres.stop()
        postgres.start()
        assert asyncio.run(catalog.recorded(["u-1"])) == {"u-1"}
    finally:
        catalog.close()


def test_catalog_can_open_before_its_database_is_up(postgres: Postgres, postgres_url: str) -> None:
    postgres.stop()
    try:
        catalog = Catalog.open(postgres_url)
        with pytest.raises(CatalogUnavailable):
            asyncio.run(catalog.find_result(KEY))
    finally:
        postgres.start()
    assert asyncio.run(catalog.find_result(KEY)) is None
    catalog.close()


def test_calls_time_out_on_a_frozen_database(
    postgres: Postgres, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_module, "ANSWER_SECONDS", 2)

    async def scenario() -> None:
        catalog = Catalog.open(postgres_url)
        try:
            await catalog.record([a_record(status=succeeded())])
            with postgres.frozen():
                # More calls than threads: none may wait for another.
                results = await asyncio.gather(*(catalog.recorded(["u-1"]) for _ in range(9)), return_exceptions=True)
            assert {type(answer) for answer in results} == {CatalogUnavailable}
            assert await catalog.recorded(["u-1"]) == {"u-1"}
        finally:
            catalog.close()

    asyncio.run(scenario())


LEAVING = """
import asyncio, sys
from ifcjob_catalog import Catalog

async def scenario():
    catalog = Catalog.open(sys.argv[1])
    await catalog.recorded(["u-1"])
    print("connected", flush=True)
    sys.stdin.readline()
    questions = [asyncio.create_task(catalog.recorded(["u-1"])) for _ in range(9)]
    await asyncio.sleep(1)
    catalog.close()
    await asyncio.gather(*questions, return_exceptions=True)

asyncio.run(scenario())
"""


def test_process_exits_while_the_database_is_frozen(postgres: Postgres, postgres_url: str) -> None:
    command = [sys.executable, "-c", LEAVING, postgres_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "connected\n"
        with postgres.frozen():
            try:
                process.stdin.write("\n")
                process.stdin.flush()
                # New connections end at their own deadline; without wait limits, they would never end.
                assert process.wait(12) == 0
            finally:
                process.kill()


def test_missing_privileges_are_reported(postgres_url: str) -> None:
    engine = engine_for(database_url(postgres_url))
    with engine.begin() as connection:
        connection.execute(text("CREATE ROLE stranger LOGIN PASSWORD 'tell-nobody'"))
    engine.dispose()
    catalog = Catalog.open(postgres_url.replace(postgres_url.partition("@")[0], "postgresql://stranger:tell-nobody"))
    try:
        with pytest.raises(CatalogUnavailable, match="rejects the query: permission denied for table job"):
            asyncio.run(catalog.find_result(KEY))
    finally:
        catalog.close()


def test_database_cancels_a_slow_statement(postgres_url: str) -> None:
    with pytest.raises(CatalogUnavailable, match="statement timeout"):
        _sleep_in(postgres_url)


def _sleep_in(url: str) -> None:
    engine = engine_for(database_url(url), statement_seconds=1)
    try:
        with plain_errors(engine.url), engine.begin() as connection:
            connection.execute(text("SELECT pg_sleep(30)"))
    finally:
        engine.dispose()


def test_missing_tables_are_reported_with_a_hint(empty_url: str) -> None:
    catalog = Catalog.open(empty_url)
    try:
        for question in (catalog.record([a_record()]), catalog.recorded(["u"]), catalog.find_result(KEY)):
            with pytest.raises(CatalogOutdated, match="run `ifcjob catalog upgrade`"):
                asyncio.run(question)
        upgrade(empty_url)
        asyncio.run(catalog.record([a_record()]))
    finally:
        catalog.close()


def test_missing_column_is_reported_as_an_old_schema(url: str) -> None:
    engine = engine_for(database_url(url))
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE job DROP COLUMN infra_restarts"))
    engine.dispose()
    catalog = Catalog.open(url)
    with pytest.raises(CatalogOutdated):
        asyncio.run(catalog.record([a_record()]))
    catalog.close()


def test_wrong_password_is_not_in_the_message(postgres: Postgres) -> None:
    catalog = Catalog.open(f"postgresql://ifcjob:tell-nobody@127.0.0.1:{postgres.port}/postgres")
    with pytest.raises(CatalogUnavailable, match="password authentication failed") as caught:
        asyncio.run(catalog.find_result(KEY))
    catalog.close()
    assert "tell-nobody" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:tell-nobody@host:port/x",
        "postgresql://u:tell@nobody@host/x",
        "mysql://u:tell-nobody@host/x",
        "tell-nobody",
        "://tell-nobody@",
    ],
)
def test_password_of_a_wrong_url_is_not_in_the_message(url: str) -> None:
    with pytest.raises(InvalidDatabaseUrl, match="write postgresql://") as caught:
        Catalog.open(url)
    message = "".join(traceback.format_exception(caught.value))
    assert "tell" not in message.replace(f'"{url}"', "")
    assert "nobody" not in message
