"""Access of a hostile file in the runner, rights of the ServiceAccounts, and selection by policies."""

import json
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Bucket
from tests.e2e.kube import Kube, Resource, ifcjob, proved, wait_until
from tests.e2e.release import NAME, RESTRICTED, SYSTEM, Release
from tests.support.network_policies import Endpoint, of_pod
from tests.support.rbac import Rights, documented, rights_in

pytestmark = pytest.mark.second

HOSTILE = Path(__file__).with_name("hostile.py").read_text(encoding="utf-8")
REFUSED = {401, 403}
UNREACHABLE = 0
METADATA = "169.254.169.254:80"
RUNNERS = "app.kubernetes.io/name=ifcjob-runner"


@pytest.fixture
def attempt(kube: Kube, bucket: Bucket, corpus: Path) -> Callable[[], Resource]:
    """Start an attempt that runs for minutes, and return its pod."""

    def start() -> Resource:
        bucket.put("big.ifc", corpus / "janesville.ifc")
        bucket.put("secret.ifc", corpus / "openhouse.ifc")
        neighbour = {"metadata": {"name": "neighbour"}, "spec": {"ports": [{"port": 80}]}}
        kube.apply({"apiVersion": "v1", "kind": "Service", **neighbour})
        small = {"cpu": "100m", "memory": "512Mi"}
        kube.apply(
            ifcjob("slow", bucket.name, "big.ifc", resources=small),
            ifcjob("other", bucket.name, "secret.ifc", resources=small, suspend=True),
        )
        kube.wait_phase("slow", "Running", seconds=90)
        (pod,) = kube.all("pod", RUNNERS)
        return pod

    return start


def hostile_pod(kube: Kube, like: Resource, **given: str) -> dict[str, Any]:
    """Run the hostile program in a pod like an attempt's, and return its findings."""
    name = f"hostile-{secrets.token_hex(3)}"
    container = dict(like["spec"]["containers"][0])
    container |= {"command": ["python", "-c", HOSTILE], "args": [json.dumps(given)], "resources": {}}
    copied = ("securityContext", "serviceAccountName", "automountServiceAccountToken", "enableServiceLinks", "volumes")
    spec = {field: like["spec"][field] for field in copied if field in like["spec"]}
    spec |= {"containers": [container], "restartPolicy": "Never"}
    # Without the labels by which the Job controller would adopt the pod.
    labels = {
        key: value for key, value in like["metadata"]["labels"].items() if not re.search("controller-uid|job-name", key)
    }
    metadata = {"name": name, "labels": labels}
    kube.apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})

    def ended(pod: Resource) -> bool:
        return pod.get("status", {}).get("phase") in ("Succeeded", "Failed")

    pod = kube.wait("pod", name, ended, 120, "the hostile program ended")
    printed = kube.run("logs", name)
    kube.run("delete", "pod", name, "--wait=false")
    assert pod["status"]["phase"] == "Succeeded", printed
    findings: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return findings


def given_to(kube: Kube, pod: Resource, places: str = METADATA) -> dict[str, str]:
    return {
        "namespace": kube.namespace,
        "secret": pod["metadata"]["labels"]["job-name"],
        "other": "other",
        "key": "big.ifc",
        "other_key": "secret.ifc",
        "queue": f"http://{NAME}-operator.{SYSTEM}.svc:8080/v1/queues/{kube.namespace}/default",
        "places": places,
    }


@pytest.mark.parallel
def test_hostile_file_affects_only_its_own_attempt(kube: Kube, bucket: Bucket, attempt: Callable[[], Resource]) -> None:
    pod = attempt()
    findings = hostile_pod(kube, pod, **given_to(kube, pod))
    secret = kube.get("secret", pod["metadata"]["labels"]["job-name"])
    assert secret is not None
    assert findings["tokens"] == [], "no token of the ServiceAccount"
    assert findings["mounted"] == list(secret["data"]) == ["request.json"]
    assert findings["links"] == ["KUBERNETES_SERVICE_HOST"], "no variables of other Services"
    assert set(findings["api"].values()) <= REFUSED | {UNREACHABLE}, findings["api"]
    proved("the pod has no token, and the API server refuses it everything")

    assert findings["writable"] == ["/dev/shm", "/work"]
    process = findings["process"]
    assert {name: int(value, 16) for name, value in process.items() if name.startswith("Cap")} == dict.fromkeys(
        ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"), 0
    )
    assert (process["NoNewPrivs"], process["Seccomp"]) == ("1", "2"), (
        "no program gains rights; system calls are filtered"
    )
    assert set(process["Uid"].split()) == {"10001"}
    assert set(findings["setuid"].values()) <= {"10001", "ended"}, findings["setuid"]
    assert set(findings["refused"].values()) <= {"EPERM", "EACCES"}, findings["refused"]
    proved("the root file system is read-only, there is no capability, and no way to become root")

    assert findings["progress"].pop("own") == 204
    assert set(findings["progress"].values()) == {401}, findings["progress"]
    assert set(findings["queue"].values()) == {401}
    proved("its token posts the progress of its own attempt, of no other, and opens no queue")

    assert [findings["store"].pop(what) for what in ("own source", "own artifact")] == [200, 200]
    assert set(findings["store"].values()) == {403}, findings["store"]
    assert bucket.read(f"s3://{bucket.name}/secret.ifc")
    proved("its URLs read its source and write its artifacts; every other object, method and version is refused")
    kube.patch("ifcjob", "slow", {"cancel": True})


