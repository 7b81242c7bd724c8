"""The settings of operator and API on one machine, from the options of the command line."""

import os
from dataclasses import dataclass
from pathlib import Path

import psutil

from ifcjob import __version__
from ifcjob.quantity import mebibytes
from ifcjob_api.settings import ApiSettings
from ifcjob_api.web.folder import web_folder
from ifcjob_backends.cluster.objects import KubeObject
from ifcjob_cli.serve.data_folder import DataFolder
from ifcjob_operator.settings.fields import Settings

UPLOADS, ARTIFACTS = "uploads", "artifacts"
MEMORY_SHARE = 0.8
"""Of the machine, for jobs; the rest is for this process and the file cache."""
MAX_RESTARTS = 100
"""Each crash or stop of this process is one for the jobs that ran."""
LOG_SECONDS = 86_400
"""The API shows the log of an attempt as long as its Job exists."""
PREFIX = "IFCJOB_SERVE_"
"""The cluster's variables do not count here."""


@dataclass(frozen=True)
class Options:
    """The options of the command line, with their defaults."""

    data: Path
    host: str
    port: int
    slots: int
    max_memory: str
    web_hosts: tuple[str, ...] = ()

    @property
    def queue_defaults(self) -> KubeObject:
        """Return the spec of a queue that sets neither slots nor budget."""
        return {"slots": self.slots, "budget": {"memory": self.max_memory}}


def cpus() -> int:
    """Return the number of usable CPUs."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine_memory() -> str:
    """Return the share of the machine's memory that jobs may use."""
    return mebibytes(psutil.virtual_memory().total * MEMORY_SHARE)


def operator_settings(options: Options, folder: DataFolder, url: str) -> Settings:
    """Return the settings of the operator."""
    settings = Settings(
        _env_prefix=PREFIX,
        runner_image=f"ifcjob/runner:{__version__}",
        output_bucket=ARTIFACTS,
        progress_url=url,
        progress_key_file=folder.progress_key,
        progress_interval_seconds=1,
        max_memory=options.max_memory,
        max_infra_restarts=MAX_RESTARTS,
        leader_election=False,
        job_ttl_seconds=LOG_SECONDS,
    )
    return settings.model_copy(update={"http_hosts": (*settings.http_hosts, *options.web_hosts)})


def api_settings(folder: DataFolder) -> ApiSettings:
    """Return the settings of the API."""
    return ApiSettings(
        _env_prefix=f"{PREFIX}API_",
        upload_bucket=UPLOADS,
        output_bucket=ARTIFACTS,
        source_buckets=(UPLOADS, ARTIFACTS),
        cache_folder=folder.cache,
        web_folder=web_folder(),
        auth_mode="none",
        address="loopback",
    )
