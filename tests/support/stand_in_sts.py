"""A stand-in for an STS server and for a metadata service, on loopback.

It checks the token as an STS server does (signature, audience, expiry) and gives the keys of the tests' real S3 server,
which accepts session tokens of its own STS only: sessions have one only where a test sets it, and looks at URLs.
"""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.s3 import Store

AUDIENCE, SUBJECT = "sts.example.com", "system:serviceaccount:ifcjob-system:ifcjob-operator"
ROLE = "arn:aws:iam::1:role/ifcjob"
METADATA_TOKEN = "token-of-the-metadata-service"
_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_ROLES = "/latest/meta-data/iam/security-credentials/"


class StandInSts:
    """Sessions of `lifetime` seconds with the keys of a store, for tokens that it has signed."""

    def __init__(self, store: Store, lifetime: float) -> None:
        self.store, self.lifetime = store, timedelta(seconds=lifetime)
        self.url = ""
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.session_token = ""
        self.status = 200
        """Another status: it refuses every request."""
        self.sessions: list[dict[str, str]] = []
        """The parameters of each session that was granted; of the metadata service, its path."""
        self.refused: list[str] = []

    def token(self, **claims: object) -> str:
        """Return a token of the cluster, valid unless the claims say otherwise."""
        valid = {"aud": AUDIENCE, "sub": SUBJECT, "exp": int(time.time()) + 600}
        return jwt.encode(valid | claims, self.key, algorithm="ES256")

    def assume_role(self, query: dict[str, str]) -> tuple[int, str]:
        """Answer AssumeRoleWithWebIdentity."""
        try:
            if self.status != 200 or query["Action"] != "AssumeRoleWithWebIdentity" or query["RoleArn"] != ROLE:
                raise jwt.InvalidTokenError("no such role")  # noqa: TRY301 - one refusal for all
            claims = jwt.decode(
                query["WebIdentityToken"], self.key.public_key(), algorithms=["ES256"], audience=AUDIENCE
            )
        except jwt.InvalidTokenError as error:
            self.refused.append(str(error))
            code = "<ErrorResponse><Error><Code>InvalidIdentityToken</Code></Error></ErrorResponse>"
            return (self.status if self.status != 200 else 400), code
        self.sessions.append(query | {"sub": claims["sub"]})
        fields = self._credentials("AccessKeyId", "SecretAccessKey", "SessionToken")
        credentials = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
        result = f"<AssumeRoleWithWebIdentityResult><Credentials>{credentials}</Credentials>"
        return 200, (
            f'<AssumeRoleWithWebIdentityResponse xmlns="{_NAMESPACE}">{result}'
            "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
        )

    def metadata(self, path: str, token: str | None) -> tuple[int, str]:
        """Answer a GET of the metadata service of EC2, or of a container at `/container`."""
        if self.status != 200 or token != METADATA_TOKEN:
            self.refused.append(path)
            return 401, ""
        if path == _ROLES:
            return 200, "ifcjob"
        self.sessions.append({"path": path})
        return 200, json.dumps({"Code": "Success", **self._credentials("AccessKeyId", "SecretAccessKey", "Token")})

    def _credentials(self, access_key: str, secret_key: str, token: str) -> dict[str, str]:
        expires_at = datetime.now(UTC) + self.lifetime
        return {
            access_key: self.store.access_key,
            secret_key: self.store.secret_key,
            token: self.session_token,
            "Expiration": expires_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }


@contextmanager
def stand_in_sts(store: Store, lifetime: float = 3600) -> Iterator[StandInSts]:
    """Run the stand-in while the block runs."""
    sts = StandInSts(store, lifetime)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._answer(*sts.assume_role(dict(parse_qsl(urlsplit(self.path).query))))

        def do_PUT(self) -> None:
            self._answer(200 if self.headers["X-aws-ec2-metadata-token-ttl-seconds"] else 400, METADATA_TOKEN)

        def do_GET(self) -> None:
            container = self.headers["Authorization"] if self.path == "/container" else None
            self._answer(*sts.metadata(self.path, container or self.headers["X-aws-ec2-metadata-token"]))

        def _answer(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sts.url = f"http://127.0.0.1:{server.server_port}"
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield sts
    finally:
        server.shutdown()
        server.server_close()
        serving.join(5)
