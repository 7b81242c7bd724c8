"""Fixtures: each catalog test runs on a new SQLite and a new PostgreSQL database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ifcjob_catalog import Catalog
from ifcjob_catalog.schema import upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.postgres import Postgres


@pytest.fixture(params=["postgresql", "sqlite"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/catalog.db"
    return str(request.getfixturevalue("postgres").new_database())


@pytest.fixture
def url(empty_url: str) -> str:
    """Return the URL of a database with empty tables."""
    upgrade(empty_url)
    return empty_url


@pytest.fixture
def catalog(url: str) -> Iterator[Catalog]:
    """Open a catalog on the database."""
    catalog = Catalog.open(url)
    yield catalog
    catalog.close()


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """Return the URL of a PostgreSQL database with empty tables."""
    made = postgres.new_database()
    upgrade(made)
    return made
