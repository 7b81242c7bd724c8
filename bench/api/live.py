"""Measure lists and events under load: `python -m bench.api.live [--seconds 600] [--output bench/api/RESULTS.md]`.

200 clients poll, and 1,000 subscribers follow 5,000 jobs. Run nothing else meanwhile. The exit code is 1 if a limit
does not hold.
"""

import asyncio
import itertools
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
import psutil

from bench.api.live_server import NAMESPACE
from bench.sections import API_TITLE, Row, parser_of, quantile, report, table
from tools.cluster.control_plane import free_port

JOBS, CHANGES, POLLERS, SUBSCRIBERS, INTERVAL = 5000, 10, 200, 1000, 4.0
LISTS = (
    {"limit": "50"},
    {"phase": "Failed", "sort": "finishedAt"},
    {"q": "tower-7", "limit": "100"},
    {"label": "project=tower-9", "sort": "name", "descending": "false"},
    {"owner": "user-3", "limit": "200"},
)
BEGIN, END = "<!-- live: begin -->", "<!-- live: end -->"
_UPDATED = re.compile(rb'"updatedAt":"([^"]+)"')


@dataclass
class Measured:
    """Latencies in seconds, and the memory of the replica in MiB over time."""

    lists: list[float] = field(default_factory=list)
    empty: list[float] = field(default_factory=list)
    events: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    disconnected: int = 0


@asynccontextmanager
async def server() -> AsyncIterator[tuple[str, psutil.Process]]:
    """Run the API in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "bench.api.live_server", str(port), str(JOBS), str(CHANGES)]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        async with aiohttp.ClientSession() as session:
            for _ in range(600):
                try:
                    async with session.get(f"{url}/readyz") as answer:
                        if answer.status == 200:
                            break
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.1)
        yield url, psutil.Process(process.pid)
    finally:
        process.terminate()
        await process.wait()


async def measure(seconds: float) -> Measured:
    """Run the load."""
    measured = Measured()
    connector = aiohttp.TCPConnector(limit=0)
    async with server() as (url, process), aiohttp.ClientSession(connector=connector) as session:
        streams = [asyncio.create_task(_subscribe(url, number, measured)) for number in range(SUBSCRIBERS)]
        await asyncio.sleep(15)  # the snapshots
        measured.events.clear()
        end = time.monotonic() + seconds
        pollers = [asyncio.create_task(_poll(session, url, number, measured, end)) for number in range(POLLERS)]
        while time.monotonic() < end:
            measured.memory.append(process.memory_info().rss / 2**20)
            await asyncio.sleep(min(5, seconds / 12))
        await asyncio.gather(*pollers)
        measured.disconnected = sum(stream.done() for stream in streams)
        for stream in streams:
            stream.cancel()
        await asyncio.gather(*streams, return_exceptions=True)
    return measured


async def _poll(session: aiohttp.ClientSession, url: str, number: int, measured: Measured, end: float) -> None:
    """Ask for a list and for the empty endpoint, once per interval."""
    await asyncio.sleep(random.random() * INTERVAL)
    for turn in itertools.count(number):
        if time.monotonic() >= end:
            return
        path = f"{url}/api/v1/namespaces/{NAMESPACE}/jobs"
        started = time.perf_counter()
        async with session.get(path, params=LISTS[turn % len(LISTS)]) as answer:
            await answer.read()
            assert answer.status == 200, await answer.text()
        measured.lists.append(time.perf_counter() - started)
        started = time.perf_counter()
        async with session.get(f"{url}/empty") as answer:
            await answer.read()
        measured.empty.append(time.perf_counter() - started)
        await asyncio.sleep(INTERVAL)


async def _subscribe(url: str, number: int, measured: Measured) -> None:
    """Read a stream; every twentieth subscriber measures how old an event is when it arrives."""
    host, port = url.removeprefix("http://").split(":")
    await asyncio.sleep(number / SUBSCRIBERS * 10)
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET /api/v1/events?namespace={NAMESPACE} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
    try:
        while chunk := await reader.read(2**18):
            if number % 20 == 0 and (times := _UPDATED.findall(chunk)) and len(times) < 100:
                changed = datetime.fromisoformat(times[0].decode())
                measured.events.append((datetime.now(UTC) - changed).total_seconds())
    finally:
        writer.close()


def rows_of(measured: Measured) -> list[Row]:
    """Return the numbers with their limits."""
    lists, empty = measured.lists, measured.empty
    third = max(1, len(measured.memory) // 3)
    growth = max(measured.memory[-third:]) - max(measured.memory[:third])
    return [
        Row("list of jobs, P95", quantile(lists, 0.95) * 1000, "ms", 100),
        Row("list of jobs, median", quantile(lists, 0.5) * 1000, "ms"),
        Row("FastAPI's empty endpoint in the same run, P95", quantile(empty, 0.95) * 1000, "ms"),
        Row("list relative to the empty endpoint, P95", quantile(lists, 0.95) / quantile(empty, 0.95), ""),
        Row("change to event at the subscriber, P95", quantile(measured.events, 0.95), "s", 1),
        Row("streams that ended early", measured.disconnected, "", 0),
        Row("memory of the replica, highest", max(measured.memory), "MiB"),
        Row("growth of memory from the first to the last third", growth, "MiB", 10),
    ]


def section(rows: list[Row], seconds: float) -> str:
    """Return the section's text."""
    return f"""{BEGIN}
## Lists and events

Written by `python -m bench.api.live`; do not edit. One replica holds {JOBS:,} jobs, {CHANGES} of which change per
second. {POLLERS} clients ask for a filtered list every {INTERVAL:g} s, and {SUBSCRIBERS:,} subscribers follow all
events, for {seconds:g} s. Clients and replica share {os.cpu_count()} cores; the load average was
{os.getloadavg()[0]:.1f}. Measured {datetime.now(UTC).date()}.

{table(rows)}
{END}
"""


def main() -> int:
    """Measure and write the section."""
    options = parser_of(__doc__, seconds=600).parse_args()
    rows = rows_of(asyncio.run(measure(options.seconds)))
    return report(rows, options.output, lambda: section(rows, options.seconds), API_TITLE)


if __name__ == "__main__":
    sys.exit(main())
