"""Entries of the index: per object the encoded document, and the values that lists filter and sort by."""

from dataclasses import dataclass
from datetime import datetime

import orjson

from ifcjob.quantity import amount
from ifcjob.status import FINISHED_PHASES
from ifcjob_api.live.annotations import HIDDEN
from ifcjob_api.live.summaries import job_summary, queue_summary
from ifcjob_backends.cluster.objects import Json, Key, KubeObject, key_of, version_of


@dataclass(frozen=True, slots=True)
class Entry:
    """One object."""

    key: Key
    uid: str
    version: int
    document: bytes
    """The object as JSON. Encoded objects need a fifth of the memory."""
    summary: bytes
    """Its short form as JSON."""

    def object(self) -> KubeObject:
        """Return the object."""
        decoded: KubeObject = orjson.loads(self.document)
        return decoded


@dataclass(frozen=True, slots=True)
class JobEntry(Entry):
    """One IfcJob."""

    phase: str
    queue: str
    owner: str
    labels: Json
    priority: int
    created: float
    started: float
    finished: float
    """Times as seconds since 1970; 0 while unset."""
    text: str
    """Lower-case text to search in."""
    sha256: str
    reason: str
    memory_limit: int
    """Memory limit of the last attempt in bytes; 0 without an attempt."""
    memory_peak: int
    """Peak memory of the last attempt; 0 while unknown."""

    @property
    def is_finished(self) -> bool:
        """Whether the job has succeeded, failed or been cancelled."""
        return self.phase in FINISHED_PHASES


class QueueEntry(Entry):
    """One IfcQueue."""


def job_entry(item: KubeObject) -> JobEntry:
    """Return the entry of an IfcJob."""
    summary = job_summary(item)
    attempts: list[Json] = (item.get("status") or {}).get("attempts") or [{}]
    words = (summary["name"], *(summary.get(name) or "" for name in ("fileName", "owner", "reason", "message")))
    return JobEntry(
        key=key_of(item),
        uid=summary["uid"],
        version=version_of(item),
        document=orjson.dumps(_readable(item)),
        summary=orjson.dumps(summary),
        phase=summary["phase"],
        queue=summary["queue"],
        owner=summary.get("owner") or "",
        labels=summary["labels"],
        priority=summary["priority"],
        created=_seconds(summary.get("createdAt")),
        started=_seconds(summary.get("startedAt")),
        finished=_seconds(summary.get("finishedAt")),
        text="\n".join((*words, *summary["labels"].values())).lower(),
        sha256=summary.get("sha256") or "",
        reason=summary.get("reason") or "",
        memory_limit=_bytes(attempts[-1].get("memoryLimit")),
        memory_peak=attempts[-1].get("peakMemoryBytes") or 0,
    )


def queue_entry(item: KubeObject) -> QueueEntry:
    """Return the entry of an IfcQueue."""
    document, summary = orjson.dumps(_readable(item)), orjson.dumps(queue_summary(item))
    return QueueEntry(key_of(item), item["metadata"]["uid"], version_of(item), document, summary)


def _readable(item: KubeObject) -> KubeObject:
    """Return the object without the fields that serve Kubernetes only."""
    metadata = {name: value for name, value in item["metadata"].items() if name != "managedFields"}
    if annotations := metadata.get("annotations"):
        metadata["annotations"] = {name: text for name, text in annotations.items() if name not in HIDDEN}
    return item | {"metadata": metadata}


def _seconds(time: str | None) -> float:
    return datetime.fromisoformat(time).timestamp() if time else 0.0


def _bytes(quantity: str | None) -> int:
    try:
        return int(amount(quantity)) if quantity else 0
    except ValueError:
        # The CRD does not check the status; one strange job must not end the watch of all.
        return 0
