"""The IfcJobs that need something created in a namespace that is being deleted: they wait for their own deletion."""

import structlog

from ifcjob_backends.cluster.objects import Key

log = structlog.get_logger()


class TerminatingNamespaces:
    """A namespace that terminates never admits a creation again, so that nothing is tried twice in it.

    They are kept by uid: a namespace may be created again under its name, and then has other IfcJobs.
    """

    def __init__(self) -> None:
        self._uids: dict[str, dict[str, str]] = {}
        """uids of IfcJobs by namespace and name."""

    def add(self, key: Key, uid: str) -> None:
        """Note an IfcJob whose creations are refused; log the first one of its namespace."""
        if key[0] not in self._uids:
            log.warning("namespace is terminating", namespace=key[0], hint="its IfcJobs start nothing any more")
        self._uids.setdefault(key[0], {})[key[1]] = uid

    def has(self, key: Key, uid: str) -> bool:
        """Return whether the IfcJob with this uid is noted."""
        return self._uids.get(key[0], {}).get(key[1]) == uid

    def discard(self, key: Key) -> None:
        """Forget an IfcJob that is deleted."""
        uids = self._uids.get(key[0], {})
        if uids.pop(key[1], None) is not None and not uids:
            del self._uids[key[0]]
