"""A real S3 server behind a real proxy."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from ifcjob.failures import FailureReason
from ifcjob.report import Failure
from ifcjob.resource import S3Source
from ifcjob.status import ObservedInput
from ifcjob_backends.storage.signing.options import StoreOptions, WebIdentity
from tests.support.forward_proxy import LOGIN, forward_proxy
from tests.support.operator_s3 import ask, store_options
from tests.support.s3 import Store, s3_store
from tests.support.stand_in_sts import ROLE, stand_in_sts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTENT = b"ISO-10303-21;"
SOURCE = S3Source(bucket="models", key="Haus 1 (Süd).ifc")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with s3_store(tmp_path / "s3") as running:
        running.client.put_object(running.bucket, SOURCE.key, io.BytesIO(CONTENT), len(CONTENT))
        yield running


def head(store: Store, folder: Path) -> ObservedInput | Failure:
    return ask(store_options(store, folder), lambda opened: opened.head(SOURCE))


def test_signed_requests_pass_the_proxy(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with forward_proxy(tmp_path / "proxy", LOGIN) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        options = store_options(store, tmp_path / "keys")
        put = ask(options, lambda opened: opened.put("models", "new.ifc", CONTENT, {}, media_type="application/x-step"))
        observed = head(store, tmp_path / "keys")
        host = store.endpoint.removeprefix("http://")
        assert proxy.requests(2) == [f"PUT {host}", f"HEAD {host}"]
    assert put.status == 200
    assert isinstance(observed, ObservedInput)
    assert observed.bytes == len(CONTENT)


def test_sessions_pass_the_proxy(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with stand_in_sts(store) as sts, forward_proxy(tmp_path / "proxy", LOGIN) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        (tmp_path / "token").write_text(sts.token(), encoding="utf-8")
        options = StoreOptions(store.endpoint, WebIdentity(tmp_path / "token", sts.url, ROLE))
        observed = ask(options, lambda opened: opened.head(SOURCE))
        assert set(proxy.requests(2)) == {
            f"POST {sts.url.removeprefix('http://')}",
            f"HEAD {store.endpoint.removeprefix('http://')}",
        }
    assert isinstance(observed, ObservedInput)


def test_no_proxy_is_honoured(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert isinstance(head(store, tmp_path), ObservedInput)


def test_a_proxy_that_is_away_is_named(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    failure = head(store, tmp_path)
    assert isinstance(failure, Failure)
    assert failure.reason == FailureReason.STORAGE_UNAVAILABLE
    assert "cannot be reached: the proxy refuses the connection" in failure.message
