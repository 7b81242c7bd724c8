"""The tables of the catalog: IfcJobs, their attempts, models, artifacts and notifications."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Index, String, text
from sqlmodel import Field, SQLModel

from ifcjob_catalog.columns import Document, UtcTime


class Job(SQLModel, table=True):
    """One IfcJob in its last observed state."""

    __tablename__ = "job"
    __table_args__ = (
        # The newest cached result.
        Index("ix_job_content_key", "content_key", "finished_at"),
        # The content of an unchanged object. Not by URI, which may be longer than an index entry.
        Index("ix_job_source_etag", "source_etag"),
        # The newest runs of a file.
        Index("ix_job_input_sha256", "input_sha256", "finished_at"),
        # The newest files of similar size: by size if they are rare, by age if they are common.
        Index("ix_job_source_bytes", "source_bytes"),
        Index("ix_job_finished_at", "finished_at"),
        # Newer IfcJobs with the same name.
        Index("ix_job_name", "namespace", "name", "created_at"),
        # Pages of the history.
        Index("ix_job_end", "namespace", text("coalesce(finished_at, deleted_at)"), "uid"),
    )

    uid: str = Field(primary_key=True)
    namespace: str
    name: str
    queue: str
    priority: int
    phase: str
    reason: str | None = None
    message: str | None = None
    generation: int = Field(sa_type=BigInteger)
    source_uri: str | None = None
    source_etag: str | None = None
    source_bytes: int | None = Field(default=None, sa_type=BigInteger)
    input_sha256: str | None = None
    content_key: str | None = None
    cache_hit: bool = False
    result_manifest: str | None = None
    result_manifest_sha256: str | None = None
    summary: dict[str, Any] | None = Field(default=None, sa_type=Document)
    failure: dict[str, Any] | None = Field(default=None, sa_type=Document)
    created_at: datetime | None = Field(default=None, sa_type=UtcTime)
    admitted_at: datetime | None = Field(default=None, sa_type=UtcTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcTime)
    retries: int = 0
    infra_restarts: int = 0
    resource_version: int = Field(sa_type=BigInteger)
    spec: dict[str, Any] = Field(sa_type=Document)
    labels: dict[str, Any] | None = Field(default=None, sa_type=Document)
    annotations: dict[str, Any] | None = Field(default=None, sa_type=Document)


class Attempt(SQLModel, table=True):
    """One execution of the runner. The status of an IfcJob keeps the last ten; this table keeps all."""

    __tablename__ = "attempt"

    uid: str = Field(primary_key=True, foreign_key="job.uid")
    number: int = Field(primary_key=True)
    job_name: str
    admitted_at: datetime = Field(sa_type=UtcTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcTime)
    reason: str | None = None
    exit_code: int | None = None
    memory_limit: str
    memory_limit_bytes: int | None = Field(default=None, sa_type=BigInteger)
    peak_memory_bytes: int | None = Field(default=None, sa_type=BigInteger)
    cpu_seconds: float | None = None


class Model(SQLModel, table=True):
    """One content of a file, under any name."""

    __tablename__ = "model"
    # SQLModel uses `schema` and `metadata` itself.
    model_config: ClassVar[Any] = {"protected_namespaces": ()}

    sha256: str = Field(primary_key=True)
    bytes: int | None = Field(default=None, sa_type=BigInteger)
    schema_name: str | None = Field(default=None, sa_column=Column("schema", String))
    facts: dict[str, Any] | None = Field(default=None, sa_column=Column("metadata", Document))
    first_seen_at: datetime = Field(sa_type=UtcTime)


class Artifact(SQLModel, table=True):
    """One published file."""

    __tablename__ = "artifact"

    uid: str = Field(primary_key=True, foreign_key="job.uid")
    name: str = Field(primary_key=True)
    media_type: str
    bytes: int = Field(sa_type=BigInteger)
    sha256: str
    uri: str


class Notification(SQLModel, table=True):
    """One event on its way to one web server."""

    __tablename__ = "notification"
    __table_args__ = (
        Index("ix_notification_next_at", "next_at"),
        Index("ix_notification_given_up_at", "given_up_at"),
    )

    id: str = Field(primary_key=True)
    url: str = Field(primary_key=True)
    uid: str = Field(foreign_key="job.uid")
    namespace: str
    secret: str
    body: dict[str, Any] = Field(sa_type=Document)
    tries: int = 0
    error: str | None = None
    created_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    next_at: datetime | None = Field(default=None, sa_type=UtcTime)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcTime)
    given_up_at: datetime | None = Field(default=None, sa_type=UtcTime)


SCHEMA = SQLModel.metadata
"""Metadata of all tables."""
JOB, ATTEMPT, MODEL, ARTIFACT, NOTIFICATION = (
    SCHEMA.tables[name] for name in ("job", "attempt", "model", "artifact", "notification")
)
