"""TokenReview and SubjectAccessReview of a real API server, with RBAC."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ifcjob_api.access.protocol import Caller
from ifcjob_api.access.reviews import AccessReviews
from ifcjob_api.access.select import access_control
from ifcjob_api.access.token_review import TokenReviews
from ifcjob_api.problems import Problem
from ifcjob_api.settings import ApiSettings
from ifcjob_backends.cluster.client import Connection
from tests.support.api import served
from tests.support.api_app import api_app, api_client
from tests.support.async_tests import finish, until, until_awaited
from tests.support.event_stream import Stream
from tests.support.oidc import AUDIENCE, oidc_issuer

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cluster.control_plane import ControlPlane

READER = ("--verb=get,list,watch", "--resource=ifcjobs.ifcjob.io")


def kubectl(api_server: ControlPlane, *arguments: str) -> str:
    done = api_server.kubectl(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def service_account(api_server: ControlPlane, namespace: str, *, audience: str = "") -> str:
    """Make the service account `ann`, which may read IfcJobs in the namespace, and return a token of it."""
    kubectl(api_server, "-n", namespace, "create", "serviceaccount", "ann")
    kubectl(api_server, "-n", namespace, "create", "role", "reader", *READER)
    kubectl(
        api_server,
        "-n",
        namespace,
        "create",
        "rolebinding",
        "ann",
        "--role=reader",
        f"--serviceaccount={namespace}:ann",
    )
    return token(api_server, namespace, audience)


def token(api_server: ControlPlane, namespace: str, audience: str = "") -> str:
    options = [f"--audience={audience}"] if audience else []
    return kubectl(api_server, "-n", namespace, "create", "token", "ann", "--duration=1h", *options)


def test_a_service_account_is_authenticated_by_its_token(api_server: ControlPlane, namespace: str) -> None:
    valid = service_account(api_server, namespace)

    async def run() -> None:
        async with Connection(retry_timeout=2) as kubernetes:
            caller = await TokenReviews(kubernetes).authenticate(valid)
            assert caller.name == f"system:serviceaccount:{namespace}:ann"
            assert f"system:serviceaccounts:{namespace}" in caller.groups
            assert caller.expires_at is not None
            assert 3000 < (caller.expires_at - datetime.now(UTC)).total_seconds() < 4000
            for wrong in (valid[:-4], valid + "AAAA", "x", "a.b.c"):
                with pytest.raises(Problem) as refused:
                    await TokenReviews(kubernetes).authenticate(wrong)
                assert refused.value.status == 401

    finish(run())


def test_a_token_needs_the_audience_of_the_api(api_server: ControlPlane, namespace: str) -> None:
    general, special = service_account(api_server, namespace), token(api_server, namespace, "ifcjob")

    async def run() -> None:
        async with Connection(retry_timeout=2) as kubernetes:
            reviews = TokenReviews(kubernetes, ["ifcjob"])
            assert (await reviews.authenticate(special)).name.endswith(":ann")
            with pytest.raises(Problem):
                await reviews.authenticate(general)
            with pytest.raises(Problem):
                await TokenReviews(kubernetes).authenticate(special)

    finish(run())


def test_rbac_decides_per_namespace_and_verb_until_it_is_withdrawn(api_server: ControlPlane, namespace: str) -> None:
    service_account(api_server, namespace)
    ann = Caller(f"system:serviceaccount:{namespace}:ann")

    async def run() -> None:
        async with Connection(retry_timeout=2) as kubernetes:
            reviews = AccessReviews(kubernetes, seconds=0.2)
            assert await reviews.allows(ann, "get", "ifcjobs", namespace)
            for verb in ("create", "update", "patch", "delete"):
                assert not await reviews.allows(ann, verb, "ifcjobs", namespace)
            assert not await reviews.allows(ann, "get", "ifcqueues", namespace)
            assert not await reviews.allows(ann, "get", "ifcjobs", "default")
            among = ["default", namespace, "kube-system"]
            assert await reviews.allowed_namespaces(ann, "list", "ifcjobs", among) == {namespace}
            admin = Caller("root", ("system:masters",))
            assert await reviews.allowed_namespaces(admin, "list", "ifcjobs", among) == set(among)
            await asyncio.to_thread(kubectl, api_server, "-n", namespace, "delete", "rolebinding", "ann")

            async def is_withdrawn() -> bool:
                return not await reviews.allows(ann, "get", "ifcjobs", namespace)

            await until_awaited(is_withdrawn)

    finish(run())


def test_a_job_of_another_namespace_cannot_be_read(api_server: ControlPlane, namespace: str, tmp_path: Path) -> None:
    valid, other = service_account(api_server, namespace), f"{namespace}-b"
    kubectl(api_server, "create", "namespace", other)
    for place in (namespace, other):
        job = {
            "apiVersion": "ifcjob.io/v1alpha1",
            "kind": "IfcJob",
            "metadata": {"name": "house", "namespace": place},
            "spec": {"source": {"s3": {"bucket": "models", "key": "house.ifc"}}},
        }
        assert api_server.kubectl("apply", "-f", "-", stdin=json.dumps(job)).returncode == 0

    async def run() -> None:
        async with Connection(retry_timeout=2) as kubernetes:
            access = access_control(ApiSettings(), kubernetes)
            app = api_app(tmp_path, access, kubernetes=kubernetes)
            async with app.router.lifespan_context(app), api_client(app, valid) as client:
                mine = f"/api/v1/namespaces/{namespace}/jobs"

                async def is_listed() -> bool:
                    return (await client.get(f"{mine}/house")).status_code == 200

                await until_awaited(is_listed, 20)
                foreign = f"/api/v1/namespaces/{other}/jobs"
                for path in (foreign, f"{foreign}/house", f"{foreign}/none", f"{foreign}/house/logs"):
                    assert (await client.get(path)).status_code == 403
                assert (await client.delete(f"{foreign}/house")).status_code == 403
                assert (await client.delete(f"{mine}/house")).status_code == 403, "read only"
                assert other not in (await client.get("/api/v1/me")).text
                assert (await client.get(mine, headers={"Authorization": "Bearer x"})).status_code == 401

    finish(run())


def test_the_user_of_a_jwt_has_the_rights_that_rbac_gives_to_name_and_groups(
    api_server: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    service_account(api_server, namespace)
    other = f"{namespace}-c"
    kubectl(api_server, "create", "namespace", other)
    bind = ("create", "rolebinding", "--role=reader")
    kubectl(api_server, "-n", namespace, *bind, "by-name", "--user=oidc:ann@example.com")
    kubectl(api_server, "-n", namespace, *bind, "by-group", "--group=oidc:surveyors")

    async def run() -> None:
        async with Connection(retry_timeout=2) as kubernetes, oidc_issuer("RS256") as issuer:
            prefixes = {"oidc_user_prefix": "oidc:", "oidc_groups_prefix": "oidc:", "oidc_user_claim": "email"}
            settings: dict[str, Any] = {
                "auth_mode": "oidc",
                "oidc_issuer": issuer.url,
                "oidc_audiences": (AUDIENCE,),
                **prefixes,
            }
            access = access_control(ApiSettings(**settings), kubernetes)
            app = api_app(tmp_path, access, kubernetes=kubernetes, **settings)
            async with app.router.lifespan_context(app), api_client(app) as client:
                await until(lambda: app.state.services.live.is_synced)

                async def status(place: str, **claims: Any) -> int:
                    headers = {"Authorization": f"Bearer {issuer.token(**claims)}"}
                    return (await client.get(f"/api/v1/namespaces/{place}/jobs", headers=headers)).status_code

                assert await status(namespace, email="ann@example.com", groups=[]) == 200
                assert await status(namespace, email="eve@example.com", groups=["surveyors"]) == 200
                assert await status(namespace, email="eve@example.com", groups=["bim"]) == 403
                assert await status(other, email="ann@example.com", groups=["surveyors"]) == 403
                assert await status(namespace, email="ann@example.com", exp=1_600_000_000) == 401

    finish(run())


def test_an_event_stream_ends_when_rbac_withdraws_the_right(
    api_server: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    valid = service_account(api_server, namespace)

    async def run() -> None:
        async with Connection(retry_timeout=2) as kubernetes:
            access = access_control(ApiSettings(), kubernetes)
            settings = {"events_recheck_seconds": 0.2, "namespaces": (namespace,)}
            app = api_app(tmp_path, access, kubernetes=kubernetes, **settings)
            async with app.router.lifespan_context(app), served(app) as url, httpx.AsyncClient(timeout=30) as client:
                headers = {"Authorization": f"Bearer {valid}"}
                await until(lambda: app.state.services.live.is_synced)
                query = {"namespace": namespace}
                async with client.stream("GET", f"{url}/events", params=query, headers=headers) as response:
                    stream = Stream(response)
                    assert await stream.until("snapshot")
                    await asyncio.to_thread(kubectl, api_server, "-n", namespace, "delete", "rolebinding", "ann")
                    last = await stream.next(20)
                    assert last is not None
                    assert (last.name, last.data["code"]) == ("bye", "Forbidden")
                    assert await stream.next() is None
                again = await client.get(f"{url}/events", params=query, headers=headers)
                assert again.status_code == 403

    finish(run())
