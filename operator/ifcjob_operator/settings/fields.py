"""Settings of the operator, from environment variables that begin with IFCJOB_; secrets only from files."""

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from ifcjob.quantity import as_bytes
from ifcjob_backends.settings.store import StoreSettings
from ifcjob_backends.settings.types import DEFAULT_PORT, Port, Url, Words
from ifcjob_backends.storage.signing.options import StoreOptions
from ifcjob_catalog.settings import DatabaseSettings
from ifcjob_operator.applying.job_manifest import CONTAINER_FIELDS, POD, PodSettings
from ifcjob_operator.planning.policy import Policy
from ifcjob_operator.settings.types import ContainerFields, LabelPair, Pair, PodFields, RunnerDefaults, Size
from ifcjob_operator.storage.other_stores import OtherStore, read_other_stores

PREFIX = "IFCJOB_"


class Settings(StoreSettings, DatabaseSettings):
    """All settings. The environment variable of `runner_image` is IFCJOB_RUNNER_IMAGE."""

    model_config = SettingsConfigDict(env_prefix=PREFIX)

    namespaces: Words = ()
    """Comma-separated namespaces to watch; empty: all."""
    runner_image: str = Field(min_length=1)
    """The image of the runner, such as `registry.example.com/ifcjob/runner:0.2.0`. It is part of the content key: a new
    image does not reuse earlier results."""
    runner_pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    """When nodes pull the runner's image."""
    runner_service_account: str | None = None
    """ServiceAccount of the runner pods, for image pulls or policies; its token is never mounted."""
    runner_defaults: RunnerDefaults | None = None
    """Defaults of the runner pods as JSON, with the fields of `spec.podDefaults` of an IfcQueue, such as
    `{"nodeSelector": {"pool": "ifc"}}`; those of a queue and then of an IfcJob take precedence."""
    runner_labels: Annotated[tuple[LabelPair, ...], NoDecode] = ()
    """Labels of the runner pods, such as `sidecar.istio.io/inject=false,team=bim`; they override the IfcJob's."""
    runner_annotations: Annotated[tuple[Pair, ...], NoDecode] = ()
    """Annotations of the runner pods, in the same format; they override the IfcJob's."""
    runner_pod: PodFields = Field(default=POD)
    """Fields of the runner pods' spec, as a JSON object: `securityContext`, `hostAliases`, `dnsConfig`, and further
    `volumes`, `initContainers` and `containers`. They replace the default, which has the ids of the image: a cluster
    that assigns ids needs a `securityContext` without them."""
    runner_container: ContainerFields = Field(default=CONTAINER_FIELDS)
    """Fields of the runner's container, as a JSON object: `securityContext`, `env` and `envFrom`, such as the variables
    of a proxy, and further `volumeMounts`. They replace the default."""
    runner_network_policy_file: Path | None = None
    """JSON file with a NetworkPolicy that the operator applies in a namespace before the first Job there, and again
    with a later Job after five minutes; unset: none."""
    job_ttl_seconds: int = Field(default=3600, ge=600)
    """Time after which finished Jobs are deleted, with their pods and logs."""

    s3_pod_endpoint: Url | None = None
    """The endpoint that pods use, if it differs."""
    object_stores_file: Path | None = None
    """JSON list of further object stores, which `spec.source.s3.store` names: `name`, `endpoint`, `podEndpoint`,
    `region`, `credentials` as `keys` (`accessKeyFile`, `secretKeyFile`, `sessionTokenFile`), `webIdentity`
    (`tokenFile`, `stsEndpoint`, `roleArn`, `sessionSeconds`) or `role` (`roleEndpoint`), the `namespaces` that may use
    the store, and its `buckets` that they may read; without such a list: all. Read at the start."""
    output_bucket: str | None = None
    """The bucket for IfcJobs without `spec.output`."""

    http_hosts: Words = ()
    """Comma-separated hosts that `source.http` may use: `files.example.com`, `*.example.org`, `host:8080`."""
    http_refused_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    """Networks that sources must not reach, in addition to link-local, loopback and metadata addresses: set the
    cluster's."""

    notification_hosts: Words = ()
    """Comma-separated hosts that notifications may be sent to, in the form of `IFCJOB_HTTP_HOSTS`; their addresses
    are checked as for sources. Unset: notifications are given up."""

    progress_url: Url | None = None
    """The URL at which pods reach this operator's Service; unset: IfcJobs report no progress."""
    progress_key_file: Path | None = None
    """File with the key of the progress tokens: at least 16 bytes, the same for all replicas."""
    queue_token_file: Path | None = None
    """File with the bearer token required for /v1/queues; unset: no token is required."""

    queues_file: Path | None = None
    """File with a JSON list of IfcQueues that the operator creates and maintains; it does not change absent fields,
    such as the slots that an autoscaler sets."""

    max_memory: Size = "16Gi"
    """Maximum memory of an attempt, unless the IfcJob sets its own maximum."""
    ttl_seconds_after_finished: Annotated[int, Field(ge=0)] | Literal["never"] = 604_800
    """Time after which finished IfcJobs are deleted, unless they set their own; `never` keeps them. History and
    artifacts stay."""
    max_infra_restarts: int = Field(default=10, ge=0, le=100)
    """Number of restarts after drains, evictions and lost nodes before an IfcJob fails."""
    image_pull_grace_seconds: int = Field(default=300, ge=0)
    """How long image pulls may fail before the IfcJob fails."""
    lost_pod_grace_seconds: int = Field(default=60, ge=0)
    """How long a pod may exceed its deletion deadline before its node counts as lost."""
    progress_interval_seconds: int = Field(default=10, ge=1)
    """Minimum time between two writes of an IfcJob's progress."""

    workers: int = Field(default=32, ge=1, le=1000)
    """Number of concurrent reconciliations."""
    resync_seconds: int = Field(default=300, ge=10)
    """Interval at which everything is listed again, to find changes that a watch has missed."""
    backfill_seconds: int = Field(default=600, ge=0)
    """How long smaller IfcJobs may overtake one that does not fit the queue's budget."""

    port: Port = DEFAULT_PORT
    """Port for metrics, health, progress and queue depth."""
    leader_election: bool = True
    """Whether to work only while holding the Lease; required with more than one replica."""
    lease_namespace: str = "default"
    """Namespace of the Lease."""
    lease_name: str = "ifcjob-operator"
    """Name of the Lease."""
    shards: int = Field(default=1, ge=1, le=32)
    """Number of shards of the IfcQueues, each with a leader of its own; the same for all replicas. More than one needs
    leader election, and at least as many replicas."""
    pod_name: str | None = None
    """Identity for the Lease, different for each replica; default: the host name and a random suffix."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Minimum level of the log."""

    @model_validator(mode="after")
    def _shards_have_leaders(self) -> Self:
        if self.shards > 1 and not self.leader_election:
            raise ValueError("shards need leader election")
        return self

    @field_validator("runner_labels", "runner_annotations", "http_refused_networks", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value

    @property
    def policy(self) -> Policy:
        """Return the settings that plans depend on."""
        return Policy(
            max_memory_bytes=as_bytes(self.max_memory),
            ttl_seconds=None if self.ttl_seconds_after_finished == "never" else self.ttl_seconds_after_finished,
            max_infra_restarts=self.max_infra_restarts,
            image_pull_grace=timedelta(seconds=self.image_pull_grace_seconds),
            lost_pod_grace=timedelta(seconds=self.lost_pod_grace_seconds),
            progress_interval=timedelta(seconds=self.progress_interval_seconds),
            renews_urls=any(kind != "keys" for kind in self._credentials_of_stores()),
        )

    def _credentials_of_stores(self) -> list[str]:
        return [self.s3_credentials, *(store.credentials for store in self.other_stores())]

    @property
    def pods(self) -> PodSettings:
        """Return the settings of all runner pods."""
        return PodSettings(
            image=self.runner_image,
            pull_policy=self.runner_pull_policy,
            service_account=self.runner_service_account,
            labels=self.runner_labels,
            annotations=self.runner_annotations,
            job_ttl_seconds=self.job_ttl_seconds,
            pod=self.runner_pod,
            container=self.runner_container,
        )

    def other_stores(self) -> tuple[OtherStore, ...]:
        """Return the further stores; ValueError or OSError when the file cannot be read."""
        return read_other_stores(self.object_stores_file) if self.object_stores_file else ()

    @property
    def store(self) -> StoreOptions | None:
        """Return the object store, if any."""
        if self.s3_endpoint is None:
            return None
        return self.store_options(self.output_bucket, self.s3_pod_endpoint)
