"""Signatures of Standard Webhooks, version 1: HMAC-SHA256 over id, timestamp and body."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

PREFIX = "whsec_"
_BYTES = range(24, 65)


class InvalidSecret(ValueError):
    """A signing secret is malformed; the message does not contain it."""


def signing_keys(data: Mapping[str, str]) -> list[bytes]:
    """Return the keys in the `data` of a Secret, by the names of its values; InvalidSecret."""
    if not data:
        raise InvalidSecret("the Secret has no values: add one, whsec_ and 24 to 64 bytes in Base64")
    return [_key(name, data[name]) for name in sorted(data)]


def _key(name: str, value: str) -> bytes:
    try:
        text = base64.b64decode(value, validate=True).decode("ascii").strip()
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, UnicodeDecodeError):
        text, key = "", b""
    if not text.startswith(PREFIX) or len(key) not in _BYTES:
        raise InvalidSecret(
            f"the Secret's value {name} is not a signing secret: write whsec_ and 24 to 64 bytes in Base64"
        )
    return key


def signed_headers(message_id: str, body: bytes, keys: Sequence[bytes], now: datetime) -> dict[str, str]:
    """Return the headers of a message, with one signature per key."""
    timestamp = str(int(now.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    signatures = (base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
