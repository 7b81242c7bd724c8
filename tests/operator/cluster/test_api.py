"""The operator's verbs on a real API server, with an administrator's rights and with its own."""

from __future__ import annotations

import asyncio
import shutil
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from kubernetes.aio.config import incluster_config

from ifcjob_backends.cluster.errors import AlreadyExists, ClusterUnavailable, Conflict, NotFound, Refused
from ifcjob_operator.cluster.kubernetes_cluster import KubernetesCluster
from tests.support.chart import rendered
from tests.support.manifests import ifcjob_manifest, ifcqueue_manifest
from tools.cluster.helm import SYSTEM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from ifcjob_operator.cluster.api import Cluster
    from tools.cluster.control_plane import ControlPlane

LATER = "2026-01-02T03:04:05Z"


def run(use: Callable[[Cluster], Awaitable[Any]], **options: Any) -> Any:
    """Use a cluster, as KUBECONFIG says or as a pod would."""

    async def used() -> Any:
        async with KubernetesCluster(**options) as cluster:
            return await use(cluster)

    return asyncio.run(used())


def create(api_server: ControlPlane, namespace: str, *manifests: dict[str, Any]) -> None:
    text = yaml.safe_dump_all(manifests)
    created = api_server.kubectl("create", "-n", namespace, "-f", "-", stdin=text)
    assert created.returncode == 0, created.stderr


def job(name: str = "house-1") -> dict[str, Any]:
    container = {"name": "runner", "image": "example.com/runner:1"}
    labels = {"ifcjob.io/ifcjob": "house"}
    template = {"metadata": {"labels": labels}, "spec": {"restartPolicy": "Never", "containers": [container]}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": labels},
        "spec": {"backoffLimit": 0, "template": template},
    }


def secret(name: str = "house-1") -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"request.json": "{}"}}


def failed_create(namespace: str, uid: str, message: str, at: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"event-{message}"},
        "involvedObject": {"apiVersion": "batch/v1", "kind": "Job", "namespace": namespace, "uid": uid},
        "reason": "FailedCreate",
        "message": message,
        "lastTimestamp": at,
    }


async def names(items: AsyncIterator[dict[str, Any]]) -> list[str]:
    return [item["metadata"]["name"] async for item in items]


def test_a_list_comes_page_by_page(api_server: ControlPlane, namespace: str) -> None:
    create(api_server, namespace, *(ifcjob_manifest(f"house-{number}") for number in range(5)))
    requests: list[tuple[str, str, int]] = []
    listed = run(
        lambda cluster: names(cluster.ifcjobs(namespace)), page_size=2, on_request=lambda *what: requests.append(what)
    )
    assert listed == [f"house-{number}" for number in range(5)]
    assert requests == [("GET", "ifcjobs", 200)] * 3


def test_jobs_of_others_are_not_listed(api_server: ControlPlane, namespace: str) -> None:
    other = job("other")
    for part in (other, other["spec"]["template"]):
        part["metadata"] = {**part["metadata"], "labels": {"app": "other"}}
    create(api_server, namespace, job(), other)
    assert run(lambda cluster: names(cluster.jobs(namespace))) == ["house-1"]


def test_a_missing_object_is_none_and_its_deletion_no_error(namespace: str) -> None:
    async def use(cluster: Cluster) -> None:
        key = (namespace, "house")
        for read in (cluster.ifcjob, cluster.ifcqueue, cluster.job, cluster.secret):
            assert await read(key) is None
        await cluster.delete_job(key)
        await cluster.delete_secret(key)
        await cluster.delete_ifcjob(key, "0d9f5a3e-1111-2222-3333-444455556666")

    run(use)


def test_a_status_is_merged_into_the_version_it_was_made_for(api_server: ControlPlane, namespace: str) -> None:
    create(api_server, namespace, ifcjob_manifest())
    key = (namespace, "house")

    async def use(cluster: Cluster) -> None:
        first = await cluster.ifcjob(key)
        assert first is not None
        version = first["metadata"]["resourceVersion"]
        second = await cluster.patch_status(key, version, {"phase": "Starting", "admittedAt": LATER})
        assert second["status"] == {"phase": "Starting", "admittedAt": LATER}
        with pytest.raises(Conflict):
            await cluster.patch_status(key, version, {"phase": "Running"})
        third = await cluster.patch_status(key, second["metadata"]["resourceVersion"], {"admittedAt": None})
        assert third["status"] == {"phase": "Starting"}
        with pytest.raises(NotFound):
            await cluster.patch_status((namespace, "other"), version, {"phase": "Running"})
        with pytest.raises(Refused, match="Unsupported value"):
            await cluster.patch_status(key, third["metadata"]["resourceVersion"], {"phase": "Lost"})

    run(use)


def test_a_new_ifcjob_with_the_name_of_a_deleted_one_is_not_deleted(api_server: ControlPlane, namespace: str) -> None:
    create(api_server, namespace, ifcjob_manifest())
    key = (namespace, "house")

    async def use(cluster: Cluster) -> None:
        await cluster.delete_ifcjob(key, "0d9f5a3e-1111-2222-3333-444455556666")
        existing = await cluster.ifcjob(key)
        assert existing is not None
        await cluster.delete_ifcjob(key, existing["metadata"]["uid"])
        assert await cluster.ifcjob(key) is None

    run(use)


def test_a_deleted_job_stays_until_its_pods_are_gone(namespace: str) -> None:
    async def use(cluster: Cluster) -> None:
        await cluster.create_job(namespace, job())
        await cluster.delete_job((namespace, "house-1"))
        deleted = await cluster.job((namespace, "house-1"))
        assert deleted is not None
        assert deleted["metadata"]["finalizers"] == ["foregroundDeletion"]

    run(use)


