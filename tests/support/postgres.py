"""A real PostgreSQL for tests: the programs of the machine, on loopback, its data in a temporary folder."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

import psutil
import psycopg
import pytest

from tools.cluster.control_plane import free_port
from tools.cluster.processes import Processes, eventually
from tools.cluster.stores import postgresql_programs

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "ifcjob"


class Postgres:
    """One server, which can be stopped, frozen and started again within a test."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder, self._programs = folder, programs
        self._data = folder / "data"
        self._processes = Processes(folder / "server")
        # PostgreSQL refuses to be root.
        self._user = "postgres" if os.geteuid() == 0 else None
        self.password = f"p@ss/{secrets.token_hex(8)}"
        self.port = free_port()

    def create(self) -> None:
        """Make the server's files and start it."""
        self._data.mkdir()
        if self._user:
            for path in (self._folder, self._data):
                shutil.chown(path, self._user, self._user)
        secret = self._folder / "password"
        secret.write_text(self.password, encoding="utf-8")
        become = ["setpriv", f"--reuid={self._user}", f"--regid={self._user}", "--clear-groups"] if self._user else []
        initdb = [*become, str(self._programs / "initdb"), "-D", str(self._data), "-U", USER, f"--pwfile={secret}"]
        initdb += ["--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync"]
        secret.chmod(0o644)
        done = subprocess.run(initdb, check=False, capture_output=True, text=True, cwd="/")
        assert done.returncode == 0, done.stderr
        settings = ["listen_addresses=127.0.0.1", f"port={self.port}", "unix_socket_directories=", "fsync=off"]
        flags = [word for setting in settings for word in ("-c", setting)]
        self._processes.start("postgres", [self._programs / "postgres", "-D", self._data, *flags], user=self._user)
        self._wait()

    def url(self, database: str = "postgres") -> str:
        """Return the URL of a database."""
        return f"postgresql://{USER}:{quote(self.password, safe='')}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database and return its URL."""
        name = f"catalog_{secrets.token_hex(4)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def stop(self) -> None:
        """Stop at once, as a machine that is switched off."""
        if self._processes.is_running("postgres"):
            subprocess.run(["kill", "-QUIT", str(self._processes.pid("postgres"))], check=True)
        assert eventually(lambda: not self._processes.is_running("postgres"), 20)

    def start(self) -> None:
        """Start again, and wait until it takes queries."""
        self._processes.restart("postgres")
        self._wait()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Keep the server and its sessions from running: connections stay open, and nobody answers."""
        main = psutil.Process(self._processes.pid("postgres"))
        processes = [main, *main.children(recursive=True)]
        try:
            for process in processes:
                process.suspend()
            yield
        finally:
            for process in processes:
                process.resume()

    def _wait(self) -> None:
        self._processes.require("postgres", self._answers, 30)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


Server = TypeVar("Server", bound=Postgres)


def running(kind: type[Server]) -> Iterator[Server]:
    """Run a server of this kind; skip the test if PostgreSQL is missing."""
    try:
        programs = postgresql_programs()
    except SystemExit as missing:
        pytest.skip(str(missing))
    # Not pytest's folder: that one is closed to other users.
    with tempfile.TemporaryDirectory(prefix="ifcjob-postgres-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = kind(Path(folder), programs)
        try:
            server.create()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Run one server for all tests."""
    yield from running(Postgres)
