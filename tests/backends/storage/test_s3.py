"""The facts that the operator reads about a file in a real S3 server, and its messages when it cannot."""

from __future__ import annotations

import base64
import hashlib
import io
import socket
import ssl
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import urllib3
from minio.commonconfig import ENABLED
from minio.versioningconfig import VersioningConfig

from ifcjob.failures import FailureReason
from ifcjob.report import Failure
from ifcjob.resource import S3Source
from ifcjob.status import ObservedInput
from ifcjob_backends.storage.s3 import ObjectStore
from ifcjob_backends.storage.signing.options import KeyFiles
from ifcjob_backends.storage.store_requests import TRIES
from tests.support.operator_s3 import REQUESTS, ask, store_options
from tests.support.s3 import Store, s3_store
from tests.support.web import Answer, Site, serve
from tools.cluster.pki import make_pki

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ifcjob_backends.storage.signing.options import StoreOptions

KEY = "projekte/Haus 1 (Süd) + Anbau.ifc"
CONTENT = b"ISO-10303-21;"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with s3_store(tmp_path_factory.mktemp("s3"), versions=True) as running:
        running.client.put_object(running.bucket, KEY, io.BytesIO(CONTENT), len(CONTENT))
        running.client.make_bucket("versioned")
        running.client.set_bucket_versioning("versioned", VersioningConfig(ENABLED))
        yield running


@pytest.fixture
def options(store: Store, tmp_path: Path) -> StoreOptions:
    return store_options(store, tmp_path)


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


def head(options: StoreOptions, answer_seconds: float = 15, **source: Any) -> ObservedInput | Failure:
    s3 = S3Source.model_validate({"bucket": "models", "key": KEY} | source)
    return ask(options, lambda store: store.head(s3), answer_seconds)


def observed(options: StoreOptions, **source: Any) -> ObservedInput:
    result = head(options, **source)
    assert isinstance(result, ObservedInput), result
    return result


def refused(options: StoreOptions, answer_seconds: float = 15, **source: Any) -> Failure:
    result = head(options, answer_seconds, **source)
    assert isinstance(result, Failure), result
    assert "X-Amz" not in result.message
    return result


def read(url: str) -> bytes:
    response = urllib3.request("GET", url, retries=False)
    assert response.status == 200, response.data
    return bytes(response.data)


def test_a_file_is_observed_with_its_size_and_fingerprint(options: StoreOptions) -> None:
    assert observed(options) == ObservedInput(
        uri=f"s3://models/{KEY}",
        bytes=len(CONTENT),
        etag=hashlib.md5(CONTENT, usedforsecurity=False).hexdigest(),
    )


def test_an_empty_file_is_a_file(store: Store, options: StoreOptions) -> None:
    store.client.put_object("models", "empty.ifc", io.BytesIO(), 0)
    assert observed(options, key="empty.ifc").bytes == 0


def test_the_version_that_was_looked_up_is_read(store: Store, options: StoreOptions) -> None:
    first = store.client.put_object("versioned", "a.ifc", io.BytesIO(b"one"), 3).version_id
    seen = observed(options, bucket="versioned", key="a.ifc")
    second = store.client.put_object("versioned", "a.ifc", io.BytesIO(b"two!"), 4).version_id
    assert seen.version_id == first != second
    source = S3Source(bucket="versioned", key="a.ifc")

    async def url(store: ObjectStore) -> str:
        return store.source_uri(source, seen.version_id, HOUR)

    assert read(ask(options, url)) == b"one"
    assert observed(options, bucket="versioned", key="a.ifc").bytes == 4
    assert observed(options, bucket="versioned", key="a.ifc", versionId=first).bytes == 3


def test_a_deleted_file_is_not_found_but_its_version_is(store: Store, options: StoreOptions) -> None:
    version = store.client.put_object("versioned", "gone.ifc", io.BytesIO(b"one"), 3).version_id
    store.client.remove_object("versioned", "gone.ifc")
    assert refused(options, bucket="versioned", key="gone.ifc").reason == FailureReason.INPUT_NOT_FOUND
    assert observed(options, bucket="versioned", key="gone.ifc", versionId=version).bytes == 3


def test_a_missing_file_is_named(options: StoreOptions) -> None:
    failure = refused(options, key="projekte/none.ifc")
    assert failure.reason == FailureReason.INPUT_NOT_FOUND
    assert "no object projekte/none.ifc in the bucket models" in failure.message
    assert not failure.retryable
    assert "spec.source.s3.key" in failure.hint


