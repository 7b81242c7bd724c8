"""Schema migrations: up, down, concurrent, and equal to the declared tables."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from ifcjob_catalog.connection import database_url, engine_for
from ifcjob_catalog.errors import UnknownRevision
from ifcjob_catalog.schema import current, downgrade, upgrade
from ifcjob_catalog.tables import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

HEAD = "0004"
REVISIONS = ["0001", "0002", "0003", "0004"]
Seen = TypeVar("Seen")
TABLES = {"job", "attempt", "model", "artifact", "notification"}


def look(url: str, question: Callable[[Connection], Seen]) -> Seen:
    engine = engine_for(database_url(url))
    try:
        with engine.begin() as connection:
            return question(connection)
    finally:
        engine.dispose()


def tables(url: str) -> set[str]:
    return look(url, lambda connection: set(inspect(connection).get_table_names())) - {"alembic_version"}


def test_schema_upgrades_downgrades_and_upgrades_again(empty_url: str) -> None:
    assert current(empty_url) is None
    upgrade(empty_url)
    assert (current(empty_url), tables(empty_url)) == (HEAD, TABLES)
    downgrade(empty_url, "base")
    assert (current(empty_url), tables(empty_url)) == (None, set())
    upgrade(empty_url)
    assert tables(empty_url) == TABLES


def test_migrated_schema_matches_the_tables(url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), SCHEMA))

    assert look(url, differences) == []


@pytest.mark.parametrize(("older", "newer"), list(pairwise(REVISIONS)))
def test_revision_only_adds_so_the_previous_release_keeps_working(empty_url: str, older: str, newer: str) -> None:
    """Rollbacks depend on this rule."""
    upgrade(empty_url, older)
    before = look(empty_url, described)
    upgrade(empty_url, newer)
    after = look(empty_url, described)
    for table, (columns, _, bounds) in before.items():
        new_columns, new_needed, new_bounds = after[table]
        assert columns.items() <= new_columns.items(), "a column is gone or of another type"
        assert new_needed <= before[table][1], "the former release leaves a column empty that must not be"
        assert new_bounds == bounds, "a row that the former release writes may be refused"
    downgrade(empty_url, older)
    assert look(empty_url, described) == before


def described(connection: Connection) -> dict[str, tuple[dict[str, str], set[str], str]]:
    """Return each table's column types, required columns, and constraints."""
    inspector = inspect(connection)
    described = {}
    for table in inspector.get_table_names():
        columns = inspector.get_columns(table)
        needed = {str(column["name"]) for column in columns if not column["nullable"] and column["default"] is None}
        unique = [index for index in inspector.get_indexes(table) if index["unique"]]
        bounds = (inspector.get_foreign_keys(table), inspector.get_check_constraints(table), unique)
        types = {str(column["name"]): str(column["type"]) for column in columns}
        described[table] = (types, needed, str(bounds) + str(inspector.get_unique_constraints(table)))
    return described


def test_all_revisions_are_tested(empty_url: str) -> None:
    upgrade(empty_url)
    assert current(empty_url) == HEAD == REVISIONS[-1]


def test_schema_of_a_newer_release_is_kept(url: str) -> None:
    def as_a_newer_release_leaves_it(connection: Connection) -> None:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    look(url, as_a_newer_release_leaves_it)
    upgrade(url)
    assert current(url) == "9999"
    with pytest.raises(UnknownRevision, match="newer release"):
        downgrade(url, "0001")


def test_concurrent_upgrades_succeed(empty_url: str) -> None:
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(upgrade, [empty_url] * 6))
    assert (current(empty_url), tables(empty_url)) == (HEAD, TABLES)


def test_failed_upgrade_is_rolled_back(empty_url: str) -> None:
    def disturb(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE artifact (other int)")

    look(empty_url, disturb)
    with pytest.raises(Exception, match="already exists"):
        upgrade(empty_url)
    assert (current(empty_url), tables(empty_url)) == (None, {"artifact"})
