"""A real OIDC issuer for tests: discovery and keys over HTTP on loopback, and tokens that it signs."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

from ifcjob_api.access.signing_keys import SigningKeys
from ifcjob_api.access.tokens import JsonWebTokens, TokenRules

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

AUDIENCE = "ifcjob"
_RSA = rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def new_key(algorithm: str) -> Any:
    """Make a private key that fits an algorithm; the RSA key is always the same, since they take long."""
    if algorithm.startswith("ES"):
        return ec.generate_private_key(ec.SECP384R1() if algorithm == "ES384" else ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate() if algorithm == "EdDSA" else _RSA


class Issuer:
    """The keys of an issuer, and how often they were fetched."""

    def __init__(self, url: str, algorithm: str) -> None:
        self.url, self.algorithm, self.key, self.key_id = url, algorithm, new_key(algorithm), "first"
        self.fetches = 0
        self.status = 200
        self.discovered_issuer = url
        self.more_keys: list[dict[str, Any]] = []

    def public_key(self, key: Any = None, key_id: str = "", **fields: Any) -> dict[str, Any]:
        """Return a public key as JWK."""
        kind = get_default_algorithms()[self.algorithm]
        return {**kind.to_jwk((key or self.key).public_key(), as_dict=True), "kid": key_id or self.key_id, **fields}

    def claims(self, **claims: Any) -> dict[str, Any]:
        """Return the claims of a valid token, with these instead; None leaves one out."""
        now = int(time.time())
        valid = {"iss": self.url, "aud": AUDIENCE, "sub": "ann", "exp": now + 600, "nbf": now, "groups": ["bim"]}
        return {name: value for name, value in (valid | claims).items() if value is not None}

    def token(self, *, key: Any = None, key_id: str | None = "", **claims: Any) -> str:
        """Sign a token."""
        headers = {} if key_id is None else {"kid": key_id or self.key_id}
        return jwt.encode(self.claims(**claims), key or self.key, algorithm=self.algorithm, headers=headers)

    def authenticator(self, clock: Callable[[], float] = time.monotonic, **rules: Any) -> JsonWebTokens:
        """Return what verifies the issuer's tokens."""
        rules = {"algorithms": (self.algorithm,)} | rules
        return JsonWebTokens(TokenRules(self.url, (AUDIENCE,), **rules), SigningKeys(self.url, clock=clock))

    async def discovery(self, _request: web.Request) -> web.Response:
        """Return the discovery document."""
        return web.json_response({"issuer": self.discovered_issuer, "jwks_uri": f"{self.url}/keys"}, status=self.status)

    async def keys(self, _request: web.Request) -> web.Response:
        """Return the key set."""
        self.fetches += 1
        return web.json_response({"keys": [self.public_key(), *self.more_keys]})


@asynccontextmanager
async def oidc_issuer(algorithm: str = "ES256") -> AsyncIterator[Issuer]:
    """Serve an issuer while the block runs."""
    application = web.Application()
    runner = web.AppRunner(application)
    issuer = Issuer("", algorithm)
    application.router.add_get("/.well-known/openid-configuration", issuer.discovery)
    application.router.add_get("/keys", issuer.keys)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    issuer.url = issuer.discovered_issuer = f"http://127.0.0.1:{port}"
    try:
        yield issuer
    finally:
        await runner.cleanup()
