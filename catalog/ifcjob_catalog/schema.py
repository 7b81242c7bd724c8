"""Revisions of the catalog's schema: upgrade, downgrade, and the current one of a database.

A revision only adds nullable columns, tables and indexes, so that the previous release works with the schema of the
next one, during an upgrade and after a rollback.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from ifcjob_catalog.connection import database_url, engine_for
from ifcjob_catalog.errors import UnknownRevision, plain_errors

_LOCK = 0x1FC10B
"""Key of the advisory lock; the same in all releases."""


def upgrade(url: str, revision: str = "head") -> None:
    """Upgrade a database to the schema of this release, in one transaction; safe to run concurrently.

    A database that a newer release has upgraded is left unchanged.
    """
    with _locked(url) as connection:
        if not is_newer(MigrationContext.configure(connection).get_current_revision()):
            command.upgrade(_config(connection), revision)


def downgrade(url: str, revision: str) -> None:
    """Downgrade a database to an older schema; data that only the newer one holds is lost. `base` removes all data."""
    with _locked(url) as connection:
        command.downgrade(_config(connection), revision)


def current(url: str) -> str | None:
    """Return the revision of a database; None if it has no catalog."""
    place = database_url(url)
    engine = engine_for(place)
    try:
        with plain_errors(place), engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def is_newer(revision: str | None) -> bool:
    """Return whether a revision belongs to a later release; revisions are numbered."""
    script = ScriptDirectory.from_config(_config(None))
    known = [known.revision for known in script.walk_revisions()]
    return revision is not None and revision.isdecimal() and int(revision) > max(map(int, known))


@contextmanager
def _locked(url: str) -> Iterator[Connection]:
    """Open one transaction; a concurrent upgrade waits until it ends."""
    place = database_url(url)
    engine = engine_for(place, statement_seconds=None)  # an index on a large table takes its time
    try:
        with plain_errors(place), _known_revisions(), engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _known_revisions() -> Iterator[None]:
    try:
        yield
    except CommandError as error:
        raise UnknownRevision(f"{error}; a database of a newer release needs that release") from error


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", "ifcjob_catalog:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
