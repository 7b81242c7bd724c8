"""An OIDC issuer on the test cluster: a pod that serves its keys over HTTPS, and tokens that the tests sign."""

import json
import time
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import RSAAlgorithm

from tools.cluster.access import Cluster
from tools.cluster.pki import make_pki

NAMESPACE = "issuer"
HOST = f"issuer.{NAMESPACE}.svc"
URL = f"https://{HOST}:8443"
AUDIENCE, KEY_ID = "ifcjob", "e2e"
AUTH = {"mode": "oidc", "issuer": URL, "audience": AUDIENCE, "ca": {"configMap": "issuer"}}
"""The chart's `api.auth`."""
DISCOVERY = {"issuer": URL, "jwks_uri": f"{URL}/keys"}
LABELS = {"app": "issuer"}
SERVER = """
import functools, http.server, ssl
files = functools.partial(http.server.SimpleHTTPRequestHandler, directory="/documents")
server = http.server.ThreadingHTTPServer(("", 8443), files)
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain("/tls/server.crt", "/tls/server.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""


class Issuer:
    """The issuer of one cluster. Its keys lie beside the kubeconfig, for all processes of a run."""

    def __init__(self, cluster: Cluster) -> None:
        """Describe the issuer; its keys are made with the first `resources`."""
        self._folder: Path = cluster.kubeconfig.with_name("issuer")

    def token(self, user: str, *, key: Path | None = None, **claims: Any) -> str:
        """Sign a token, by default with the issuer's key and valid for an hour."""
        now = int(time.time())
        valid = {"iss": URL, "aud": AUDIENCE, "sub": user, "exp": now + 3600}
        secret = (key or self._folder / "sa.key").read_text(encoding="ascii")
        return jwt.encode(valid | claims, secret, algorithm="RS256", headers={"kid": KEY_ID})

    @property
    def other_key(self) -> Path:
        """Return a key that is not the issuer's."""
        return self._folder / "ca.key"

    def authority(self) -> dict[str, Any]:
        """Return the ConfigMap with the issuer's CA, for the namespace of the release; after `resources`."""
        return _resource("v1", "ConfigMap", data={"ca.crt": self._read("ca.crt")})

    def resources(self) -> list[dict[str, Any]]:
        """Return the manifests of the issuer, for its namespace."""
        make_pki(self._folder, (), [HOST])
        private = load_pem_private_key((self._folder / "sa.key").read_bytes(), None)
        assert isinstance(private, RSAPrivateKey)
        public = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
        documents = {
            "configuration": json.dumps(DISCOVERY),
            "keys": json.dumps({"keys": [public | {"kid": KEY_ID, "use": "sig"}]}),
        }
        certificate = {name: self._read(name) for name in ("server.crt", "server.key")}
        ports = [{"port": 8443}]
        return [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
            _resource("v1", "ConfigMap", data=documents),
            _resource("v1", "Secret", stringData=certificate),
            _resource("v1", "Service", spec={"selector": LABELS, "ports": ports}),
            _resource("apps/v1", "Deployment", spec=_deployment()),
        ]

    def _read(self, name: str) -> str:
        return (self._folder / name).read_text(encoding="ascii")


def _deployment() -> dict[str, Any]:
    files = [
        {"key": "configuration", "path": ".well-known/openid-configuration"},
        {"key": "keys", "path": "keys"},
    ]
    container = {
        "name": "issuer",
        "image": "docker.io/ifcjob/operator:dev",
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-c", SERVER],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "volumeMounts": [{"name": "documents", "mountPath": "/documents"}, {"name": "tls", "mountPath": "/tls"}],
    }
    pod = {
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
        "volumes": [
            {"name": "documents", "configMap": {"name": "issuer", "items": files}},
            {"name": "tls", "secret": {"secretName": "issuer"}},
        ],
    }
    return {"selector": {"matchLabels": LABELS}, "template": {"metadata": {"labels": LABELS}, "spec": pod}}


def _resource(version: str, kind: str, **content: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "issuer"}, **content}
