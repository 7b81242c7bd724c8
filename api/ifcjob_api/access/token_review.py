"""Authentication by Kubernetes: the API server reviews the token, such as a service account's."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import jwt

from ifcjob_api.access.bearer import unauthenticated
from ifcjob_api.access.cache import AnswerCache
from ifcjob_api.access.kubernetes_review import review
from ifcjob_api.access.protocol import Caller
from ifcjob_backends.cluster.protocol import KubernetesApi

CACHE_SECONDS = 10.0


class TokenReviews:
    """Authenticates tokens that the cluster accepts."""

    def __init__(self, kubernetes: KubernetesApi, audiences: Sequence[str] = ()) -> None:
        """Accept tokens for these audiences; none: for the API server."""
        self._kubernetes, self._audiences = kubernetes, tuple(audiences)
        self._cache: AnswerCache[bytes, Caller | None] = AnswerCache(CACHE_SECONDS)

    async def authenticate(self, token: str, /) -> Caller:
        """Return the token's user; Problem 401 or 503."""

        async def ask() -> Caller | None:
            return await self._review(token)

        # The cache holds no token.
        caller = await self._cache.get(hashlib.sha256(token.encode()).digest(), ask)
        if caller is None:
            raise unauthenticated("Kubernetes does not accept the token: get a new one.")
        if caller.expires_at is not None and caller.expires_at <= datetime.now(UTC):
            raise unauthenticated("The token has expired: get a new one.")
        return caller

    async def _review(self, token: str) -> Caller | None:
        spec: dict[str, Any] = {"token": token}
        if self._audiences:
            spec["audiences"] = list(self._audiences)
        status = await review(self._kubernetes, "TokenReview", spec)
        user = status.get("user") or {}
        if status.get("authenticated") is not True or not user.get("username"):
            return None
        # An authenticator that ignores audiences returns none.
        if self._audiences and not set(self._audiences) & set(status.get("audiences") or ()):
            return None
        return Caller(str(user["username"]), tuple(map(str, user.get("groups") or ())), _expiry(token))


def _expiry(token: str) -> datetime | None:
    """Return when a token that was authenticated expires; None for one that is not a JWT."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, OverflowError, RecursionError):
        return None
