"""put_file: a file appears complete under its final name or not at all; a refusal is a typed failure."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_runner.transfer import http_pool
from ifcjob_runner.transfer.put import put_file, remove_files
from tests.support.small_disk import small_disk
from tests.support.web import Answer, Site

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = os.urandom(700_000)
IMPATIENT = http_pool.Timing(backoff_seconds=0.001)
SECRET = "X-Amz-Signature=5ec2e7"


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    path = tmp_path / "workspace" / "model.glb"
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    return path


def refused(path: Path, destination: str) -> RunFailure:
    with pytest.raises(RunFailure) as caught:
        put_file(path, destination, IMPATIENT)
    assert SECRET not in caught.value.message
    return caught.value


def test_a_folder_gets_the_file_and_nothing_else(artifact: Path, tmp_path: Path) -> None:
    put_file(artifact, str(tmp_path / "new" / "out" / "model.glb"))
    assert [path.name for path in (tmp_path / "new" / "out").iterdir()] == ["model.glb"]
    shutil.rmtree(artifact.parent)
    assert (tmp_path / "new" / "out" / "model.glb").read_bytes() == CONTENT


def test_an_earlier_file_is_replaced_and_never_written_into(artifact: Path, tmp_path: Path) -> None:
    target = tmp_path / "model.glb"
    target.write_bytes(b"old")
    with target.open("rb") as reader:
        put_file(artifact, str(target))
        assert reader.read() == b"old"
    assert target.read_bytes() == CONTENT


def test_another_file_system_gets_a_copy(artifact: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", kilobytes=2048) as disk:
        put_file(artifact, str(disk / "model.glb"))
        assert (disk / "model.glb").read_bytes() == CONTENT


def test_a_full_disk_is_reported_and_the_earlier_file_kept(artifact: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        (disk / "model.glb").write_bytes(b"old")
        failure = refused(artifact, str(disk / "model.glb"))
        assert [path.name for path in disk.iterdir()] == ["model.glb"]
        assert (disk / "model.glb").read_bytes() == b"old"
    assert failure.reason == FailureReason.DISK_FULL
    assert str(disk) in failure.message


def test_a_read_only_disk_is_refused(artifact: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        failure = refused(artifact, str(disk / "model.glb"))
    assert failure.reason == FailureReason.OUTPUT_REJECTED
    assert "Read-only" in failure.message


def test_an_impossible_destination_is_refused(artifact: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert refused(artifact, str(tmp_path / "file" / "model.glb")).reason == FailureReason.OUTPUT_REJECTED
    (tmp_path / "folder" / "model.glb").mkdir(parents=True)
    assert refused(artifact, str(tmp_path / "folder" / "model.glb")).reason == FailureReason.OUTPUT_REJECTED
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["model.glb"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_refused(artifact: Path, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    assert refused(artifact, str(tmp_path / "locked" / "model.glb")).reason == FailureReason.OUTPUT_REJECTED


def test_a_missing_artifact_raises_file_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        put_file(tmp_path / "none.glb", str(tmp_path / "out.glb"))


def test_files_of_an_earlier_run_are_removed(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_bytes(b"")
    remove_files([tmp_path / "old.csv", tmp_path / "never.csv"])
    assert not list(tmp_path.iterdir())
    (tmp_path / "old.csv").mkdir()
    with pytest.raises(RunFailure) as caught:
        remove_files([tmp_path / "old.csv"])
    assert caught.value.reason == FailureReason.OUTPUT_REJECTED


def test_an_upload_sends_the_bytes_with_type_and_length(artifact: Path, site: Site) -> None:
    put_file(artifact, f"{site.at('/b/model.glb', Answer())}?{SECRET}")
    (request,) = site.seen
    assert (request.method, request.path, request.body) == ("PUT", f"/b/model.glb?{SECRET}", CONTENT)
    assert request.headers["Content-Type"] == "model/gltf-binary"
    assert request.headers["Content-Length"] == str(len(CONTENT))
    assert "Transfer-Encoding" not in request.headers


def test_an_upload_is_retried_from_the_start(artifact: Path, site: Site) -> None:
    put_file(artifact, site.at("/model.glb", Answer(status=503), Answer(status=500), Answer()), IMPATIENT)
    assert [request.body == CONTENT for request in site.seen] == [True, True, True]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, FailureReason.OUTPUT_REJECTED),
        (401, FailureReason.OUTPUT_REJECTED),
        (403, FailureReason.OUTPUT_REJECTED),
        (404, FailureReason.OUTPUT_REJECTED),
        (413, FailureReason.OUTPUT_REJECTED),
        (307, FailureReason.OUTPUT_REJECTED),
        (429, FailureReason.STORAGE_UNAVAILABLE),
        (503, FailureReason.STORAGE_UNAVAILABLE),
    ],
)
def test_an_error_status_has_its_failure_reason(artifact: Path, site: Site, status: int, reason: FailureReason) -> None:
    answer = Answer(b"<Error><Code>QuotaExceeded</Code></Error>", status, {"Location": f"{site.url}/other"})
    failure = refused(artifact, f"{site.at('/model.glb', answer)}?{SECRET}")
    assert failure.reason == reason
    assert f"{site.url}/model.glb answers HTTP {status}: QuotaExceeded" in failure.message


def test_a_refused_connection_is_storage_unavailable(artifact: Path) -> None:
    failure = refused(artifact, f"http://127.0.0.1:9/model.glb?{SECRET}")
    assert failure.reason == FailureReason.STORAGE_UNAVAILABLE
