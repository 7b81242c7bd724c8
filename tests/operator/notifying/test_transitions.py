"""The operator's controller on a real API server makes events of transitions, with a catalog and without."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from ifcjob_catalog import Catalog
from ifcjob_catalog.schema import upgrade
from ifcjob_operator.applying.apply import Applier
from ifcjob_operator.applying.history import History, HistoryTiming
from ifcjob_operator.applying.job_manifest import PodSettings
from ifcjob_operator.cluster.kubernetes_cluster import KubernetesCluster
from ifcjob_operator.controller import Controller
from ifcjob_operator.notifying.memory_outbox import MemoryOutbox
from ifcjob_operator.notifying.notifier import Notifier
from ifcjob_operator.notifying.posting import Poster
from ifcjob_operator.notifying.sender import Sender
from ifcjob_operator.observing.health import Health
from ifcjob_operator.observing.watches import watch
from ifcjob_operator.settings.fields import Settings
from ifcjob_operator.storage.checked_http import CheckedHttp
from ifcjob_operator.storage.url_policy import WebPolicy
from tests.operator.applying.house import no_commit
from tests.operator.notifying.receivers import NEW, secret_data, verified
from tests.support.async_tests import finish, until
from tests.support.fake_cluster import IFCJOBS, QUEUES, SECRETS, FakeCluster
from tests.support.manifests import ifcjob_manifest, ifcqueue_manifest
from tests.support.simple_requests import SomeFacts, simple_request
from tests.support.web import Answer, Site, serve

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ifcjob.resource import IfcJob
    from ifcjob_operator.storage.documents import Artifacts
    from tests.support.postgres import Postgres


async def no_artifacts(_: IfcJob) -> Artifacts:
    return None, None


def operating(site: Site, catalog: Catalog | None, use: Callable[[], Awaitable[None]]) -> None:
    """Run the controller with its sender; loopback, where the receiver is, is not refused."""

    async def main() -> None:
        policy = WebPolicy([site.url.removeprefix("http://")], ())
        async with KubernetesCluster() as cluster, CheckedHttp(policy) as http:
            memory = None if catalog else MemoryOutbox()
            notifier = Notifier(Sender(cast("Any", catalog or memory), Poster(http, cluster), None), memory)
            history = History(catalog, cluster, no_artifacts, HistoryTiming(pause=0.05)) if catalog else None
            applier = Applier(cluster, simple_request, no_commit, PodSettings(image="runner:1"), None)
            facts = cast("Any", SomeFacts())
            controller = Controller(Settings(), cluster, facts, applier, history, Health(), watch, notifier)
            stop = asyncio.Event()
            running = asyncio.create_task(controller.run(stop, lambda: None))
            await until(lambda: controller.is_synced)
            try:
                await use()
            finally:
                stop.set()
                await running

    finish(main())


@pytest.mark.parametrize("has_catalog", [True, False])
def test_own_and_selected_events_arrive_once(fake: FakeCluster, postgres: Postgres, *, has_catalog: bool) -> None:
    catalog = None
    if has_catalog:
        url = str(postgres.new_database())
        upgrade(url)
        catalog = Catalog.open(url)
    with serve() as site:
        own, queue = (
            {"url": site.at(path, Answer(status=204)), "secretRef": {"name": "hook"}} for path in ("/own", "/queue")
        )
        fake.ask("POST", SECRETS, {"metadata": {"name": "hook"}, "data": secret_data(NEW)})
        selected = queue | {"selector": {"matchLabels": {"team": "bim"}}, "events": ["started", "cancelled"]}
        fake.ask("POST", QUEUES, ifcqueue_manifest("default", slots=0, notifications=[selected]))
        house = ifcjob_manifest("house")
        house["metadata"]["labels"] = {"team": "bim"}
        fake.ask("POST", IFCJOBS, house)
        fake.ask("POST", IFCJOBS, ifcjob_manifest("shed", notifications=[own]))

        async def use() -> None:
            for name in ("house", "shed"):
                fake.change(name, cancel=True)
            await until(lambda: len(site.seen) == 2, 30)
            await asyncio.sleep(0.5)

        operating(site, catalog, use)
        arrived = {seen.path: verified(seen) for seen in site.seen}
        assert len(site.seen) == 2
        assert (arrived["/own"]["subject"], arrived["/queue"]["subject"]) == (
            f"{fake.namespace}/shed",
            f"{fake.namespace}/house",
        )
        assert {event["type"] for event in arrived.values()} == {"io.ifcjob.job.cancelled"}
    if catalog is not None:
        catalog.close()


def test_the_api_server_refuses_a_notification_without_a_secret(fake: FakeCluster) -> None:
    bad = ifcjob_manifest("house", notifications=[{"url": "https://hooks.example.com"}])
    assert fake.answer("POST", IFCJOBS, bad).status == 422
