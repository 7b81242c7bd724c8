"""Measure models and search: `python -m bench.api.models [--output bench/api/RESULTS.md]`.

Makes the models in five minutes, and measures in one; a second run keeps the models. The exit code is 1 if a limit
does not hold. Other load on the machine shows in the wall-clock times, and not in the CPU times beside them.
"""

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

from bench.api.model_samples import Samples, global_ids, samples
from bench.api.model_server import BUCKET
from bench.sections import API_TITLE, Row, parser_of, report, table
from tools.cluster.control_plane import free_port

BEGIN, END = "<!-- models: begin -->", "<!-- models: end -->"
RATING = {"class": "IfcDoor", "property": "Pset_DoorCommon.FireRating<90"}
QUERIES: dict[str, dict[str, Any]] = {
    "a page of doors by class": {"class": "IfcDoor"},
    "doors by fire rating, all models read": RATING,
    "walls by area, all models read": {"class": "IfcWall", "property": "Area>100000 m²"},
    "text, all models read": {"text": "no such text anywhere"},
}


@dataclass(frozen=True)
class Answer:
    """One request."""

    seconds: float
    cpu_seconds: float
    """Of the server."""


class Server:
    """The API in a process of its own, with an empty cache."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self._process = psutil.Process(process.pid)
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120)

    def wait(self) -> None:
        """Wait until it answers."""
        for _ in range(600):
            try:
                self._client.get("/empty")
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return
        raise TimeoutError("the server does not answer")

    def get(self, path: str, **query: Any) -> Answer:
        """Send a request and measure it."""
        before, start = self._cpu(), time.perf_counter()
        answer = self._client.get(path, params=query)
        seconds = time.perf_counter() - start
        assert answer.status_code == 200, answer.text
        return Answer(seconds, self._cpu() - before)

    def memory(self) -> float:
        """Return its memory in MiB."""
        return float(self._process.memory_info().rss) / 2**20

    def _cpu(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)


@contextmanager
def server(folder: Path, *namespaces: str) -> Iterator[Server]:
    """Run the API over the models of some namespaces."""
    cache, port = folder / "cache", free_port()
    shutil.rmtree(cache, ignore_errors=True)
    command = [
        sys.executable,
        "-m",
        "bench.api.model_server",
        str(port),
        str(folder / "store"),
        str(cache),
        *namespaces,
    ]
    process = subprocess.Popen(command)
    try:
        running = Server(process, port)
        running.wait()
        yield running
    finally:
        process.terminate()
        process.wait(20)


def publish(folder: Path, made: Samples) -> None:
    """Put the models into the store: hard links, as the files stay the same."""
    root = folder / "store" / "objects" / BUCKET
    shutil.rmtree(root, ignore_errors=True)
    groups = {"large": [made.large], "hundred": made.many[:100], "thousand": made.many}
    for namespace, models in groups.items():
        for place, model in enumerate(models):
            shutil.copytree(model, root / namespace / f"job-{place:04d}", copy_function=os.link)


def measure(folder: Path, made: Samples) -> list[Row]:
    """Return the numbers with their limits."""
    return [*_element_rows(folder, made.large), *_class_rows(folder), *_search_rows(folder, len(made.many))]


def _element_rows(folder: Path, large: Path) -> list[Row]:
    choice = random.Random(1)
    ids = choice.sample(list(global_ids(large)), 200)
    cold = []
    for global_id in ids[:5]:
        with server(folder, "large") as api:
            cold.append(api.get(_element(api, global_id)).seconds)
    with server(folder, "large") as api:
        empty = sorted(api.get("/empty").seconds for _ in range(200))
        api.get(_element(api, ids[0]))
        warm = sorted(api.get(_element(api, global_id)).seconds for global_id in ids)
        cpu = sum(api.get(_element(api, global_id)).cpu_seconds for global_id in ids) / len(ids)
    return [
        Row("FastAPI's empty endpoint, P95", _p95(empty) * 1000, "ms"),
        Row("one element of the large model, warm, P95", _p95(warm) * 1000, "ms", 50),
        Row("one element, warm, median relative to the empty endpoint", warm[100] / empty[100], ""),
        Row("one element, warm, CPU", cpu * 1000, "ms"),
        Row("one element, first request of a replica, slowest of 5", max(cold) * 1000, "ms", 500),
    ]


def _element(api: Server, global_id: str) -> str:
    if not hasattr(api, "model"):
        items = api._client.get("/api/v1/models").json()["items"]  # noqa: SLF001 - the bench's own class
        api.model = items[0]["sha256"]  # type: ignore[attr-defined]
    return f"/api/v1/models/{api.model}/elements/{global_id}"  # type: ignore[attr-defined]


def _class_rows(folder: Path) -> list[Row]:
    with server(folder, "hundred") as api:
        cold = api.get("/api/v1/search", limit=1000, **{"class": "IfcDoor"})
        warm = api.get("/api/v1/search", limit=1000, **{"class": "IfcDoor"})
        counts = api.get("/api/v1/search/facets", by="class")
    return [
        Row("class filter over 100 models, first request of a replica", cold.seconds, "s", 2),
        Row("class filter over 100 models, warm", warm.seconds, "s"),
        Row("counts by class over 100 models, warm", counts.seconds, "s"),
    ]


def _search_rows(folder: Path, count: int) -> list[Row]:
    rows = []
    for name, query in QUERIES.items():
        with server(folder, "thousand") as api:
            cold = api.get("/api/v1/search", **query)
            warm = sorted((api.get("/api/v1/search", **query) for _ in range(5)), key=lambda answer: answer.seconds)
            rows += [
                Row(f"search over {count:,} models: {name}, first request of a replica", cold.seconds, "s", 5),
                Row(f"search over {count:,} models: {name}, warm, median of 5", warm[2].seconds, "s", 1),
                Row(f"search over {count:,} models: {name}, warm, CPU", warm[2].cpu_seconds, "s"),
            ]
            memory = api.memory()
    return [*rows, Row("memory of the replica after the searches", memory, "MiB")]


def _p95(ordered: list[float]) -> float:
    return ordered[int(0.95 * len(ordered))]


def section(rows: list[Row], made: Samples) -> str:
    """Return the section's text."""
    return f"""{BEGIN}
## Models and search

Written by `python -m bench.api.models`; do not edit. The API runs in a process of its own, with requests over loopback
and artifacts in a folder. The large model has 340,000 properties; the {len(made.many):,} models have the sizes of five
real ones, and {made.properties / 1e6:.0f} million properties together. The first request of a replica finds an empty
cache: it reads the manifests and checks the files. Measured {datetime.now(UTC).date()} on {os.cpu_count()} cores with a
load average of {os.getloadavg()[0]:.1f}.

{table(rows)}
{END}
"""


def main() -> int:
    """Measure and write the section."""
    parser = parser_of(__doc__)
    parser.add_argument("--models", type=int, default=1000, help="models of the search (default: %(default)s)")
    parser.add_argument(
        "--folder", type=Path, default=Path("bench-models"), help="for the models (default: %(default)s)"
    )
    parser.add_argument(
        "--corpus", type=Path, default=os.environ.get("IFCJOB_CORPUS"), metavar="DIR", help="the folder of real models"
    )
    options = parser.parse_args()
    if options.corpus is None:
        parser.error("name the folder of real models: --corpus DIR, or IFCJOB_CORPUS")
    made = samples(options.corpus, options.folder.absolute(), options.models)
    publish(options.folder.absolute(), made)
    rows = measure(options.folder.absolute(), made)
    return report(rows, options.output, lambda: section(rows, made), API_TITLE)


if __name__ == "__main__":
    sys.exit(main())
