"""Queues that a file declares, on a real API server."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob_operator.cluster.kubernetes_cluster import KubernetesCluster
from ifcjob_operator.queueing.declared import keep_queues, read_queues
from tests.support.manifests import ifcqueue_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cluster.control_plane import ControlPlane


def declared(namespace: str, **spec: Any) -> dict[str, Any]:
    metadata = {"name": "nightly", "namespace": namespace}
    return {"apiVersion": "ifcjob.io/v1alpha1", "kind": "IfcQueue", "metadata": metadata, "spec": spec}


def keep(*queues: dict[str, Any], seconds: float = 1.5, every: float = 60) -> None:
    async def kept() -> None:
        async with KubernetesCluster(retry_timeout=1) as cluster:
            with suppress(TimeoutError):
                await asyncio.wait_for(keep_queues(cluster, queues, every), seconds)

    asyncio.run(kept())


def spec_of(api_server: ControlPlane, namespace: str) -> dict[str, Any]:
    result = api_server.kubectl("get", "ifcqueue", "nightly", "-n", namespace, "-o", "json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)["spec"]


def test_a_declared_queue_is_created_and_kept_as_declared(api_server: ControlPlane, namespace: str) -> None:
    keep(declared(namespace, slots=3, budget={"cpu": "8"}))
    assert spec_of(api_server, namespace)["slots"] == 3
    keep(declared(namespace, slots=5))
    spec = spec_of(api_server, namespace)
    assert spec["slots"] == 5
    assert "cpu" not in spec.get("budget", {})


def test_slots_that_are_not_declared_belong_to_an_autoscaler(api_server: ControlPlane, namespace: str) -> None:
    keep(declared(namespace, maxSlots=50))
    scaled = api_server.kubectl("scale", "ifcqueue", "nightly", "-n", namespace, "--replicas=17")
    assert scaled.returncode == 0, scaled.stderr
    keep(declared(namespace, maxSlots=40))
    spec = spec_of(api_server, namespace)
    assert (spec["slots"], spec["maxSlots"]) == (17, 40)


def test_declared_slots_overwrite_manual_changes(api_server: ControlPlane, namespace: str) -> None:
    keep(declared(namespace, slots=3))
    api_server.kubectl("scale", "ifcqueue", "nightly", "-n", namespace, "--replicas=17")
    keep(declared(namespace, slots=3), every=0.1)
    assert spec_of(api_server, namespace)["slots"] == 3


def test_a_queue_that_cannot_be_applied_does_not_delay_the_others(api_server: ControlPlane, namespace: str) -> None:
    keep(declared("no-such-namespace", slots=1), declared(namespace, slots=2), seconds=4)
    assert spec_of(api_server, namespace)["slots"] == 2


def test_a_file_that_is_not_a_list_of_queues_is_rejected(tmp_path: Path) -> None:
    file = tmp_path / "queues.json"
    file.write_text(json.dumps([ifcqueue_manifest() | {"metadata": {"name": "a", "namespace": "b"}}]))
    assert read_queues(file)[0]["metadata"]["name"] == "a"
    for text in ("{", '{"kind": "IfcQueue"}', '[{"metadata": {"name": "a", "namespace": "b"}, "spec": {"slots": -1}}]'):
        file.write_text(text)
        with pytest.raises(ValueError, match=r".+"):
            read_queues(file)
    file.write_text(json.dumps([declared("bim", budget={"cpu": 0.5})]))
    with pytest.raises(
        ValueError, match=r"0\.spec\.budget\.cpu: must be a whole number or text: write '0\.5' in quotes"
    ):
        read_queues(file)
    file.write_text(json.dumps([{"kind": "IfcQueue", "metadata": {"name": "a"}}]))
    with pytest.raises(ValueError, match="namespace"):
        read_queues(file)
