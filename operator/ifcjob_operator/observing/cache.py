"""The operator's cache of IfcJobs and their Jobs, fed by watches and its own writes; it never goes back in time."""

from collections.abc import Callable, Iterator

from ifcjob.labels import IFCJOB_LABEL
from ifcjob_backends.cluster.objects import Key, KubeObject, controller_uid, key_of, version_of
from ifcjob_catalog import EarlierResult
from ifcjob_operator.observing.content_index import ContentIndex
from ifcjob_operator.observing.entry import Entry

MAX_TOMBSTONES = 20_000
_JOB_METADATA = (
    "namespace",
    "name",
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
    "labels",
    "ownerReferences",
)


class Cache:
    """Every IfcJob the operator watches, by namespace and name."""

    def __init__(self) -> None:
        self._entries: dict[Key, Entry] = {}
        self._contents = ContentIndex()
        self._jobs_without_ifcjob: dict[Key, dict[str, KubeObject]] = {}
        """Jobs that were delivered before their IfcJob."""
        self._tombstones: dict[str, None] = {}
        """uids of deleted objects, the latest last: answers and lists may still show an object after its deletion."""

    def __len__(self) -> int:
        """Return the number of IfcJobs."""
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        """Iterate over a copy of the entries."""
        return iter(list(self._entries.values()))

    def get(self, key: Key) -> Entry | None:
        """Return an IfcJob's entry, or None."""
        return self._entries.get(key)

    def is_deleted(self, item: KubeObject) -> bool:
        """Return whether an object is known to be deleted."""
        return item["metadata"]["uid"] in self._tombstones

    def entry_of(self, kind: str, item: KubeObject) -> Entry | None:
        """Return the entry of a listed IfcJob, or of a listed Job's IfcJob, when the uid is the same."""
        if kind == "jobs":
            entry = self._entries.get(_ifcjob_key(item))
            return entry if entry and entry.uid == controller_uid(item) else None
        entry = self._entries.get(key_of(item))
        return entry if entry and entry.uid == item["metadata"]["uid"] else None

    def take_ifcjob(self, item: KubeObject) -> Entry | None:
        """Take in a version of an IfcJob; None when that version or a newer one is cached."""
        if self.is_deleted(item):
            return None
        key, uid, version = key_of(item), item["metadata"]["uid"], version_of(item)
        entry = self._entries.get(key)
        if entry is None or entry.uid != uid:
            if entry is not None:
                if version < entry.version:
                    return None
                self.drop_ifcjob(entry.item)
            entry = self._entries[key] = Entry.of(item)
            for job in self._jobs_without_ifcjob.pop(key, {}).values():
                self.take_job(job)
        elif version <= entry.version:
            return None
        else:
            entry.update(item)
        self.index(entry)
        return entry

    def drop_ifcjob(self, item: KubeObject) -> Entry | None:
        """Remove a deleted IfcJob; None when its name belongs to another one."""
        uid, key = item["metadata"]["uid"], key_of(item)
        self._add_tombstone(uid)
        entry = self._entries.get(key)
        if entry is None or entry.uid != uid:
            return None
        self._contents.remove(entry)
        return self._entries.pop(key)

    def index(self, entry: Entry, *content_keys: str) -> None:
        """Index an IfcJob by the content key in its status, and by the given ones."""
        if self._entries.get(entry.key) is entry:  # else it was deleted in the meantime
            self._contents.add(entry, *content_keys)

    def not_waiting_with_same_content(self, entry: Entry) -> Iterator[Entry]:
        """Yield the other unfinished IfcJobs with the same content that offer their result and do not wait for one."""
        return self._contents.not_waiting_with(entry)

    def forget_looked_up(self, entry: Entry, may_start: Callable[[Entry], bool], *, first_only: bool) -> list[Entry]:
        """Drop the cached results that IfcJobs with the same content have looked up, or the first that waits does."""
        return self._contents.forget_looked_up(entry, may_start, first_only=first_only)

    def result_for(self, content_key: str) -> EarlierResult | None:
        """Return the newest result of a finished IfcJob under a content key."""
        return self._contents.newest_result(content_key)

    def take_job(self, item: KubeObject) -> Entry | None:
        """Take in a version of a Job; return its IfcJob's entry when the view of the Job has changed."""
        if self.is_deleted(item):
            return None
        key = _ifcjob_key(item)
        entry = self._entries.get(key)
        if entry is None:
            # Of its 10 kB keep the few that `take_job` reads later.
            metadata = {name: value for name, value in item["metadata"].items() if name in _JOB_METADATA}
            small: KubeObject = {"metadata": metadata, "status": item.get("status")}
            self._jobs_without_ifcjob.setdefault(key, {})[metadata["name"]] = small
            return None
        return entry if controller_uid(item) == entry.uid and entry.update_job(item) else None

    def drop_job(self, item: KubeObject) -> Entry | None:
        """Remove a deleted Job; None when no IfcJob's entry has it."""
        key, name, uid = _ifcjob_key(item), item["metadata"]["name"], item["metadata"]["uid"]
        self._add_tombstone(uid)
        if (waiting := self._jobs_without_ifcjob.get(key)) is not None:
            waiting.pop(name, None)
            if not waiting:
                del self._jobs_without_ifcjob[key]
        entry = self._entries.get(key)
        known = entry.job(name) if entry else None
        if entry is None or known is None or known.uid != uid:
            return None
        del entry.jobs[name]
        return entry

    def forget_job(self, key: Key, name: str) -> None:
        """Remove a Job that a GET did not find; without a tombstone, since a lagging watch may yet deliver it."""
        if (entry := self._entries.get(key)) is not None:
            entry.jobs.pop(name, None)

    def _add_tombstone(self, uid: str) -> None:
        self._tombstones[uid] = None
        if len(self._tombstones) > MAX_TOMBSTONES:
            del self._tombstones[next(iter(self._tombstones))]


def _ifcjob_key(item: KubeObject) -> Key:
    metadata = item["metadata"]
    return metadata["namespace"], (metadata.get("labels") or {}).get(IFCJOB_LABEL, "")
