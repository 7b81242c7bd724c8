"""Login by OIDC's device flow at an issuer on loopback."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from ifcjob_cli.remote.login.credentials import Credentials, read_credentials, save_credentials
from ifcjob_cli.remote.login.device_flow import log_in
from ifcjob_cli.remote.server import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class DeviceIssuer:
    """Answers of the issuer; the user confirms between the second and the third poll."""

    def __init__(self) -> None:
        self.url, self.polls = "", 0
        self.has_device_flow, self.denies = True, False
        self.forms: list[dict[str, str]] = []

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.forms.append(form)
        if path == "/.well-known/openid-configuration":
            endpoints = {"issuer": self.url, "token_endpoint": f"{self.url}/token"}
            return 200, endpoints | (
                {"device_authorization_endpoint": f"{self.url}/device"} if self.has_device_flow else {}
            )
        if path == "/device":
            codes = {"device_code": "d", "user_code": "ABCD-EFGH", "verification_uri": f"{self.url}/confirm"}
            return 200, codes | {"interval": 0.01, "expires_in": 5}
        if form["grant_type"] == "refresh_token":
            return (200, self.tokens("renewed")) if form["refresh_token"] == "r" else (400, {"error": "invalid_grant"})
        self.polls += 1
        if self.denies:
            return 400, {"error": "access_denied", "error_description": "ann said no"}
        return (200, self.tokens("first")) if self.polls > 2 else (400, {"error": "authorization_pending"})

    def tokens(self, name: str) -> dict[str, Any]:
        return {"id_token": name, "access_token": "opaque", "refresh_token": "r", "expires_in": 60}


@pytest.fixture
def issuer() -> Iterator[DeviceIssuer]:
    with running(DeviceIssuer()) as made:
        yield made


@contextmanager
def running(issuer: DeviceIssuer) -> Iterator[DeviceIssuer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
            status, body = issuer.answer(self.path, form)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the name of the base class

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    yield issuer
    server.shutdown()
    server.server_close()


def test_the_token_is_there_once_the_user_confirms(issuer: DeviceIssuer) -> None:
    shown: list[tuple[str, str]] = []

    credentials = log_in("http://api.test", issuer.url, "ifcjob", lambda url, code: shown.append((url, code)))
    assert shown == [(f"{issuer.url}/confirm", "ABCD-EFGH")]
    assert issuer.polls == 3
    assert (credentials.token, credentials.refresh_token, credentials.server) == ("first", "r", "http://api.test")


def test_a_refusal_and_a_missing_device_flow_say_so(issuer: DeviceIssuer) -> None:
    issuer.denies = True
    with pytest.raises(CommandFailed, match="ann said no"):
        log_in("http://api.test", issuer.url, "ifcjob", lambda *_: None)
    issuer.has_device_flow = False
    with pytest.raises(CommandFailed, match=r"does not offer the device flow.*set IFCJOB_TOKEN"):
        log_in("http://api.test", issuer.url, "ifcjob", lambda *_: None)


def test_an_expired_token_is_renewed_and_saved(
    issuer: DeviceIssuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    endpoint = f"{issuer.url}/token"
    expired = Credentials(
        server="http://api.test", token="old", refresh_token="r", expires_at=1, token_endpoint=endpoint, client_id="c"
    )
    assert expired.model_copy(update={"expires_at": time.time() + 600}).fresh_token() == "old"
    assert expired.fresh_token() == "renewed"
    saved = read_credentials()
    assert saved is not None
    assert saved.token == "renewed"
    with pytest.raises(CommandFailed, match="run `ifcjob login` again"):
        expired.model_copy(update={"refresh_token": "stale"}).fresh_token()


def test_saved_credentials_are_readable_by_the_user_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    save_credentials(Credentials(server="http://api.test", token="secret"))
    file = tmp_path / "ifcjob" / "credentials.json"
    assert file.stat().st_mode & 0o077 == 0