def test_the_newest_reason_for_a_missing_pod_is_returned(namespace: str) -> None:
    async def use(cluster: Cluster) -> str | None:
        uid = (await cluster.create_job(namespace, job()))["metadata"]["uid"]
        assert await cluster.create_error(namespace, uid) is None
        for message, at in (("newer", "2026-01-02T03:04:06Z"), ("older", "2026-01-02T03:04:05Z")):
            await cluster.create_event(namespace, failed_create(namespace, uid, message, at))
        await cluster.create_event(namespace, failed_create(namespace, "another", "not ours", "2026-01-02T04:00:00Z"))
        return await cluster.create_error(namespace, uid)

    assert run(use) == "newer"


def test_a_refusal_has_the_api_servers_message(namespace: str) -> None:
    wrong = job()
    wrong["spec"]["template"]["spec"]["restartPolicy"] = "Always"

    async def use(cluster: Cluster) -> None:
        with pytest.raises(Refused, match=r'422: Job.*restartPolicy: .*valid values: "OnFailure", "Never"'):
            await cluster.create_job(namespace, wrong)
        await cluster.create_job(namespace, job())
        with pytest.raises(AlreadyExists):
            await cluster.create_job(namespace, job())

    run(use)


@pytest.fixture
def operator_token(api_server: ControlPlane) -> str:
    """Install the operator's account and rights as the chart does, and be it."""
    kinds = ("ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
    parts = [part for part in rendered({}) if part["kind"] in kinds]
    parts.insert(0, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SYSTEM}})
    applied = api_server.kubectl("apply", "-f", "-", stdin=yaml.safe_dump_all(parts))
    assert applied.returncode == 0, applied.stderr
    made = api_server.kubectl("create", "token", "ifcjob-operator", "-n", SYSTEM)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


@pytest.fixture
def in_pod(api_server: ControlPlane, operator_token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Look like a pod of the operator; return the folder with its token."""
    (tmp_path / "token").write_text(operator_token, encoding="utf-8")
    shutil.copy(api_server.folder / "pki" / "ca.crt", tmp_path / "ca.crt")
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", api_server.address)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(api_server.port))
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(tmp_path / "token"))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(tmp_path / "ca.crt"))
    return tmp_path


@pytest.mark.usefixtures("in_pod")
def test_the_operators_rights_suffice_for_every_verb(api_server: ControlPlane, namespace: str) -> None:
    create(api_server, namespace, ifcjob_manifest())
    key, job_key = (namespace, "house"), (namespace, "house-1")

    async def use(cluster: Cluster) -> None:
        for listed in (cluster.ifcjobs(), cluster.ifcqueues(), cluster.jobs(), cluster.ifcjobs(namespace)):
            await names(listed)
        ifcjob = await cluster.ifcjob(key)
        assert ifcjob is not None
        await cluster.patch_status(key, ifcjob["metadata"]["resourceVersion"], {"phase": "Starting"})
        await cluster.create_queue(namespace, ifcqueue_manifest("default"))
        await cluster.patch_queue_status((namespace, "default"), {"slots": 10})
        assert await cluster.ifcqueue((namespace, "default"))
        for name in ("default", "new"):
            declared = ifcqueue_manifest(name)
            await cluster.apply_queue(declared | {"metadata": {"name": name, "namespace": namespace}})
        made = await cluster.create_job(namespace, job())
        await cluster.create_secret(namespace, secret())
        assert await cluster.job(job_key)
        assert await cluster.secret(job_key)
        assert await cluster.pods_of(job_key) == []
        await cluster.create_event(namespace, failed_create(namespace, made["metadata"]["uid"], "quota", LATER))
        assert await cluster.create_error(namespace, made["metadata"]["uid"]) == "quota"
        await cluster.delete_job(job_key)
        await cluster.delete_secret(job_key)
        await cluster.delete_ifcjob(key, ifcjob["metadata"]["uid"])

    run(use)
    forbidden = api_server.kubectl(
        "auth", "can-i", "list", "secrets", "-A", "--as=system:serviceaccount:ifcjob-system:ifcjob-operator"
    )
    assert forbidden.stdout.strip() == "no"


def test_a_replaced_token_is_read_again(namespace: str, in_pod: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # It is read again after a minute, which is too long for a test.
    at_once = SimpleNamespace(timedelta=lambda **_: timedelta(0), datetime=datetime)
    monkeypatch.setattr(incluster_config, "datetime", at_once)
    token = (in_pod / "token").read_text(encoding="utf-8")
    (in_pod / "token").write_text("outlived", encoding="utf-8")

    async def use(cluster: Cluster) -> list[str]:
        loop = asyncio.get_running_loop()
        loop.call_later(0.3, (in_pod / "token").write_text, token)
        return await names(cluster.ifcjobs(namespace))

    codes: list[int] = []
    assert run(use, on_request=lambda _verb, _resource, code: codes.append(code)) == []
    assert codes[0] == 401
    assert codes[-1] == 200


def test_a_token_that_stays_invalid_fails_after_the_retry_timeout(namespace: str, in_pod: Path) -> None:
    (in_pod / "token").write_text("wrong", encoding="utf-8")
    with pytest.raises(ClusterUnavailable, match="401: Unauthorized"):
        run(lambda cluster: names(cluster.ifcjobs(namespace)), retry_timeout=0.3)
