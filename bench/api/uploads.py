"""Measure parallel uploads through the API: `python -m bench.api.uploads [--output bench/api/RESULTS.md]`.

Sends 5 GB twice, to a folder and to an S3 server, and needs as much space. The exit code is 1 if a limit does not hold.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from bench.sections import API_TITLE, Row, parser_of, report, table
from tests.support.s3 import s3_store
from tools.cluster.control_plane import free_port

BEGIN, END = "<!-- uploads: begin -->", "<!-- uploads: end -->"
START = (
    b"ISO-10303-21;HEADER;FILE_DESCRIPTION((''),'2;1');FILE_NAME('','',(''),(''),'','','');FILE_SCHEMA(('IFC4'));"
    b"ENDSEC;DATA;\n"
)
LAST = b"#1=IFCPERSON($,$,$,$,$,$,$,$);ENDSEC;END-ISO-10303-21;\n"
BLANK = b" " * 16 * 2**20
MAX_GROWTH_MIB = 256
UPLOADS = "/api/v1/namespaces/bim/uploads"


@dataclass(frozen=True)
class Measured:
    """One round of parallel uploads."""

    seconds: float
    slowest: float
    """Seconds of the slowest upload."""
    growth_mib: float
    """Most memory of the API during the round, above that before it."""


def part(number: int, offset: int, size: int, total: int) -> bytes:
    """Return the bytes of a part: blank STEP text with a header and an end."""
    body = (START + BLANK)[:size] if number == 1 else BLANK[:size]
    return body if offset + size < total else body[: size - len(LAST)] + LAST


async def upload(client: aiohttp.ClientSession, total: int) -> float:
    """Upload one file, part after part, and return the seconds."""
    started = time.monotonic()
    async with client.post(UPLOADS, json={"fileName": "house.ifc", "size": total}) as answer:
        begun: dict[str, Any] = await answer.json()
    for piece in begun["parts"]:
        body = part(piece["number"], piece["offset"], piece["size"], total)
        async with client.put(piece["url"], data=body) as answer:
            assert answer.status == 204, await answer.text()
    async with client.post(begun["links"]["complete"]) as answer:
        assert answer.status == 200, await answer.text()
    seconds = time.monotonic() - started
    async with client.delete(begun["links"]["self"]) as answer:
        assert answer.status == 204
    return seconds


async def measure(port: int, process: psutil.Process, count: int, total: int) -> Measured:
    """Upload `count` files at the same time, and follow the memory of the API."""
    timeout = aiohttp.ClientTimeout(total=None)
    # The server closes idle connections, perhaps in the moment in which one is used again.
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", timeout=timeout, connector=connector) as client:
        await upload(client, total)
        before = process.memory_info().rss
        async with highest_memory(process) as highest:
            started = time.monotonic()
            seconds = await asyncio.gather(*(upload(client, total) for _ in range(count)))
            elapsed = time.monotonic() - started
    return Measured(elapsed, max(seconds), (highest[0] - before) / 2**20)


@asynccontextmanager
async def highest_memory(process: psutil.Process) -> AsyncIterator[list[int]]:
    """Follow the resident memory of a process; the list holds the highest."""
    highest = [process.memory_info().rss]

    async def follow() -> None:
        while True:
            highest[0] = max(highest[0], process.memory_info().rss)
            await asyncio.sleep(0.05)

    task = asyncio.create_task(follow())
    try:
        yield highest
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@contextmanager
def server(folder: Path, *store: str) -> Iterator[tuple[int, psutil.Process]]:
    """Run the API in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "bench.api.upload_server", str(port), str(folder), *store]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # its log
    try:
        wait(port)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def wait(port: int) -> None:
    """Wait until the API answers."""
    for _ in range(600):
        with suppress(OSError):
            asyncio.run(_connect(port))
            return
        time.sleep(0.1)
    raise TimeoutError("the server does not answer")


async def _connect(port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


def rows_of(name: str, port: int, process: psutil.Process, count: int, megabytes: int) -> list[Row]:
    """Measure small and large files, and return the numbers with their limits."""
    small = asyncio.run(measure(port, process, count, megabytes * 100_000))
    large = asyncio.run(measure(port, process, count, megabytes * 1_000_000))
    what = f"{count} parallel uploads of"
    return [
        Row(f"{name}: {what} {megabytes} MB, together", count * megabytes / large.seconds, "MB/s"),
        Row(f"{name}: {what} {megabytes} MB, the slowest", large.slowest, "s"),
        Row(f"{name}: {what} {megabytes / 10:g} MB, growth of memory", small.growth_mib, "MiB"),
        Row(f"{name}: {what} {megabytes} MB, growth of memory", large.growth_mib, "MiB", MAX_GROWTH_MIB),
    ]


def section(rows: list[Row]) -> str:
    """Return the section's text."""
    return f"""{BEGIN}
## Uploads through the API

Written by `python -m bench.api.uploads`; do not edit. The API runs in a process of its own; all parts pass through it,
to a folder or to a real S3 server (versitygw), over loopback and to the same disk. The limit of the memory is a
twentieth of the bytes that are sent. Measured {datetime.now(UTC).date()} on {os.cpu_count()} cores with a load average
of {os.getloadavg()[0]:.1f}.

{table(rows)}
{END}
"""


def main() -> int:
    """Measure and write the section."""
    parser = parser_of(__doc__)
    parser.add_argument("--uploads", type=int, default=50, help="parallel uploads (default: %(default)s)")
    parser.add_argument("--megabytes", type=int, default=100, help="size of each file (default: %(default)s)")
    parser.add_argument("--folder", type=Path, help="for the files (default: a temporary one)")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="ifcjob-uploads-", dir=options.folder))
    try:
        with server(folder / "folder") as (port, process):
            rows = rows_of("folder", port, process, options.uploads, options.megabytes)
        shutil.rmtree(folder / "folder")
        with s3_store(folder / "s3") as store:
            access, secret = folder / "access", folder / "secret"
            access.write_text(store.access_key)
            secret.write_text(store.secret_key)
            with server(folder, store.endpoint, str(access), str(secret)) as (port, process):
                rows += rows_of("S3", port, process, options.uploads, options.megabytes)
    finally:
        shutil.rmtree(folder)
    return report(rows, options.output, lambda: section(rows), API_TITLE)


if __name__ == "__main__":
    sys.exit(main())
