"""Errors of the catalog; their messages contain no password."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg
from sqlalchemy import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, SQLAlchemyError, StatementError

UPGRADE = "run `ifcjob catalog upgrade`"

_NO_CERTIFICATE = "set a client certificate and its key, in files that exist"
_TLS_HINTS = {
    "certificate verify failed": "the CA file must contain the authority that signed the server's certificate, "
    "and that certificate must be valid now",
    "does not match host name": "use a host name of the server's certificate in the URL, or add `sslmode=verify-ca`",
    "root certificate file": "the CA file must contain certificates in PEM",
    "requires a valid client certificate": _NO_CERTIFICATE,
    "certificate required": _NO_CERTIFICATE,
    "certificate authentication failed": "the common name of the client certificate must be the user of the URL",
    "unknown ca": "the server does not trust the authority that signed the client certificate",
    "private key file": "the key must belong to the client certificate, and nobody else may read its file",
    "certificate file": "the client certificate must be in PEM",
    "server does not support SSL": "enable `ssl` in the server, or remove the CA file",
    "no encryption": "the server accepts encrypted connections only: set the CA file",
}
"""Hints by a part of the message of libpq or of the server; the first that occurs counts."""


class InvalidDatabaseUrl(ValueError):
    """The database URL is invalid; the message omits it, because it may contain a password."""


class UnknownRevision(ValueError):
    """This release does not know the revision of the schema."""


class CatalogUnavailable(Exception):
    """The database is down, slow, restarting, or rejects the connection: retry later."""


class CatalogTlsFailed(CatalogUnavailable):
    """TLS to the database fails, or the database rejects the client's certificate: correct the files, or its server."""


class CatalogOutdated(Exception):
    """The database lacks tables or columns of this release: run the upgrade."""


class RecordsRefused(Exception):
    """The database rejects these records permanently; all others of the call are written."""

    def __init__(self, messages: Mapping[str, str]) -> None:
        self.messages = dict(messages)
        """Message of the database by uid."""
        listed = "; ".join(f"{uid}: {message}" for uid, message in messages.items())
        super().__init__(f"{len(messages)} not written: {listed[:500]}")


@contextmanager
def plain_errors(url: URL) -> Iterator[None]:
    """Convert database errors into errors of the catalog; errors that a retry cannot fix are raised unchanged."""
    try:
        yield
    except (DataError, IntegrityError):
        raise
    except DBAPIError as error:
        if _is_too_large(error.orig):
            raise
        if _lacks_schema(error.orig):
            raise CatalogOutdated(f"the catalog's schema is missing or older than this release: {UPGRADE}") from error
        line = first_line(error.orig, url)
        if hint := _tls_hint(line):
            raise CatalogTlsFailed(f"the catalog cannot be reached by TLS: {line}: {hint}") from error
        verb = "rejects the query" if isinstance(error, ProgrammingError) else "does not answer"
        raise CatalogUnavailable(f"the catalog {verb}: {line}") from error
    except StatementError:
        raise  # a value of the wrong type
    except SQLAlchemyError as error:
        raise CatalogUnavailable(f"the catalog does not answer: {first_line(error, url)}") from error


def first_line(error: BaseException | None, url: URL) -> str:
    """Return the first line of an error, without the password of the URL."""
    line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return line.replace(str(url.password), "***") if url.password else line


def _tls_hint(message: str) -> str | None:
    return next((hint for part, hint in _TLS_HINTS.items() if part in message), None)


def _is_too_large(error: BaseException | None) -> bool:
    """Return whether a value exceeds a limit of the database: class 54 of PostgreSQL's error codes."""
    return isinstance(error, psycopg.Error) and (error.sqlstate or "").startswith("54")


def _lacks_schema(error: BaseException | None) -> bool:
    if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
        return True
    message = str(error)
    return isinstance(error, sqlite3.OperationalError) and ("no such " in message or "has no column" in message)
