"""Credentials without keys: sessions of a stand-in STS and metadata service, with which a real S3 server is used."""

from __future__ import annotations

import asyncio
import io
import logging
import socket
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from minio.credentials.credentials import Credentials
from minio.credentials.providers import StaticProvider
from structlog.testing import capture_logs

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.resource import S3Source
from ifcjob.status import ObservedInput
from ifcjob_backends.storage.objects import S3Objects
from ifcjob_backends.storage.signing import credentials as sessions
from ifcjob_backends.storage.signing.credentials import SessionCredentials
from ifcjob_backends.storage.signing.options import RoleOfMachine, StoreCredentials, StoreOptions, WebIdentity
from tests.support.operator_s3 import ask
from tests.support.s3 import Store, s3_store
from tests.support.stand_in_sts import METADATA_TOKEN, ROLE, SUBJECT, StandInSts, stand_in_sts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from minio.credentials.providers import Provider

    from ifcjob_backends.storage.s3 import ObjectStore

SOURCE = S3Source(bucket="models", key="a.ifc")
LONG = timedelta(days=2)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with s3_store(tmp_path_factory.mktemp("s3")) as running:
        running.client.put_object("models", "a.ifc", io.BytesIO(b"abc"), 3)
        yield running


@pytest.fixture
def sts(store: Store) -> Iterator[StandInSts]:
    with stand_in_sts(store) as running:
        yield running


def options(sts: StandInSts, credentials: StoreCredentials) -> StoreOptions:
    return StoreOptions(sts.store.endpoint, credentials)


def identity(sts: StandInSts, folder: Path, token: str | None = None) -> StoreOptions:
    file = folder / "token"
    file.write_text(f"{token or sts.token()}\n", encoding="utf-8")
    return options(sts, WebIdentity(file, sts.url, ROLE, session_seconds=3600))


def seconds_of(url: str) -> int:
    return int(parse_qs(urlsplit(url).query)["X-Amz-Expires"][0])


async def head(store: ObjectStore) -> object:
    return await store.head(SOURCE)


def test_a_token_of_the_cluster_opens_the_store(sts: StandInSts, tmp_path: Path) -> None:
    assert isinstance(ask(identity(sts, tmp_path), head), ObservedInput)
    (session,) = sts.sessions
    assert (session["sub"], session["RoleArn"], session["DurationSeconds"]) == (SUBJECT, ROLE, "3600")


@pytest.mark.parametrize("claims", [{"aud": "elsewhere"}, {"exp": 1}], ids=["another audience", "expired"])
def test_a_refused_token_makes_the_store_unavailable(
    sts: StandInSts, tmp_path: Path, claims: dict[str, object]
) -> None:
    token = sts.token(**claims)
    failure = ask(identity(sts, tmp_path, token), head)
    assert sts.refused
    assert getattr(failure, "reason", None) == FailureReason.STORAGE_UNAVAILABLE
    assert f"the STS server {sts.url} answers HTTP 400" in str(failure)
    assert token not in str(failure)


def test_a_missing_token_and_a_stopped_server_are_named(sts: StandInSts, tmp_path: Path) -> None:
    missing = options(sts, WebIdentity(tmp_path / "none", sts.url, ROLE))
    assert f"cannot be reached: {tmp_path}/none: No such file" in str(ask(missing, head))
    stopped = options(sts, WebIdentity(tmp_path / "token", "http://127.0.0.1:9", ROLE))
    (tmp_path / "token").write_text(sts.token(), encoding="utf-8")
    assert "the STS server http://127.0.0.1:9 does not answer" in str(ask(stopped, head))


