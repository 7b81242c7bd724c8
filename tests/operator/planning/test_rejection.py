"""Rejections by a ResourceQuota or a LimitRange are explained, as a real API server words them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ifcjob_operator.applying.job_manifest import job_manifest
from ifcjob_operator.planning.rejection import explain_rejection
from tests.operator.applying.house import SETTINGS
from tests.support.builders import an_attempt, an_ifcjob
from tests.support.fake_cluster import PODS, FakeCluster
from tools.cluster.processes import eventually

if TYPE_CHECKING:
    from tools.cluster.control_plane import ControlPlane

QUOTAS = "/api/v1/namespaces/{}/resourcequotas"
LIMIT_RANGES = "/api/v1/namespaces/{}/limitranges"


@pytest.fixture
def cluster(api_server: ControlPlane, namespace: str) -> FakeCluster:
    return FakeCluster(api_server, namespace)


def rejection(cluster: FakeCluster, cpu: str = "2") -> str:
    """Create the pod of an attempt's Job, as the Job controller does, and return the message of its event."""
    template = job_manifest(an_ifcjob(resources={"cpu": cpu}), an_attempt(), SETTINGS)["spec"]["template"]
    pod = template | {"metadata": {"generateName": "house-"}}
    # The API server's own watch brings a new quota or LimitRange a little later.
    assert eventually(lambda: cluster.answer("POST", PODS, pod).status == 403, 10)
    return f"Error creating: {cluster.answer('POST', PODS, pod).json()['message']}"


def test_a_quota_is_named_with_what_it_allows(cluster: FakeCluster) -> None:
    cluster.ask("POST", QUOTAS, {"metadata": {"name": "bim"}, "spec": {"hard": {"requests.cpu": "3"}}})
    used = {"hard": {"requests.cpu": "3"}, "used": {"requests.cpu": "2"}}  # as the quota controller would
    cluster.ask("PATCH", f"{QUOTAS}/bim/status", {"status": used})
    wait = explain_rejection(rejection(cluster))
    assert wait.reason == "QuotaExceeded"
    assert wait.message == "ResourceQuota bim: requested: requests.cpu=2, used: requests.cpu=2, limited: requests.cpu=3"
    assert "no retry" in wait.hint


@pytest.mark.parametrize(("bound", "cpu"), [("max", "2"), ("min", "50m")])
def test_a_limit_range_is_named_with_the_request(cluster: FakeCluster, bound: str, cpu: str) -> None:
    limits: list[Any] = [{"type": "Container", bound: {"cpu": "1"}}]
    cluster.ask("POST", LIMIT_RANGES, {"metadata": {"name": "small"}, "spec": {"limits": limits}})
    wait = explain_rejection(rejection(cluster, cpu))
    assert wait.reason == "LimitRangeViolated"
    assert f"{bound}imum cpu usage per Container is 1, but " in wait.message
    assert "spec.resources" in wait.hint


def test_other_errors_are_kept_without_the_name_of_the_pod() -> None:
    error = 'Error creating: pods "house-1-x7k2p" is forbidden: violates PodSecurity "restricted:latest": hostPath'
    assert explain_rejection(error) == ("PodNotCreated", 'violates PodSecurity "restricted:latest": hostPath', "")
    denied = 'admission webhook "policy.example.com" denied the request: no'
    assert explain_rejection(denied) == ("PodNotCreated", denied, "")
