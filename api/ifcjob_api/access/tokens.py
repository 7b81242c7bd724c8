"""Authentication with OIDC: a JWT that the issuer has signed for this API."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt

from ifcjob_api.access.bearer import unauthenticated
from ifcjob_api.access.protocol import Caller
from ifcjob_api.access.signing_keys import KeysUnavailable, SigningKeys
from ifcjob_api.problems import Problem

RESERVED = "system:"
"""Prefix of Kubernetes' own users and groups: no issuer may name one, such as system:masters."""
AUTHENTICATED = "system:authenticated"
_RETRY_SECONDS = 5


@dataclass(frozen=True)
class TokenRules:
    """The claims that a token needs, and how they become a user of Kubernetes."""

    issuer: str
    audiences: tuple[str, ...]
    algorithms: tuple[str, ...] = ("RS256", "ES256", "EdDSA")
    user_claim: str = "sub"
    user_prefix: str = ""
    groups_claim: str = "groups"
    groups_prefix: str = ""
    leeway_seconds: int = 30


class JsonWebTokens:
    """Authenticates JWTs."""

    def __init__(self, rules: TokenRules, keys: SigningKeys) -> None:
        self._rules, self._keys = rules, keys

    async def authenticate(self, token: str, /) -> Caller:
        """Return the token's user; Problem 401, or 503 without the issuer's keys."""
        try:
            claims = await self._claims(token)
        except jwt.ExpiredSignatureError:
            raise unauthenticated("The token has expired: get a new one.") from None
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise unauthenticated(f"The token is not valid: {_reason(error)}.") from None
        except KeysUnavailable:
            detail = "The issuer's keys cannot be fetched: try again."
            raise Problem(503, "IssuerUnavailable", detail, retry_after=_RETRY_SECONDS) from None
        return self._caller(claims)

    async def _claims(self, token: str) -> Mapping[str, Any]:
        rules = self._rules
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if algorithm not in rules.algorithms:
            raise jwt.InvalidAlgorithmError("its algorithm is not accepted")
        key = await self._keys.find(header.get("kid"), algorithm)
        if key is None:
            raise jwt.InvalidKeyError("its key is unknown")
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=rules.audiences,
            issuer=rules.issuer,
            leeway=rules.leeway_seconds,
            options={"require": ["exp", "iss", "aud"], "enforce_minimum_key_length": True},
        )
        return claims

    def _caller(self, claims: Mapping[str, Any]) -> Caller:
        rules = self._rules
        user = _claim(claims, rules.user_claim)
        if not isinstance(user, str) or not user:
            raise unauthenticated(f"The token's claim {rules.user_claim} is not a name.")
        if rules.user_claim == "email" and claims.get("email_verified") is False:
            raise unauthenticated("The issuer has not verified the e-mail address.")
        name = rules.user_prefix + user
        if name.startswith(RESERVED):
            raise unauthenticated(f"Names that begin with {RESERVED} are Kubernetes' own.")
        groups = _claim(claims, rules.groups_claim)
        groups = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
        names = (rules.groups_prefix + group for group in groups if isinstance(group, str))
        accepted = sorted({group for group in names if not group.startswith(RESERVED)})
        return Caller(name, (*accepted, AUTHENTICATED), _expiry(claims, rules.leeway_seconds))


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """Return a claim; its name may have dots, or lead through objects."""
    if name in claims:
        return claims[name]
    value: Any = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _expiry(claims: Mapping[str, Any], leeway: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(claims["exp"]) + leeway, UTC)
    except (ValueError, OverflowError):
        return None  # later than the year 9999


def _reason(error: Exception) -> str:
    kinds = {
        jwt.InvalidAudienceError: "it is for another audience",
        jwt.InvalidIssuerError: "it is from another issuer",
        jwt.ImmatureSignatureError: "it is not valid yet",
        jwt.InvalidSignatureError: "its signature does not fit",
        jwt.InvalidKeyError: "its key is unknown",
        jwt.InvalidAlgorithmError: "its algorithm is not accepted",
    }
    if isinstance(error, jwt.MissingRequiredClaimError):
        return f"it has no claim {error.claim}"
    return next((text for kind, text in kinds.items() if isinstance(error, kind)), "it is not a signed JWT")
