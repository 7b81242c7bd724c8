"""JWTs of a real issuer: only a token that it signed for this API, and that is valid now, has a user."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from ifcjob_api.access.signing_keys import COOL_DOWN
from ifcjob_api.problems import Problem
from tests.support.async_tests import finish
from tests.support.oidc import Issuer, new_key, oidc_issuer

if TYPE_CHECKING:
    from collections.abc import Callable

    from ifcjob_api.access.protocol import Caller


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def refusal(issuer: Issuer, token: str, **rules: Any) -> Problem:
    with pytest.raises(Problem) as refused:
        await issuer.authenticator(**rules).authenticate(token)
    return refused.value


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "ES384", "EdDSA"])
def test_a_token_of_the_issuer_has_a_user_and_groups(algorithm: str) -> None:
    async def run() -> Caller:
        async with oidc_issuer(algorithm) as issuer:
            return await issuer.authenticator().authenticate(issuer.token(groups=["bim", "fire", 7, None]))

    caller = finish(run())
    assert (caller.name, caller.groups) == ("ann", ("bim", "fire", "system:authenticated"))
    assert caller.expires_at is not None
    assert 590 < caller.expires_at.timestamp() - time.time() < 640


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "expired": ({"exp": 1_600_000_000}, "has expired"),
    "not-yet": ({"nbf": 4_000_000_000}, "not valid yet"),
    "issued-later": ({"iat": 4_000_000_000}, "not valid yet"),
    "audience": ({"aud": "another"}, "another audience"),
    "audiences": ({"aud": ["another", "third"]}, "another audience"),
    "no-audience": ({"aud": None}, "no claim aud"),
    "issuer": ({"iss": "https://issuer.example.com"}, "another issuer"),
    "no-issuer": ({"iss": None}, "no claim iss"),
    "no-expiry": ({"exp": None}, "no claim exp"),
    "text-expiry": ({"exp": "tomorrow"}, "not a signed JWT"),
    "no-user": ({"sub": None}, "claim sub"),
    "empty-user": ({"sub": ""}, "claim sub"),
    "cluster-user": ({"sub": "system:admin"}, "Kubernetes' own"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_token_with_a_wrong_claim_is_refused(name: str) -> None:
    claims, reason = REFUSED[name]

    async def run() -> Problem:
        async with oidc_issuer() as issuer:
            return await refusal(issuer, issuer.token(**claims))

    problem = finish(run())
    assert (problem.status, problem.code) == (401, "Unauthenticated")
    assert problem.headers["WWW-Authenticate"].startswith("Bearer")
    assert reason in problem.detail


def test_a_token_within_the_leeway_is_accepted() -> None:
    async def run() -> None:
        async with oidc_issuer() as issuer:
            recent = issuer.token(exp=int(time.time()) - 20)
            assert (await issuer.authenticator(leeway_seconds=30).authenticate(recent)).name == "ann"
            assert "expired" in (await refusal(issuer, recent, leeway_seconds=5)).detail

    finish(run())


def test_claims_and_prefixes_are_configurable() -> None:
    rules: dict[str, Any] = {
        "user_claim": "email",
        "user_prefix": "oidc:",
        "groups_claim": "realm_access.roles",
        "groups_prefix": "g:",
    }

    async def run() -> None:
        async with oidc_issuer() as issuer:
            claims: dict[str, Any] = {"email": "ann@example.com", "realm_access": {"roles": ["bim"]}}
            caller = await issuer.authenticator(**rules).authenticate(issuer.token(**claims))
            assert (caller.name, caller.groups) == ("oidc:ann@example.com", ("g:bim", "system:authenticated"))
            unverified = issuer.token(**claims, email_verified=False)
            assert "not verified" in (await refusal(issuer, unverified, **rules)).detail

    finish(run())


def test_no_token_makes_its_user_a_cluster_administrator() -> None:
    async def run() -> None:
        async with oidc_issuer() as issuer:
            caller = await issuer.authenticator().authenticate(issuer.token(groups=["system:masters", "bim"]))
            assert caller.groups == ("bim", "system:authenticated")

    finish(run())


def test_a_forged_token_is_refused() -> None:
    async def run() -> None:
        async with oidc_issuer() as issuer:
            forged = issuer.token(key=new_key("ES256"))
            assert "signature does not fit" in (await refusal(issuer, forged)).detail
            header, _, signature = issuer.token().split(".")
            changed = f"{header}.{part(issuer.claims(sub='eve'))}.{signature}"
            assert "signature does not fit" in (await refusal(issuer, changed)).detail

    finish(run())


def test_a_token_that_brings_its_own_key_is_refused() -> None:
    async def run() -> None:
        async with oidc_issuer() as issuer:
            own = new_key("ES256")
            headers = {"kid": "own", "jwk": issuer.public_key(own, "own"), "jku": f"{issuer.url}/own"}
            token = jwt.encode(issuer.claims(), own, algorithm="ES256", headers=headers)
            assert "key is unknown" in (await refusal(issuer, token)).detail

    finish(run())


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS256", "RS256", "", 7])
def test_an_algorithm_outside_the_list_is_refused(algorithm: object) -> None:
    async def run() -> None:
        async with oidc_issuer() as issuer:
            body = f"{part({'alg': algorithm, 'kid': 'first', 'typ': 'JWT'})}.{part(issuer.claims())}"
            for signature in ("", "AAAA"):
                assert (await refusal(issuer, f"{body}.{signature}")).status == 401

    finish(run())


def test_a_public_key_is_not_an_hmac_secret() -> None:
    """The old attack on libraries: sign with HS256, and the issuer's public key as the secret."""

    async def run() -> None:
        async with oidc_issuer("RS256") as issuer:
            pem = issuer.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            body = f"{part({'alg': 'HS256', 'kid': 'first'})}.{part(issuer.claims())}"
            digest = hmac.new(pem, body.encode(), hashlib.sha256).digest()
            token = f"{body}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
            assert jwt.decode(token, options={"verify_signature": False})["sub"] == "ann"
            assert "algorithm is not accepted" in (await refusal(issuer, token)).detail
            # Not even with a symmetric key in the issuer's set.
            secret = b"secret" * 8
            issuer.more_keys = [{"kty": "oct", "kid": "shared", "k": base64.urlsafe_b64encode(secret).decode()}]
            shared = jwt.encode(issuer.claims(), secret, "HS256", {"kid": "shared"})
            assert (await refusal(issuer, shared)).status == 401

    finish(run())


