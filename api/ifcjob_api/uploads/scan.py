"""Virus scans of uploads with clamd; a file is clean only if clamd has read all of it.

aioclamd reads from files only, a kilobyte at a time in a thread; uploads come as asynchronous chunks from a store.
"""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

_CHUNK_BYTES = 2**16
_ANSWER_BYTES = 4096
_LIMIT = "Heuristics.Limits.Exceeded"
_NESTED_ARCHIVES = 60
"""Deeper than clamd's MaxRecursion, which is 17 by default."""


@dataclass(frozen=True)
class Clean:
    """Nothing was found in the whole file."""


@dataclass(frozen=True)
class Infected:
    """The file matches a signature."""

    signature: str


@dataclass(frozen=True)
class NotScanned:
    """The file, or a part of it, exceeds the scanner's limits."""

    reason: str


ScanResult = Clean | Infected | NotScanned


class ScannerUnavailable(Exception):
    """The scanner gives no answer, so the file must wait."""


class Scanner(Protocol):
    """Scans files."""

    async def scan(self, chunks: AsyncIterable[bytes], /) -> ScanResult:
        """Scan a file; raises ScannerUnavailable."""


class Clamd:
    """Scans with clamd's INSTREAM command."""

    def __init__(self, address: str, seconds: float = 300) -> None:
        """Take `host:port` or the path of a Unix socket, and the time that a scan may take."""
        self._address, self._seconds = address, seconds
        self._reports_limits = False

    async def scan(self, chunks: AsyncIterable[bytes], /) -> ScanResult:
        """Scan a file; raises ScannerUnavailable."""
        if not self._reports_limits:
            await self._require_reported_limits()
        return await self._scan(chunks)

    async def _require_reported_limits(self) -> None:
        """Check once that clamd says when it has skipped something: by default it answers OK."""
        result = await self._scan(_nested_archives())
        if isinstance(result, Clean):
            raise ScannerUnavailable("clamd does not report files above its limits: set AlertExceedsMax yes")
        self._reports_limits = True

    async def _scan(self, chunks: AsyncIterable[bytes]) -> ScanResult:
        limit = asyncio.timeout(self._seconds)
        try:
            async with limit, self._connection() as (reader, writer):
                return _result(await _instream(reader, writer, chunks))
        except TimeoutError as error:
            if not limit.expired():
                raise  # by the source of the chunks
            raise ScannerUnavailable(f"clamd gave no answer within {self._seconds:g} s") from error

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        host, _, port = self._address.rpartition(":")
        try:
            if self._address.startswith("/"):
                reader, writer = await asyncio.open_unix_connection(self._address)
            else:
                reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        except OSError as error:
            raise ScannerUnavailable(f"clamd cannot be reached at {self._address}: {error}") from error
        try:
            yield reader, writer
        finally:
            writer.close()


async def _instream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, chunks: AsyncIterable[bytes]) -> bytes:
    """Send a file and return the answer."""
    # clamd answers in the middle of a file above its limit, and then resets the connection.
    answer = asyncio.create_task(reader.read(_ANSWER_BYTES))
    try:
        writer.write(b"zINSTREAM\0")
        async for chunk in chunks:
            if answer.done() or not await _send(writer, chunk):
                break
        else:
            await _end(writer)
        return await answer
    except ConnectionError as error:
        raise ScannerUnavailable(f"clamd closed the connection: {error}") from error
    finally:
        answer.cancel()


async def _send(writer: asyncio.StreamWriter, content: bytes) -> bool:
    """Send a part of the file; False when clamd has closed the connection."""
    try:
        for start in range(0, len(content), _CHUNK_BYTES):
            chunk = content[start : start + _CHUNK_BYTES]
            writer.write(len(chunk).to_bytes(4, "big") + chunk)
            await writer.drain()
    except ConnectionError:
        return False
    return True


async def _end(writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        writer.write(bytes(4))
        await writer.drain()


def _result(answer: bytes) -> ScanResult:
    text = answer.rstrip(b"\0\n").decode(errors="replace")
    if text.startswith("INSTREAM size limit exceeded"):
        return NotScanned("it is larger than clamd's StreamMaxLength")
    outcome = text.removeprefix("stream: ")
    if outcome == "OK":
        return Clean()
    signature, _, state = outcome.rpartition(" ")
    if state != "FOUND":
        raise ScannerUnavailable(f"clamd failed: {outcome or 'no answer'}")
    if signature.startswith(_LIMIT):
        return NotScanned(f"it exceeds clamd's limit {signature.removeprefix(_LIMIT).strip('.') or 'for a scan'}")
    return Infected(signature)


async def _nested_archives() -> AsyncIterator[bytes]:
    content = b"nested"
    for _ in range(_NESTED_ARCHIVES):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("nested.zip", content)
        content = file.getvalue()
    yield content
