"""Signing secrets and deliveries, and what a receiver checks, with a library that did not sign."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from standardwebhooks import Webhook

from ifcjob_catalog import Delivery

if TYPE_CHECKING:
    from tests.support.web import Seen

OLD, NEW = (f"whsec_{base64.b64encode(bytes([number]) * 32).decode()}" for number in (1, 2))


def secret_data(*secrets: str) -> dict[str, str]:
    """Return the `data` of a Secret with these signing secrets."""
    return {f"key-{number}": base64.b64encode(secret.encode()).decode() for number, secret in enumerate(secrets)}


class Secrets:
    """Secrets by name, in memory."""

    def __init__(self, **data: dict[str, str]) -> None:
        self._data = data

    async def secret(self, key: tuple[str, str]) -> dict[str, Any] | None:
        return {"data": self._data[key[1]]} if key[1] in self._data else None


def delivery(url: str, event: str = "u-1-succeeded", **fields: Any) -> Delivery:
    """Return a delivery that was not tried yet."""
    values: dict[str, Any] = {
        "id": event,
        "url": url,
        "namespace": "bim",
        "secret": "hook",
        "body": {"specversion": "1.0", "id": event, "data": {"name": "Büro"}},
        "tries": 0,
        "expires_at": datetime.now(UTC) + timedelta(hours=24),
    }
    return Delivery(**values | fields)


def verified(seen: Seen, secret: str = NEW) -> dict[str, Any]:
    """Return the event of a request; WebhookVerificationError when the signature is wrong."""
    headers = {name.lower(): value for name, value in seen.headers.items()}
    Webhook(secret).verify(seen.body, headers)
    event: dict[str, Any] = json.loads(seen.body)
    assert event["id"] == headers["webhook-id"]
    return event
