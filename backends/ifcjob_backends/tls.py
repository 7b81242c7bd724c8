"""TLS towards servers with certificates of the system's authorities, or of a private one."""

import ssl
from pathlib import Path


def client_tls(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that also trusts the authorities in a PEM file; raises OSError for a file without any."""
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context
