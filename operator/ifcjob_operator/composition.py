"""The controller with its parts: the same on a cluster and on one machine, whatever the backends are."""

from dataclasses import dataclass
from functools import partial

from ifcjob.request import ProgressTarget, RunRequest
from ifcjob.resource import IfcJob
from ifcjob.status import Attempt
from ifcjob_catalog import Catalog
from ifcjob_operator.applying.apply import Applier, Requests
from ifcjob_operator.applying.commit import commit
from ifcjob_operator.applying.history import History
from ifcjob_operator.applying.run_request import request_for
from ifcjob_operator.applying.runner_policy import RunnerPolicy
from ifcjob_operator.cluster.api import Cluster
from ifcjob_operator.controller import Controller
from ifcjob_operator.notifying.memory_outbox import MemoryOutbox
from ifcjob_operator.notifying.notifier import Notifier
from ifcjob_operator.notifying.posting import Poster
from ifcjob_operator.notifying.sender import POLL_SECONDS, Sender
from ifcjob_operator.observing.health import Health
from ifcjob_operator.observing.lookups import FactLookup
from ifcjob_operator.observing.watching import Watch
from ifcjob_operator.planning.content_key import runner_id
from ifcjob_operator.serving.progress_token import progress_token, progress_url, report_url
from ifcjob_operator.settings.fields import Settings
from ifcjob_operator.storage.checked_http import CheckedHttp
from ifcjob_operator.storage.documents import artifacts_of
from ifcjob_operator.storage.http_source import WebSources
from ifcjob_operator.storage.stores import Stores
from ifcjob_operator.storage.url_policy import REFUSED, WebPolicy


@dataclass(frozen=True)
class Backends:
    """The systems that the operator works with."""

    cluster: Cluster
    watch: Watch
    stores: Stores
    web: WebSources
    receivers: CheckedHttp
    """The web servers that notifications may be sent to."""
    catalog: Catalog | None
    """None: no history is kept."""


def web_sources(settings: Settings) -> WebSources:
    """Return the reader of web servers that the settings allow."""
    policy = WebPolicy(settings.http_hosts, (*REFUSED, *settings.http_refused_networks))
    return WebSources(policy, settings.s3_ca_file)


def receivers(settings: Settings) -> CheckedHttp:
    """Return the client of the web servers that notifications may be sent to."""
    policy = WebPolicy(settings.notification_hosts, (*REFUSED, *settings.http_refused_networks))
    return CheckedHttp(policy, settings.s3_ca_file)


def controller_of(settings: Settings, backends: Backends, health: Health) -> Controller:
    """Return a controller that works with these backends."""
    cluster, stores, catalog = backends.cluster, backends.stores, backends.catalog
    history = History(catalog, cluster, partial(artifacts_of, stores.default)) if catalog else None
    fact_source = FactLookup(stores, backends.web, catalog, settings)
    commits = partial(commit, stores.default, runner_id(settings.runner_image))
    policy_file = settings.runner_network_policy_file
    runner_policy = RunnerPolicy(cluster, policy_file) if policy_file else None
    applier = Applier(cluster, _requests(settings, stores, backends.web), commits, settings.pods, runner_policy)
    return Controller(
        settings, cluster, fact_source, applier, history, health, backends.watch, _notifier(settings, backends)
    )


def _notifier(settings: Settings, backends: Backends) -> Notifier:
    poster = Poster(backends.receivers, backends.cluster)
    poll_seconds = POLL_SECONDS if settings.notification_hosts else None
    if backends.catalog is not None:
        return Notifier(Sender(backends.catalog, poster, poll_seconds), None)
    memory = MemoryOutbox()
    return Notifier(Sender(memory, poster, None), memory)


def _requests(settings: Settings, stores: Stores, web: WebSources) -> Requests:
    async def make(ifcjob: IfcJob, attempt: Attempt) -> RunRequest:
        certificates = settings.s3_ca_file.read_text(encoding="utf-8") if settings.s3_ca_file else None
        return await request_for(ifcjob, attempt, stores, web, _progress(settings, ifcjob, attempt), certificates)

    return make


def _progress(settings: Settings, ifcjob: IfcJob, attempt: Attempt) -> ProgressTarget | None:
    if settings.progress_url is None or settings.progress_key_file is None:
        return None
    namespace, name, uid = ifcjob.metadata.namespace, ifcjob.metadata.name, ifcjob.metadata.uid
    key = settings.progress_key_file.read_bytes().strip()
    return ProgressTarget(
        url=progress_url(settings.progress_url, namespace, name, attempt.number),
        report_url=report_url(settings.progress_url, namespace, name, attempt.number),
        token=progress_token(key, uid, attempt.number),
    )