def test_ten_thousand_random_keys_cost_one_fetch() -> None:
    async def run() -> None:
        async with oidc_issuer() as issuer:
            authenticator = issuer.authenticator()
            await authenticator.authenticate(issuer.token())

            async def refused(number: int) -> bool:
                token = issuer.token(key=new_key("ES256"), key_id=f"random-{number}")
                try:
                    await authenticator.authenticate(token)
                except Problem as problem:
                    return problem.status == 401
                return False

            for start in range(0, 10_000, 500):
                assert all(await asyncio.gather(*map(refused, range(start, start + 500))))
            assert issuer.fetches == 1
            assert len(authenticator._keys._parsed) == 1, "unknown keys use no memory"

    finish(run(), 120)


def test_a_new_key_is_fetched_once_per_cool_down() -> None:
    async def run() -> None:
        async with oidc_issuer() as issuer:
            clock = Clock()
            authenticator = issuer.authenticator(clock)
            await authenticator.authenticate(issuer.token())
            issuer.key, issuer.key_id = new_key("ES256"), "second"
            for _ in range(20):
                with pytest.raises(Problem, match="key is unknown"):
                    await authenticator.authenticate(issuer.token())
            assert issuer.fetches == 1
            clock.now += COOL_DOWN
            callers = await asyncio.gather(*(authenticator.authenticate(issuer.token()) for _ in range(20)))
            assert [caller.name for caller in callers] == ["ann"] * 20
            assert issuer.fetches == 2

    finish(run())


def test_without_the_issuer_known_keys_serve_for_a_day() -> None:
    async def run() -> None:
        async with oidc_issuer() as issuer:
            clock = Clock()
            authenticator = issuer.authenticator(clock)
            await authenticator.authenticate(issuer.token())
            issuer.status = 500
            clock.now += 2 * 3600
            assert (await authenticator.authenticate(issuer.token())).name == "ann"
            with pytest.raises(Problem) as unknown:
                await authenticator.authenticate(issuer.token(key_id="second"))
            assert (unknown.value.status, unknown.value.code) == (503, "IssuerUnavailable")
            clock.now += 23 * 3600
            with pytest.raises(Problem) as old:
                await authenticator.authenticate(issuer.token())
            assert old.value.headers["Retry-After"] == "5"
            issuer.status = 200
            clock.now += 5
            assert (await authenticator.authenticate(issuer.token())).name == "ann"

    finish(run())


def _foreign_discovery(issuer: Issuer) -> None:
    issuer.discovered_issuer = "https://issuer.example.com"


def _redirect(issuer: Issuer) -> None:
    issuer.status = 302


@pytest.mark.parametrize("damage", [_foreign_discovery, _redirect], ids=["issuer", "redirect"])
def test_keys_of_a_wrong_discovery_document_are_not_trusted(damage: Callable[[Issuer], None]) -> None:
    async def run() -> None:
        async with oidc_issuer() as issuer:
            damage(issuer)
            assert (await refusal(issuer, issuer.token())).status == 503
            assert issuer.fetches == 0

    finish(run())


def test_a_token_without_key_id_needs_an_issuer_with_one_key() -> None:
    async def run() -> None:
        async with oidc_issuer() as issuer:
            assert (await issuer.authenticator().authenticate(issuer.token(key_id=None))).name == "ann"
            issuer.more_keys = [issuer.public_key(new_key("ES256"), "second")]
            assert "key is unknown" in (await refusal(issuer, issuer.token(key_id=None))).detail

    finish(run())


def test_a_key_for_encryption_signs_nothing() -> None:
    async def run() -> None:
        async with oidc_issuer() as issuer:
            key = new_key("ES256")
            issuer.more_keys = [issuer.public_key(key, "enc", use="enc")]
            assert "key is unknown" in (await refusal(issuer, issuer.token(key=key, key_id="enc"))).detail

    finish(run())


NESTED = base64.urlsafe_b64encode(b'{"alg":' + b"[" * 9000).decode()
ODD_TOKENS = [
    "a",
    "..",
    "a.b",
    "a.b.c.d.e",
    "\0.\0.\0",
    f"{NESTED}.e30.AA",
    f"{part({'alg': 'ES256', 'kid': 7})}.e30.AA",
]


@given(st.one_of(st.sampled_from(ODD_TOKENS), st.text(max_size=60), st.lists(st.binary(max_size=30), max_size=4)))
@settings(max_examples=200, deadline=None)
def test_any_other_text_is_refused_as_a_token(value: str | list[bytes]) -> None:
    token = value if isinstance(value, str) else ".".join(base64.urlsafe_b64encode(item).decode() for item in value)
    problem = finish(refusal(Issuer("http://127.0.0.1:1", "ES256"), token))
    assert problem.status == 401
