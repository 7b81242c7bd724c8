"""The IfcQueues that an administrator declares in a file: created when missing, and kept as declared."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from ifcjob.base_type import first_problem
from ifcjob.ifcqueue import IfcQueue
from ifcjob_backends.cluster.errors import ClusterError
from ifcjob_backends.cluster.objects import KubeObject
from ifcjob_operator.cluster.api import Cluster
from ifcjob_operator.repeated import RepeatedWarnings

_QUEUES = TypeAdapter(list[IfcQueue])


def read_queues(path: Path) -> list[KubeObject]:
    """Read a JSON list of IfcQueues; ValueError or OSError when it cannot be read."""
    items = orjson.loads(path.read_bytes())
    try:
        _QUEUES.validate_python(items)
    except ValidationError as error:
        problem = first_problem(error)
        raise ValueError(f"{problem.path}: {problem.message}") from error
    for item in items:
        if not item["metadata"].get("namespace"):
            raise ValueError(f"IfcQueue {item['metadata']['name']} has no namespace")
    return items  # type: ignore[no-any-return] # validated above; kept as declared, without defaults


async def keep_queues(cluster: Cluster, queues: Sequence[KubeObject], every_seconds: float) -> None:
    """Apply the queues forever; fields that are not declared, such as an autoscaler's slots, stay unchanged."""
    warnings = RepeatedWarnings()
    while True:
        for queue in queues:
            name = f"{queue['metadata']['namespace']}/{queue['metadata']['name']}"
            try:
                await cluster.apply_queue(queue)
            except ClusterError as error:
                warnings.warn(name, "queue not applied", str(error), queue=name, again_in=every_seconds)
        await asyncio.sleep(every_seconds)
