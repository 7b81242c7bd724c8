"""OIDC login without a browser on this machine: the device authorization grant, RFC 8628."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from ifcjob_cli.remote.login.credentials import Credentials
from ifcjob_cli.remote.server import CommandFailed

SCOPE = "openid profile email groups offline_access"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SLOW_DOWN_SECONDS = 5


@dataclass(frozen=True)
class Issuer:
    """The endpoints that OIDC discovery names."""

    device_endpoint: str
    token_endpoint: str


def discover(issuer: str) -> Issuer:
    """Read the issuer's configuration."""
    document = _json_of("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    try:
        return Issuer(document["device_authorization_endpoint"], document["token_endpoint"])
    except KeyError as error:
        message = f"{issuer} does not offer the device flow ({error.args[0]} is missing): set IFCJOB_TOKEN instead"
        raise CommandFailed(message, os.EX_CONFIG) from error


def log_in(server: str, issuer: str, client_id: str, show: Callable[[str, str], None]) -> Credentials:
    """Ask the user to confirm at the issuer, by `show(url, code)`, and wait until the token is there."""
    endpoints = discover(issuer)
    started = _json_of("POST", endpoints.device_endpoint, {"client_id": client_id, "scope": SCOPE})
    show(started.get("verification_uri_complete") or started["verification_uri"], started["user_code"])
    interval, end = float(started.get("interval", 5)), time.monotonic() + float(started.get("expires_in", 600))
    form = {"grant_type": GRANT, "device_code": started["device_code"], "client_id": client_id}
    while time.monotonic() < end:
        time.sleep(interval)
        answer = _json_of("POST", endpoints.token_endpoint, form, accepted=(200, 400))
        match answer.get("error"):
            case None:
                return _credentials(answer, server, endpoints.token_endpoint, client_id)
            case "authorization_pending":
                continue
            case "slow_down":
                interval += SLOW_DOWN_SECONDS
            case error:
                raise CommandFailed(f"the issuer refuses: {answer.get('error_description') or error}", os.EX_NOPERM)
    raise CommandFailed("the code has expired before it was confirmed: run `ifcjob login` again", os.EX_TEMPFAIL)


def refreshed(credentials: Credentials) -> Credentials:
    """Return the credentials with a new token."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": credentials.refresh_token or "",
        "client_id": credentials.client_id or "",
    }
    answer = _json_of("POST", credentials.token_endpoint or "", form, accepted=(200, 400))
    if answer.get("error"):
        raise CommandFailed("the login has expired: run `ifcjob login` again", os.EX_NOPERM)
    renewed = _credentials(answer, credentials.server, credentials.token_endpoint or "", credentials.client_id or "")
    return renewed.model_copy(update={"refresh_token": renewed.refresh_token or credentials.refresh_token})


def _credentials(answer: dict[str, Any], server: str, token_endpoint: str, client_id: str) -> Credentials:
    # The API verifies a JWT; access tokens of some issuers are opaque.
    token = answer.get("id_token") or answer["access_token"]
    return Credentials(
        server=server,
        token=token,
        refresh_token=answer.get("refresh_token"),
        expires_at=time.time() + float(answer.get("expires_in", 300)),
        token_endpoint=token_endpoint,
        client_id=client_id,
    )


def _json_of(
    method: str, url: str, form: dict[str, str] | None = None, accepted: tuple[int, ...] = (200,)
) -> dict[str, Any]:
    try:
        response = httpx.request(method, url, data=form, timeout=30)
        answer = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise CommandFailed(f"the issuer at {url} does not answer: {error}", os.EX_UNAVAILABLE) from error
    if response.status_code not in accepted or not isinstance(answer, dict):
        raise CommandFailed(f"the issuer at {url} answers {response.status_code}", os.EX_UNAVAILABLE)
    return answer
