"""Connections to the database of a URL, with time limits for connecting, for statements and for lost packets."""

import os
import socket
import sqlite3
from contextlib import suppress
from typing import Any

import psycopg
from sqlalchemy import URL, Engine, create_engine, event, make_url

from ifcjob_catalog.errors import InvalidDatabaseUrl

CONNECT_SECONDS = 5
STATEMENT_SECONDS = 10
CONNECTIONS = 4
"""One process writes batches and reads by index, so few connections are busy at once."""
_HINT = "write postgresql://user:password@host:5432/name (percent-encode special characters), or sqlite:///file.db"


def database_url(text: str) -> URL:
    """Parse a URL; `postgresql://` means psycopg 3. Raises InvalidDatabaseUrl, without the URL in its message."""
    try:
        url = make_url(text.strip())
        backend = url.get_backend_name()
    except Exception:  # noqa: BLE001 - its message may contain the password
        raise InvalidDatabaseUrl(f"the database URL cannot be read: {_HINT}") from None
    if "@" in (url.host or ""):
        raise InvalidDatabaseUrl(
            f"the database URL has a second @, so part of the password would become the host: {_HINT}"
        )
    if backend in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        return url.set(drivername="sqlite")
    raise InvalidDatabaseUrl(f"the catalog does not support this kind of database: {_HINT}")


def engine_for(url: URL, statement_seconds: int | None = STATEMENT_SECONDS) -> Engine:
    """Return an engine that connects on first use, and reconnects after an outage."""
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url)
    return create_engine(
        _without_options(url),
        connect_args=_postgresql_options(url, statement_seconds),
        hide_parameters=True,
        pool_pre_ping=True,  # replace connections that an outage has closed
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=CONNECT_SECONDS,
    )


class OpenConnections:
    """The open connections of an engine to PostgreSQL, so that another thread can end a wait for an answer."""

    def __init__(self, engine: Engine) -> None:
        self._open: set[psycopg.Connection[Any]] = set()
        self._is_cut = False
        if engine.dialect.name == "postgresql":
            event.listen(engine, "do_connect", self._opens)
            event.listen(engine, "connect", self._opened)
            event.listen(engine, "close", self._closed)

    def cut(self) -> None:
        """Shut down all connections, also those being opened, and refuse new ones; waiting threads get an error."""
        self._is_cut = True
        for connection in list(self._open):
            _cut(connection)

    def _opens(self, *_: object) -> None:
        if self._is_cut:
            raise psycopg.OperationalError("the catalog is closed")

    def _opened(self, connection: psycopg.Connection[Any], _: object) -> None:
        self._open.add(connection)
        if self._is_cut:
            _cut(connection)

    def _closed(self, connection: psycopg.Connection[Any], _: object) -> None:
        self._open.discard(connection)


def _cut(connection: psycopg.Connection[Any]) -> None:
    # Not connection.close(): another thread uses the connection.
    with suppress(psycopg.Error, OSError), socket.socket(fileno=os.dup(connection.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)


def _without_options(url: URL) -> URL:
    return url.difference_update_query(["options"])


def _postgresql_options(url: URL, statement_seconds: int | None) -> dict[str, Any]:
    in_url = url.query.get("options", "")
    options = [in_url] if isinstance(in_url, str) else [*in_url]
    if statement_seconds is not None:
        milliseconds = statement_seconds * 1000
        options += [f"-c statement_timeout={milliseconds}", f"-c idle_in_transaction_session_timeout={milliseconds}"]
    defaults = {
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "ifcjob",
        # A host that disappeared sends no reset.
        "tcp_user_timeout": STATEMENT_SECONDS * 1000,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
    }
    return {name: value for name, value in defaults.items() if name not in url.query} | {"options": " ".join(options)}


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": STATEMENT_SECONDS}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # otherwise the driver begins late and commits before DDL
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begun(connection: Any) -> None:
        # Lock for writing at once: a reader that becomes a writer later fails if another writer was faster.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
