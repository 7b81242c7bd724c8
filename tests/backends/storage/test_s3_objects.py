"""The API's client of a real S3 server: presigned parts and downloads, other sizes, outages."""

from __future__ import annotations

import asyncio
import io
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_backends.storage import store_requests
from ifcjob_backends.storage.objects import S3Objects
from tests.support.async_tests import finish
from tests.support.object_stores import chunks
from tests.support.operator_s3 import store_options
from tests.support.s3 import Store, s3_store
from tools.cluster.control_plane import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

KEY = "bim/0f/Haus 1 (Süd) + Anbau.ifc"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with s3_store(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture
def options(server: Store, tmp_path: Path) -> Any:
    return store_options(server, tmp_path)


def run(options: Any, test: Callable[[S3Objects], Awaitable[Any]], public: str | None = None) -> Any:
    async def main() -> Any:
        async with S3Objects(options, public) as store:
            return await test(store)

    return finish(main())


def part_urls(options: Any, public: str, *sizes: int, expires: timedelta = HOUR) -> tuple[str, list[str]]:
    async def test(store: S3Objects) -> tuple[str, list[str]]:
        upload = await store.create_upload("models", KEY, "application/x-step")
        urls = [store.part_url("models", KEY, upload, number, size, expires) for number, size in enumerate(sizes, 1)]
        return upload, [url for url in urls if url]

    result: tuple[str, list[str]] = run(options, test, public)
    return result


def put(url: str, body: bytes) -> int:
    return urllib3.request("PUT", url, body=body, retries=False).status


def test_a_presigned_part_takes_its_size_only(options: Any, server: Store) -> None:
    upload, (first, last) = part_urls(options, server.endpoint, 5 * 2**20, 3)
    assert put(first, b"a" * (5 * 2**20 + 1)) == 403
    assert put(first, b"a" * (5 * 2**20 - 1)) == 403
    assert put(last, b"four") == 403
    assert put(first, b"a" * (5 * 2**20)) == 200
    assert put(last, b"end") == 200

    async def complete(store: S3Objects) -> None:
        parts = await store.parts("models", KEY, upload)
        facts = await store.complete_upload("models", KEY, upload, parts or ())
        assert facts.bytes == 5 * 2**20 + 3

    run(options, complete)


def test_a_presigned_part_is_signed_for_one_part_of_one_upload(options: Any, server: Store) -> None:
    _, (url,) = part_urls(options, server.endpoint, 3)
    assert put(url.replace("partNumber=1", "partNumber=2"), b"end") == 403
    assert put(url.replace("models/bim", "models/other"), b"end") == 403


def test_a_presigned_part_expires(options: Any, server: Store) -> None:
    _, (url,) = part_urls(options, server.endpoint, 3, expires=timedelta(seconds=1))
    end = time.monotonic() + 10
    while (status := put(url, b"end")) == 200 and time.monotonic() < end:
        time.sleep(0.2)
    assert status == 403


def test_without_a_public_endpoint_there_are_no_urls(options: Any) -> None:
    assert part_urls(options, "", 3)[1] == []

    async def test(store: S3Objects) -> None:
        assert store.download_url("models", KEY, HOUR, name="a.glb", media_type="model/gltf-binary") is None

    run(options, test)


def test_urls_name_the_public_endpoint(options: Any) -> None:
    _, (url,) = part_urls(options, "https://files.example.com", 3)
    assert url.startswith("https://files.example.com/models/bim/0f/Haus%201")
    assert "X-Amz-SignedHeaders=content-length%3Bhost" in url


def test_a_download_has_its_name_and_media_type(options: Any, server: Store) -> None:
    server.client.put_object("models", "model.glb", io.BytesIO(b"glTF"), 4)

    async def sign(store: S3Objects) -> str | None:
        return store.download_url(
            "models", "model.glb", HOUR, name='Haus "Süd".glb\r\nX: 1', media_type="model/gltf-binary"
        )

    answer = urllib3.request("GET", run(options, sign, server.endpoint))
    assert answer.data == b"glTF"
    assert answer.headers["Content-Type"] == "model/gltf-binary"
    encoded = "Haus%20%22S%C3%BCd%22.glb%0D%0AX%3A%201"
    expected = f"attachment; filename=\"Haus _S_d_.glb__X_ 1\"; filename*=UTF-8''{encoded}"
    assert answer.headers["Content-Disposition"] == expected


def test_a_slow_part_is_not_cut_off(options: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_requests, "READ_SECONDS", 0.5)

    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(8):
            await asyncio.sleep(0.2)
            yield b"x" * 1000

    async def test(store: S3Objects) -> int:
        upload = await store.create_upload("models", "slow", "text/plain")
        return (await store.put_part("models", "slow", upload, 1, 8000, slowly())).bytes

    async def main() -> int:
        async with S3Objects(options, answer_seconds=1) as store:
            return await test(store)

    assert finish(main()) == 8000


def test_an_interrupted_transfer_raises_its_own_error(options: Any) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x"
        raise ConnectionResetError("the client has gone")

    async def test(store: S3Objects) -> None:
        upload = await store.create_upload("models", "broken", "text/plain")
        with pytest.raises(ConnectionResetError):
            await store.put_part("models", "broken", upload, 1, 10, broken())
        assert await store.parts("models", "broken", upload) == []

    run(options, test)


@pytest.mark.parametrize("operation", ["facts", "read", "parts", "put_part", "complete", "create"])
def test_a_store_that_is_down_is_a_storage_failure(server: Store, tmp_path: Path, operation: str) -> None:
    options = store_options(server, tmp_path, endpoint=f"http://127.0.0.1:{free_port()}")

    async def test(store: S3Objects) -> None:
        match operation:
            case "facts":
                await store.facts("models", KEY)
            case "read":
                [chunk async for chunk in store.read("models", KEY)]
            case "parts":
                await store.parts("models", KEY, "u")
            case "put_part":
                await store.put_part("models", KEY, "u", 1, 1, chunks(b"x"))
            case "complete":
                await store.complete_upload("models", KEY, "u", ())
            case "create":
                await store.create_upload("models", KEY, "text/plain")

    with pytest.raises(RunFailure) as caught:
        run(options, test)
    assert caught.value.reason == FailureReason.STORAGE_UNAVAILABLE
    assert "X-Amz" not in caught.value.message


def test_rejected_credentials_are_an_access_failure(server: Store, tmp_path: Path) -> None:
    options = store_options(server, tmp_path, secret="wrong" * 8)

    async def test(store: S3Objects) -> None:
        with pytest.raises(RunFailure) as caught:
            await store.create_upload("models", KEY, "text/plain")
        assert caught.value.reason == FailureReason.ACCESS_DENIED
        with pytest.raises(RunFailure) as caught:
            await store.parts("models", KEY, "upload")
        assert caught.value.reason == FailureReason.ACCESS_DENIED

    run(options, test)
