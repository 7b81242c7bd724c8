"""Posts one event to its web server."""

from datetime import UTC, datetime
from typing import Protocol

import aiohttp
import orjson
from yarl import URL

from ifcjob.cloud_events import CONTENT_TYPE
from ifcjob.failures import RunFailure
from ifcjob_backends.cluster.errors import ClusterError
from ifcjob_backends.cluster.objects import Key, KubeObject
from ifcjob_backends.storage.client_errors import describe
from ifcjob_catalog import Delivery, Tried
from ifcjob_operator.notifying.retries import after_answer, after_error
from ifcjob_operator.notifying.signing import InvalidSecret, signed_headers, signing_keys
from ifcjob_operator.storage.checked_http import CheckedHttp


class Secrets(Protocol):
    """The cluster's Secrets."""

    async def secret(self, key: Key) -> KubeObject | None:
        """Get a Secret, or None; ClusterError."""


class Poster:
    """Signs events and posts them. The answer's body is not read."""

    def __init__(self, http: CheckedHttp, secrets: Secrets) -> None:
        self._http, self._secrets = http, secrets

    async def post(self, delivery: Delivery) -> Tried:
        """Try a delivery once."""
        now = datetime.now(UTC)
        try:
            url = URL(delivery.url, encoded=True).with_fragment(None)
        except ValueError:
            return Tried("the URL is malformed: write https://host/path")
        if problem := self._http.policy.refusal(url):
            hint = "list the host in IFCJOB_NOTIFICATION_HOSTS, and send the event again"
            return Tried(f"{delivery.url} {problem}: {hint}")
        try:
            keys = await self._keys(delivery)
            body = orjson.dumps(delivery.body)
            headers = signed_headers(delivery.id, body, keys, now) | {"Content-Type": CONTENT_TYPE}
            async with self._http.request("POST", url, data=body, headers=headers) as response:
                return after_answer(delivery, response.status, response.headers, datetime.now(UTC))
        except RunFailure as failure:
            error = failure.message
        except (InvalidSecret, ClusterError) as problem:
            error = f"Secret {delivery.namespace}/{delivery.secret}: {problem}"
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            error = f"the receiver {describe(problem)}"
        return after_error(delivery, error, datetime.now(UTC))

    async def _keys(self, delivery: Delivery) -> list[bytes]:
        secret = await self._secrets.secret((delivery.namespace, delivery.secret))
        if secret is None:
            raise InvalidSecret("it does not exist: create it, with a value whsec_ and 24 to 64 bytes in Base64")
        return signing_keys(secret.get("data") or {})
