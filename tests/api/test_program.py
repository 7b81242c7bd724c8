"""`python -m ifcjob_api` as an administrator starts it: one line for a wrong setting, and a stop in order."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from ifcjob_api.settings import read_settings
from ifcjob_backends.settings.environment import InvalidSettings
from tests.support.s3 import Store, s3_store
from tools.cluster.control_plane import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tools.cluster.control_plane import ControlPlane


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("IFCJOB_", "KUBE"))}
    return kept | dict(environment)


def start(environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Start the API with nothing but these variables, and wait for its end."""
    command = [sys.executable, "-m", "ifcjob_api"]
    return subprocess.run(command, env=_clean(environment), capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return settings that suffice, with a store that does not exist."""
    for name in ("access", "secret"):
        (tmp_path / name).write_text("ifcjob", encoding="utf-8")
    return {
        "IFCJOB_API_S3_ENDPOINT": "http://127.0.0.1:1",
        "IFCJOB_API_S3_ACCESS_KEY_FILE": str(tmp_path / "access"),
        "IFCJOB_API_S3_SECRET_KEY_FILE": str(tmp_path / "secret"),
        "IFCJOB_API_CACHE_FOLDER": str(tmp_path / "cache"),
    }


WRONG = {
    "IFCJOB_API_S3_ENDPOINT: it must be set": {"IFCJOB_API_S3_ENDPOINT": ""},
    "IFCJOB_API_AUTH_MOD is not a setting: docs/reference/api-settings.md lists all": {"IFCJOB_API_AUTH_MOD": "oidc"},
    "IFCJOB_API_AUTH_MODE=none needs IFCJOB_API_ADDRESS=loopback: anybody could do anything": {
        "IFCJOB_API_AUTH_MODE": "none"
    },
    "IFCJOB_API_AUTH_MODE=oidc needs IFCJOB_API_OIDC_ISSUER and IFCJOB_API_OIDC_AUDIENCES": {
        "IFCJOB_API_AUTH_MODE": "oidc"
    },
    "IFCJOB_API_OIDC_ISSUER: it must be an https URL, as in the tokens' iss": {
        "IFCJOB_API_OIDC_ISSUER": "http://issuer.example.com"
    },
    "IFCJOB_API_CORS_ORIGINS: '*' is not an origin: write https://viewer.example.com": {"IFCJOB_API_CORS_ORIGINS": "*"},
    "IFCJOB_API_SOURCE_BUCKETS: ifcjob-uploads has the files of all namespaces: leave it out": {
        "IFCJOB_API_SOURCE_BUCKETS": "models,ifcjob-uploads"
    },
    "IFCJOB_API_CLAMD: write host:port, or the path of a Unix socket": {"IFCJOB_API_CLAMD": "clamd"},
    "IFCJOB_API_OIDC_ALGORITHMS: choose from RS256,": {"IFCJOB_API_OIDC_ALGORITHMS": "RS256,HS256"},
    "IFCJOB_API_S3_CA_FILE: cannot read /none: No such file or directory": {"IFCJOB_API_S3_CA_FILE": "/none"},
    "IFCJOB_API_OIDC_CA_FILE: /dev/null has no certificates in PEM": {"IFCJOB_API_OIDC_CA_FILE": "/dev/null"},
}


@pytest.mark.parametrize("line", WRONG, ids=[line.split(":")[0].split("=")[0].lower() for line in WRONG])
def test_a_wrong_setting_is_refused_in_one_line(
    environment: dict[str, str], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("IFCJOB_API_")]:
        monkeypatch.delenv(name)
    for name, value in (environment | WRONG[line]).items():
        if value:
            monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSettings) as refused:
        read_settings()
    assert str(refused.value).startswith(line)
    assert "\n" not in str(refused.value)


def test_a_wrong_setting_stops_the_start_with_one_line() -> None:
    ended = start({})
    assert ended.stderr == "ifcjob API: IFCJOB_API_S3_ENDPOINT: it must be set\n"
    assert (ended.returncode, ended.stdout) == (64, "")


def test_links_of_a_service_are_not_settings(environment: dict[str, str], tmp_path: Path) -> None:
    links = {"IFCJOB_API_PORT": "tcp://198.18.0.7:8080", "IFCJOB_API_SERVICE_HOST": "198.18.0.7"}
    ended = start(environment | links | {"KUBECONFIG": str(tmp_path / "none"), "IFCJOB_API_ADDRESS": "loopback"})
    assert ended.stderr.splitlines()[-1].startswith("ifcjob API: no API server is known: ")
    assert ended.returncode == 64


def test_a_port_in_use_is_reported_in_one_line(environment: dict[str, str]) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = start(environment | {"IFCJOB_API_PORT": port})
    assert ended.stderr == (f"ifcjob API: cannot listen on port {port}: Address already in use; set IFCJOB_API_PORT\n")
    assert ended.returncode == 69


@contextmanager
def serving(environment: Mapping[str, str], log: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run the API while the block runs, and yield its process and address."""
    port = free_port()
    variables = _clean({**environment, "IFCJOB_API_PORT": str(port)})
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-m", "ifcjob_api"], env=variables, stderr=output)
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < end:
            try:
                if httpx.get(f"{address}/readyz", timeout=2).status_code == 200:
                    break
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        else:
            pytest.fail(f"the API does not become ready: {log.read_text()[-2000:]}")
        yield process, address
    finally:
        process.kill()
        process.wait(10)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with s3_store(tmp_path / "s3") as running:
        yield running


def test_the_api_serves_a_cluster_until_sigterm(
    api_server: ControlPlane, namespace: str, store: Store, environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "access").write_text(store.access_key, encoding="utf-8")
    (tmp_path / "secret").write_text(store.secret_key, encoding="utf-8")
    token = api_server.kubeconfig.read_text(encoding="utf-8").partition("token: ")[2].partition("}")[0]
    settings = {
        "IFCJOB_API_S3_ENDPOINT": store.endpoint,
        "IFCJOB_API_NAMESPACES": namespace,
        "IFCJOB_API_ADDRESS": "loopback",
        "KUBECONFIG": str(api_server.kubeconfig),
    }
    log = tmp_path / "api.log"
    with serving(environment | settings, log) as (process, address):
        jobs = f"{address}/api/v1/namespaces/{namespace}/jobs"
        headers = {"Authorization": f"Bearer {token}"}
        assert httpx.get(jobs).status_code == 401
        assert httpx.get(jobs, headers=headers).status_code == 200
        assert httpx.get(f"{address}/api/v1/me", headers=headers).json()["name"] == "admin"
        with httpx.stream("GET", f"{address}/api/v1/events", headers=headers, timeout=30) as stream:
            events = stream.iter_raw()
            assert b"event: snapshot" in next(events)
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            assert process.wait(30) == 0
        assert time.monotonic() - began < 10, "an open event stream does not delay the stop"
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    events_logged = [line["event"] for line in lines]
    assert events_logged[-1] == "API stopped"
    assert "API started" in events_logged
    audited = next(line for line in lines if line["event"] == "audit")
    assert (audited["user"], audited["verb"], audited["namespace"]) == ("admin", "list", namespace)
    assert token not in log.read_text(encoding="utf-8")
