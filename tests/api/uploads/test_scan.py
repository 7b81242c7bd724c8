"""Virus scans with the real clamd: only a file that was read completely is clean."""

from __future__ import annotations

import asyncio
import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from ifcjob_api.uploads.scan import Clamd, Clean, Infected, NotScanned, ScannerUnavailable, ScanResult
from tests.support.async_tests import finish
from tests.support.clamd import EICAR, clamd

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

LIMITS = ("StreamMaxLength 2M", "MaxFileSize 1M", "MaxScanSize 1M")
MIB = 2**20


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    """Run clamd with small limits that it reports."""
    with clamd("AlertExceedsMax yes", *LIMITS) as path:
        yield path


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def scan(socket: Path, *chunks: bytes) -> ScanResult:
    return finish(Clamd(str(socket)).scan(stream(*chunks)))


def archive_of(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.ifc", content)
    return file.getvalue()


def test_a_harmless_file_is_clean(socket: Path) -> None:
    assert scan(socket, b"ISO-10303-21;", b"", b"END-ISO-10303-21;") == Clean()
    assert scan(socket) == Clean()


def test_eicar_is_found_across_chunks_and_in_an_archive(socket: Path) -> None:
    infected = Infected("Eicar-Test-Signature.UNOFFICIAL")
    assert scan(socket, EICAR[:20], b"", EICAR[20:]) == infected
    assert scan(socket, archive_of(EICAR)) == infected


@pytest.mark.parametrize(
    ("chunks", "limit"),
    [
        ([b"x" * MIB, b"x" * (MIB // 2)], "MaxFileSize"),
        ([b"x" * MIB] * 50, "StreamMaxLength"),
        ([b"x" * (3 * MIB)], "StreamMaxLength"),
        ([archive_of(b"x" * (3 * MIB))], "MaxScanSize"),
    ],
    ids=["file", "stream", "one-chunk", "archive"],
)
def test_a_file_above_a_limit_is_not_scanned(socket: Path, chunks: list[bytes], limit: str) -> None:
    result = scan(socket, *chunks)
    assert isinstance(result, NotScanned)
    assert limit in result.reason


def test_a_clamd_that_hides_its_limits_is_not_trusted() -> None:
    with clamd(*LIMITS) as socket, pytest.raises(ScannerUnavailable, match="set AlertExceedsMax yes"):
        scan(socket, b"harmless")


def test_a_file_waits_while_clamd_is_absent(tmp_path: Path) -> None:
    with pytest.raises(ScannerUnavailable, match="cannot be reached"):
        scan(tmp_path / "no-socket", b"harmless")


def test_a_file_waits_when_clamd_does_not_answer() -> None:
    async def run(answer: bytes | None) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(bytes(4))
            if answer is None:
                await reader.read()
            else:
                writer.write(answer)
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            await Clamd(f"127.0.0.1:{port}", seconds=30 if answer is not None else 0.5).scan(stream(b"harmless"))

    for answer, message in [(None, "no answer within"), (b"", "clamd failed"), (b"stream: Broken ERROR\0", "Broken")]:
        with pytest.raises(ScannerUnavailable, match=message):
            finish(run(answer))


def test_an_error_of_the_source_is_not_an_error_of_clamd(socket: Path) -> None:
    async def missing() -> AsyncIterator[bytes]:
        yield b"ISO"
        raise FileNotFoundError("upload")

    with pytest.raises(FileNotFoundError):
        finish(Clamd(str(socket)).scan(missing()))
