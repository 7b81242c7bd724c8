"""Fill the data folder of a stopped server with many jobs at once."""

from __future__ import annotations

import copy
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from ifcjob_backends.local.api_server.database import ObjectDatabase
from ifcjob_backends.local.api_server.objects import Change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from ifcjob_backends.cluster.objects import KubeObject


def outside_the_loop(work: Callable[[], object]) -> None:
    """Run work that starts an event loop; Playwright runs one in this thread."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(work).result()


def clone_jobs(data: Path, template: str, changes: Iterable[dict[str, Any]]) -> None:
    """Write a copy of a stored IfcJob for each change: its metadata, spec and status, merged over the template's."""
    database = ObjectDatabase(data / "state.db")
    try:
        objects = [(kind, item) for kind, item in database.objects() if item["metadata"]["name"] == template]
        (kind, original), *_ = [(kind, item) for kind, item in objects if item.get("kind") == "IfcJob"]
        version = database.version()
        clones = []
        for number, change in enumerate(changes, start=version + 1):
            clone = _merged(original, change)
            clone["metadata"] |= {"uid": str(uuid.uuid4()), "resourceVersion": str(number)}
            clones.append(Change(number, "ADDED", kind, clone, None))
        database.commit(clones)
    finally:
        database.close()


def _merged(original: KubeObject, change: dict[str, Any]) -> KubeObject:
    result = copy.deepcopy(original)
    for key, value in change.items():
        nested = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = _merged(result[key], value) if nested else value
    return result
