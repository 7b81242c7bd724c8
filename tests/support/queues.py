"""Queues and pending jobs."""

from datetime import timedelta
from typing import Any

from ifcjob.ifcqueue import IfcQueue
from ifcjob.resource import IfcJob
from ifcjob_operator.queueing.queues import Queues
from ifcjob_operator.queueing.slot_demand import SlotDemand
from tests.support.builders import GIB, ago, an_ifcjob

BACKFILL_TIMEOUT = timedelta(minutes=10)
DEFAULT = ("bim", "default")


def a_queue(name: str = "default", namespace: str = "bim", **spec: Any) -> IfcQueue:
    """Make an IfcQueue."""
    return IfcQueue.model_validate({"metadata": {"name": name, "namespace": namespace, "generation": 3}, "spec": spec})


def a_job(name: str, *, namespace: str = "bim", age: float = 60, **spec: Any) -> IfcJob:
    """Make an IfcJob with a namespace and an age."""
    ifcjob = an_ifcjob(name, **spec)
    ifcjob.metadata.namespace, ifcjob.metadata.creation_timestamp = namespace, ago(age)
    return ifcjob


def queues_of(*ifcqueues: IfcQueue) -> Queues:
    """Return Queues that know these IfcQueues."""
    queues = Queues(BACKFILL_TIMEOUT)
    for ifcqueue in ifcqueues:
        queues.put_queue(ifcqueue)
    return queues


def add_pending(queues: Queues, *jobs: IfcJob, memory: int = GIB) -> None:
    """Add pending jobs."""
    for job in jobs:
        queues.put(job, SlotDemand.PENDING, memory)
