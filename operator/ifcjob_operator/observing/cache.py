"""What the operator remembers of the cluster, fed by watches and its own writes; it never goes back in time.

Of finished IfcJobs, of which there may be tens of thousands, it keeps the few fields that their end and reuse need.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pydantic import ValidationError

from ifcjob.labels import IFCJOB_LABEL
from ifcjob.report import Failure
from ifcjob.resource import IfcJob
from ifcjob.status import FINISHED_PHASES, JobProgress, ObservedInput, Result
from ifcjob_catalog import EarlierResult
from ifcjob_operator.cluster.objects import Key, KubeObject, controller_uid, ifcjob_of, key_of, observed_job, version_of
from ifcjob_operator.planning.observation import CachedResult, MemoryAdvice, ObservedJob

MAX_TOMBSTONES = 20_000
"""Answers and lists may still tell of what a watch has already said is gone; of so many objects we know better."""
JOB_METADATA = (
    "namespace",
    "name",
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
    "labels",
    "ownerReferences",
)
FINISHED_SPEC = ("source", "queue", "priority", "ttlSecondsAfterFinished", "cache")
FINISHED_STATUS = ("phase", "finishedAt", "observedGeneration", "contentKey")
Index = dict[str, dict[Key, None]]
"""IfcJobs by content key, in the order in which they came."""


@dataclass(slots=True)
class KnownFacts:
    """What was looked up for an IfcJob; lost with the process, and looked up again."""

    input: ObservedInput | Failure | None = None
    cached_result: CachedResult | None = None
    memory: MemoryAdvice | None = None
    secret_of: int = 0
    """The attempt whose Secret this process has seen created."""
    refused: str | None = None
    """Why the API server refused the attempt's Job."""
    progress: JobProgress | None = None
    progress_of: int = 0
    """The attempt the progress is of."""


@dataclass(slots=True)
class Entry:
    """One IfcJob and its Jobs."""

    key: Key
    uid: str
    version: int
    item: KubeObject
    facts: KnownFacts = field(default_factory=KnownFacts)
    jobs: dict[str, tuple[int, ObservedJob]] = field(default_factory=dict)
    """Version and view of each Job, by name."""
    result: KubeObject | None = None
    """Of a finished job that may be reused, as it came: there are many, and few are asked for."""
    input_sha256: str | None = None
    """Of the content it was made of."""
    content_keys: frozenset[str] = frozenset()
    """Under which it is found by its content."""
    _parsed: IfcJob | None = None

    @property
    def is_finished(self) -> bool:
        """Whether nothing will change any more."""
        return (self.item.get("status") or {}).get("phase") in FINISHED_PHASES

    @property
    def offers(self) -> bool:
        """Whether others may use its result, or wait for it."""
        return (self.item["spec"].get("cache") or "Use") != "Off"

    @property
    def ifcjob(self) -> IfcJob:
        """Return it parsed; InvalidIfcJob when this release cannot read it."""
        if self.is_finished:  # read seldom, and there are many of them
            return ifcjob_of(self.item)
        if self._parsed is None:
            self._parsed = ifcjob_of(self.item)
        return self._parsed

    def job_version(self, name: str) -> int:
        """Return the version of one of its Jobs; 0 when it is not known."""
        return self.jobs[name][0] if name in self.jobs else 0

    def job(self, name: str) -> ObservedJob | None:
        """Return one of its Jobs."""
        found = self.jobs.get(name)
        return found[1] if found else None