def test_no_log_has_the_token(sts: StandInSts, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is in the URL, and urllib3 logs the URL of a request that it retries."""
    caplog.set_level(logging.WARNING, "urllib3")
    token = sts.token()
    (tmp_path / "token").write_text(token, encoding="utf-8")
    with capture_logs() as logs:
        ask(options(sts, WebIdentity(tmp_path / "token", "http://127.0.0.1:9", ROLE)), head)
    assert logs
    assert token not in f"{logs} {caplog.text}"


def test_urls_end_with_their_session(sts: StandInSts, tmp_path: Path) -> None:
    async def signed(store: ObjectStore) -> str:
        return store.source_uri(SOURCE, None, LONG)

    url = ask(identity(sts, tmp_path), signed)
    assert httpx.get(url).content == b"abc"
    assert 3590 <= seconds_of(url) <= 3600


def test_the_urls_for_browsers_end_with_the_session_too(sts: StandInSts, tmp_path: Path) -> None:
    async def use() -> tuple[str | None, str | None, timedelta]:
        async with S3Objects(identity(sts, tmp_path), sts.store.endpoint) as objects:
            part = objects.part_url("models", "b.ifc", "upload", 1, 3, LONG)
            download = objects.download_url("models", "a.ifc", LONG, name="a.ifc", media_type="application/x-step")
            return part, download, objects.url_lifetime(LONG)

    part, download, lifetime = asyncio.run(use())
    assert timedelta(seconds=3590) <= lifetime <= timedelta(seconds=3600)
    for url in (part, download):
        assert 3590 <= seconds_of(url or "") <= 3600
    assert httpx.get(download or "").content == b"abc"


def test_urls_have_the_token_of_the_session(sts: StandInSts, tmp_path: Path) -> None:
    sts.session_token = "token/of+the session"

    async def signed() -> list[str | None]:
        async with S3Objects(identity(sts, tmp_path), sts.store.endpoint) as objects:
            part = objects.part_url("models", "b.ifc", "upload", 1, 3, LONG)
            download = objects.download_url("models", "a.ifc", LONG, name="a.ifc", media_type="application/x-step")
            return [part, download]

    for url in asyncio.run(signed()):
        assert parse_qs(urlsplit(url or "").query)["X-Amz-Security-Token"] == [sts.session_token]


def test_a_session_is_renewed_with_the_present_token_before_it_ends(sts: StandInSts, tmp_path: Path) -> None:
    sts.lifetime = timedelta(seconds=3)
    first, second = sts.token(jti="1"), sts.token(jti="2")
    store_options = identity(sts, tmp_path, first)

    async def renewed(store: ObjectStore) -> object:
        (tmp_path / "token").write_text(second, encoding="utf-8")
        while len(sts.sessions) < 2:  # noqa: ASYNC110 - the stand-in runs in a thread
            await asyncio.sleep(0.05)
        return await store.head(SOURCE)

    assert isinstance(ask(store_options, renewed), ObservedInput)
    assert [session["WebIdentityToken"] for session in sts.sessions[:2]] == [first, second]


@pytest.mark.parametrize("where", ["machine", "container"])
def test_the_role_of_the_machine_or_the_container_opens_the_store(
    sts: StandInSts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    role = RoleOfMachine(sts.url)
    if where == "container":  # as EKS Pod Identity sets them
        (tmp_path / "authorization").write_text(METADATA_TOKEN, encoding="utf-8")
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{sts.url}/container")
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(tmp_path / "authorization"))
        role = RoleOfMachine()
    assert isinstance(ask(options(sts, role), head), ObservedInput)
    assert sts.sessions[0]["path"].endswith("container" if where == "container" else "/security-credentials/ifcjob")


def test_the_role_that_the_webhook_of_eks_sets_opens_the_store(
    sts: StandInSts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity(sts, tmp_path)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    assert isinstance(ask(options(sts, RoleOfMachine(sts.url)), head), ObservedInput)
    assert sts.sessions[0]["sub"] == SUBJECT


@pytest.mark.parametrize(
    ("region", "server"),
    [
        ("eu-central-1", "https://sts.eu-central-1.amazonaws.com"),
        ("cn-north-1", "https://sts.cn-north-1.amazonaws.com.cn"),
        ("", "https://sts.amazonaws.com"),
    ],
)
def test_the_sts_server_of_that_role_is_asked_through_the_proxy(
    sts: StandInSts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, region: str, server: str
) -> None:
    identity(sts, tmp_path)
    for name, value in {"AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token"), "AWS_REGION": region}.items():
        monkeypatch.setenv(name, value)
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        requests: list[bytes] = []
        answering = threading.Thread(target=lambda: requests.append(_first_request(proxy)), daemon=True)
        answering.start()
        failure = ask(options(sts, RoleOfMachine()), head)
        answering.join(5)
    assert requests[0].startswith(f"CONNECT {urlsplit(server).hostname}:443 ".encode())
    assert f"the STS server {server} does not answer" in str(failure)


def _first_request(server: socket.socket) -> bytes:
    connection, _ = server.accept()
    with connection:
        return connection.recv(4096)


def test_a_refusing_metadata_service_makes_the_store_unavailable(sts: StandInSts) -> None:
    sts.status = 403
    failure = ask(options(sts, RoleOfMachine(sts.url)), head)
    assert getattr(failure, "reason", None) == FailureReason.STORAGE_UNAVAILABLE
    assert "answers HTTP 401" in str(failure)


def test_an_expired_session_signs_nothing() -> None:
    def expired() -> Provider:
        provider = StaticProvider("access", "secret")
        ended = datetime.now(UTC) - timedelta(seconds=1)
        provider.retrieve = lambda: Credentials("access", "secret", "token", ended)  # type: ignore[method-assign]
        return provider

    async def use() -> None:
        async with SessionCredentials(expired, "the STS server") as credentials:
            with pytest.raises(RunFailure, match="no credentials for the object store"):
                credentials.retrieve()

    asyncio.run(use())


def test_an_answer_that_minio_cannot_read_does_not_end_the_renewing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "_RETRY", timedelta(milliseconds=10))
    unreadable: list[Exception] = [AttributeError("'list' object has no attribute 'get'")]

    def provider() -> Provider:
        if unreadable:
            raise unreadable.pop()
        return StaticProvider("access", "secret")

    async def use() -> str:
        async with SessionCredentials(provider, "the metadata service") as credentials:
            with pytest.raises(RunFailure, match=r"gives no credentials in its answer \(AttributeError\)"):
                credentials.retrieve()
            await asyncio.sleep(0.5)
            return credentials.retrieve().access_key

    assert asyncio.run(use()) == "access"