@pytest.mark.parallel
def test_restricted_namespaces_run_only_restricted_pods(kube: Kube, system: Kube) -> None:
    for place in (kube, system):
        namespace = place.get("namespace", place.namespace)
        assert namespace is not None
        assert namespace["metadata"]["labels"].items() >= RESTRICTED.items()
        container = {"name": "a", "image": "a", "securityContext": {"privileged": True}}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [container]}}
        result = place.cluster.kubectl("-n", place.namespace, "create", "-f", "-", stdin=json.dumps(pod))
        assert 'violates PodSecurity "restricted' in result.stderr
    assert system.all("pod", "app.kubernetes.io/component=operator")
    proved("the operator runs where restricted pods alone may; so does every runner of these tests")


@pytest.mark.parallel
def test_operator_has_exactly_the_documented_rights(kube: Kube, system: Kube) -> None:
    account = f"system:serviceaccount:{SYSTEM}:{NAME}-operator"
    everybody = _rights(system, "system:serviceaccount:default:nobody")
    assert _rights(kube, account) - everybody == documented("operator")
    assert _rights(system, account) - everybody == documented("operator") | documented("leader")
    assert _rights(kube, f"system:serviceaccount:{kube.namespace}:default") == everybody, "a runner may do nothing"
    proved("the operator may do what the documentation lists and nothing else; a runner's ServiceAccount nothing")


def _rights(kube: Kube, account: str) -> Rights:
    """Return the rights of an identity in a namespace, from the API server."""
    review: Resource = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview"}
    review |= {"spec": {"namespace": kube.namespace}}
    answer = kube.run(
        "create", "--validate=false", "-f", "-", "-o", "json", f"--as={account}", stdin=json.dumps(review)
    )
    return rights_in(json.loads(answer)["status"]["resourceRules"])


@pytest.mark.parametrize("maker", ["chart", "operator"])
def test_network_policies_select_every_pod(
    kube: Kube, release: Release, attempt: Callable[[], Resource], maker: str
) -> None:
    by_chart = {"runnerNamespaces": [kube.namespace]}
    release.ensure({"networkPolicy": by_chart if maker == "chart" else {"applyBeforeJobs": True}})
    attempt()
    policies = _everywhere(kube, "networkpolicy")
    selected: dict[str, set[str]] = {}
    for pod in _everywhere(kube, "pod"):
        labels = pod["metadata"].get("labels", {})
        place = Endpoint(pod["metadata"]["name"], pod["status"].get("podIP", ""), pod["metadata"]["namespace"], labels)
        if place.namespace in (SYSTEM, kube.namespace):
            component = labels.get("app.kubernetes.io/component", labels.get("app.kubernetes.io/name", ""))
            selected.setdefault(component, set()).update(of_pod(policies, place))
            assert len(of_pod(policies, place)) == 1, place
    assert selected["operator"] == {f"{NAME}-operator"}
    assert selected["api"] == {f"{NAME}-api"}
    assert selected["ifcjob-runner"] == {f"{NAME}-runner" if maker == "chart" else f"{NAME}-runner-applied"}
    kube.patch("ifcjob", "slow", {"cancel": True})
    proved("each pod that runs is selected by its own policy and by no other")


def test_network_policies_block_unneeded_runner_connections(
    kube: Kube, release: Release, attempt: Callable[[], Resource]
) -> None:
    release.ensure({"networkPolicy": {"runnerNamespaces": [kube.namespace]}})
    pod = attempt()
    database = re.sub(r".*@([^/]+)/.*", r"\1", kube.cluster.database_url)
    store = kube.cluster.s3_endpoint.removeprefix("http://")
    places = f"{METADATA} {database} {store}"
    findings = hostile_pod(kube, pod, **given_to(kube, pod, places))
    kube.patch("ifcjob", "slow", {"cancel": True})
    if UNREACHABLE not in findings["api"].values():
        pytest.skip(
            "this cluster's network plugin enforces no NetworkPolicies: what they select is tested, not their effect"
        )
    assert set(findings["api"].values()) == {UNREACHABLE}
    assert findings["connects"] == {METADATA: False, database: False, store: True}
    assert set(findings["queue"].values()) == {401}, "the operator is reached"
    proved("policies keep a runner from the API server, the database and metadata, and let it reach store and operator")


def _everywhere(kube: Kube, kind: str) -> list[Resource]:
    return list(json.loads(kube.run("get", kind, "--all-namespaces", "-o", "json"))["items"])


def test_admission_policy_limits_a_namespace_to_its_sources(
    kube: Kube, release: Release, bucket: Bucket, corpus: Path
) -> None:
    rule = {
        "name": "tests",
        "namespaces": [kube.namespace],
        "sources": {"s3": [f"{bucket.name}/in/"]},
        "outputs": {"s3": [f"{bucket.name}/artifacts"]},
    }
    release.ensure(
        {
            "admissionPolicy": {
                "enabled": True,
                "rules": [rule, {"name": "everybody-else", "sources": {"s3": ["*"]}, "outputs": {"s3": ["*"]}}],
            }
        }
    )
    bucket.put("in/openhouse.ifc", corpus / "openhouse.ifc")
    refused = json.dumps(ifcjob("refused", bucket.name, "index/openhouse.ifc"))

    def denial() -> str:
        return kube.cluster.kubectl("-n", kube.namespace, "create", "--dry-run=server", "-f", "-", stdin=refused).stderr

    wait_until(lambda: "may not read s3://" in denial(), 30, "the policy is in effect", denial)
    kube.apply(ifcjob("allowed", bucket.name, "in/openhouse.ifc"))
    kube.wait_phase("allowed", "Succeeded", seconds=120)
    proved("an IfcJob below its prefix runs; another is denied, and the message lists the allowed prefixes")
