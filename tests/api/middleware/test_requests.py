"""Every request, whatever its route: who sends it, how many, with which headers, and what the log says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from ifcjob_api.access.open_access import OpenAccess
from ifcjob_api.middleware.redaction import redact_event
from tests.support.api_app import api_client
from tests.support.async_tests import finish

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from fastapi import FastAPI

ECHO = "/api/v1/namespaces/bim/echo/house"


def send(app: FastAPI, method: str, path: str, user: str = "ann", **options: Any) -> httpx.Response:
    """Send one request."""
    address = options.pop("address", "http://api.test")

    async def run() -> httpx.Response:
        async with api_client(app, user, address) as client:
            return await client.request(method, path, **options)

    return finish(run())


def test_a_route_without_a_check_still_needs_a_token(make_app: Callable[..., FastAPI]) -> None:
    app = make_app()
    for user, headers in [("", {}), ("eve", {}), ("", {"Authorization": "Basic YW5uOmFubg=="})]:
        answer = send(app, "GET", "/api/v1/forgotten", user, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["code"] == "Unauthenticated"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert send(app, "GET", "/api/v1/forgotten").json() == "secret"
    assert send(app, "GET", "/api/v1/not-a-route", "").status_code == 401


def test_a_token_in_the_query_string_is_not_read(make_app: Callable[..., FastAPI]) -> None:
    for name in ("access_token", "token", "authorization"):
        assert send(make_app(), "GET", f"/api/v1/forgotten?{name}=ann", "").status_code == 401


def test_two_authorization_headers_are_refused(make_app: Callable[..., FastAPI]) -> None:
    headers = [("Authorization", "Bearer bob"), ("Authorization", "Bearer ann")]
    assert send(make_app(), "GET", "/api/v1/forgotten", "", headers=headers).status_code == 401


def test_a_right_counts_in_its_namespace_only(make_app: Callable[..., FastAPI]) -> None:
    app = make_app()
    assert send(app, "POST", ECHO, json={"a": 1}).json() == {"a": 1}
    refused = send(app, "POST", ECHO, "bob", json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "Forbidden")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/namespaces/other/../bim/echo/house",
        "/api/v1/namespaces/%2e%2e/echo/house",
        "/api/v1/namespaces/other%2f..%2fbim/echo/house",
        "/api/v1/namespaces/other%2F%2E%2E%2Fbim/echo/house",
        "/api/v1/namespaces/bim%00/echo/house",
        "/api/v1/namespaces/BIM/echo/house",
        "/api/v1/namespaces/%EF%BD%82im/echo/house",
        "/api/v1/namespaces/b%C4%B1m/echo/house",
        f"/api/v1/namespaces/{'b' * 64}/echo/house",
        f"/api/v1/namespaces/{'b' * 60_000}/echo/house",
        "/api/v1//namespaces/bim/echo/house",
        "//api/v1/namespaces/bim/echo/house",
    ],
    ids=["dots", "dots-1", "slash", "slash-1", "zero", "capitals", "wide", "dotless", "64", "60000", "two", "two-1"],
)
def test_a_path_trick_reaches_no_foreign_namespace(make_app: Callable[..., FastAPI], path: str) -> None:
    answer = send(make_app(), "GET", path, "bob")
    assert answer.status_code in (403, 404, 422)
    assert "read" not in answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_each_user_has_an_own_limit_of_reads_and_writes(make_app: Callable[..., FastAPI]) -> None:
    app = make_app(reads_per_minute=3, writes_per_minute=2)
    assert [send(app, "GET", ECHO).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert [send(app, "POST", ECHO, json=1).status_code for _ in range(3)] == [200, 200, 429]
    limited = send(app, "POST", ECHO, json=1)
    assert limited.json()["code"] == "TooManyRequests"
    assert limited.json()["retryable"] is True
    assert 1 <= int(limited.headers["Retry-After"]) <= 60
    assert send(app, "GET", "/api/v1/forgotten", "bob").status_code == 200


def test_responses_have_security_headers(make_app: Callable[..., FastAPI]) -> None:
    app = make_app()
    with capture_logs():
        answers = (send(app, "GET", ECHO), send(app, "GET", ECHO, ""), send(app, "GET", "/api/v1/broken"))
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert "Strict-Transport-Security" not in answer.headers
    assert "Strict-Transport-Security" in send(app, "GET", ECHO, address="https://api.test").headers
    docs = send(app, "GET", "/api/v1/docs", "")
    assert docs.status_code == 200
    assert "script-src" in docs.headers["Content-Security-Policy"]


def test_the_documentation_needs_no_other_server_and_no_token(make_app: Callable[..., FastAPI]) -> None:
    app = make_app()
    page = send(app, "GET", "/api/v1/docs", "").text
    files = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(files) == 3
    assert all(file.startswith("/api/v1/docs/files/") for file in files)
    assert [send(app, "GET", file, "").status_code for file in files] == [200, 200, 200]
    assert send(app, "GET", "/", "").headers["Location"] == "/api/v1/docs"


def test_other_origins_may_read_only_if_they_are_listed(make_app: Callable[..., FastAPI]) -> None:
    viewer, preflight = "https://viewer.example.com", {"Access-Control-Request-Method": "POST"}
    closed = send(make_app(), "GET", ECHO, headers={"Origin": viewer})
    assert not [name for name in closed.headers if name.startswith("access-control-")]
    app = make_app(cors_origins=(viewer,))
    assert send(app, "GET", ECHO, headers={"Origin": viewer}).headers["Access-Control-Allow-Origin"] == viewer
    assert send(app, "GET", ECHO, "", headers={"Origin": viewer}).headers["Access-Control-Allow-Origin"] == viewer
    assert "Access-Control-Allow-Origin" not in send(app, "GET", ECHO, headers={"Origin": "https://evil.test"}).headers
    requested = {"Origin": viewer, **preflight, "Access-Control-Request-Headers": "authorization,idempotency-key"}
    answer = send(app, "OPTIONS", ECHO, "", headers=requested)
    assert answer.status_code == 200
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert send(app, "OPTIONS", ECHO, "", headers=requested | {"Origin": "https://evil.test"}).status_code == 400


def test_without_authentication_only_local_pages_may_call(make_app: Callable[..., FastAPI]) -> None:
    app = make_app(OpenAccess(), auth_mode="none", cors_origins=("https://viewer.example.com",))
    for address in ("http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"):
        assert send(app, "GET", ECHO, "", address=address).status_code == 200
    local = {"address": "http://localhost:8080"}
    for origin in ("http://localhost:3000", "https://viewer.example.com"):
        assert send(app, "POST", ECHO, "", json=1, headers={"Origin": origin}, **local).status_code == 200
    for origin in ("https://evil.test", "null", "http://localhost.evil.test", "http://[evil"):
        refused = send(app, "POST", ECHO, "", json=1, headers={"Origin": origin}, **local)
        assert (refused.status_code, refused.json()["code"]) == (403, "NotLocal")
    for address in ("http://rebound.evil.test:8080", "http://127.0.0.1.evil.test"):
        assert send(app, "GET", ECHO, "", address=address).status_code == 403


def test_an_unexpected_error_is_a_problem_without_details(make_app: Callable[..., FastAPI]) -> None:
    with capture_logs():
        answer = send(make_app(), "GET", "/api/v1/broken", headers={"X-Request-ID": "my-request"})
    assert (answer.status_code, answer.json()["code"]) == (500, "InternalError")
    assert "my-request" in answer.json()["detail"]
    assert "secret" not in answer.text


def test_each_request_has_an_id(make_app: Callable[..., FastAPI]) -> None:
    app = make_app()
    assert send(app, "GET", ECHO, headers={"X-Request-ID": "abc-1.2_3"}).headers["X-Request-ID"] == "abc-1.2_3"
    for hostile in ("a b", "x" * 65, '"'):
        assert len(send(app, "GET", ECHO, headers={"X-Request-ID": hostile}).headers["X-Request-ID"]) == 32


def test_an_audit_line_names_who_did_what_and_its_outcome(make_app: Callable[..., FastAPI]) -> None:
    app = make_app()
    with capture_logs(processors=[merge_contextvars]) as lines:
        send(app, "POST", ECHO, json=1, headers={"X-Request-ID": "first"})
        send(app, "POST", ECHO, "bob", json=1)
        send(app, "POST", ECHO, content=b"{", headers={"Content-Type": "application/json"})
        send(app, "GET", "/api/v1/forgotten")
        send(app, "GET", ECHO, "eve")
    done, denied, failed, anywhere, unknown = lines
    about = {"verb": "create", "resource": "ifcjobs", "namespace": "bim", "name": "house"}
    assert done.items() >= (about | {"event": "audit", "outcome": "done", "user": "ann", "status": 200}).items()
    assert done["request_id"] == "first"
    assert denied.items() >= (about | {"outcome": "denied", "user": "bob", "status": 403}).items()
    assert failed["status"] == 422
    assert anywhere.items() >= {"event": "audit", "verb": "get", "namespace": "", "user": "ann"}.items()
    assert unknown.items() >= {"event": "request", "status": 401, "path": ECHO}.items()
    assert "user" not in unknown


TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl"
PRESIGNED = "https://s3.example.com/b/k?X-Amz-Credential=AKIA%2F1&X-Amz-Expires=5&X-Amz-Signature=0123abcd"
SECRETS = (TOKEN, "AKIA", "0123abcd", "topsecret", "hunter2")


def test_the_line_of_a_request_has_no_secrets(make_app: Callable[..., FastAPI]) -> None:
    with capture_logs() as lines:
        send(make_app(), "GET", f"{ECHO}?access_token=topsecret&q=door&url={PRESIGNED}", TOKEN)
    (line,) = lines
    assert not [secret for secret in SECRETS if secret in str(line)]
    assert "q=door" in line["path"]
    assert "X-Amz-Expires=5" in line["path"]


def test_no_log_event_shows_a_secret() -> None:
    event = {
        "url": PRESIGNED,
        "headers": {"Authorization": f"Bearer {TOKEN}"},
        "urls": [PRESIGNED, f"x?token=topsecret&y={TOKEN}"],
        "raw": PRESIGNED.encode(),
        "exception": f"RuntimeError: {PRESIGNED} postgresql://ann:hunter2@db/x",
        "seconds": 1.5,
    }
    redacted = redact_event(None, "info", event)
    assert not [secret for secret in SECRETS if secret in str(redacted)]
    assert redacted["seconds"] == 1.5
    assert redacted["urls"][1] == "x?token=REDACTED&y=REDACTED"
    assert redacted["exception"].endswith("postgresql://ann:REDACTED@db/x")
