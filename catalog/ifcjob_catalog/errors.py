"""What can go wrong with the catalog, in words for people and without a password in them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError

UPGRADE = "run `ifcjob catalog upgrade`"


class InvalidDatabaseUrl(ValueError):
    """No catalog can be at that URL; it is not repeated, because it may hold a password."""


class UnknownRevision(ValueError):
    """This release has no such version of the schema."""


class CatalogUnavailable(Exception):
    """The database is down, slow, restarting or refuses us: try again later."""


class CatalogOutdated(Exception):
    """The database lacks tables or columns of this release: run the upgrade."""


@contextmanager
def plain_errors(url: URL) -> Iterator[None]:
    """Raise what the database says as one of ours; what only a mistake of ours can cause stays as it is."""
    try:
        yield
    except (DataError, IntegrityError):
        raise
    except DBAPIError as error:
        said = _first_line(error.orig, url)
        if _lacks_schema(error.orig):
            raise CatalogOutdated(f"the catalog's schema is missing or older than this release: {UPGRADE}") from error
        raise CatalogUnavailable(f"the catalog does not answer: {said}") from error
    except SQLAlchemyError as error:
        raise CatalogUnavailable(f"the catalog does not answer: {_first_line(error, url)}") from error


def _lacks_schema(error: BaseException | None) -> bool:
    if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
        return True
    said = str(error)
    return isinstance(error, sqlite3.OperationalError) and ("no such " in said or "has no column" in said)


def _first_line(error: BaseException | None, url: URL) -> str:
    line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return line.replace(str(url.password), "***") if url.password else line
