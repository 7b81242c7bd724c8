"""The parts that routes use, made once by the program that serves: the cluster's, or `ifcjob serve`."""

from dataclasses import dataclass, field
from typing import cast

from fastapi import Request

from ifcjob_api.access.protocol import AccessControl
from ifcjob_api.jobs.past_runs import PastRuns
from ifcjob_api.live.state import Live
from ifcjob_api.settings import ApiSettings
from ifcjob_api.store import Store
from ifcjob_api.uploads.directory import Uploads
from ifcjob_api.uploads.scan import Scanner
from ifcjob_backends.cluster.protocol import KubernetesApi
from ifcjob_catalog import Catalog


@dataclass(frozen=True)
class Services:
    """The parts of one API process."""

    settings: ApiSettings
    kubernetes: KubernetesApi
    store: Store
    access: AccessControl
    catalog: Catalog | None = None
    """None: there is no history."""
    past_runs: PastRuns = field(default_factory=PastRuns)
    live: Live = field(default_factory=Live)
    """IfcJobs and IfcQueues in memory; the application keeps it current while it runs."""
    scanner: Scanner | None = None
    """None: uploads are not scanned for viruses."""

    @property
    def uploads(self) -> Uploads:
        """Return the uploads in the store."""
        return Uploads(self.store, self.settings, self.scanner)


async def services_of(request: Request) -> Services:
    """Return the services of the application that handles a request.

    Asynchronous, because FastAPI calls other dependencies in a thread: that costs more than a list of jobs.
    """
    return cast("Services", request.app.state.services)
