"""TLS to a PostgreSQL with an authority of its own: both sides prove who they are, and each failure has a hint."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ifcjob_catalog import Catalog, CatalogTlsFailed, InvalidDatabaseUrl
from ifcjob_catalog.schema import current, upgrade
from ifcjob_catalog.tls_files import TlsFiles
from tests.support.tls_postgres import CERTIFIED, OTHER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.tls_postgres import TlsPostgres

KUBELET_MODE = 0o440
"""Of files in the chart's volumes, which root owns."""


@pytest.fixture
def files(tls_postgres: TlsPostgres, tmp_path: Path) -> TlsFiles:
    """Return copies of the server's authority and of the client certificate."""
    for name in ("ca.crt", f"{CERTIFIED}.crt", f"{CERTIFIED}.key"):
        shutil.copyfile(tls_postgres.pki / name, tmp_path / name)
    key = tmp_path / f"{CERTIFIED}.key"
    key.chmod(KUBELET_MODE if os.geteuid() == 0 else 0o400)
    return TlsFiles(tmp_path / "ca.crt", tmp_path / f"{CERTIFIED}.crt", key)


@pytest.fixture
def catalog(tls_postgres: TlsPostgres, files: TlsFiles) -> Iterator[Catalog]:
    """Open a catalog that verifies the server."""
    url = TlsFiles(files.ca).added_to(tls_postgres.verified_url())
    upgrade(url)
    catalog = Catalog.open(url)
    yield catalog
    catalog.close()


def test_verified_server_keeps_the_history(catalog: Catalog) -> None:
    assert asyncio.run(catalog.recorded(["u-1"])) == set()


def test_url_cannot_weaken_the_verification(tls_postgres: TlsPostgres, files: TlsFiles) -> None:
    with pytest.raises(CatalogTlsFailed, match="does not match host name"):
        current(TlsFiles(files.ca).added_to(tls_postgres.verified_url("other.example.com", sslmode="disable")))


def test_server_of_another_authority_is_refused_with_a_hint(tls_postgres: TlsPostgres) -> None:
    stranger = TlsFiles(tls_postgres.pki / "stranger.crt")
    with pytest.raises(CatalogTlsFailed, match="the CA file must contain the authority") as caught:
        current(stranger.added_to(tls_postgres.verified_url()))
    assert "certificate verify failed" in str(caught.value)
    assert tls_postgres.password not in str(caught.value)


def test_wrong_host_name_is_refused_unless_the_url_has_verify_ca(tls_postgres: TlsPostgres, files: TlsFiles) -> None:
    authority, stranger = TlsFiles(files.ca), TlsFiles(tls_postgres.pki / "stranger.crt")
    with pytest.raises(CatalogTlsFailed, match="use a host name of the server's certificate in the URL"):
        current(authority.added_to(tls_postgres.verified_url("other.example.com")))
    current(authority.added_to(tls_postgres.verified_url("other.example.com", sslmode="verify-ca")))
    with pytest.raises(CatalogTlsFailed, match="certificate verify failed"):
        current(stranger.added_to(tls_postgres.verified_url(sslmode="verify-ca")))


def test_client_certificate_replaces_the_password(tls_postgres: TlsPostgres, files: TlsFiles) -> None:
    url = tls_postgres.verified_url(user=CERTIFIED)
    current(files.added_to(url))
    with pytest.raises(CatalogTlsFailed, match="set a client certificate and its key"):
        current(TlsFiles(files.ca).added_to(url))


def test_client_certificate_of_an_unknown_authority_is_refused(tls_postgres: TlsPostgres, files: TlsFiles) -> None:
    unknown = TlsFiles(files.ca, tls_postgres.pki / "unknown.crt", tls_postgres.pki / "unknown.key")
    with pytest.raises(CatalogTlsFailed, match="the server does not trust the authority"):
        current(unknown.added_to(tls_postgres.verified_url(user=CERTIFIED)))


def test_client_certificate_of_another_user_is_refused(tls_postgres: TlsPostgres, files: TlsFiles) -> None:
    with pytest.raises(CatalogTlsFailed, match="the common name of the client certificate must be the user"):
        current(files.added_to(tls_postgres.verified_url(user=OTHER)))