def test_a_missing_bucket_differs_from_a_missing_file(options: StoreOptions) -> None:
    failure = refused(options, bucket="modells")
    assert failure.reason == FailureReason.INPUT_NOT_FOUND
    assert "no bucket modells" in failure.message
    assert "spec.source.s3.bucket" in failure.hint


def test_a_missing_version_is_named(store: Store, options: StoreOptions) -> None:
    store.client.put_object("versioned", "b.ifc", io.BytesIO(b"one"), 3)
    failure = refused(options, bucket="versioned", key="b.ifc", versionId="01JABCDEFGHJKMNPQRSTVWXYZ0")
    assert failure.reason == FailureReason.INPUT_NOT_FOUND
    assert "01JABCDEFGHJKMNPQRSTVWXYZ0" in failure.message


@pytest.mark.parametrize(("wrong", "status"), [({"secret": "wrong"}, 403), ({"access": "nobody"}, 404)])
def test_wrong_credentials_are_reported_as_the_operators(
    store: Store, tmp_path: Path, wrong: dict[str, str], status: int
) -> None:
    before = REQUESTS["HEAD", status]
    failure = refused(store_options(store, tmp_path, **wrong))
    assert failure.reason == FailureReason.ACCESS_DENIED
    assert REQUESTS["HEAD", status] == before + 1
    assert "the operator's credentials" in failure.message
    assert "Secret" in failure.hint


def test_rotated_credentials_are_used(store: Store, tmp_path: Path) -> None:
    options = store_options(store, tmp_path, secret="old")

    async def twice(opened: ObjectStore) -> list[type]:
        source = S3Source(bucket="models", key=KEY)
        before = await opened.head(source)
        assert isinstance(options.credentials, KeyFiles)
        secret_key = options.credentials.secret_key
        new = secret_key.with_name("new")
        new.write_text(store.secret_key, encoding="utf-8")
        new.replace(secret_key)  # as the kubelet does: another file under the same name
        return [type(before), type(await opened.head(source))]

    assert ask(options, twice) == [Failure, ObservedInput]


def test_unreadable_credentials_are_a_retryable_failure(options: StoreOptions) -> None:
    assert isinstance(options.credentials, KeyFiles)
    options.credentials.secret_key.unlink()
    failure = refused(options)
    assert failure.reason == FailureReason.STORAGE_UNAVAILABLE
    assert "secret-key" in failure.message


