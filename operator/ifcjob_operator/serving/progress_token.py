"""The token with which an attempt's pod posts its progress and report: every replica can check it, none stores it."""

import hashlib
import hmac


def progress_token(key: bytes, uid: str, attempt: int) -> str:
    """Return the token of an attempt."""
    return hmac.new(key, f"{uid}/{attempt}".encode(), hashlib.sha256).hexdigest()


def is_genuine(key: bytes, token: str, uid: str, attempt: int) -> bool:
    """Return whether a token is the attempt's; every wrong token takes the same time."""
    expected = progress_token(key, uid, attempt).encode()
    return hmac.compare_digest(expected, token.encode(errors="surrogateescape"))


def report_url(service: str, namespace: str, ifcjob: str, attempt: int) -> str:
    """Return the URL to which an attempt that has published posts its report."""
    return f"{service.rstrip('/')}/v1/report/{namespace}/{ifcjob}/{attempt}"


def progress_url(service: str, namespace: str, ifcjob: str, attempt: int) -> str:
    """Return the URL to which an attempt posts its progress."""
    return f"{service.rstrip('/')}/v1/progress/{namespace}/{ifcjob}/{attempt}"
