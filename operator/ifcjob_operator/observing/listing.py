"""The list of everything that a leader owns: at its start, and for each resync."""

from collections.abc import AsyncIterator, Collection

from ifcjob_backends.cluster.objects import KubeObject
from ifcjob_operator.cluster.api import Cluster
from ifcjob_operator.cluster.shard import Shard
from ifcjob_operator.observing.watching import Kind


async def listed(cluster: Cluster, namespaces: Collection[str], shard: Shard) -> AsyncIterator[tuple[Kind, KubeObject]]:
    """Yield the objects of a shard in these namespaces, or in all; the IfcJobs of a namespace come before its Jobs."""
    for namespace in namespaces or (None,):
        lists: dict[Kind, AsyncIterator[KubeObject]] = {
            "ifcqueues": cluster.ifcqueues(namespace),
            "ifcjobs": cluster.ifcjobs(namespace),
            "jobs": cluster.jobs(namespace),
        }
        for kind, items in lists.items():
            async for item in items:
                if shard.owns(kind, item):
                    yield kind, item
