"""Settings of the operator, from environment variables that begin with IFCJOB_; secrets only from files."""

import re
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ifcjob_operator.applying.job_manifest import PodSettings
from ifcjob_operator.planning.policy import Policy
from ifcjob_operator.settings.types import LabelPair, Pair, Size, Url, Words
from ifcjob_operator.storage.presign import StoreOptions

PREFIX = "IFCJOB_"
LINK_VALUE = re.compile("(tcp|udp|sctp)://.*")
"""What Kubernetes tells of a Service's port, in a variable that may have the name of a setting."""


class Settings(BaseSettings):
    """What an administrator may set. Names are given as for the environment: `runner_image` is IFCJOB_RUNNER_IMAGE."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, use_attribute_docstrings=True, extra="ignore")

    namespaces: Words = ()
    """Namespaces to watch, with commas between; empty: all."""
    runner_image: str = Field(min_length=1)
    """The image of the runner, such as `registry.example.com/ifcjob/runner:0.2.0`. It is part of the content key: a new
    image makes former results unfit for reuse."""
    runner_pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    """When nodes pull the runner's image."""
    runner_pull_secrets: Words = ()
    """Names of Secrets for pulling it, in the IfcJobs' namespaces."""
    runner_service_account: str | None = None
    """ServiceAccount of the pods, for image pulls or policies; its token is never mounted."""
    runner_runtime_class: str | None = None
    """RuntimeClass of the pods, such as a sandbox."""
    runner_priority_class: str | None = None
    """PriorityClass of the pods whose IfcJob names none."""
    runner_labels: Annotated[tuple[LabelPair, ...], NoDecode] = ()
    """Labels of the pods, such as `sidecar.istio.io/inject=false,team=bim`; they overrule an IfcJob's."""
    runner_annotations: Annotated[tuple[Pair, ...], NoDecode] = ()
    """Annotations of the pods, in the same form; they overrule an IfcJob's."""
    job_ttl_seconds: int = Field(default=3600, ge=600)
    """Finished Jobs, with their pods and logs, are deleted after this time."""

    s3_endpoint: Url | None = None
    """The S3 store, such as `https://s3.example.com`; unset: only volumes and web servers can be used."""
    s3_pod_endpoint: Url | None = None
    """The same store as pods reach it, where that differs."""
    s3_region: str = "us-east-1"
    """Its region."""
    s3_access_key_file: Path | None = None
    """File with the access key; read again when it changes."""
    s3_secret_key_file: Path | None = None
    """File with the secret key; read again when it changes."""
    s3_session_token_file: Path | None = None
    """File with the session token of temporary credentials."""
    s3_ca_file: Path | None = None
    """Certificates to trust for the store and for web servers, beside the system's; at most 64 KiB in PEM. Pods get
    them, too."""
    output_bucket: str | None = None
    """The bucket of IfcJobs that name no output."""

    http_hosts: Words = ()
    """Hosts that `source.http` may name, with commas between: `files.example.com`, `*.example.org`, `host:8080`."""
    http_refused_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    """Networks that no source may lead to, beside link-local, loopback and metadata addresses: name the cluster's."""

    database_url_file: Path | None = None
    """File with the catalog's URL, `postgresql://user:password@host/name`; unset: no history is kept."""
    progress_url: Url | None = None
    """This operator's Service as pods reach it; unset: jobs report no progress."""
    progress_key_file: Path | None = None
    """File with the key of the progress tokens, at least 16 bytes; the same for all replicas."""
    queue_token_file: Path | None = None
    """File with the bearer token that readers of /v1/queues must present; unset: anybody may read them."""

    queues_file: Path | None = None
    """File with a JSON list of IfcQueues to make and to keep as they are there; fields not given, such as the slots
    that an autoscaler sets, are left alone."""

    max_memory: Size = "16Gi"
    """The most memory an attempt may be given, unless the IfcJob names its own maximum."""
    ttl_seconds_after_finished: int | None = Field(default=604_800, ge=0)
    """Finished IfcJobs are deleted after this time, unless they say otherwise; history and artifacts stay. `never`
    keeps them."""
    max_infra_restarts: int = Field(default=10, ge=0, le=100)
    """Attempts lost to drains, evictions and nodes, before a job fails."""
    image_pull_grace_seconds: int = Field(default=300, ge=0)
    """How long an image may fail to be pulled before the job fails."""
    lost_pod_grace_seconds: int = Field(default=60, ge=0)
    """How long a pod may outlive the end of its deletion before its node counts as lost."""
    progress_interval_seconds: int = Field(default=10, ge=1)
    """The least time between two writes of a job's progress."""

    workers: int = Field(default=32, ge=1, le=1000)
    """Reconciliations at a time."""
    resync_seconds: int = Field(default=300, ge=10)
    """How often everything is listed again, to find what a watch has missed."""
    backfill_seconds: int = Field(default=600, ge=0)
    """A job that does not fit the queue's budget lets smaller ones pass for so long."""

    port: int = Field(default=8080, ge=0, le=65_535)
    """Port of metrics, health, progress and queue depth."""
    leader_election: bool = True
    """Whether to run only while holding the Lease; needed with more than one replica."""
    lease_namespace: str = "default"
    """Namespace of the Lease."""
    lease_name: str = "ifcjob-operator"
    """Name of the Lease."""
    pod_name: str | None = None
    """Who holds the Lease, different for each replica; default: the host's name and a random ending."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe events to log."""

    @field_validator(
        *("namespaces", "runner_pull_secrets", "runner_labels", "runner_annotations"),
        *("http_hosts", "http_refused_networks"),
        mode="before",
    )
    @classmethod
    def _words(cls, value: Any) -> Any:
        return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value

    @field_validator("ttl_seconds_after_finished", mode="before")
    @classmethod
    def _never(cls, value: Any) -> Any:
        return None if value == "never" else value

    @field_validator("port", mode="before")
    @classmethod
    def _no_link(cls, value: Any) -> Any:
        """Leave a Service called `ifcjob` alone: its link has the name of our port."""
        is_link = isinstance(value, str) and LINK_VALUE.fullmatch(value)
        return cls.model_fields["port"].default if is_link else value

    @property
    def policy(self) -> Policy:
        """Return what plans depend on."""
        return Policy(
            max_memory=self.max_memory,
            ttl_seconds=self.ttl_seconds_after_finished,
            max_infra_restarts=self.max_infra_restarts,
            image_pull_grace=timedelta(seconds=self.image_pull_grace_seconds),
            lost_pod_grace=timedelta(seconds=self.lost_pod_grace_seconds),
            progress_interval=timedelta(seconds=self.progress_interval_seconds),
        )

    @property
    def pods(self) -> PodSettings:
        """Return what is the same for all pods."""
        return PodSettings(
            image=self.runner_image,
            pull_policy=self.runner_pull_policy,
            pull_secrets=self.runner_pull_secrets,
            service_account=self.runner_service_account,
            runtime_class=self.runner_runtime_class,
            priority_class=self.runner_priority_class,
            labels=self.runner_labels,
            annotations=self.runner_annotations,
            job_ttl_seconds=self.job_ttl_seconds,
        )

    @property
    def store(self) -> StoreOptions | None:
        """Return which S3 store to use, if any."""
        if self.s3_endpoint is None:
            return None
        assert self.s3_access_key_file, "read_settings checks it"
        assert self.s3_secret_key_file, "read_settings checks it"
        return StoreOptions(
            endpoint=self.s3_endpoint,
            access_key_file=self.s3_access_key_file,
            secret_key_file=self.s3_secret_key_file,
            session_token_file=self.s3_session_token_file,
            pod_endpoint=self.s3_pod_endpoint,
            region=self.s3_region,
            ca_file=self.s3_ca_file,
            output_bucket=self.output_bucket,
        )
