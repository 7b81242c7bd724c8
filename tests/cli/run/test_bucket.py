"""Artifacts in a bucket, on a real S3 server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import REAL, lines, run
from tests.support import samples
from tests.support.forward_proxy import LOGIN, forward_proxy
from tests.support.s3 import Store, s3_store

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

ALL = {
    "elements.parquet", "manifest.json", "metadata.json", "model.glb", "properties.parquet", "relations.parquet",
    "spatial-tree.json",
}  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with s3_store(tmp_path_factory.mktemp("s3")) as running:
        yield running


def to_bucket(
    store: Store, cwd: Path, *arguments: str, output: str = "s3://models/out", **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {
        "AWS_ENDPOINT_URL_S3": store.endpoint,
        "AWS_ACCESS_KEY_ID": store.access_key,
        "AWS_SECRET_ACCESS_KEY": store.secret_key,
    }
    return run("run", *arguments, "-o", output, "--json", cwd=cwd, program=REAL, **environment, **variables)


def keys(store: Store, prefix: str) -> set[str]:
    listed = store.client.list_objects(store.bucket, prefix=prefix, recursive=True)
    return {(entry.object_name or "").removeprefix(prefix) for entry in listed}


def test_a_bucket_is_reached_through_the_proxy(store: Store, tmp_path: Path) -> None:
    samples.write(samples.box(), tmp_path / "house.ifc")
    with forward_proxy(tmp_path / "proxy", LOGIN) as proxy:
        done = to_bucket(store, tmp_path, "house.ifc", output="s3://models/proxied", HTTP_PROXY=proxy.url)
        assert done.returncode == 0, done.stderr
        assert f"PUT {store.endpoint.removeprefix('http://')}" in proxy.requests(8)
    assert "manifest.json" in keys(store, "proxied/house/")


def test_each_file_gets_its_own_folder_below_the_prefix(store: Store, tmp_path: Path) -> None:
    samples.write(samples.box(), tmp_path / "a" / "house.ifc")
    samples.write(samples.boxes(2), tmp_path / "b" / "house.ifc")
    done = to_bucket(store, tmp_path, ".", output="s3://models/each/")
    assert done.returncode == 0, done.stderr
    reports = lines(done.stdout)
    assert [report["folder"] for report in reports] == ["s3://models/each/a-house", "s3://models/each/b-house"]
    assert keys(store, "each/a-house/") == keys(store, "each/b-house/") == ALL
    manifest = json.loads(store.client.get_object("models", "each/a-house/manifest.json").data)
    sizes = {artifact["name"]: artifact["bytes"] for artifact in manifest["artifacts"]}
    assert sizes == reports[0]["summary"]["artifactBytes"]
    assert "X-Amz" not in done.stdout + done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b"}


def test_a_second_run_removes_artifacts_that_it_does_not_make(store: Store, tmp_path: Path) -> None:
    samples.write(samples.box(), tmp_path / "box.ifc")
    assert to_bucket(store, tmp_path, "box.ifc", output="s3://models").returncode == 0
    (tmp_path / "notes.txt").write_text("mine")
    store.client.fput_object("models", "box/notes.txt", str(tmp_path / "notes.txt"))
    assert to_bucket(store, tmp_path, "box.ifc", "--only", "metadata", output="s3://models").returncode == 0
    assert keys(store, "box/") == {"manifest.json", "metadata.json", "notes.txt"}


def test_skip_existing_finds_artifacts_in_the_bucket(store: Store, tmp_path: Path) -> None:
    samples.write(samples.box(), tmp_path / "box.ifc")
    first, second = (to_bucket(store, tmp_path, "box.ifc", "--skip-existing") for _ in range(2))
    assert first.returncode == second.returncode == 0, second.stderr
    assert ["existing" in json.loads(done.stdout) for done in (first, second)] == [False, True]


def test_a_missing_bucket_is_refused_before_the_run(store: Store, tmp_path: Path) -> None:
    samples.write(samples.box(), tmp_path / "box.ifc")
    done = to_bucket(store, tmp_path, "box.ifc", output="s3://nowhere/out")
    assert done.returncode != 0
    assert "the bucket nowhere does not exist" in done.stderr
    assert "stage" not in done.stderr
