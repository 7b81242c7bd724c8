"""What can go wrong with the catalog, in words for people and without a password in them."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg
from sqlalchemy import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, SQLAlchemyError, StatementError

UPGRADE = "run `ifcjob catalog upgrade`"


class InvalidDatabaseUrl(ValueError):
    """No catalog can be at that URL; it is not repeated, because it may hold a password."""


class UnknownRevision(ValueError):
    """This release has no such version of the schema."""


class CatalogUnavailable(Exception):
    """The database is down, slow, restarting or refuses us: try again later."""


class CatalogOutdated(Exception):
    """The database lacks tables or columns of this release: run the upgrade."""


class RecordsRefused(Exception):
    """The database cannot hold these jobs, now or later; all others of the call are written."""

    def __init__(self, why: Mapping[str, str]) -> None:
        self.why = dict(why)
        """By uid."""
        super().__init__(f"{len(why)} not written: " + "; ".join(f"{uid}: {said}" for uid, said in why.items())[:500])


@contextmanager
def plain_errors(url: URL) -> Iterator[None]:
    """Raise what the database says as one of ours; what trying again cannot mend stays as it is."""
    try:
        yield
    except (DataError, IntegrityError):
        raise
    except DBAPIError as error:
        if _is_too_large(error.orig):
            raise
        if _lacks_schema(error.orig):
            raise CatalogOutdated(f"the catalog's schema is missing or older than this release: {UPGRADE}") from error
        verb = "refuses" if isinstance(error, ProgrammingError) else "does not answer"
        raise CatalogUnavailable(f"the catalog {verb}: {first_line(error.orig, url)}") from error
    except StatementError:
        raise  # a value that is no such value
    except SQLAlchemyError as error:
        raise CatalogUnavailable(f"the catalog does not answer: {first_line(error, url)}") from error


def first_line(error: BaseException | None, url: URL) -> str:
    """Return what an error says, in a line without the URL's password."""
    line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return line.replace(str(url.password), "***") if url.password else line


def _is_too_large(error: BaseException | None) -> bool:
    """Tell whether the database is up and takes other values than this: class 54 of PostgreSQL's codes."""
    return isinstance(error, psycopg.Error) and (error.sqlstate or "").startswith("54")


def _lacks_schema(error: BaseException | None) -> bool:
    if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
        return True
    said = str(error)
    return isinstance(error, sqlite3.OperationalError) and ("no such " in said or "has no column" in said)
