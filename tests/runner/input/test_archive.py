"""Archives: one IFC file is unpacked; bombs, unsafe paths and damage are refused with their reason."""

from __future__ import annotations

import gzip
import io
import stat
import struct
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.request import Source
from ifcjob_runner.stages.fetch import Fetched, fetch
from ifcjob_runner.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

STEP = b"ISO-10303-21;\nHEADER;\n" + b"#1=IFCCARTESIANPOINT((0.1,1.2,2.3));\n" * 2000
Members = Sequence[tuple[str | zipfile.ZipInfo, bytes]]


def zipped(members: Members, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def fetched(
    tmp_path: Path, content: bytes, workspace: Workspace, max_bytes: int = 10**9, name: str = "a.bin"
) -> Fetched:
    path = tmp_path / name
    path.write_bytes(content)
    return fetch(Source(uri=str(path), max_bytes=max_bytes), workspace, lambda *_: None)


def refused(tmp_path: Path, content: bytes, max_bytes: int = 10**9) -> RunFailure:
    with Workspace(tmp_path) as workspace, pytest.raises(RunFailure) as caught:
        fetched(tmp_path, content, workspace, max_bytes)
    assert "a.bin" in caught.value.message
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    "members",
    [
        pytest.param([("a.ifc", STEP)], id="one"),
        pytest.param([("A.IFC", STEP)], id="upper case"),
        pytest.param([("export/", b""), ("export/häuser/a.ifc", STEP)], id="in folders"),
        pytest.param([("__MACOSX/._a.ifc", b"x"), ("a.ifc", STEP), ("._b.ifc", b"x")], id="with macOS resource forks"),
        pytest.param([("read me.txt", b"hello"), ("a.ifc", STEP), ("texture.png", b"x")], id="with other files"),
    ],
)
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_the_only_ifc_member_is_unpacked(tmp_path: Path, members: Members, method: int) -> None:
    content = zipped(members, method)
    with Workspace(tmp_path) as workspace:
        result = fetched(tmp_path, content, workspace)
        assert result.path.read_bytes() == STEP
        assert result.path.is_relative_to(workspace.folder)
        assert (result.name, result.bytes) == ("a.bin", len(content))


def test_a_gzip_is_unpacked(tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        assert fetched(tmp_path, gzip.compress(STEP), workspace).path.read_bytes() == STEP


def symbolic_link() -> zipfile.ZipInfo:
    link = zipfile.ZipInfo("a.ifc")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return link


@pytest.mark.parametrize(
    ("members", "words"),
    [
        pytest.param([], "empty", id="empty"),
        pytest.param([("a.txt", b"x"), ("b.pdf", b"x")], "'a.txt', 'b.pdf'", id="no IFC file"),
        pytest.param([("a.ifcxml", b"<ifcXML/>")], "'a.ifcxml'", id="ifcXML"),
        pytest.param([("a.ifc", STEP), ("b.ifc", STEP)], "2 IFC files ('a.ifc', 'b.ifc')", id="two"),
        pytest.param([("/etc/a.ifc", STEP)], "'/etc/a.ifc'", id="absolute path"),
        pytest.param([("../a.ifc", STEP)], "'../a.ifc'", id="path upwards"),
        pytest.param([("x/../../a.ifc", STEP)], "outside", id="path upwards within"),
        pytest.param([("..\\a.ifc", STEP)], "outside", id="backslash path upwards"),
        pytest.param([("C:\\a.ifc", STEP)], "outside", id="drive letter"),
        pytest.param([("a.ifc", STEP), ("../evil.txt", b"x")], "'../evil.txt'", id="path trick in another member"),
        pytest.param([(symbolic_link(), b"/etc/passwd")], "symbolic link", id="symbolic link"),
    ],
)
def test_an_unsafe_zip_is_refused(tmp_path: Path, members: Members, words: str) -> None:
    failure = refused(tmp_path, zipped(members))
    assert failure.reason == FailureReason.UNSAFE_ARCHIVE
    assert words in failure.message
    assert not [path for path in tmp_path.iterdir() if path.name != "a.bin"], "files were left behind"


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped([("a.ifc", STEP)]))
    central = content.index(b"PK\x01\x02")
    content[6] |= 1  # the encryption bit of the local header and of the directory
    content[central + 8] |= 1
    failure = refused(tmp_path, bytes(content))
    assert failure.reason == FailureReason.UNSAFE_ARCHIVE
    assert "encrypted" in failure.message
    assert "password" in failure.hint


def test_an_unknown_compression_method_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped([("a.ifc", STEP)]))
    central = content.index(b"PK\x01\x02")
    content[8:10] = content[central + 10 : central + 12] = struct.pack("<H", 9)  # Deflate64
    failure = refused(tmp_path, bytes(content))
    assert failure.reason == FailureReason.UNSAFE_ARCHIVE
    assert "Deflate" in failure.hint


