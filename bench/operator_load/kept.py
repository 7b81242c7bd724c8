"""Measure a start of the operator with 50,000 finished IfcJobs: `python -m bench.operator_load.kept`.

The IfcJobs come from memory, and the CPU time includes that of making them: on two cores, an API server needs minutes
for so many before it answers.
"""

import argparse
import asyncio
import os
import resource
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import orjson

from bench.operator_load.page import write_rows
from bench.sections import Row, report
from ifcjob_backends.cluster.objects import KubeObject
from ifcjob_operator.applying.apply import Applier
from ifcjob_operator.controller import FINISHED_PER_TICK, Controller
from ifcjob_operator.observing.health import Health
from ifcjob_operator.settings.fields import Settings

COUNT = 50_000
PAGE = 500
TIME = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
KEPT_SECONDS = 365 * 86_400
RESULT = {"manifest": "pvc://artifacts/house/manifest.json", "manifestSha256": "0" * 64, "artifacts": {"model.glb": 10}}


def main() -> int:
    """Measure, and write the rows into the operator's section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=COUNT, help="finished IfcJobs (default: %(default)s)")
    parser.add_argument("--output", type=Path, help="the page whose operator section gets the rows (default: none)")
    options = parser.parse_args()
    os.environ["IFCJOB_RUNNER_IMAGE"] = "ifcjob/runner:bench"
    seconds = asyncio.run(_start(options.count))
    label = f"start with {options.count:,} finished IfcJobs, without the API server's part"
    rows = [
        Row(f"{label}: CPU time until all are listed", seconds, "s", 10.0),
        Row(f"{label}: peak memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB", 300.0),
    ]
    if options.output:
        write_rows(options.output, label, rows)
    return report(rows, None, str)


async def _start(count: int) -> float:
    """Start the controller, let it look at each IfcJob, and return its CPU seconds until it had listed all."""
    cluster, stop = cast("Any", _Cluster(count)), asyncio.Event()
    unused = cast("Any", None)
    applier = Applier(cluster, unused, unused, unused)
    controller = Controller(Settings(), cluster, unused, applier, None, Health(), _watch_nothing)
    running = asyncio.create_task(controller.run(stop, lambda: None))
    before = time.process_time()
    while not controller.is_synced:  # noqa: ASYNC110 - it has no event
        await asyncio.sleep(0.01)
    seconds = time.process_time() - before
    await asyncio.sleep(count / FINISHED_PER_TICK + 10)
    stop.set()
    await running
    return seconds


class _Cluster:
    """A cluster with finished IfcJobs, as JSON of pages."""

    def __init__(self, count: int) -> None:
        self._count = count

    async def ifcjobs(self, _: str | None) -> AsyncIterator[KubeObject]:
        for first in range(0, self._count, PAGE):
            page = orjson.dumps([_finished(number) for number in range(first, min(first + PAGE, self._count))])
            for item in orjson.loads(page):
                yield item
            await asyncio.sleep(0)

    async def ifcqueues(self, _: str | None) -> AsyncIterator[KubeObject]:
        nothing: tuple[KubeObject, ...] = ()
        for item in nothing:
            yield item

    jobs = ifcqueues


async def _watch_nothing(*_: object) -> None:
    await asyncio.Event().wait()


def _finished(number: int) -> KubeObject:
    """Return an IfcJob of five kilobytes whose result may be reused: the operator keeps more of it than of others."""
    name, uid = f"house-{number:05}", f"00000000-0000-0000-0000-{number:012}"
    conditions = [
        {
            "type": type_,
            "status": "True",
            "reason": type_,
            "message": "by queue default " * 5,
            "lastTransitionTime": TIME,
        }
        for type_ in ("Accepted", "Admitted", "Running", "Complete")
    ]
    attempt = {"number": 1, "jobName": f"{name}-1", "admittedAt": TIME, "finishedAt": TIME, "reason": "Succeeded"}
    return {
        "apiVersion": "ifcjob.io/v1alpha1",
        "kind": "IfcJob",
        "metadata": {
            "namespace": "default",
            "name": name,
            "uid": uid,
            "resourceVersion": str(number + 1),
            "generation": 1,
            "creationTimestamp": TIME,
            "managedFields": [{"manager": "operator", "fieldsV1": {f"f:field-{n}": {} for n in range(150)}}],
        },
        "spec": {
            "source": {"pvc": {"claimName": "models", "path": f"{name}.ifc"}},
            "output": {"pvc": {"claimName": "artifacts"}},
            "queue": "default",
            "ttlSecondsAfterFinished": KEPT_SECONDS,
        },
        "status": {
            "phase": "Succeeded",
            "finishedAt": TIME,
            "observedGeneration": 1,
            "contentKey": f"{number:064x}",
            "conditions": conditions,
            "attempts": [attempt],
            "input": {"uri": f"pvc://models/{name}.ifc", "sha256": f"{number:064x}", "bytes": 10_000_000},
            "result": RESULT,
        },
    }


if __name__ == "__main__":
    sys.exit(main())
