"""Queues and jobs that wait in them."""

from datetime import timedelta
from typing import Any

from ifcjob.ifcqueue import IfcQueue
from ifcjob.resource import IfcJob
from ifcjob_operator.queueing.queues import Queues
from ifcjob_operator.queueing.slot_demand import SlotDemand
from tests.support.builders import ago, an_ifcjob

PATIENCE = timedelta(minutes=10)
DEFAULT = ("bim", "default")


def a_queue(name: str = "default", namespace: str = "bim", **spec: Any) -> IfcQueue:
    """Make an IfcQueue."""
    return IfcQueue.model_validate({"metadata": {"name": name, "namespace": namespace, "generation": 3}, "spec": spec})


def a_job(name: str, *, namespace: str = "bim", age: float = 60, **spec: Any) -> IfcJob:
    """Make an IfcJob of a namespace and an age."""
    ifcjob = an_ifcjob(name, **spec)
    ifcjob.metadata.namespace, ifcjob.metadata.creation_timestamp = namespace, ago(age)
    return ifcjob


def queues_of(*queues: IfcQueue) -> Queues:
    """Take in queues."""
    made = Queues(PATIENCE)
    for queue in queues:
        made.put_queue(queue)
    return made


def waiting(queues: Queues, *jobs: IfcJob, memory: str = "1Gi") -> None:
    """Let jobs wait."""
    for job in jobs:
        queues.put(job, SlotDemand.PENDING, memory)
