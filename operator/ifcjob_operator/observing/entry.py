"""The cache's entry per IfcJob: the object, its Jobs, and the facts that were looked up."""

from dataclasses import dataclass, field

from ifcjob.report import Failure
from ifcjob.resource import IfcJob
from ifcjob.status import FINISHED_PHASES, JobProgress, ObservedInput
from ifcjob_backends.cluster.objects import Key, KubeObject, version_of
from ifcjob_operator.cluster.objects import ifcjob_of, observed_job
from ifcjob_operator.planning.observation import CachedResult, MemoryAdvice, ObservedJob

_FINISHED_SPEC = ("source", "queue", "priority", "ttlSecondsAfterFinished", "cache")
_FINISHED_STATUS = ("phase", "finishedAt", "observedGeneration", "contentKey")


@dataclass(slots=True)
class KnownFacts:
    """Facts that were looked up for an IfcJob; lost with the process, and looked up again."""

    input: ObservedInput | Failure | None = None
    cached_result: CachedResult | None = None
    memory: MemoryAdvice | None = None
    secret_of: int = 0
    """The attempt whose Secret this process has seen created."""
    refused: str | None = None
    """Why the API server refused the attempt's Job."""
    progress: JobProgress | None = None
    progress_of: int = 0
    """The attempt that the progress is of."""


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
    """The reusable result of a finished job, as JSON: there are many, and few are read."""
    input_sha256: str | None = None
    """The SHA-256 of that job's input."""
    content_keys: frozenset[str] = frozenset()
    """The content keys under which it is indexed."""
    _parsed: IfcJob | None = None

    @property
    def is_finished(self) -> bool:
        """Whether the phase is final."""
        return (self.item.get("status") or {}).get("phase") in FINISHED_PHASES

    @property
    def offers(self) -> bool:
        """Whether other IfcJobs may use its result, or wait for it."""
        return (self.item["spec"].get("cache") or "Use") != "Off"

    @property
    def ifcjob(self) -> IfcJob:
        """Return it parsed; InvalidIfcJob when this release cannot read it."""
        if self.is_finished:  # read seldom, and there are many: not worth keeping parsed
            return ifcjob_of(self.item)
        if self._parsed is None:
            self._parsed = ifcjob_of(self.item)
        return self._parsed

    def job_version(self, name: str) -> int:
        """Return the version of one of its Jobs; 0 when the Job is not known."""
        return self.jobs[name][0] if name in self.jobs else 0

    def job(self, name: str) -> ObservedJob | None:
        """Return one of its Jobs."""
        known = self.jobs.get(name)
        return known[1] if known else None

    def update(self, item: KubeObject) -> None:
        """Replace the IfcJob by a newer version; of a finished one keep only what deletion and reuse need."""
        self.version, self.item, self._parsed = version_of(item), item, None
        if self.is_finished:
            self._drop_finished_details()

    def update_job(self, item: KubeObject) -> bool:
        """Take in a version of one of its Jobs; False when the view of it stays the same."""
        name, version = item["metadata"]["name"], version_of(item)
        known = self.jobs.get(name)
        if known is not None and version <= known[0]:
            return False
        job = observed_job(item)
        if self.is_finished and job.has_ended:
            self.jobs.pop(name, None)
            return False
        self.jobs[name] = (version, job)
        return known is None or known[1] != job

    def _drop_finished_details(self) -> None:
        item, status = self.item, self.item["status"]
        metadata = {
            name: value for name, value in item["metadata"].items() if name not in ("managedFields", "annotations")
        }
        spec = {name: item["spec"][name] for name in _FINISHED_SPEC if name in item["spec"]}
        if status.get("phase") == "Succeeded" and status.get("result") and self.offers:
            self.result, self.input_sha256 = status["result"], (status.get("input") or {}).get("sha256")
        kept = {name: status[name] for name in _FINISHED_STATUS if name in status}
        self.item = {"metadata": metadata, "spec": spec, "status": kept}
        self.facts = KnownFacts()
        self.jobs = {name: known for name, known in self.jobs.items() if not known[1].has_ended}
