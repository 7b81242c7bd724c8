"""NetworkPolicies exist before the pods that need them: helm and the operator's rights, on a real API server."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.chart.matrix import program
from tests.support.chart import named, rendered
from tests.support.network_policies import Endpoint, connects, of_pod
from tools.cluster.helm import CHART
from tools.cluster.processes import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.cluster.control_plane import ControlPlane

NAMESPACE = "denies-everything"
DENY = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "deny", "namespace": NAMESPACE},
    "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
}
DATABASE = Endpoint("database", "192.0.2.5")
DNS = Endpoint("dns", "198.19.0.2", "kube-system", {"k8s-app": "kube-dns"})
# The API server of the tests already has the CRDs.
VALUES = {"database": {"existingSecret": {"name": "database"}}, "crds": {"enabled": False}}
NOW = "2026-03-01T12:00:00Z"
COMPLETE = {
    "conditions": [
        {"type": kind, "status": "True", "lastTransitionTime": NOW} for kind in ("SuccessCriteriaMet", "Complete")
    ],
    "startTime": NOW,
    "completionTime": NOW,
    "succeeded": 1,
}


def items(api_server: ControlPlane, kind: str, namespace: str = NAMESPACE) -> list[dict[str, Any]]:
    listed = api_server.kubectl("get", kind, "-n", namespace, "-o", "json")
    assert listed.returncode == 0, listed.stderr
    listed_items: list[dict[str, Any]] = json.loads(listed.stdout)["items"]
    return listed_items


@pytest.fixture
def installing(api_server: ControlPlane) -> Iterator[subprocess.Popen[str]]:
    """Install the chart where a policy denies everything; nothing runs the migration, so helm waits for it."""
    api_server.kubectl("create", "namespace", NAMESPACE)
    api_server.kubectl("apply", "-f", "-", stdin=json.dumps(DENY))
    command = [program("helm"), "install", "ifcjob", str(CHART), "--namespace", NAMESPACE, "--timeout", "5m"]
    command += ["--kubeconfig", str(api_server.kubeconfig), "--values", "-"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as helm:
        try:
            assert helm.stdin
            helm.stdin.write(json.dumps(VALUES))
            helm.stdin.close()
            helm.stdin = None
            yield helm
        finally:
            helm.kill()


def test_migration_reaches_its_database_where_a_policy_denies_everything(
    api_server: ControlPlane, installing: subprocess.Popen[str]
) -> None:
    assert eventually(lambda: bool(items(api_server, "jobs")) or installing.poll() is not None, 120)
    (job,), policies = items(api_server, "jobs"), items(api_server, "networkpolicies")
    pod = Endpoint("migration", "198.19.1.1", NAMESPACE, job["spec"]["template"]["metadata"]["labels"])
    assert of_pod(policies, pod) == {"deny", "ifcjob-catalog-upgrade"}
    assert connects(policies, pod, DATABASE, 5432)
    assert connects(policies, pod, DNS, 53, "UDP")
    assert not connects([policy for policy in policies if policy["metadata"]["name"] == "deny"], pod, DATABASE, 5432)

    status = json.dumps({"status": COMPLETE})
    options = ("-n", NAMESPACE, "--subresource=status", "--type=merge", "-p", status)
    done = api_server.kubectl("patch", "job", job["metadata"]["name"], *options)
    assert done.returncode == 0, done.stderr
    output, _ = installing.communicate(timeout=120)
    assert installing.returncode == 0, output
    remaining = {item["metadata"]["name"] for item in items(api_server, "networkpolicies")}
    assert remaining == {"deny", "ifcjob-operator", "ifcjob-runner", "ifcjob-test"}


def test_operator_may_apply_the_runners_policy_anywhere_and_nothing_else(api_server: ControlPlane) -> None:
    queues = [{"name": "default", "namespace": "plans"}]
    objects = rendered({"networkPolicy": {"applyBeforeJobs": True}, "queues": queues})
    policy = json.loads(named(objects, "ConfigMap")["ifcjob-runner-policy"]["data"]["policy.json"])
    assert policy["spec"] == named(objects, "NetworkPolicy")["ifcjob-runner"]["spec"]
    for kind in ("ClusterRole", "ClusterRoleBinding"):
        api_server.kubectl("apply", "-f", "-", stdin=json.dumps(named(objects, kind)["ifcjob-operator-policies"]))
    api_server.kubectl("create", "namespace", "anywhere")
    identity = ("--as=system:serviceaccount:ifcjob-system:ifcjob-operator", "--as-group=system:authenticated")

    def apply(item: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        options = ("--server-side", "--field-manager=ifcjob-operator", "--validate=false", "-n", "anywhere")
        return api_server.kubectl("apply", *options, *identity, "-f", "-", stdin=json.dumps(item))

    for item in (policy, policy | {"spec": policy["spec"] | {"policyTypes": ["Egress"]}}):
        applied = apply(item)
        assert applied.returncode == 0, applied.stderr
    (made,) = items(api_server, "networkpolicies", "anywhere")
    assert made["spec"]["policyTypes"] == ["Egress"]
    refused = apply(policy | {"metadata": {"name": "another"}})
    assert "forbidden" in refused.stderr.lower()
    deleted = api_server.kubectl("delete", "networkpolicy", policy["metadata"]["name"], "-n", "anywhere", *identity)
    assert "forbidden" in deleted.stderr.lower()