def test_key_that_others_may_read_is_refused(tls_postgres: TlsPostgres, files: TlsFiles) -> None:
    assert files.key
    files.key.chmod(0o444)
    with pytest.raises(CatalogTlsFailed, match="nobody else may read its file"):
        current(files.added_to(tls_postgres.verified_url(user=CERTIFIED)))


@pytest.mark.parametrize(
    ("ca", "certificate", "message"),
    [
        ("nothing.crt", None, "the CA file must contain certificates in PEM"),
        (f"{CERTIFIED}.key", None, "the CA file must contain certificates in PEM"),
        ("ca.crt", f"{CERTIFIED}.key", "the client certificate must be in PEM"),
        ("ca.crt", "ca.crt", "the key must belong to the client certificate"),
    ],
)
def test_unusable_file_is_named_with_a_hint(
    tls_postgres: TlsPostgres, files: TlsFiles, ca: str, certificate: str | None, message: str
) -> None:
    assert files.ca
    folder = files.ca.parent
    key = files.key if certificate else None
    wrong = TlsFiles(folder / ca, folder / certificate if certificate else None, key)
    with pytest.raises(CatalogTlsFailed, match=message) as caught:
        current(wrong.added_to(tls_postgres.verified_url(user=CERTIFIED)))
    assert str(folder) in str(caught.value)


def test_server_without_tls_is_refused(postgres_url: str, files: TlsFiles) -> None:
    with pytest.raises(CatalogTlsFailed, match="enable `ssl` in the server"):
        current(TlsFiles(files.ca).added_to(postgres_url))


def test_server_for_tls_only_asks_for_the_ca_file(tls_postgres: TlsPostgres) -> None:
    with pytest.raises(CatalogTlsFailed, match="set the CA file"):
        current(tls_postgres.verified_url(sslmode="disable"))


def test_changed_ca_file_applies_from_the_next_connection_on(
    tls_postgres: TlsPostgres, files: TlsFiles, catalog: Catalog
) -> None:
    assert files.ca
    assert asyncio.run(catalog.recorded(["u-1"])) == set()
    try:
        tls_postgres.renew("stranger")
        with pytest.raises(CatalogTlsFailed, match="certificate verify failed"):
            asyncio.run(catalog.recorded(["u-1"]))
        shutil.copyfile(tls_postgres.pki / "stranger.crt", files.ca)
        assert asyncio.run(catalog.recorded(["u-1"])) == set()
    finally:
        tls_postgres.renew("ca")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to own the files and to become another user")
@pytest.mark.usefixtures("files")
def test_any_user_of_the_files_group_connects(tls_postgres: TlsPostgres, tmp_path: Path) -> None:
    # pytest's folder is closed to other users.
    folder = tls_postgres.pki / "mounted"
    shutil.copytree(tmp_path, folder)
    folder.chmod(0o755)
    names = {"CA": "ca.crt", "CERTIFICATE": f"{CERTIFIED}.crt", "KEY": f"{CERTIFIED}.key"}
    environment = {f"IFCJOB_DATABASE_{name}_FILE": str(folder / file) for name, file in names.items()}
    environment |= {"IFCJOB_DATABASE_URL": tls_postgres.verified_url(user=CERTIFIED), "PATH": os.environ["PATH"]}
    # Like a container of a cluster that chooses the user: no name, no home, group 0.
    become = ["setpriv", "--reuid=1000640123", "--regid=0", "--clear-groups"]
    command = [*become, sys.executable, "-m", "ifcjob_catalog", "current"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd="/")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


@pytest.mark.parametrize(
    ("names", "url", "message"),
    [
        ((None, "c", "k"), "postgresql://u@h/d", "needs the CA file"),
        (("a", "c", None), "postgresql://u@h/d", "its key must be set together"),
        (("a", None, "k"), "postgresql://u@h/d", "its key must be set together"),
        (("a", None, None), "sqlite:///history.db", "only PostgreSQL uses TLS"),
    ],
)
def test_files_that_do_not_belong_together_are_refused(
    names: tuple[str | None, ...], url: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidDatabaseUrl, match=message):
        TlsFiles(*(tmp_path / name if name else None for name in names)).added_to(url)


def test_url_without_files_is_unchanged() -> None:
    assert TlsFiles().added_to("postgresql://u:p%40@h/d") == "postgresql://u:p%40@h/d"
