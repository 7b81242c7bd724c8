"""The object stores of the operator: its own, and others that IfcJobs may read from by name."""

from collections.abc import Sequence

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.resource import IfcJob, S3Source
from ifcjob_backends.storage.job_store import JobStore
from ifcjob_operator.planning.missing_output import no_store
from ifcjob_operator.storage.other_stores import OtherStore


class Stores:
    """The store for artifacts, and those that sources are in."""

    def __init__(self, default: JobStore | None, others: Sequence[tuple[OtherStore, JobStore]] = ()) -> None:
        self.default = default
        """Artifacts are written to it; None: only volumes and web servers can be used."""
        self._others = {rules.name: (rules, store) for rules, store in others}

    def of_source(self, ifcjob: IfcJob, source: S3Source) -> JobStore:
        """Return the store of a source; RunFailure when there is none, or the IfcJob's namespace may not use it."""
        if source.store is None:
            return self.of_artifacts()
        namespace = ifcjob.metadata.namespace
        if source.store not in self._others:
            message = f"spec.source.s3.store: the operator has no store {source.store}."
            raise RunFailure(FailureReason.INVALID_REQUEST, message, hint=self._hint(namespace, source.bucket))
        rules, store = self._others[source.store]
        if not rules.allows(namespace, source.bucket):
            message = f"namespace {namespace} may not read bucket {source.bucket} of store {source.store}."
            raise RunFailure(FailureReason.ACCESS_DENIED, message, hint=self._hint(namespace, source.bucket))
        return store

    def of_artifacts(self) -> JobStore:
        """Return the default store; RunFailure when there is none."""
        if self.default is None:
            raise no_store()
        return self.default

    def _hint(self, namespace: str, bucket: str) -> str:
        allowed = [name for name, (rules, _) in self._others.items() if rules.allows(namespace, bucket)]
        if not allowed:
            return "Leave out store for the default one, or ask the administrator for objectStores of the chart."
        return f"Use {' or '.join(sorted(allowed))}, or leave out store for the default one."
