"""The files that authenticate PostgreSQL and its client to each other by TLS."""

from dataclasses import dataclass
from pathlib import Path

from ifcjob_catalog.connection import database_url
from ifcjob_catalog.errors import InvalidDatabaseUrl

_WITHOUT_HOST_NAME = "verify-ca"


@dataclass(frozen=True)
class TlsFiles:
    """PEM files. libpq reads them for each connection, so that a changed file applies from the next one on."""

    ca: Path | None = None
    """Certificates of the authorities that may have signed the server's."""
    certificate: Path | None = None
    """Certificate of the client, with those of its intermediate authorities."""
    key: Path | None = None
    """Its key, unencrypted."""

    def added_to(self, text: str) -> str:
        """Return a database URL that uses these files and verifies the server; unchanged without files.

        The certificate must contain the host name of the URL, unless the URL has `sslmode=verify-ca`. Raises
        InvalidDatabaseUrl, also for files that do not belong together.
        """
        if self.ca is None and (self.certificate or self.key):
            raise InvalidDatabaseUrl("a client certificate needs the CA file of the server, too")
        if (self.certificate is None) != (self.key is None):
            raise InvalidDatabaseUrl("a client certificate and its key must be set together")
        url = database_url(text)
        if self.ca is None:
            return text
        if url.get_backend_name() != "postgresql":
            raise InvalidDatabaseUrl("only PostgreSQL uses TLS: remove the CA file and the client certificate")
        mode = _WITHOUT_HOST_NAME if url.query.get("sslmode") == _WITHOUT_HOST_NAME else "verify-full"
        files = {"sslrootcert": self.ca, "sslcert": self.certificate, "sslkey": self.key}
        query = {"sslmode": mode} | {name: str(path) for name, path in files.items() if path is not None}
        return url.update_query_dict(query).render_as_string(hide_password=False)
