"""A server with realistic jobs in every phase, for screenshots and for tests of lists."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx

from ifcjob_client import jobs
from tests.support.browser.seeding import outside_the_loop
from tests.support.browser.site import Site
from tests.support.corpus import CORPUS
from tests.support.served import HOUSE, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psutil

IFCQUEUES = "/apis/ifcjob.io/v1alpha1/namespaces/default/ifcqueues"
MODELS = {
    "duplex_arch": "Duplex, architecture.ifc",
    "office_a": "Office A, level 0 to 3.ifc",
    "ac20_fzk": "AC20-FZK-Haus.ifc",
    "infra_bridge": "Bridge over the Lahn, axis 2.ifc",
    "landscaping": "Landscaping.ifc",
    "hvac": "HVAC, plant room.ifc",
    "structural": "Structural analysis model.ifc",
    "openhouse": "Open house.ifc",
}
"""Real models by the name of their file in the corpus, with the name that their user gave them."""
SLOW = "janesville"


@contextmanager
def showcase(folder: Path) -> Iterator[Site]:
    """Run a server whose jobs have succeeded, failed, been cancelled, suspended, queued, and one that stays running."""
    site = Site(folder)
    stopped: list[psutil.Process] = []
    try:
        outside_the_loop(lambda: site.served.with_server(_create_queue))
        site.start("--slots", "1")
        _finished(site)
        stopped += _running(site)
        _waiting(site, folder)
        yield site
    finally:
        for process in stopped:
            process.kill()
        site.stop()


async def _create_queue(server: Any) -> None:
    queue = {"metadata": {"name": "nightly"}, "spec": {"slots": 4, "stopPolicy": "Hold"}}
    await server.ask("POST", IFCQUEUES, queue)


def _finished(site: Site) -> None:
    names = {HOUSE: "House on the meadow.ifc"} | {CORPUS / f"{name}.ifc": text for name, text in MODELS.items()}
    site.submit_stored("Statik Anbau Nord, 3. Änderung.ifc", HOUSE.read_bytes()[:200_000])
    site.submit_stored("letter to the client.ifc", b"Dear Sir or Madam,\n")
    small = {"memory": "32Mi", "maxMemory": "32Mi"}
    site.submit(HOUSE, fileName="House, all details.ifc", cache="Off", resources=small, retry={"limit": 1})
    made = [site.submit(path, fileName=text) for path, text in names.items() if path.exists()]
    for name in made:
        site.client.run(jobs.wait(name, seconds=120))
    site.submit(HOUSE, fileName="House on the meadow.ifc")


def _running(site: Site) -> list[psutil.Process]:
    """Stop the processes of a run while it shows progress."""
    path = CORPUS / f"{SLOW}.ifc"
    name = site.submit(path if path.exists() else HOUSE, fileName="Janesville hospital, all trades.ifc", cache="Off")
    job = f"{site.api}/namespaces/default/jobs/{name}"
    wait_until(lambda: httpx.get(job).json().get("status", {}).get("progress", {}).get("percent", 0) > 0, 60)
    processes = site.served.runs()
    for process in processes:
        process.suspend()
    return processes


def _waiting(site: Site, folder: Path) -> None:
    for number in range(1, 7):
        site.submit(_file(folder, f"Block {number}, level 0{number}.ifc"), priority=number % 3)
    site.submit(_file(folder, "Tower, all levels.ifc"), queue="nightly")
    site.submit(_file(folder, "Garage.ifc"), suspend=True)
    cancelled = site.submit(_file(folder, "Wrong file.ifc"))
    site.client.run(jobs.cancel(cancelled))


def _file(folder: Path, name: str) -> Path:
    """Write a house of this name; each has other content, so that no result is reused."""
    path = folder / name
    path.write_bytes(HOUSE.read_bytes().replace(b"House Office", path.stem.encode("ascii")))
    return path
