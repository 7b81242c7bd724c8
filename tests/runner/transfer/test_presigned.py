"""Presigned URLs on a real S3 server: downloads and uploads of a pod without credentials."""

from __future__ import annotations

import hashlib
import io
import os
import time
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.request import Source
from ifcjob_runner.stages.fetch import fetch
from ifcjob_runner.transfer.put import put_file
from ifcjob_runner.workspace import Workspace
from tests.support.s3 import Store, s3_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTENT = b"ISO-10303-21;" + os.urandom(5_000_000)
KEY = "projekte/Haus 1 (Süd).ifc"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with s3_store(tmp_path_factory.mktemp("s3")) as running:
        running.client.put_object(running.bucket, KEY, io.BytesIO(CONTENT), len(CONTENT))
        yield running


def refused_download(url: str, tmp_path: Path) -> RunFailure:
    with Workspace(tmp_path) as workspace, pytest.raises(RunFailure) as caught:
        fetch(Source(uri=url), workspace, lambda *_: None)
    assert "Signature" not in caught.value.message.partition("answers")[0]
    return caught.value


def test_a_presigned_get_downloads_the_object(store: Store, tmp_path: Path) -> None:
    url = store.client.presigned_get_object(store.bucket, KEY)
    with Workspace(tmp_path) as workspace:
        result = fetch(Source(uri=url), workspace, lambda *_: None)
        assert result.path.read_bytes() == CONTENT
    assert result.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert result.name == "Haus 1 (Süd).ifc"
    assert result.uri == url.partition("?")[0]
    assert not urlsplit(result.uri).query


def test_a_missing_object_is_not_found(store: Store, tmp_path: Path) -> None:
    failure = refused_download(store.client.presigned_get_object(store.bucket, "none.ifc"), tmp_path)
    assert failure.reason == FailureReason.INPUT_NOT_FOUND
    assert "NoSuchKey" in failure.message


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        pytest.param(lambda url: url[:-4] + "0000", "SignatureDoesNotMatch", id="forged"),
        pytest.param(lambda url: url.partition("?")[0], "AccessDenied", id="unsigned"),
    ],
)
def test_a_bad_signature_is_access_denied(store: Store, tmp_path: Path, spoil: object, word: str) -> None:
    assert callable(spoil)
    failure = refused_download(spoil(store.client.presigned_get_object(store.bucket, KEY)), tmp_path)
    assert failure.reason == FailureReason.ACCESS_DENIED
    assert word in failure.message


def expired(url: str) -> str:
    """Wait until a URL signed for one second is too old."""
    time.sleep(2.1)
    return url


def test_expired_urls_can_be_retried_with_new_ones(store: Store, tmp_path: Path) -> None:
    second = timedelta(seconds=1)
    put = store.client.presigned_put_object(store.bucket, "late.json", second)
    get = expired(store.client.presigned_get_object(store.bucket, KEY, second))
    failure = refused_download(get, tmp_path)
    assert failure.reason == FailureReason.STORAGE_UNAVAILABLE
    assert "expired" in failure.message
    assert failure.hint.startswith("The URL, or the session it was signed with, has ended")
    (tmp_path / "metadata.json").write_bytes(b"{}")
    with pytest.raises(RunFailure) as caught:
        put_file(tmp_path / "metadata.json", put)
    assert caught.value.reason == FailureReason.STORAGE_UNAVAILABLE
    assert "expired" in caught.value.message


def test_a_presigned_put_stores_the_artifact_with_its_type(store: Store, tmp_path: Path) -> None:
    artifact = tmp_path / "model.glb"
    artifact.write_bytes(CONTENT)
    put_file(artifact, store.client.presigned_put_object(store.bucket, "out/1/model.glb"))
    stat = store.client.stat_object(store.bucket, "out/1/model.glb")
    assert (stat.size, stat.content_type) == (len(CONTENT), "model/gltf-binary")
    with store.client.get_object(store.bucket, "out/1/model.glb") as answer:
        assert answer.read() == CONTENT


def test_an_empty_artifact_is_stored(store: Store, tmp_path: Path) -> None:
    (tmp_path / "properties.csv").write_bytes(b"")
    put_file(tmp_path / "properties.csv", store.client.presigned_put_object(store.bucket, "empty.csv"))
    assert store.client.stat_object(store.bucket, "empty.csv").size == 0


@pytest.mark.parametrize("bucket", ["models", "nowhere"])
def test_a_put_without_permission_is_output_rejected(store: Store, tmp_path: Path, bucket: str) -> None:
    (tmp_path / "model.glb").write_bytes(CONTENT)
    url = store.client.presigned_put_object(store.bucket, "out/model.glb").replace(f"/{store.bucket}/", f"/{bucket}/")
    with pytest.raises(RunFailure) as caught:
        put_file(tmp_path / "model.glb", url[:-4] + "0000")
    assert caught.value.reason == FailureReason.OUTPUT_REJECTED