def test_a_stopped_store_is_unavailable_at_once(store: Store, tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        options = store_options(store, tmp_path, endpoint=f"http://127.0.0.1:{nobody.getsockname()[1]}")
        began = time.monotonic()
        failure = refused(options)
    assert failure.reason == FailureReason.STORAGE_UNAVAILABLE
    assert failure.retryable
    assert "refuses the connection" in failure.message
    assert time.monotonic() - began < 5


def test_a_silent_store_is_unavailable_after_the_timeout(store: Store, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        options = store_options(store, tmp_path, endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}")
        before = REQUESTS["HEAD", 0]
        failure = refused(options, answer_seconds=0.3)
    assert REQUESTS["HEAD", 0] == before + 1
    assert failure.reason == FailureReason.STORAGE_UNAVAILABLE
    assert "does not answer in time" in failure.message


def test_a_server_error_of_the_store_is_retried(site: Site, store: Store, tmp_path: Path) -> None:
    site.at("/models/a.ifc", Answer(status=503), Answer(b"abc", headers={"ETag": '"e"'}))
    before = REQUESTS["HEAD", 0], REQUESTS["HEAD", 200]
    assert observed(store_options(store, tmp_path, endpoint=site.url), key="a.ifc").bytes == 3
    assert (REQUESTS["HEAD", 0], REQUESTS["HEAD", 200]) == (before[0], before[1] + 1), "only the last answer counts"


def test_a_store_with_server_errors_is_unavailable(site: Site, store: Store, tmp_path: Path) -> None:
    site.at("/models/a.ifc", Answer(b"<Error><Code>SlowDown</Code></Error>", status=503))
    before = REQUESTS["HEAD", 0]
    failure = refused(store_options(store, tmp_path, endpoint=site.url), key="a.ifc")
    assert failure.reason == FailureReason.STORAGE_UNAVAILABLE
    assert "503" in failure.message
    assert REQUESTS["HEAD", 0] == before + 1
    assert len(site.seen) == TRIES


def test_a_redirect_to_another_region_is_not_followed(site: Site, store: Store, tmp_path: Path) -> None:
    elsewhere = site.at("/elsewhere", Answer(b"abc"))
    site.at("/models/a.ifc", Answer(status=301, headers={"Location": elsewhere}))
    failure = refused(store_options(store, tmp_path, endpoint=site.url), key="a.ifc")
    assert failure.reason == FailureReason.ACCESS_DENIED
    assert "region" in failure.hint
    assert all(seen.path.startswith("/models/a.ifc") for seen in site.seen)


@pytest.mark.parametrize(
    ("kind", "value", "known"),
    [
        ("FULL_OBJECT", base64.b64encode(hashlib.sha256(b"abc").digest()).decode(), True),
        ("COMPOSITE", base64.b64encode(hashlib.sha256(b"abc").digest()).decode() + "-3", False),
        ("FULL_OBJECT", "bm9uc2Vuc2U=", False),
        ("FULL_OBJECT", "?", False),
    ],
)
def test_a_checksum_verified_by_the_store_is_used(
    site: Site, store: Store, tmp_path: Path, kind: str, value: str, *, known: bool
) -> None:
    headers = {"x-amz-checksum-type": kind, "x-amz-checksum-sha256": value, "x-amz-meta-sha256": "0" * 64}
    site.at("/models/a.ifc", Answer(b"abc", headers=headers))
    sha256 = observed(store_options(store, tmp_path, endpoint=site.url), key="a.ifc").sha256
    assert sha256 == (hashlib.sha256(b"abc").hexdigest() if known else None)
    assert "x-amz-checksum-mode=ENABLED" in site.seen[0].path


def test_a_private_certificate_is_trusted_with_the_ca_file(store: Store, tmp_path: Path) -> None:
    make_pki(tmp_path, ["127.0.0.1"])
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    with serve(tls) as site:
        site.at("/models/a.ifc", Answer(b"abc"))
        failure = refused(store_options(store, tmp_path, endpoint=site.url), key="a.ifc")
        assert failure.reason == FailureReason.STORAGE_UNAVAILABLE
        assert "certificate" in failure.message
        options_with_ca = store_options(store, tmp_path, endpoint=site.url, ca_file=tmp_path / "ca.crt")
        assert observed(options_with_ca, key="a.ifc").bytes == 3


def test_pods_get_urls_for_the_endpoint_they_reach(store: Store, tmp_path: Path) -> None:
    options = store_options(store, tmp_path, endpoint="http://127.0.0.1:9", pod_endpoint=store.endpoint)

    async def urls(opened: ObjectStore) -> tuple[str, dict[str, str]]:
        get = opened.source_uri(S3Source(bucket="models", key=KEY), None, HOUR)
        return get, opened.output("models", "a b/ü", ["model.glb", "manifest.json"], HOUR).uploads or {}

    get, puts = ask(options, urls)
    assert read(get) == CONTENT
    assert list(puts) == ["model.glb", "manifest.json"]
    assert urllib3.request("PUT", puts["model.glb"], body=b"glb").status == 200
    assert read(store.client.presigned_get_object("models", "a b/ü/model.glb")) == b"glb"
    # Each URL is for its own object.
    assert urllib3.request("PUT", puts["model.glb"].replace("model.glb", "other.glb"), body=b"x").status == 403


def test_no_url_is_valid_for_more_than_seven_days(options: StoreOptions) -> None:
    async def url(store: ObjectStore) -> str:
        return store.source_uri(S3Source(bucket="models", key=KEY), None, timedelta(days=14))

    long = ask(options, url)
    assert "X-Amz-Expires=604800&" in long
    assert read(long) == CONTENT


def test_names_that_the_sdk_cannot_address_are_invalid_input(options: StoreOptions) -> None:
    failure = refused(options, key="a/./b.ifc")
    assert failure.reason == FailureReason.INVALID_REQUEST
    assert "a/./b.ifc" in failure.message


@pytest.mark.parametrize("endpoint", ["s3.example.com", "ftp://s3.example.com", "https://s3.example.com/path", ""])
def test_an_endpoint_is_a_scheme_and_a_host(store: Store, tmp_path: Path, endpoint: str) -> None:
    with pytest.raises(ValueError, match="is not an endpoint"):
        ObjectStore(store_options(store, tmp_path, endpoint=endpoint))


def test_exists_is_true_only_for_a_certain_answer(store: Store, tmp_path: Path) -> None:
    options = store_options(store, tmp_path)
    assert ask(options, lambda opened: opened.exists("models", KEY)) is True
    assert ask(options, lambda opened: opened.exists("models", "none")) is False
    down = store_options(store, tmp_path / "down", endpoint="http://127.0.0.1:9")
    assert ask(down, lambda opened: opened.exists("models", KEY)) is False
