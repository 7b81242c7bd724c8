"""Answers from the history."""

from datetime import datetime

from ifcjob.base_type import ContractType
from ifcjob.status import Phase


class PastJob(ContractType):
    """An IfcJob of the history."""

    namespace: str
    """Its namespace."""
    name: str
    """Its name; a later IfcJob may have the same."""
    uid: str
    """Unique across time."""
    phase: Phase
    """Its last phase; one that was deleted early has not finished."""
    reason: str | None = None
    """Reason of the most relevant condition."""
    message: str | None = None
    """Message of that condition."""
    queue: str
    """Its queue."""
    priority: int = 0
    """Its priority."""
    file_name: str | None = None
    """The file's name."""
    source_uri: str | None = None
    """URI of the file, without credentials."""
    source_bytes: int | None = None
    """Size of the file."""
    input_sha256: str | None = None
    """Checksum of the file."""
    owner: str | None = None
    """The user who created it through the API."""
    labels: dict[str, str] | None = None
    """Its labels."""
    cache_hit: bool = False
    """Whether the result is that of an earlier job."""
    result_manifest: str | None = None
    """URI of manifest.json, if it succeeded."""
    retries: int = 0
    """Number of attempts after a failure."""
    created_at: datetime | None = None
    """When it was created."""
    started_at: datetime | None = None
    """When its first attempt started."""
    finished_at: datetime | None = None
    """When it finished."""
    deleted_at: datetime | None = None
    """When it was deleted from the cluster."""


class PastAttempt(ContractType):
    """One execution of the runner."""

    number: int
    """Number of the attempt, starting at 1."""
    admitted_at: datetime
    """When the attempt was recorded."""
    started_at: datetime | None = None
    """When its container started."""
    finished_at: datetime | None = None
    """When it ended."""
    reason: str | None = None
    """Why it ended."""
    exit_code: int | None = None
    """The container's exit code."""
    memory_limit: str = ""
    """Its memory limit."""
    peak_memory_bytes: int | None = None
    """Peak memory."""
    cpu_seconds: float | None = None
    """CPU seconds of all its processes."""


class PastArtifact(ContractType):
    """One published file."""

    name: str
    """File name."""
    media_type: str
    """IANA media type."""
    bytes: int
    """Size."""
    sha256: str
    """SHA-256 of the content."""


class History(ContractType):
    """A page of the history."""

    items: list[PastJob]
    """The jobs, newest end first."""
    next_cursor: str | None = None
    """Cursor of the next page; none: this is the last one."""
