"""Certificates and keys of a test control plane, made with openssl; valid for thirty days."""

import subprocess
from collections.abc import Sequence
from pathlib import Path


def make_pki(folder: Path, addresses: Sequence[str], hosts: Sequence[str] = ()) -> None:
    """Write sa.key, ca.*, server.*, front-proxy-ca.* and front-proxy.* unless they are there."""
    if (folder / "front-proxy.crt").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    hosts = ["localhost", "kubernetes.default.svc", *hosts]
    names = [*(f"IP:{address}" for address in addresses), *(f"DNS:{host}" for host in hosts)]
    _openssl(folder, "genrsa", "-out", "sa.key", "2048")
    authority(folder, "ca", "test-ca")
    signed(folder, "server", "kube-apiserver", "ca", f"subjectAltName={','.join(names)}")
    # An authority of its own: the API server refuses client certificates that both authorities could have signed.
    authority(folder, "front-proxy-ca", "front-proxy-ca")
    signed(folder, "front-proxy", "front-proxy-client", "front-proxy-ca", "extendedKeyUsage=clientAuth")


def authority(folder: Path, name: str, subject: str) -> None:
    """Write the certificate and key of an authority, NAME.crt and NAME.key."""
    key = ("-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key")
    _openssl(folder, "req", "-x509", *key, "-out", f"{name}.crt", "-subj", f"/CN={subject}", "-days", "30",
             "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip


def signed(folder: Path, name: str, subject: str, authority: str, extension: str) -> None:
    """Write a certificate that an authority of the folder has signed, and its key: NAME.crt and NAME.key."""
    extensions = folder / f"{name}.ext"
    # Python verifies strictly: a certificate must name the key that signed it.
    extensions.write_text(f"{extension}\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n", encoding="utf-8")
    _openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
             "-subj", f"/CN={subject}")  # fmt: skip
    _openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.crt", "-CAkey", f"{authority}.key",
             "-CAcreateserial", "-out", f"{name}.crt", "-days", "30", "-extfile", extensions.name)  # fmt: skip


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
