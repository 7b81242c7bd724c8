"""Downloads are verified: a damaged file is deleted, and a file that is there already is not fetched again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import httpx
import pytest

from ifcjob_client import Client, downloads

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"glTF" + bytes(100)
STORE = "http://store.test/artifacts/model.glb?signature=x"
LINK = {
    "name": "model.glb",
    "mediaType": "model/gltf-binary",
    "bytes": len(CONTENT),
    "sha256": hashlib.sha256(CONTENT).hexdigest(),
    "fileName": "house-model.glb",
    "url": STORE,
}


class ScriptedStore:
    """Answers as the API and the store do; `content` is what the store has."""

    def __init__(self, content: bytes) -> None:
        self.content, self.reads = content, 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "store.test":
            assert "Authorization" not in request.headers
            self.reads += 1
            return httpx.Response(200, content=self.content)
        return httpx.Response(200, json=LINK)


def download(store: ScriptedStore, folder: Path) -> list[Path]:
    with Client("http://api.test", "secret", httpx.MockTransport(store)) as client:
        return client.run(downloads.download("house", folder, names=["model.glb"]))


def test_a_damaged_file_is_refused_and_deleted(tmp_path: Path) -> None:
    with pytest.raises(downloads.ChecksumDiffers, match=r"model\.glb arrived damaged"):
        download(ScriptedStore(CONTENT[:-1]), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_whole_file_is_kept_and_not_fetched_again(tmp_path: Path) -> None:
    store = ScriptedStore(CONTENT)
    assert download(store, tmp_path) == [tmp_path / "model.glb"]
    assert (tmp_path / "model.glb").read_bytes() == CONTENT
    download(store, tmp_path)
    assert store.reads == 1
    (tmp_path / "model.glb").write_bytes(b"old")
    download(store, tmp_path)
    assert (store.reads, (tmp_path / "model.glb").read_bytes()) == (2, CONTENT)
