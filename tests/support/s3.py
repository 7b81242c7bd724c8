"""A real S3 server for tests: versitygw, built with Go at its first use; its objects are in a temporary folder."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from minio import Minio

from tools.cluster.control_plane import free_port
from tools.go_programs import ToolsUnavailable, tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Store:
    """A running server with one empty bucket."""

    client: Minio
    bucket: str
    endpoint: str
    access_key: str
    secret_key: str


@contextmanager
def s3_store(folder: Path, *, versions: bool = False) -> Iterator[Store]:
    """Run the server on loopback, with its data in `folder`, while the block runs; `versions` in buckets on demand."""
    binary = _binary()
    data = folder / "data"
    data.mkdir(parents=True)
    endpoint = f"127.0.0.1:{free_port()}"
    keys = {"ROOT_ACCESS_KEY": "ifcjob", "ROOT_SECRET_KEY": secrets.token_hex(16)}
    options = ["--sidecar", str(folder / "meta")]
    (folder / "meta").mkdir()
    if versions:
        (folder / "versions").mkdir()
        options += ["--versioning-dir", str(folder / "versions")]
    command = [str(binary), "--port", endpoint, "--quiet", "posix", *options, str(data)]
    with (folder / "versitygw.log").open("wb") as log:
        server = subprocess.Popen(command, env=os.environ | keys, stdout=log, stderr=log)
    try:
        client = Minio(
            endpoint,
            access_key=keys["ROOT_ACCESS_KEY"],
            secret_key=keys["ROOT_SECRET_KEY"],
            secure=False,
            region="us-east-1",
        )
        _wait(server, endpoint, folder / "versitygw.log")
        client.make_bucket("models")
        yield Store(client, "models", f"http://{endpoint}", keys["ROOT_ACCESS_KEY"], keys["ROOT_SECRET_KEY"])
    finally:
        server.terminate()
        server.wait(10)


def _binary() -> Path:
    try:
        return tool("versitygw")
    except ToolsUnavailable as error:
        pytest.skip(f"needs a real S3 server: {error}")


def _wait(server: subprocess.Popen[bytes], endpoint: str, log: Path) -> None:
    host, _, port = endpoint.partition(":")
    for _ in range(200):
        if server.poll() is not None:
            break
        try:
            socket.create_connection((host, int(port)), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"versitygw does not answer: {log.read_text()[-1000:]}")
