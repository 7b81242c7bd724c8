"""Settings of the database that operator and API have in common."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from ifcjob_catalog.errors import InvalidDatabaseUrl
from ifcjob_catalog.tls_files import TlsFiles


class DatabaseSettings(BaseSettings):
    """Where the history is, and how to connect."""

    model_config = SettingsConfigDict(frozen=True, use_attribute_docstrings=True, extra="ignore")

    database_url_file: Path | None = None
    """File with the catalog's URL, `postgresql://user:password@host/name`; unset: there is no history."""
    database_ca_file: Path | None = None
    """PEM file with the authorities of the database's certificate; connections then use `sslmode=verify-full`, or
    `verify-ca` if the URL has it. Re-read for each connection."""
    database_certificate_file: Path | None = None
    """PEM file with the client certificate for the database; re-read for each connection."""
    database_key_file: Path | None = None
    """PEM file with the key of the client certificate, with the mode 0600, or 0640 if root owns it; re-read for each
    connection."""

    def database(self) -> str | None:
        """Return the URL with the files for TLS, None without history; InvalidDatabaseUrl, OSError."""
        files = TlsFiles(self.database_ca_file, self.database_certificate_file, self.database_key_file)
        if self.database_url_file is None:
            if files != TlsFiles():
                raise InvalidDatabaseUrl("it must be set, because files for TLS are set")
            return None
        try:
            return files.added_to(self.database_url_file.read_text(encoding="utf-8").strip())
        except UnicodeDecodeError as error:
            raise InvalidDatabaseUrl(f"the file is not text: {error.reason}") from error