@pytest.mark.parametrize("pack", [lambda data: zipped([("a.ifc", data)]), gzip.compress], ids=["zip", "gzip"])
def test_a_bomb_is_refused_before_it_fills_the_disk(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    bomb = pack(bytes(400 * 1024**2))
    assert len(bomb) < 500_000
    failure = refused(tmp_path, bomb)
    assert failure.reason == FailureReason.UNSAFE_ARCHIVE
    assert "bomb" in failure.message


@pytest.mark.parametrize("pack", [lambda data: zipped([("a.ifc", data)]), gzip.compress], ids=["zip", "gzip"])
def test_a_small_file_with_a_high_ratio_is_unpacked(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    content = pack(STEP * 200)
    assert len(STEP) * 200 > 200 * len(content), "the ratio alone would call it a bomb"
    with Workspace(tmp_path) as workspace:
        assert fetched(tmp_path, content, workspace).path.stat().st_size == len(STEP) * 200


@pytest.mark.parametrize("pack", [lambda data: zipped([("a.ifc", data)]), gzip.compress], ids=["zip", "gzip"])
def test_the_limit_counts_unpacked_bytes(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    content = pack(STEP)
    failure = refused(tmp_path, content, max_bytes=len(STEP) - 1)
    assert failure.reason == FailureReason.INPUT_TOO_LARGE
    assert str(len(STEP) - 1) in failure.message
    with Workspace(tmp_path) as workspace:
        assert fetched(tmp_path, content, workspace, max_bytes=len(STEP)).path.read_bytes() == STEP


def test_a_wrong_size_in_the_header_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped([("a.ifc", STEP)]))
    central = content.index(b"PK\x01\x02")
    content[22:26] = content[central + 24 : central + 28] = struct.pack("<I", 100)
    assert refused(tmp_path, bytes(content)).reason == FailureReason.TRUNCATED_FILE


def zip_with_negative_offset() -> bytes:
    content = bytearray(zipped([("a.ifc", STEP)]))
    content[-6:-2] = struct.pack("<I", content.index(b"PK\x01\x02") + 5)
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(zipped([("a.ifc", STEP)])[:-30], id="zip without its end"),
        pytest.param(zipped([("a.ifc", STEP)]).replace(b"PK\x01\x02", b"PK\x01\x03"), id="broken directory"),
        pytest.param(zip_with_negative_offset(), id="offset before the start"),
        pytest.param(gzip.compress(STEP)[:-100], id="gzip cut"),
        pytest.param(gzip.compress(STEP)[:200] + b"\0" * 500, id="gzip garbled"),
    ],
)
def test_a_damaged_archive_is_reported_as_truncated(tmp_path: Path, content: bytes) -> None:
    assert refused(tmp_path, content).reason == FailureReason.TRUNCATED_FILE


def test_a_flipped_bit_is_detected(tmp_path: Path) -> None:
    content = bytearray(zipped([("a.ifc", STEP)], zipfile.ZIP_STORED))
    content[1000] ^= 1
    assert refused(tmp_path, bytes(content)).reason == FailureReason.TRUNCATED_FILE


def test_a_huge_list_of_members_is_refused_before_reading(tmp_path: Path) -> None:
    content = zipped([(f"{number:0250d}", b"") for number in range(15_000)] + [("a.ifc", STEP)])
    failure = refused(tmp_path, content)
    assert failure.reason == FailureReason.UNSAFE_ARCHIVE
    assert "15001 members" in failure.message


PACKED = {
    "zip": zipped([("a.ifc", STEP[:500]), ("b.txt", b"x")]),
    "stored": zipped([("a.ifc", STEP[:500])], zipfile.ZIP_STORED),
    "lzma": zipped([("a.ifc", STEP[:500])], zipfile.ZIP_LZMA),
    "bzip2": zipped([("a.ifc", STEP[:500])], zipfile.ZIP_BZIP2),
    "gzip": gzip.compress(STEP[:500]),
}


@given(kind=st.sampled_from(sorted(PACKED)), data=st.data())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_gives_a_file_or_a_failure_reason(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    content = bytearray(PACKED[kind])
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(len(content) // 2, len(content))) :]
    reason = None
    with Workspace(tmp_path) as workspace:
        try:
            fetched(tmp_path, bytes(content), workspace, max_bytes=10_000)
        except RunFailure as failure:
            reason = failure.reason
    assert reason in {
        None,
        FailureReason.UNSAFE_ARCHIVE,
        FailureReason.TRUNCATED_FILE,
        FailureReason.INPUT_TOO_LARGE,
    }
