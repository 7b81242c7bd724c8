"""s3:// sources on a real S3 server: listing, presigning, versions, credentials and errors."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
import urllib3

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_cli.run.object_store import presigned
from ifcjob_cli.run.sources import files_of
from tests.support.s3 import Store, s3_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with s3_store(tmp_path_factory.mktemp("s3")) as store:
        for key in ("2024/b.ifc", "2024/a.ifczip", "2024/deep/c d?.IFC", "2024/notes.txt", "2023/old.ifc"):
            put(store, key, key.encode())
        yield store


@pytest.fixture
def store(running: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", running.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", running.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", running.secret_key)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return running


def put(store: Store, key: str, content: bytes) -> str | None:
    return store.client.put_object(store.bucket, key, io.BytesIO(content), len(content)).version_id


def get(url: str) -> bytes:
    answer = urllib3.request("GET", url)
    assert answer.status == 200, answer.data
    return answer.data


def reason_of(uri: str) -> FailureReason:
    with pytest.raises(RunFailure) as failed:
        files_of(uri)
    return failed.value.reason


def test_prefix_expands_to_sorted_ifc_objects(store: Store) -> None:
    files = files_of(f"s3://{store.bucket}/2024/")
    assert [file.uri for file in files] == [
        "s3://models/2024/a.ifczip", "s3://models/2024/b.ifc", "s3://models/2024/deep/c d?.IFC",
    ]  # fmt: skip
    assert [(file.name, file.parent) for file in files][-1] == ("c d?.IFC", "deep")
    assert len(files_of(f"s3://{store.bucket}")) == 4


def test_presigned_url_needs_no_credentials(store: Store) -> None:
    for file in files_of(f"s3://{store.bucket}/2024/"):
        assert get(presigned(file.uri)) == file.uri.removeprefix("s3://models/").encode()


def test_presigned_url_contains_the_version_id(store: Store) -> None:
    url = presigned(f"s3://{store.bucket}/2024/b.ifc?versionId=abc")
    assert "versionId=abc" in url
    assert "/2024/b.ifc?" in url
    (file,) = files_of(f"s3://{store.bucket}/2024/b.ifc?versionId=abc")
    assert (file.name, file.stem) == ("b.ifc", "b")


def test_credentials_are_read_from_the_aws_file(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_PROFILE", "site")
    (tmp_path / "credentials").write_text(
        f"[site]\naws_access_key_id = {store.access_key}\naws_secret_access_key = {store.secret_key}\n"
    )
    assert get(presigned(f"s3://{store.bucket}/2023/old.ifc")) == b"2023/old.ifc"


def test_missing_credentials_fail_with_the_variables_to_set(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(RunFailure, match="no S3 credentials") as failed:
        presigned(f"s3://{store.bucket}/2023/old.ifc")
    assert failed.value.reason is FailureReason.ACCESS_DENIED
    assert "AWS_ACCESS_KEY_ID" in failed.value.hint


def test_wrong_credentials_fail_with_access_denied(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong" * 8)
    assert reason_of(f"s3://{store.bucket}/2024/") is FailureReason.ACCESS_DENIED


def test_empty_prefix_and_missing_bucket_fail_with_not_found(store: Store) -> None:
    assert reason_of(f"s3://{store.bucket}/1999/") is FailureReason.INPUT_NOT_FOUND
    assert reason_of("s3://no-such-bucket/2024/") is FailureReason.INPUT_NOT_FOUND


def test_unreachable_store_fails_with_storage_unavailable(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    assert reason_of(f"s3://{store.bucket}/2024/") is FailureReason.STORAGE_UNAVAILABLE


@pytest.mark.parametrize("uri", ["s3://", "s3:///key", "s3://B_D/x/"])
@pytest.mark.usefixtures("store")
def test_bad_uri_fails_with_invalid_request(uri: str) -> None:
    assert reason_of(uri) is FailureReason.INVALID_REQUEST
