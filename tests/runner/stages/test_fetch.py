"""The fetch stage on local files: read in place, hashed and limited; every refusal is a typed failure."""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.request import Source
from ifcjob_runner.stages.fetch import fetch
from ifcjob_runner.workspace import Workspace
from tests.support.small_disk import small_disk

CONTENT = b"ISO-10303-21;" + b"x" * 3_000_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "Haus 1.ifc"
    path.write_bytes(CONTENT)
    return path


def refused(source: Source, tmp_path: Path) -> RunFailure:
    with Workspace(tmp_path) as workspace, pytest.raises(RunFailure) as caught:
        fetch(source, workspace, lambda *_: None)
    return caught.value


@pytest.mark.parametrize("as_uri", [False, True])
def test_a_local_file_is_read_in_place(model: Path, tmp_path: Path, *, as_uri: bool) -> None:
    calls: list[tuple[int, int]] = []
    with Workspace(tmp_path) as workspace:
        result = fetch(
            Source(uri=model.as_uri() if as_uri else str(model), sha256=SHA256),
            workspace,
            lambda done, total: calls.append((done, total)),
        )
        assert not list(workspace.folder.iterdir())
    assert result.path == model
    assert (result.name, result.sha256, result.bytes) == ("Haus 1.ifc", SHA256, len(CONTENT))
    assert result.uri == model.as_uri()
    assert calls[-1] == (len(CONTENT), len(CONTENT))
    assert sorted(calls) == calls


def test_the_name_and_the_public_uri_of_the_request_are_used(model: Path, tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        result = fetch(Source(uri=str(model), name="house.ifc", public_uri="s3://b/k"), workspace, lambda *_: None)
    assert (result.name, result.uri) == ("house.ifc", "s3://b/k")


def test_a_missing_file_suggests_similar_names(model: Path, tmp_path: Path) -> None:
    failure = refused(Source(uri=str(tmp_path / "haus1.ifc")), tmp_path)
    assert failure.reason == FailureReason.INPUT_NOT_FOUND
    assert str(tmp_path / "haus1.ifc") in failure.message
    assert failure.hint == "Did you mean Haus 1.ifc?"
    assert model.exists()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    failure = refused(Source(uri=str(tmp_path / "no" / "a.ifc")), tmp_path)
    assert failure.reason == FailureReason.INPUT_NOT_FOUND
    assert str(tmp_path / "no") in failure.hint


def test_a_folder_is_refused(tmp_path: Path) -> None:
    failure = refused(Source(uri=str(tmp_path)), tmp_path)
    assert failure.reason == FailureReason.INPUT_NOT_FOUND
    assert "folder" in failure.message


@pytest.mark.timeout(20)
def test_a_named_pipe_is_refused_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.ifc")
    assert refused(Source(uri=str(tmp_path / "pipe.ifc")), tmp_path).reason == FailureReason.INPUT_NOT_FOUND
    assert refused(Source(uri="/dev/zero"), tmp_path).reason == FailureReason.INPUT_NOT_FOUND


def test_an_unreadable_file_is_access_denied(model: Path) -> None:
    model.chmod(0)
    read, write = os.pipe()
    child = os.fork()  # root may read everything: a child reads as nobody
    if child == 0:
        _report_as_nobody(model, write)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as answer:
        assert answer.read() == "AccessDenied"


def _report_as_nobody(model: Path, write: int) -> None:
    outcome = "read"
    try:
        if os.geteuid() == 0:
            os.setuid(65534)
        with Workspace(Path("/tmp")) as workspace:
            fetch(Source(uri=str(model)), workspace, lambda *_: None)
    except RunFailure as failure:
        outcome = failure.reason.value
    except BaseException as error:  # noqa: BLE001 - a forked test must never return
        outcome = repr(error)
    finally:
        os.write(write, outcome.encode())
        os._exit(0)


def test_a_file_above_the_limit_names_size_and_limit(model: Path, tmp_path: Path) -> None:
    failure = refused(Source(uri=str(model), max_bytes=1000), tmp_path)
    assert failure.reason == FailureReason.INPUT_TOO_LARGE
    assert "1000" in failure.message
    assert str(len(CONTENT)) in failure.message


def test_a_wrong_checksum_names_both(model: Path, tmp_path: Path) -> None:
    failure = refused(Source(uri=str(model), sha256="0" * 64), tmp_path)
    assert failure.reason == FailureReason.INPUT_CHANGED
    assert "0" * 64 in failure.message
    assert SHA256 in failure.message


def test_the_checksum_of_an_archive_covers_its_packed_bytes(tmp_path: Path) -> None:
    packed = gzip.compress(CONTENT)
    (tmp_path / "a.ifc.gz").write_bytes(packed)
    digest = hashlib.sha256(packed).hexdigest()
    with Workspace(tmp_path) as workspace:
        result = fetch(Source(uri=str(tmp_path / "a.ifc.gz"), sha256=digest), workspace, lambda *_: None)
    assert result.sha256 == digest


def test_a_file_that_is_being_written_is_refused(model: Path, tmp_path: Path) -> None:
    def append(done: int, total: int) -> None:
        if done < total:
            with model.open("ab") as file:
                file.write(b"more")

    with Workspace(tmp_path) as workspace, pytest.raises(RunFailure) as caught:
        fetch(Source(uri=str(model)), workspace, append)
    assert caught.value.reason == FailureReason.INPUT_CHANGED
    assert "writing" in caught.value.message


@pytest.mark.parametrize("uri", ["s3://bucket/a.ifc", "ftp://host/a.ifc", "file://otherhost/a.ifc"])
def test_other_schemes_are_refused(uri: str, tmp_path: Path) -> None:
    failure = refused(Source(uri=uri), tmp_path)
    assert failure.reason == FailureReason.INVALID_REQUEST
    assert uri in failure.message


def test_a_full_disk_is_reported_as_disk_full(tmp_path: Path) -> None:
    (tmp_path / "a.ifc.gz").write_bytes(gzip.compress(os.urandom(600_000)))
    with small_disk(tmp_path / "disk") as disk:
        failure = refused(Source(uri=str(tmp_path / "a.ifc.gz")), disk)
    assert failure.reason == FailureReason.DISK_FULL


def test_a_local_run_imports_no_slow_package() -> None:
    script = (
        "import sys, ifcjob_runner.stages.fetch, ifcjob_runner.stages.inspect, ifcjob_runner.transfer.put\n"
        "print(sorted({'urllib3', 'numpy', 'pyarrow', 'ifcopenshell', 'ssl'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"
