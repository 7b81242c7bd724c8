"""The cache's entry per IfcJob: the object, its Jobs, and the facts that were looked up."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

import orjson

from ifcjob.report import Failure, RunReport
from ifcjob.resource import IfcJob, Resources
from ifcjob.status import FINISHED_PHASES, JobProgress, ObservedInput
from ifcjob_backends.cluster.objects import Key, KubeObject, key_of, version_of
from ifcjob_operator.cluster.objects import ifcjob_of, observed_job
from ifcjob_operator.planning.observation import CachedResult, MemoryAdvice, ObservedJob
from ifcjob_operator.planning.status_draft import ConditionReason

Posted = JobProgress | RunReport
"""An attempt posts progress while it runs, and a report at its end."""
_FINISHED_SPEC = ("source", "queue", "priority", "ttlSecondsAfterFinished", "cache")
_FINISHED_STATUS = ("phase", "finishedAt", "observedGeneration", "contentKey")
_UNREADY_JOB_GRACE = timedelta(seconds=3)
"""A pod whose runner has ended is not ready; it ends within this time, unless a sidecar keeps it running."""


@dataclass(slots=True)
class KnownFacts:
    """Facts that were looked up for an IfcJob; lost with the process, and looked up again."""

    input: ObservedInput | Failure | None = None
    cached_result: CachedResult | None = None
    memory: MemoryAdvice | None = None
    memory_of: Resources | None = None
    """The resources that the memory was advised for, with the defaults of that time."""
    secret_of: int = 0
    """The attempt whose Secret this process has seen created."""
    renew_urls_at: datetime | None = None
    """When the URLs in that Secret need a renewal; None: never."""
    refused: str | None = None
    """Why the API server refused the attempt's Job."""
    progress: JobProgress | None = None
    progress_of: int = 0
    """The attempt that the progress is of."""
    report: RunReport | None = None
    """The report that an attempt has posted, because it has published."""
    report_of: int = 0
    """The attempt that the report is of."""

    def keep(self, attempt: int, posted: Posted) -> bool:
        """Keep an attempt's newest progress, or its first report if it has published; False when nothing is new."""
        if isinstance(posted, RunReport):
            is_new = posted.outcome == "Succeeded" and self.report_of != attempt
            if is_new:
                self.report, self.report_of = posted, attempt
        else:
            is_new = posted.supersedes(self.progress if self.progress_of == attempt else None)
            if is_new:
                self.progress, self.progress_of = posted, attempt
        return is_new


