"""The API's ServiceAccount has the rights that the API uses, and no other."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ifcjob_api.access.select import access_control
from ifcjob_api.settings import ApiSettings
from tests.support.api import Api, running_api
from tests.support.async_tests import finish, until
from tests.support.chart import SYSTEM, rendered
from tests.support.manifests import as_text, ifcqueue_manifest
from tests.support.rbac import rights_in
from tests.support.recorded_rights import RecordingConnection

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.rbac import Rights
    from tools.cluster.control_plane import ControlPlane

ROLES = ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
ENABLED = {"api": {"enabled": True}, "bundled": {"objectStore": {"enabled": True}}}
JOB = {"name": "house", "source": {"s3Uri": "s3://models/a.ifc"}}
ATTEMPT = {"number": 1, "jobName": "house-1", "admittedAt": "2026-11-30T08:00:00Z"}


def kubectl(api_server: ControlPlane, *arguments: str, text: str | None = None) -> str:
    done = api_server.kubectl(*arguments, stdin=text)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def granted(api_server: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Install the API's account and rights as the chart does, be it, and return the roles."""
    parts = [
        part
        for part in rendered(ENABLED)
        if part["kind"] in (*ROLES, "ServiceAccount") and part["metadata"]["name"].startswith("ifcjob-api")
    ]
    parts.insert(0, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SYSTEM}})
    kubectl(api_server, "apply", "-f", "-", text=yaml.safe_dump_all(parts))
    token = kubectl(api_server, "create", "token", "ifcjob-api", "-n", SYSTEM)
    content = yaml.safe_load(api_server.kubeconfig.read_text(encoding="utf-8"))
    content["users"][0]["user"] = {"token": token}
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(content), encoding="utf-8")
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    return [part for part in parts if part["kind"] in ROLES[:2]]


def test_the_api_uses_exactly_the_rights_of_its_service_account(
    namespace: str, granted: list[dict[str, Any]], api_server: ControlPlane
) -> None:
    kubectl(api_server, "create", "-n", namespace, "-f", "-", text=as_text(ifcqueue_manifest("default")))
    token = api_server.kubeconfig.read_text(encoding="utf-8").partition("token: ")[2].partition("}")[0]

    async def use() -> Rights:
        connection, settings = RecordingConnection(retry_timeout=2), ApiSettings(source_buckets=("models",))
        access = access_control(settings, connection)
        async with running_api(namespace, connection, settings=settings, access=access) as api:
            api.headers["Authorization"] = f"Bearer {token}"
            await use_jobs(api, api_server, namespace)
            await use_queues(api, namespace)
            await until(lambda: any(verb == "watch" for *_, verb in connection.rights))
        return connection.rights

    assert finish(use()) == rights_in(rule for role in granted for rule in role["rules"])


async def use_jobs(api: Api, api_server: ControlPlane, namespace: str) -> None:
    jobs, key = f"/namespaces/{namespace}/jobs", {"Idempotency-Key": "k" * 32}
    for _ in range(2):  # the second time, it finds the first one's job
        assert (await api.post(jobs, json=JOB, headers=key)).status_code == 201
    assert (await api.post(f"{jobs}/house/suspend")).status_code == 202
    assert (await api.get(f"{jobs}/house/events")).status_code == 200
    await asyncio.to_thread(start, api_server, namespace, (await api.get(f"{jobs}/house")).json()["metadata"]["uid"])
    await api.until_indexed(namespace, "house", "Running")
    log = await api.get(f"{jobs}/house/logs")
    assert (log.status_code, log.text) == (200, ""), "the pod has no node"
    assert (await api.delete(f"{jobs}/house")).status_code == 202


def start(api_server: ControlPlane, namespace: str, uid: str) -> None:
    """Write the status of a started job, and create its pod, as the operator does."""
    status = json.dumps({"status": {"phase": "Running", "attempts": [ATTEMPT]}})
    patch = ("patch", "ifcjob", "house", "--subresource=status", "--type=merge", "-p", status)
    kubectl(api_server, "-n", namespace, *patch)
    labels = {"ifcjob.io/ifcjob": "house", "ifcjob.io/uid": uid, "ifcjob.io/attempt": "1"}
    container = {"name": "runner", "image": "example.com/runner"}
    spec = {"automountServiceAccountToken": False, "containers": [container]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "house-1", "labels": labels}, "spec": spec}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
    kubectl(api_server, "-n", namespace, "apply", "-f", "-", text=yaml.safe_dump_all([account, pod]))


async def use_queues(api: Api, namespace: str) -> None:
    queue = f"/namespaces/{namespace}/queues/default"
    assert (await api.get(queue)).status_code == 200
    assert (await api.post(f"{queue}/hold")).status_code == 200
