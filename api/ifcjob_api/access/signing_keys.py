"""The public keys of an OIDC issuer: discovered, cached, and fetched again at most once per cool-down."""

import asyncio
import ssl
import time
from collections.abc import Callable
from typing import Any

import aiohttp
import jwt
import orjson
import structlog

from ifcjob.proxy import proxy_of

_FETCH_SECONDS = 5.0
_MAX_BYTES = 2**20
_MAX_KEYS = 100
COOL_DOWN = 60.0
"""Seconds between two fetches, however many tokens name an unknown key."""
_RETRY_SECONDS = 5.0
"""Seconds between two fetches while the issuer does not answer."""
_REFRESH_SECONDS = 3600.0
_MAX_AGE = 24 * 3600.0
"""Age from which keys are not trusted any more: the issuer may have withdrawn them."""
_TYPES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}

log = structlog.get_logger()


class KeysUnavailable(Exception):
    """The issuer does not answer, and the keys that it gave before do not suffice."""


class SigningKeys:
    """The keys of one issuer, for the whole process."""

    def __init__(
        self, issuer: str, tls: ssl.SSLContext | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._issuer, self._tls, self._clock = issuer, tls, clock
        self._keys: list[dict[str, Any]] = []
        self._parsed: dict[tuple[int, str], jwt.PyJWK] = {}
        self._fetched_at = self._next_fetch = float("-inf")
        self._failed = False
        self._lock = asyncio.Lock()

    async def find(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
        """Return the key of a token, None for an unknown one; raises KeysUnavailable."""
        age = self._clock() - self._fetched_at
        key = self._find(key_id, algorithm) if age < _MAX_AGE else None
        if key is None or age > _REFRESH_SECONDS:
            await self._refresh()
            key = self._find(key_id, algorithm)
        if self._failed and (key is None or self._clock() - self._fetched_at >= _MAX_AGE):
            raise KeysUnavailable(self._issuer)
        return key

    def _find(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
        places = [
            place
            for place, key in enumerate(self._keys)
            if (key_id is None or key.get("kid") == key_id)
            and key["kty"] == _TYPES[algorithm[:2]]
            and key.get("alg", algorithm) == algorithm
        ]
        if len(places) != 1:
            return None
        name = (places[0], algorithm)
        if name not in self._parsed:
            try:
                self._parsed[name] = jwt.PyJWK(self._keys[places[0]], algorithm)
            except jwt.PyJWTError:
                return None  # a curve that does not fit the algorithm
        return self._parsed[name]

    async def _refresh(self) -> None:
        """Fetch the keys, unless they were fetched just now."""
        async with self._lock:
            if self._clock() < self._next_fetch:
                return
            try:
                async with asyncio.timeout(_FETCH_SECONDS):
                    self._keys = await self._fetch()
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
                self._failed, self._next_fetch = True, self._clock() + _RETRY_SECONDS
                log.warning("signing keys not fetched", issuer=self._issuer, error=str(error) or type(error).__name__)
                return
            self._parsed.clear()
            self._failed, self._fetched_at = False, self._clock()
            self._next_fetch = self._fetched_at + COOL_DOWN

    async def _fetch(self) -> list[dict[str, Any]]:
        connector = aiohttp.TCPConnector(ssl=self._tls) if self._tls else None
        async with aiohttp.ClientSession(connector=connector) as session:
            discovery = await _document(session, f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            if discovery.get("issuer") != self._issuer:
                raise ValueError(f"the discovery document is of the issuer {discovery.get('issuer')!r}")
            address = str(discovery.get("jwks_uri"))
            if self._issuer.startswith("https:") and not address.startswith("https:"):
                raise ValueError("the keys' URL is not https")
            keys = (await _document(session, address)).get("keys")
        if not isinstance(keys, list):
            raise ValueError("the key set has no keys")  # noqa: TRY004 - one kind for all faulty answers
        return [key for key in keys[:_MAX_KEYS] if isinstance(key, dict) and _verifies_signatures(key)]


async def _document(session: aiohttp.ClientSession, address: str) -> dict[str, Any]:
    async with session.get(address, allow_redirects=False, proxy=proxy_of(address)) as response:
        if response.status != 200:
            raise ValueError(f"{address} answered {response.status}")
        content = await response.content.read(_MAX_BYTES + 1)
        while len(content) <= _MAX_BYTES and (more := await response.content.read(_MAX_BYTES)):
            content += more
    document = orjson.loads(content) if len(content) <= _MAX_BYTES else None
    if not isinstance(document, dict):
        raise ValueError(f"{address} is not a JSON object of at most 1 MiB")  # noqa: TRY004 - as above
    return document


def _verifies_signatures(key: dict[str, Any]) -> bool:
    """Leave out symmetric keys, and those for encryption."""
    return key.get("kty") in _TYPES.values() and key.get("use", "sig") == "sig"