class Cache:
    """Every IfcJob the operator watches, by namespace and name."""

    def __init__(self) -> None:
        self._entries: dict[Key, Entry] = {}
        self._by_content: Index = {}
        self._unfinished: Index = {}
        """Of the same those that have not finished, the first known first: of thousands that are alike only a few."""
        self._jobs_without_ifcjob: dict[Key, dict[str, KubeObject]] = {}
        """Jobs whose IfcJob has not been seen yet."""
        self._tombstones: dict[str, None] = {}
        """uids of deleted objects, the latest last."""

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        """Go through all of them."""
        return iter(list(self._entries.values()))

    def get(self, key: Key) -> Entry | None:
        """Return one, or None."""
        return self._entries.get(key)

    def is_deleted(self, item: KubeObject) -> bool:
        """Tell whether an object, of which something old tells, is known to be deleted."""
        return item["metadata"]["uid"] in self._tombstones

    def entry_of(self, kind: str, item: KubeObject) -> Entry | None:
        """Return the IfcJob that an IfcJob or Job as listed belongs to, if it is the very one."""
        metadata = item["metadata"]
        if kind == "jobs":
            entry = self._entries.get(_ifcjob_key(item))
            return entry if entry and entry.uid == controller_uid(item) else None
        entry = self._entries.get(key_of(item))
        return entry if entry and entry.uid == metadata["uid"] else None

    def take_ifcjob(self, item: KubeObject) -> Entry | None:
        """Take in a version of an IfcJob; None when a newer one, or this one, is known already."""
        metadata = item["metadata"]
        key, version = key_of(item), version_of(item)
        entry = self._entries.get(key)
        if self.is_deleted(item):
            return None
        if entry is None or entry.uid != metadata["uid"]:
            if entry is not None:
                if version < entry.version:
                    return None
                self.drop_ifcjob(entry.item)
            entry = self._entries[key] = Entry(key, metadata["uid"], version, item)
            for job in self._jobs_without_ifcjob.pop(key, {}).values():
                self.take_job(job)
        elif version <= entry.version:
            return None
        entry.version, entry.item, entry._parsed = version, item, None  # noqa: SLF001 - its other half
        self.index(entry)
        if entry.is_finished:
            _leave(self._unfinished, entry)
            _drop_finished_details(entry)
        return entry

    def index(self, entry: Entry, *further: str) -> None:
        """Make an IfcJob findable by its content key in the status, and by further ones."""
        if self._entries.get(entry.key) is not entry:
            return  # it was deleted meanwhile
        known = (entry.item.get("status") or {}).get("contentKey")
        for content_key in {*further, *([known] if known else [])} - entry.content_keys:
            self._by_content.setdefault(content_key, {})[entry.key] = None
            entry.content_keys |= {content_key}
            if not entry.is_finished:
                self._unfinished.setdefault(content_key, {})[entry.key] = None

    def with_same_content(self, entry: Entry) -> Iterator[Entry]:
        """Go through the other unfinished IfcJobs with the same content and options that offer their result."""
        seen = {entry.key}
        for content_key in sorted(entry.content_keys):
            for key in self._unfinished.get(content_key, ()):
                if key not in seen and self._entries[key].offers:
                    yield self._entries[key]
                seen.add(key)

    def result_for(self, content_key: str) -> EarlierResult | None:
        """Return a finished IfcJob's result under a content key, the newest first."""
        found = [self._entries[key] for key in self._by_content.get(content_key, ())]
        able = [entry for entry in found if entry.result is not None]
        while able:
            newest = max(able, key=lambda entry: str(entry.item["status"].get("finishedAt")))
            try:
                return EarlierResult(Result.model_validate(newest.result), newest.input_sha256)
            except ValidationError:  # of another release: nobody can reuse it
                newest.result = None
                able.remove(newest)
        return None

    def drop_ifcjob(self, item: KubeObject) -> Entry | None:
        """Forget a deleted IfcJob; None when another of its name has taken its place."""
        metadata = item["metadata"]
        self._add_tombstone(metadata["uid"])
        key = key_of(item)
        entry = self._entries.get(key)
        if entry is None or entry.uid != metadata["uid"]:
            return None
        _leave(self._by_content, entry)
        _leave(self._unfinished, entry)
        return self._entries.pop(key)

    def take_job(self, item: KubeObject) -> Entry | None:
        """Take in a version of a Job; None when it changes nothing."""
        key, name, version = _ifcjob_key(item), item["metadata"]["name"], version_of(item)
        entry = self._entries.get(key)
        if self.is_deleted(item):
            return None
        if entry is None:
            # Of its 10 kB the few that `take_job` reads.
            kept = {name: value for name, value in item["metadata"].items() if name in JOB_METADATA}
            self._jobs_without_ifcjob.setdefault(key, {})[name] = {"metadata": kept, "status": item.get("status")}
            return None
        if controller_uid(item) != entry.uid:
            return None
        known = entry.jobs.get(name)
        if known is not None and version <= known[0]:
            return None
        job = observed_job(item)
        if entry.is_finished and job.has_ended:
            entry.jobs.pop(name, None)
            return None
        entry.jobs[name] = (version, job)
        return entry if known is None or known[1] != job else None

    def drop_job(self, item: KubeObject) -> Entry | None:
        """Forget a deleted Job; None when that changes nothing."""
        key, name = _ifcjob_key(item), item["metadata"]["name"]
        self._add_tombstone(item["metadata"]["uid"])
        if (orphans := self._jobs_without_ifcjob.get(key)) is not None:
            orphans.pop(name, None)
            if not orphans:
                del self._jobs_without_ifcjob[key]
        entry = self._entries.get(key)
        known = entry.jobs.get(name) if entry else None
        if entry is None or known is None or known[1].uid != item["metadata"]["uid"]:
            return None
        del entry.jobs[name]
        return entry

    def forget_job(self, key: Key, name: str) -> None:
        """Forget a Job that a GET did not find."""
        if (entry := self._entries.get(key)) is not None:
            entry.jobs.pop(name, None)

    def _add_tombstone(self, uid: str) -> None:
        self._tombstones[uid] = None
        if len(self._tombstones) > MAX_TOMBSTONES:
            del self._tombstones[next(iter(self._tombstones))]


def _ifcjob_key(item: KubeObject) -> Key:
    metadata = item["metadata"]
    return metadata["namespace"], (metadata.get("labels") or {}).get(IFCJOB_LABEL, "")


def _leave(index: Index, entry: Entry) -> None:
    for content_key in entry.content_keys & index.keys():
        index[content_key].pop(entry.key, None)
        if not index[content_key]:
            del index[content_key]


def _drop_finished_details(entry: Entry) -> None:
    """Keep of a finished job what its deletion and reuse need."""
    item, status = entry.item, entry.item.get("status") or {}
    metadata = {name: value for name, value in item["metadata"].items() if name not in ("managedFields", "annotations")}
    spec = {name: item["spec"][name] for name in FINISHED_SPEC if name in item["spec"]}
    if status.get("phase") == "Succeeded" and status.get("result") and spec.get("cache") != "Off":
        entry.result, entry.input_sha256 = status["result"], (status.get("input") or {}).get("sha256")
    kept = {name: status[name] for name in FINISHED_STATUS if name in status}
    entry.item = {"metadata": metadata, "spec": spec, "status": kept}
    entry.facts = KnownFacts()
    entry.jobs = {name: found for name, found in entry.jobs.items() if not found[1].has_ended}
