"""The NetworkPolicy of runners: the operator applies it in a namespace before the first Job there."""

import time
from collections.abc import Callable
from pathlib import Path

import orjson

from ifcjob_backends.cluster.objects import KubeObject
from ifcjob_operator.cluster.api import Cluster

REPEAT_SECONDS = 300.0
"""A policy that somebody deletes or changes is back with the first Job after this time."""


def read_policy(path: Path) -> KubeObject:
    """Read a NetworkPolicy in JSON; ValueError or OSError when it cannot be read."""
    policy = orjson.loads(path.read_bytes())
    if not isinstance(policy, dict) or policy.get("kind") != "NetworkPolicy":
        raise ValueError("the file has no NetworkPolicy")
    return policy


class RunnerPolicy:
    """The policy of a file, which is read again for each namespace, and where it was applied."""

    def __init__(self, cluster: Cluster, file: Path, now: Callable[[], float] = time.monotonic) -> None:
        self._cluster, self._file, self._now = cluster, file, now
        self._applied: dict[str, float] = {}

    async def ensure(self, namespace: str) -> None:
        """Apply the policy in a namespace, unless it was applied a short time ago; raises ClusterError."""
        if self._now() < self._applied.get(namespace, float("-inf")) + REPEAT_SECONDS:
            return
        await self._cluster.apply_network_policy(namespace, read_policy(self._file))
        self._applied[namespace] = self._now()
