"""Measure `ifcjob serve` with many pending jobs: `python -m bench.api.serve [--output bench/api/RESULTS.md]`.

The exit code is 1 if a limit does not hold. Other load on the machine shows in the wall-clock times.
"""

import asyncio
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import psutil

from bench.sections import API_TITLE, Row, parser_of, quantile, report, table
from tools.cluster.control_plane import free_port

JOBS, BATCH, SLOTS, POLLERS, INTERVAL = 5000, 200, 2, 10, 0.5
LISTS = (
    {"limit": "50"},
    {"phase": "Running"},
    {"q": "job-7", "limit": "100"},
    {"sort": "name", "descending": "false", "limit": "200"},
)
BEGIN, END = "<!-- serve: begin -->", "<!-- serve: end -->"
NAMESPACE = "/api/v1/namespaces/default"


@dataclass
class Measured:
    """Seconds."""

    created: float = 0.0
    while_created: list[float] = field(default_factory=list)
    lists: list[float] = field(default_factory=list)
    live: list[float] = field(default_factory=list)
    cpu_share: float = 0.0
    finished: int = 0


@asynccontextmanager
async def server(folder: Path) -> AsyncIterator[tuple[aiohttp.ClientSession, psutil.Process]]:
    """Run it in a process of its own."""
    port = free_port()
    options = ["--data", str(folder), "--port", str(port), "--slots", str(SLOTS), "--max-memory", "64Gi"]
    command = [sys.executable, "-m", "bench.api.serve_server", *options]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL)
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            for _ in range(600):
                try:
                    async with session.get("/readyz") as answer:
                        if answer.status == 200:
                            break
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.1)
            yield session, psutil.Process(process.pid)
    finally:
        process.terminate()
        await process.wait()


async def measure(folder: Path, seconds: float) -> Measured:
    """Create the jobs, and list them while the first ones run."""
    measured = Measured()
    uploads = folder / "objects" / "uploads"
    uploads.mkdir(parents=True)
    (uploads / "house.ifc").write_text("ISO-10303-21;", "utf-8")
    async with server(folder) as (session, process):
        creating = asyncio.create_task(_create(session, measured))
        while not creating.done():
            measured.while_created.append(await _seconds(session, f"{NAMESPACE}/jobs", LISTS[0]))
            await asyncio.sleep(0.1)
        await creating
        await asyncio.sleep(5)
        began, before = time.monotonic(), sum(process.cpu_times()[:2])
        await asyncio.gather(*(_poll(session, number, measured, began + seconds) for number in range(POLLERS)))
        measured.cpu_share = (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - began)
        async with session.get(f"{NAMESPACE}/jobs", params={"phase": "Succeeded", "limit": 1}) as answer:
            measured.finished = (await answer.json())["total"]
    return measured


async def _create(session: aiohttp.ClientSession, measured: Measured) -> None:
    began = time.perf_counter()
    for start in range(0, JOBS, BATCH):
        source = {"s3Uri": "s3://uploads/house.ifc"}
        jobs = [{"name": f"job-{n}", "source": source, "cache": "Off"} for n in range(start, start + BATCH)]
        async with session.post(f"{NAMESPACE}/jobs:batch", json={"jobs": jobs}) as answer:
            assert answer.status == 200, (await answer.text())[:500]
            assert all("job" in outcome for outcome in (await answer.json())["outcomes"])
    measured.created = time.perf_counter() - began


async def _poll(session: aiohttp.ClientSession, number: int, measured: Measured, end: float) -> None:
    await asyncio.sleep(number / POLLERS * INTERVAL)
    for turn in itertools.count(number):
        if time.monotonic() >= end:
            return
        measured.lists.append(await _seconds(session, f"{NAMESPACE}/jobs", LISTS[turn % len(LISTS)]))
        measured.live.append(await _seconds(session, "/healthz", {}))
        await asyncio.sleep(INTERVAL)


async def _seconds(session: aiohttp.ClientSession, path: str, query: dict[str, str]) -> float:
    began = time.perf_counter()
    async with session.get(path, params=query) as answer:
        await answer.read()
        assert answer.status == 200, await answer.text()
    return time.perf_counter() - began


def rows_of(measured: Measured, seconds: float) -> list[Row]:
    """Return the numbers with their limits."""
    return [
        Row("list of jobs, P95", quantile(measured.lists, 0.95) * 1000, "ms", 100),
        Row("list of jobs, median", quantile(measured.lists, 0.5) * 1000, "ms"),
        Row("list of jobs, slowest", max(measured.lists) * 1000, "ms"),
        Row("`/healthz` in the same run, P95", quantile(measured.live, 0.95) * 1000, "ms"),
        Row("`/healthz` in the same run, slowest", max(measured.live) * 1000, "ms"),
        Row("list of jobs while they are created, P95", quantile(measured.while_created, 0.95) * 1000, "ms"),
        Row(f"creation of {JOBS:,} jobs, {BATCH} per request", measured.created, "s"),
        Row("CPUs that the server uses", measured.cpu_share, ""),
        Row(f"jobs finished after {seconds:g} s", measured.finished, ""),
    ]


def section(rows: list[Row], seconds: float) -> str:
    """Return the section's text."""
    return f"""{BEGIN}
## `ifcjob serve` with many pending jobs

Written by `python -m bench.api.serve`; do not edit. {JOBS:,} jobs are created, and {SLOTS} run at once, each for a
second and without a model. Meanwhile {POLLERS} clients ask for a list every {INTERVAL:g} s, for {seconds:g} s. Clients
and server share {os.cpu_count()} cores; the load average was {os.getloadavg()[0]:.1f}.
Measured {datetime.now(UTC).date()}.

{table(rows)}
{END}
"""


def main() -> int:
    """Measure and write the section."""
    options = parser_of(__doc__, seconds=60).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = rows_of(asyncio.run(measure(Path(folder), options.seconds)), options.seconds)
    return report(rows, options.output, lambda: section(rows, options.seconds), API_TITLE)


if __name__ == "__main__":
    sys.exit(main())
