"""A real PostgreSQL that accepts only TLS, with authorities of its own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
import pytest

from tests.support.postgres import USER, Postgres, running
from tools.cluster.pki import authority, signed

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "database.example.com"
"""The name in the server's certificate. Nothing resolves it: URLs have the address, too."""
CERTIFIED = "certified"
"""A user without a password, who needs a client certificate with this common name."""
OTHER = "other"
"""Another one, for whom there is no certificate."""
_RULES = f"""\
hostssl all {CERTIFIED},{OTHER} all cert
hostssl all all all scram-sha-256
"""


class TlsPostgres(Postgres):
    """The server. `pki` has the certificates and keys of its authority, of a stranger, and of clients."""

    def create(self) -> None:
        """Make the server's files and start it, at first without TLS."""
        super().create()
        self.pki = self._folder / "pki"
        self.pki.mkdir()
        for name in ("ca", "clients", "stranger"):
            authority(self.pki, name, name)
        for name, issuer in ((CERTIFIED, "clients"), ("unknown", "stranger")):
            signed(self.pki, name, CERTIFIED, issuer, "extendedKeyUsage=clientAuth")
        with psycopg.connect(self.url(), autocommit=True) as connection:
            for user in (CERTIFIED, OTHER):
                connection.execute(f"CREATE ROLE {user} LOGIN SUPERUSER")
            connection.execute("ALTER SYSTEM SET ssl = on")
            connection.execute("ALTER SYSTEM SET ssl_ca_file = 'clients.crt'")
        self._hand_over("clients.crt")
        (self._data / "pg_hba.conf").write_text(_RULES, encoding="utf-8")
        self.renew("ca")

    def renew(self, issuer: str) -> None:
        """Restart with a new certificate, which this authority has signed."""
        signed(self.pki, "server", HOST, issuer, f"subjectAltName=DNS:{HOST}")
        self._hand_over("server.crt", "server.key")
        self.stop()
        self.start()

    def verified_url(self, host: str = HOST, user: str = USER, **query: str) -> str:
        """Return a URL with a host name, which clients compare with the certificate."""
        password = f":{quote(self.password, safe='')}" if user == USER else ""
        more = "".join(f"&{name}={value}" for name, value in query.items())
        return f"postgresql://{user}{password}@{host}:{self.port}/postgres?hostaddr=127.0.0.1{more}"

    def _hand_over(self, *names: str) -> None:
        for name in names:
            shutil.copyfile(self.pki / name, self._data / name)
            (self._data / name).chmod(0o600)
            if self._user:
                shutil.chown(self._data / name, self._user, self._user)


@pytest.fixture(scope="session")
def tls_postgres() -> Iterator[TlsPostgres]:
    """Run one server for all tests."""
    yield from running(TlsPostgres)
