"""The API's settings: environment variables that begin with IFCJOB_API_."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ApiSettings(BaseSettings):
    """Settings of the API."""

    model_config = SettingsConfigDict(env_prefix="IFCJOB_API_", frozen=True)

    namespaces: tuple[str, ...] = ()
    """Namespaces to serve; none: all that hold IfcJobs."""
    events_recheck_seconds: float = Field(default=60, gt=0)
    """Interval in which an event stream checks its caller's right again."""
    events_ping_seconds: float = Field(default=15, gt=0)
    """Interval of comments that keep an idle event stream open."""
    snapshot_jobs: int = Field(default=200, ge=1)
    """Most jobs in the snapshot of an event stream; lists hold the others."""
    upload_bucket: str = "ifcjob-uploads"
    """Bucket of uploaded files; source bucket of the IfcJobs that name an upload."""
    output_bucket: str = "ifcjob-artifacts"
    """Bucket of the artifacts of IfcJobs that name no output."""
    source_buckets: tuple[str, ...] = ()
    """Further buckets that a job's s3 source may name."""
    max_upload_bytes: int = Field(default=2**30, ge=1)
    """Largest upload."""
    cache_folder: Path = Path("/tmp/ifcjob-api")  # noqa: S108 - an emptyDir on a cluster
    """Folder of cached Parquet artifacts."""
    cache_bytes: int = Field(default=2 * 2**30, ge=2**20)
    """Largest size of that folder."""
