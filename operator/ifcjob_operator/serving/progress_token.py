"""Who may say how far an attempt is: its own pod, by a token that every replica can check and nobody has to keep."""

import hashlib
import hmac


def progress_token(key: bytes, uid: str, attempt: int) -> str:
    """Make the token of an attempt."""
    return hmac.new(key, f"{uid}/{attempt}".encode(), hashlib.sha256).hexdigest()


def is_genuine(key: bytes, token: str, uid: str, attempt: int) -> bool:
    """Tell whether a token is that of an attempt, in the same time for every wrong one."""
    expected = progress_token(key, uid, attempt).encode()
    return hmac.compare_digest(expected, token.encode(errors="surrogateescape"))


def progress_url(service: str, namespace: str, ifcjob: str, attempt: int) -> str:
    """Return where an attempt posts its progress."""
    return f"{service.rstrip('/')}/v1/progress/{namespace}/{ifcjob}/{attempt}"
