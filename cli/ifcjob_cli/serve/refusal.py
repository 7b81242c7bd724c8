"""Reasons not to start, each with one clear line."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class StartRefused(Exception):
    """`ifcjob serve` cannot start; the message says why."""

    def __init__(self, message: str, hint: str, exit_code: int) -> None:
        """Take a code of sysexits."""
        super().__init__(message)
        self.message, self.hint, self.exit_code = message, hint, exit_code


@contextmanager
def folder_errors(folder: Path) -> Iterator[None]:
    """Turn errors of the data folder's files into StartRefused."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _database_refused(folder, error) from error
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise _disk_full(folder) from error
        message = f"{folder} cannot be used: {error.strerror or error}."
        raise StartRefused(message, "Let your user write there, or choose another --data.", os.EX_CANTCREAT) from error


def _database_refused(folder: Path, error: sqlite3.DatabaseError) -> StartRefused:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return _disk_full(folder)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        message = f"{folder} cannot be used: {error}."
        return StartRefused(message, "Let your user write there, or choose another --data.", os.EX_CANTCREAT)
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        message = f"{folder} is damaged: {error}."
        return StartRefused(message, "Restore it from a backup, or choose another --data.", os.EX_DATAERR)
    return StartRefused(f"{folder} cannot be used: {error}.", "Check the disk.", os.EX_IOERR)


def _disk_full(folder: Path) -> StartRefused:
    message = f"no space is left on the disk of {folder}."
    return StartRefused(message, "Free space, or choose another --data.", os.EX_IOERR)
