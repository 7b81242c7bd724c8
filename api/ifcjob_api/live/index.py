"""Objects of one kind in memory, by namespace and name; the newest version wins, whatever the order of arrival."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from ifcjob_api.live.entries import Entry
from ifcjob_backends.cluster.objects import Key, KubeObject, key_of, version_of

MAX_TOMBSTONES = 10_000
EntryT = TypeVar("EntryT", bound=Entry)


class Index(Generic[EntryT]):
    """The objects of one kind."""

    def __init__(
        self, make: Callable[[KubeObject], EntryT], on_change: Callable[[EntryT, bool], None] = lambda *_: None
    ) -> None:
        """Call `on_change` with an entry and whether it was deleted."""
        self._make, self._on_change = make, on_change
        self._entries: defaultdict[str, dict[str, EntryT]] = defaultdict(dict)
        self._tombstones: OrderedDict[str, None] = OrderedDict()
        self._changes: defaultdict[str, int] = defaultdict(int)
        self._waiting: defaultdict[Key, set[asyncio.Future[None]]] = defaultdict(set)

    def get(self, key: Key) -> EntryT | None:
        """Return an object, or None."""
        return self._entries[key[0]].get(key[1]) if key[0] in self._entries else None

    def all(self, namespace: str) -> Iterable[EntryT]:
        """Return the objects of a namespace."""
        return self._entries[namespace].values() if namespace in self._entries else ()

    def count(self, namespace: str) -> int:
        """Return the number of objects in a namespace."""
        return len(self._entries[namespace]) if namespace in self._entries else 0

    def namespaces(self) -> list[str]:
        """Return the namespaces that hold objects."""
        return sorted(namespace for namespace, entries in self._entries.items() if entries)

    def changes(self, namespace: str) -> int:
        """Return a number that grows with every change in a namespace."""
        return self._changes.get(namespace, 0)

    def __len__(self) -> int:
        return sum(len(entries) for entries in self._entries.values())

    def apply(self, item: KubeObject) -> EntryT | None:
        """Take an object from a list, a watch or an answer to a write; an older version changes nothing."""
        key, uid = key_of(item), item["metadata"]["uid"]
        existing = self.get(key)
        if uid in self._tombstones:
            return existing
        if existing is not None and existing.version >= version_of(item):
            return existing
        entry = self._make(item)
        self._entries[key[0]][key[1]] = entry
        self._changed(entry, deleted=False)
        return entry

    def remove(self, item: KubeObject) -> None:
        """Remove a deleted object, and reject later writes of it; a successor of the same name stays."""
        uid = item["metadata"]["uid"]
        self._add_tombstone(uid)
        existing = self.get(key_of(item))
        if existing is not None and existing.uid == uid:
            self._drop(existing)

    def replace(self, namespace: str | None, items: Iterable[KubeObject], version: int) -> None:
        """Take a complete list, of one namespace or all, that is at least as new as a version."""
        listed: set[str] = set()
        for item in items:
            listed.add(item["metadata"]["uid"])
            self.apply(item)
        within = self._entries if namespace is None else {namespace: self._entries[namespace]}
        present = [entry for entries in within.values() for entry in entries.values()]
        for entry in present:
            # A newer one was created during the list.
            if entry.uid not in listed and entry.version <= version:
                self._add_tombstone(entry.uid)
                self._drop(entry)

    async def changed(self, key: Key, seconds: float) -> None:
        """Wait for the next change of an object, or until the time is over."""
        future = asyncio.get_running_loop().create_future()
        self._waiting[key].add(future)
        try:
            await asyncio.wait((future,), timeout=seconds)
        finally:
            futures = self._waiting[key]
            futures.discard(future)
            if not futures:
                del self._waiting[key]

    def _add_tombstone(self, uid: str) -> None:
        self._tombstones[uid] = None
        while len(self._tombstones) > MAX_TOMBSTONES:
            self._tombstones.popitem(last=False)

    def _drop(self, entry: EntryT) -> None:
        del self._entries[entry.key[0]][entry.key[1]]
        self._changed(entry, deleted=True)

    def _changed(self, entry: EntryT, *, deleted: bool) -> None:
        self._changes[entry.key[0]] += 1
        for future in self._waiting.get(entry.key, ()):
            if not future.done():
                future.set_result(None)
        self._on_change(entry, deleted)
