"""The flows about jobs and queues against the real application on a real API server."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml

from ifcjob.http.job_requests import JobRequest
from ifcjob_client import ApiError, AsyncClient, jobs, queues
from tests.support.api import running_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.support.api import Api

REQUEST = JobRequest.model_validate({"name": "house", "source": {"s3Uri": "s3://models/house.ifc"}})


@asynccontextmanager
async def opened(namespace: str) -> AsyncIterator[tuple[AsyncClient, Api]]:
    async with running_api(namespace) as api:
        transport = httpx.ASGITransport(app=api.app)
        async with AsyncClient("http://api", transport=transport) as client:
            yield client, api


def run(namespace: str, use: Callable[[AsyncClient, Api], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        async with opened(namespace) as (client, api):
            return await use(client, api)

    return asyncio.run(main())


def test_a_job_is_created_listed_changed_and_deleted(namespace: str) -> None:
    async def use(client: AsyncClient, api: Api) -> None:
        made = await client.run(jobs.create(REQUEST, namespace))
        assert made.spec.source.s3 is not None
        assert made.spec.source.s3.key == "house.ifc"
        await api.until_indexed(namespace, "house", "Queued")
        assert [job.name for job in await client.run(jobs.every(namespace, q="house"))] == ["house"]
        assert (await client.run(jobs.page(namespace, phase=["Running", "Failed"]))).total == 0
        assert (await client.run(jobs.suspend("house", namespace))).spec.suspend
        assert not (await client.run(jobs.resume("house", namespace))).spec.suspend
        assert (await client.run(jobs.cancel("house", namespace))).spec.cancel
        text = await client.run(jobs.manifest("house", namespace))
        assert yaml.safe_load(text)["spec"]["source"]["s3"] == {"bucket": "models", "key": "house.ifc"}
        await client.run(jobs.delete("house", namespace))
        with pytest.raises(ApiError) as missing:
            await client.run(jobs.retry("house", namespace))
        assert missing.value.status in (404, 409)

    run(namespace, use)


def test_waiting_ends_with_the_job(namespace: str) -> None:
    async def use(client: AsyncClient, api: Api) -> None:
        await client.run(jobs.create(REQUEST, namespace))
        with pytest.raises(TimeoutError, match=r"house is Queued after 0 s"):
            await client.run(jobs.wait("house", namespace, seconds=0.1))
        waiting = asyncio.create_task(client.run(jobs.wait("house", namespace)))
        await api.set_status(namespace, "house", phase="Succeeded")
        assert (await waiting).status.phase == "Succeeded"

    run(namespace, use)


def test_each_request_of_a_batch_has_its_outcome(namespace: str) -> None:
    async def use(client: AsyncClient, _: Api) -> None:
        elsewhere = JobRequest.model_validate({"source": {"s3Uri": "s3://elsewhere/house.ifc"}})
        outcomes = await client.run(jobs.create_many([REQUEST, elsewhere], namespace))
        assert [outcome.status for outcome in outcomes.outcomes] == [201, 403]
        assert [position for position, _ in jobs.problems_of(outcomes)] == [1]

    run(namespace, use)


def test_a_queue_is_held_released_and_scaled(namespace: str) -> None:
    async def use(client: AsyncClient, api: Api) -> None:
        path = f"/apis/ifcjob.io/v1alpha1/namespaces/{namespace}/ifcqueues"
        queue = {"apiVersion": "ifcjob.io/v1alpha1", "kind": "IfcQueue", "metadata": {"name": "default"}, "spec": {}}
        await api.kubernetes.ask("POST", path, queue)
        assert (await client.run(queues.hold("default", namespace))).stop_policy == "Hold"
        assert (await client.run(queues.drain("default", namespace))).stop_policy == "HoldAndDrain"
        assert (await client.run(queues.release("default", namespace))).stop_policy == "None"
        assert (await client.run(queues.scale("default", 3, namespace))).slots == 3
        assert (await client.run(queues.get("default", namespace))).slots == 3
        assert [queue.name for queue in await client.run(queues.every(namespace))] == ["default"]

    run(namespace, use)
