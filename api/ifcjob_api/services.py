"""The parts that routes use, made once by the program that serves: the cluster's, or `ifcjob serve`."""

from dataclasses import dataclass, field
from typing import Protocol, cast

from fastapi import Request

from ifcjob_api.access.protocol import AccessControl
from ifcjob_api.access.scan import Scanner
from ifcjob_api.jobs.sources import UploadDirectory
from ifcjob_api.live.state import Live
from ifcjob_api.settings import ApiSettings
from ifcjob_backends.cluster.protocol import KubernetesApi
from ifcjob_backends.storage.protocol import ObjectReader, UploadStore
from ifcjob_catalog import Catalog


class Store(ObjectReader, UploadStore, Protocol):
    """Reads objects and takes uploads."""


@dataclass(frozen=True)
class Services:
    """The parts of one API process."""

    settings: ApiSettings
    kubernetes: KubernetesApi
    store: Store
    access: AccessControl
    catalog: Catalog | None = None
    """None: there is no history."""
    live: Live = field(default_factory=Live)
    """IfcJobs and IfcQueues in memory; the application keeps it current while it runs."""
    uploads: UploadDirectory | None = None
    """None: jobs cannot name uploads."""
    scanner: Scanner | None = None
    """None: uploads are not scanned for viruses."""


def services_of(request: Request) -> Services:
    """Return the services of the application that handles a request."""
    return cast("Services", request.app.state.services)
