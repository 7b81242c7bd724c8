"""Keeps secrets out of the log: tokens, and the signatures of presigned URLs."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

REDACTED = "REDACTED"
_PARAMETERS = (
    r"((?:X-Amz-(?:Signature|Credential|Security-Token)|AWSAccessKeyId|Signature"
    r"|access_token|id_token|refresh_token|token|client_secret|password|code)=)[^&\s\"'<>]+"
)
_PATTERNS = (
    (re.compile(_PARAMETERS, re.IGNORECASE), rf"\1{REDACTED}"),
    (re.compile(r"(bearer\s+)[^\s\"']+", re.IGNORECASE), rf"\1{REDACTED}"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]*\.?[\w-]*"), REDACTED),
    (re.compile(r"(://[^/\s:@]*:)[^/\s@]+@"), rf"\1{REDACTED}@"),
)


def redact(text: str) -> str:
    """Return a text without secrets."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Redact every text of a log event; a processor of structlog."""
    for name, value in event.items():
        event[name] = _redacted(value)
    return event


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {name: _redacted(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(item) for item in value]
    return value if isinstance(value, int | float | None) else redact(str(value))
