"""The schema's versions: up, down, many at once, and the same as the tables say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from ifcjob_catalog.connection import database_url, engine_for
from ifcjob_catalog.schema import current, downgrade, upgrade
from ifcjob_catalog.tables import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

HEAD = "0001"
Seen = TypeVar("Seen")
TABLES = {"job", "attempt", "model", "artifact"}


def look(url: str, question: Callable[[Connection], Seen]) -> Seen:
    engine = engine_for(database_url(url))
    try:
        with engine.begin() as connection:
            return question(connection)
    finally:
        engine.dispose()


def tables(url: str) -> set[str]:
    return look(url, lambda connection: set(inspect(connection).get_table_names())) - {"alembic_version"}


def test_up_and_down_and_up(empty_url: str) -> None:
    assert current(empty_url) is None
    upgrade(empty_url)
    assert (current(empty_url), tables(empty_url)) == (HEAD, TABLES)
    downgrade(empty_url, "base")
    assert (current(empty_url), tables(empty_url)) == (None, set())
    upgrade(empty_url)
    assert tables(empty_url) == TABLES


def test_the_migrated_schema_is_that_of_the_tables(url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), SCHEMA))

    assert look(url, differences) == []


def test_many_upgrades_at_once(empty_url: str) -> None:
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(upgrade, [empty_url] * 6))
    assert (current(empty_url), tables(empty_url)) == (HEAD, TABLES)


def test_a_failed_upgrade_leaves_nothing(empty_url: str) -> None:
    def disturb(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE artifact (other int)")

    look(empty_url, disturb)
    with pytest.raises(Exception, match="already exists"):
        upgrade(empty_url)
    assert (current(empty_url), tables(empty_url)) == (None, {"artifact"})
