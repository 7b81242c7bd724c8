"""The shards of several operators: an IfcQueue, its IfcJobs and their Jobs belong to one of them."""

from dataclasses import dataclass
from zlib import crc32

from ifcjob.labels import QUEUE_LABEL
from ifcjob_backends.cluster.objects import Json


@dataclass(frozen=True)
class Shard:
    """One of `count` shards; the default owns everything."""

    number: int = 0
    count: int = 1

    def owns(self, kind: str, item: Json) -> bool:
        """Return whether an IfcJob, IfcQueue or Job belongs to this shard."""
        if self.count == 1:
            return True
        metadata = item["metadata"]
        if kind == "ifcqueues":
            queue = metadata["name"]
        elif kind == "ifcjobs":
            queue = item["spec"].get("queue") or "default"
        else:
            queue = (metadata.get("labels") or {}).get(QUEUE_LABEL, "default")
        return shard_of(metadata["namespace"], queue, self.count) == self.number


def shard_of(namespace: str, queue: str, count: int) -> int:
    """Return the shard of an IfcQueue; all operators and releases must agree."""
    return crc32(f"{namespace}/{queue}".encode()) % count


def lease_names(name: str, count: int) -> list[str]:
    """Return the Lease of each shard; the first is also that of an operator without shards."""
    return [name, *(f"{name}-{number}" for number in range(1, count))]
