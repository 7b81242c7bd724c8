"""The queue `default`: created in a namespace when an IfcJob first uses it."""

from ifcjob.ifcqueue import IfcQueue
from ifcjob.resource import API_VERSION, IfcJob
from ifcjob_backends.cluster.errors import ClusterError
from ifcjob_operator.cluster.api import Cluster
from ifcjob_operator.queueing.queues import Queues

DEFAULT_QUEUE = "default"


async def ensure_default_queue(cluster: Cluster, queues: Queues, ifcjob: IfcJob) -> None:
    """Create the default queue if an unfinished IfcJob uses it and it does not exist."""
    namespace = ifcjob.metadata.namespace
    if ifcjob.spec.queue != DEFAULT_QUEUE or ifcjob.status.is_finished or queues.exists((namespace, DEFAULT_QUEUE)):
        return
    metadata = {"name": DEFAULT_QUEUE, "namespace": namespace}
    manifest = {"apiVersion": API_VERSION, "kind": "IfcQueue", "metadata": metadata}
    try:
        item = await cluster.create_queue(namespace, manifest)
    except ClusterError:
        existing = await cluster.ifcqueue((namespace, DEFAULT_QUEUE))
        if existing is None:
            raise
        item = existing
    queues.put_queue(IfcQueue.model_validate(item))
