"""The SQLite file of the local API server: one row per object, each write durable before it is answered."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson

from ifcjob_backends.cluster.objects import KubeObject, key_of
from ifcjob_backends.local.api_server.objects import Change

FORMAT = 1
"""Increased when an older release could not read the file."""
_CREATE = """
CREATE TABLE IF NOT EXISTS object (
  resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (resource, namespace, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter (version INTEGER NOT NULL);
INSERT INTO counter SELECT 0 WHERE NOT EXISTS (SELECT * FROM counter);
"""


class NewerData(Exception):
    """A newer release has written the file."""


class ObjectDatabase:
    """The file. Used by one thread at a time; raises sqlite3.Error."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; NewerData when this release cannot read it."""
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        try:
            self._prepare(path)
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self, path: Path) -> None:
        (number,) = self._connection.execute("PRAGMA user_version").fetchone()
        if number > FORMAT:
            raise NewerData(f"{path} has format {number}, and this release reads up to {FORMAT}")
        self._connection.execute("PRAGMA journal_mode = WAL")
        # A commit is on the disk when it returns: an answered write survives a loss of power.
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(f"BEGIN IMMEDIATE; {_CREATE} PRAGMA user_version = {FORMAT}; COMMIT;")

    def version(self) -> int:
        """Return the resourceVersion of the latest write."""
        (version,) = self._connection.execute("SELECT version FROM counter").fetchone()
        return int(version)

    def objects(self) -> Iterator[tuple[str, KubeObject]]:
        """Yield all objects with their resource."""
        for resource, body in self._connection.execute("SELECT resource, body FROM object"):
            yield resource, orjson.loads(body)

    def commit(self, changes: Iterable[Change]) -> None:
        """Write changes in one transaction."""
        latest = {(change.resource, key_of(change.object)): change for change in changes}
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for (resource, (namespace, name)), change in latest.items():
                if change.type == "DELETED":
                    self._connection.execute(
                        "DELETE FROM object WHERE resource = ? AND namespace = ? AND name = ?",
                        (resource, namespace, name),
                    )
                else:
                    row = (resource, namespace, name, orjson.dumps(change.object))
                    self._connection.execute("INSERT OR REPLACE INTO object VALUES (?, ?, ?, ?)", row)
            newest = max(change.version for change in latest.values())
            self._connection.execute("UPDATE counter SET version = ?", (newest,))
            self._connection.execute("COMMIT")
        except BaseException:
            # A full disk may have rolled it back already.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the file; its write-ahead log is merged into it."""
        self._connection.close()