@dataclass(slots=True)
class Entry:
    """One IfcJob and its Jobs."""

    key: Key
    uid: str
    version: int = 0
    facts: KnownFacts = field(default_factory=KnownFacts)
    jobs: dict[str, tuple[int, ObservedJob]] = field(default_factory=dict)
    """Version and view of each Job, by name."""
    is_finished: bool = False
    """Whether the phase is final."""
    is_under_way: bool = False
    """Whether its last attempt has not ended: `under_way` of its status, without parsing it."""
    waits_for_identical: bool = False
    """Whether it waits for an IfcJob with the same content."""
    reuses: bool = True
    """Whether it takes the result of another IfcJob with the same content; `cache: Refresh` runs all the same."""
    offers: bool = True
    """Whether other IfcJobs may use its result, or wait for it."""
    created_at: str = ""
    finished_at: str | None = None
    content_key: str | None = None
    """The content key in its status."""
    result: bytes | None = None
    """The reusable result of a finished job, as JSON: there are many, and few are read."""
    input_sha256: str | None = None
    """The SHA-256 of that job's input."""
    content_keys: frozenset[str] = frozenset()
    """The content keys under which it is indexed."""
    granted_at: float | None = None
    """On the monotonic clock: when it was granted the slot that no attempt uses yet."""
    has_woken_duplicates: bool = False
    """Whether, since it has finished, IfcJobs that waited for it were woken."""
    job_ends_by: datetime | None = None
    """Until then the Job of a finished IfcJob ends by itself: its run has reported, and its pod is about to end."""
    failures: int = 0
    """Reconciliations that failed in a row."""
    _json: bytes = b""
    """The IfcJob: a tenth of the memory of its dicts and strings."""
    _parsed: IfcJob | None = None

    @classmethod
    def of(cls, item: KubeObject) -> Self:
        """Return an entry for an IfcJob without Jobs."""
        entry = cls(key_of(item), item["metadata"]["uid"])
        entry.update(item)
        return entry

    @property
    def item(self) -> KubeObject:
        """Return it as JSON, without managed fields; of a finished one only what deletion and reuse need."""
        return orjson.loads(self._json)  # type: ignore[no-any-return]

    @property
    def ifcjob(self) -> IfcJob:
        """Return it parsed; InvalidIfcJob when this release cannot read it."""
        if self.is_finished:  # read seldom, and there are many: not worth keeping parsed
            return ifcjob_of(self.item)
        if self._parsed is None:
            self._parsed = ifcjob_of(self.item)
        return self._parsed

    @property
    def pod_ends_soon(self) -> bool:
        """Whether it is finished, and the pod of its last attempt is about to end."""
        return bool(self.jobs) and self.job_ends_by is not None and datetime.now(UTC) < self.job_ends_by

    def forget_parsed(self) -> None:
        """Parse it again when it is read next: thousands may wait for a slot."""
        self._parsed = None

    def job_version(self, name: str) -> int:
        """Return the version of one of its Jobs; 0 when the Job is not known."""
        return self.jobs[name][0] if name in self.jobs else 0

    def job(self, name: str) -> ObservedJob | None:
        """Return one of its Jobs."""
        known = self.jobs.get(name)
        return known[1] if known else None

    def update(self, item: KubeObject) -> None:
        """Replace the IfcJob by a newer version."""
        status, spec = item.get("status") or {}, item["spec"]
        self.version, self._parsed = version_of(item), None
        self.is_finished = status.get("phase") in FINISHED_PHASES
        last = (status.get("attempts") or [None])[-1]
        self.is_under_way = last is not None and not last.get("finishedAt")
        conditions = status.get("conditions") or ()
        self.waits_for_identical = any(
            condition.get("reason") == ConditionReason.WAITING_FOR_IDENTICAL for condition in conditions
        )
        self.reuses = (spec.get("cache") or "Use") == "Use"
        self.offers = (spec.get("cache") or "Use") != "Off"
        self.created_at = item["metadata"].get("creationTimestamp") or ""
        # Final, and the order of results depends on it.
        self.finished_at = self.finished_at or status.get("finishedAt")
        self.content_key = status.get("contentKey")
        metadata = {name: value for name, value in item["metadata"].items() if name != "managedFields"}
        if not self.is_finished:
            self._json = _compact(item | {"metadata": metadata})
            return
        if status["phase"] == "Succeeded" and status.get("result") and self.offers:
            self.result, self.input_sha256 = _compact(status["result"]), (status.get("input") or {}).get("sha256")
        metadata.pop("annotations", None)
        kept = {
            "metadata": metadata,
            "spec": {name: spec[name] for name in _FINISHED_SPEC if name in spec},
            "status": {name: status[name] for name in _FINISHED_STATUS if name in status},
        }
        self._json = _compact(kept)
        self.facts = KnownFacts()
        self.jobs = {name: known for name, known in self.jobs.items() if not known[1].has_ended}

    def update_job(self, item: KubeObject) -> bool:
        """Take in a version of one of its Jobs; False when the view of it stays the same."""
        name, version = item["metadata"]["name"], version_of(item)
        known = self.jobs.get(name)
        if known is not None and version <= known[0]:
            return False
        job = observed_job(item)
        if self.is_finished and job.has_ended:
            return self.jobs.pop(name, None) is not None and self.job_ends_by is not None  # its slot is free now
        if self.job_ends_by is not None and known is not None and known[1].ready and job.active and not job.ready:
            self.job_ends_by = min(self.job_ends_by, datetime.now(UTC) + _UNREADY_JOB_GRACE)
        self.jobs[name] = (version, job)
        return known is None or known[1] != job


def _compact(value: KubeObject) -> bytes:
    """Return JSON in its own size: what orjson returns keeps a buffer of several kilobytes."""
    return bytes(memoryview(orjson.dumps(value)))
