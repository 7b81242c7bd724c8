"""An attempt's Job and Secret: as golden YAML, and as a real API server sees them under restricted Pod Security."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from ifcjob.options import Operations
from ifcjob.pod_options import PodDefaults
from ifcjob.quantity import as_bytes
from ifcjob.request import Output, RunRequest, Source
from ifcjob_operator.applying.job_manifest import PodSettings, job_manifest, scratch_space, secret_manifest
from ifcjob_operator.planning.attempts import attempt_name
from tests.support.builders import INPUT, UID, a_status, an_attempt, an_ifcjob
from tests.support.manifests import as_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.cluster.control_plane import ControlPlane

DATA = Path(__file__).parents[2] / "data"
SETTINGS = PodSettings(image="registry.example.com/ifcjob/runner:0.2.0")
ALL_SETTINGS = PodSettings(
    image="registry.example.com/ifcjob/runner:0.2.0",
    pull_policy="Always",
    service_account="ifcjob-runner",
    labels=(("sidecar.istio.io/inject", "false"),),
    annotations=(("example.com/owner", "platform@example.com"),),
    job_ttl_seconds=600,
)
DEFAULTS = PodDefaults.model_validate({"runtimeClassName": "gvisor", "imagePullSecrets": ["registry", "mirror"]})
REQUEST = RunRequest(
    source=Source(uri="https://s3.example.com/models/house.ifc?X-Amz-Signature=1", public_uri="s3://models/house.ifc"),
    output=Output(uploads={"manifest.json": "https://s3.example.com/artifacts/manifest.json?X-Amz-Signature=2"}),
    operations=Operations.model_validate({"metadata": {}}),
)
PLACED = {
    "nodeSelector": {"disk": "fast"},
    "tolerations": [{"key": "ifc", "operator": "Equal", "value": "only", "effect": "NoSchedule"}],
    "affinity": {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}]
            }
        }
    },
    "priorityClassName": "ifc-batch",
    "labels": {"example.com/team": "bim"},
    "annotations": {"example.com/contact": "bim@example.com"},
}


def smallest() -> dict[str, Any]:
    return job_manifest(an_ifcjob(status=a_status(input=INPUT)), an_attempt(), SETTINGS)


def with_all_options() -> dict[str, Any]:
    ifcjob = an_ifcjob(
        source={"pvc": {"claimName": "models", "path": "projects/7/house.ifc"}},
        output={"pvc": {"claimName": "artifacts", "path": "house"}},
        queue="night",
        resources={"cpu": "2500m", "memory": "4Gi", "ephemeralStorage": "20Gi"},
        startDeadlineSeconds=60,
        activeDeadlineSeconds=600,
        pod=PLACED,
    )
    return job_manifest(ifcjob, an_attempt(2, memory_limit="8Gi"), ALL_SETTINGS, (DEFAULTS,))


def created(job: dict[str, Any]) -> dict[str, Any]:
    """Return a Job as the API server gives it back."""
    return {**job, "metadata": {**job["metadata"], "uid": "7c9e6679-7425-40de-944b-e07fc1f90ae7"}}


def golden() -> dict[str, dict[str, Any]]:
    """Return what the golden files should say, by name."""
    return {
        "attempt-job.yaml": smallest(),
        "attempt-job-all-options.yaml": with_all_options(),
        "attempt-secret.yaml": secret_manifest(created(smallest()), REQUEST),
    }


@pytest.mark.parametrize("name", golden())
def test_the_manifest_equals_the_golden_file(name: str) -> None:
    assert golden()[name] == yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


@pytest.fixture
def restricted(api_server: ControlPlane, namespace: str) -> str:
    """Restrict the namespace, and make what pods in it refer to; there are no controllers to do so."""
    level = [f"pod-security.kubernetes.io/{mode}=restricted" for mode in ("enforce", "warn", "audit")]
    assert api_server.kubectl("label", "namespace", namespace, *level).returncode == 0
    for name in ("default", "ifcjob-runner"):
        assert api_server.kubectl("create", "serviceaccount", name, "-n", namespace).returncode == 0
    priority = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "ifc-batch"}}
    runtime = {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "gvisor"}}
    for manifest in ({**priority, "value": 100}, {**runtime, "handler": "runsc"}):
        assert api_server.kubectl("apply", "-f", "-", stdin=as_text(manifest)).returncode == 0
    return namespace


def dry_run(api_server: ControlPlane, manifest: dict[str, Any]) -> dict[str, Any]:
    """Return an object as the API server would store it; unknown fields and warnings are failures."""
    tried = api_server.kubectl(
        "create", "--dry-run=server", "--validate=strict", "-o", "json", "-f", "-", stdin=as_text(manifest)
    )
    assert tried.stderr == ""
    assert tried.returncode == 0
    return cast("dict[str, Any]", json.loads(tried.stdout))


def pod_of(job: dict[str, Any]) -> dict[str, Any]:
    """Return the pod that the Job controller makes."""
    template = job["spec"]["template"]
    metadata = {**template["metadata"], "name": "runner-pod", "namespace": job["metadata"]["namespace"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


@pytest.mark.parametrize("make", [smallest, with_all_options], ids=lambda make: make.__name__)
def test_the_api_server_accepts_the_pod_under_restricted_pod_security(
    api_server: ControlPlane, restricted: str, make: Callable[[], dict[str, Any]]
) -> None:
    job = make()
    job["metadata"]["namespace"] = restricted
    dry_run(api_server, job)
    pod = dry_run(api_server, pod_of(job))
    dry_run(api_server, secret_manifest(created(job), REQUEST))
    (container,) = pod["spec"]["containers"]
    assert pod["status"]["qosClass"] == "Guaranteed"
    assert container["terminationMessagePath"] == "/dev/termination-log", "where the runner writes its report"
    assert [mount["name"] for mount in container["volumeMounts"]] == [
        volume["name"] for volume in pod["spec"]["volumes"]
    ]
    assert pod["spec"].get("priority", 0) == (100 if make is with_all_options else 0)


def test_a_less_restricted_pod_would_be_refused(api_server: ControlPlane, restricted: str) -> None:
    job = smallest()
    job["metadata"]["namespace"] = restricted
    pod = deepcopy(pod_of(job))  # manifests share the default fields
    del pod["spec"]["securityContext"]["runAsNonRoot"]
    tried = api_server.kubectl("create", "--dry-run=server", "-f", "-", stdin=as_text(pod))
    assert 'violates PodSecurity "restricted' in tried.stderr


def test_the_api_server_returns_the_job_unchanged(api_server: ControlPlane, restricted: str) -> None:
    job = with_all_options()
    job["metadata"]["namespace"] = restricted
    assert missing(job, dry_run(api_server, job)) == []


def missing(expected: Any, actual: Any, path: str = "") -> list[str]:
    """Return where `actual` lacks something of `expected`; additions by the API server do not count."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return [gap for name in expected for gap in missing(expected[name], actual.get(name), f"{path}.{name}")]
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        return [gap for item, other in zip(expected, actual, strict=True) for gap in missing(item, other, path)]
    return [] if expected == actual else [f"{path}: {expected!r} is {actual!r}"]


LABELS = {
    "app.kubernetes.io/name": "ifcjob-runner",
    "app.kubernetes.io/managed-by": "ifcjob-operator",
    "ifcjob.io/ifcjob": "house",
    "ifcjob.io/uid": UID,
    "ifcjob.io/attempt": "1",
    "ifcjob.io/queue": "default",
}
"""NetworkPolicies and the operator select pods by these labels."""


def test_labels_for_policies_cannot_be_overridden() -> None:
    # As if the definition did not refuse them: an older one may be installed.
    ifcjob = an_ifcjob(pod={"labels": dict.fromkeys([*LABELS, "team", "mesh"], "user")})
    theirs = tuple(dict.fromkeys([*LABELS, "mesh"], "admin").items())
    job = job_manifest(ifcjob, an_attempt(), replace(SETTINGS, labels=theirs, annotations=(("mesh", "admin"),)))
    labels = job["spec"]["template"]["metadata"]["labels"]
    assert labels == job["metadata"]["labels"] == LABELS | {"team": "user", "mesh": "admin"}


def test_annotations_of_the_administrator_override_the_users() -> None:
    ifcjob = an_ifcjob(pod={"annotations": {"mesh": "user", "team": "user"}})
    job = job_manifest(ifcjob, an_attempt(), replace(SETTINGS, annotations=(("mesh", "admin"),)))
    assert job["spec"]["template"]["metadata"]["annotations"] == {"mesh": "admin", "team": "user"}


def test_an_ifcjob_sets_only_the_placement_of_its_pod() -> None:
    plain, placed = (job_manifest(ifcjob, an_attempt(), SETTINGS) for ifcjob in (an_ifcjob(), an_ifcjob(pod=PLACED)))
    changed = {"nodeSelector", "affinity", "tolerations", "priorityClassName"}
    pods = [job["spec"]["template"]["spec"] for job in (plain, placed)]
    assert {name for name in pods[0] | pods[1] if pods[0].get(name) != pods[1].get(name)} == changed


def test_the_pod_fits_the_runners_image() -> None:
    image = (DATA.parents[1] / "Dockerfile.runner").read_text(encoding="utf-8")
    pod = smallest()["spec"]["template"]["spec"]
    user, group = pod["securityContext"]["runAsUser"], pod["securityContext"]["runAsGroup"]
    (writable,) = (m["mountPath"] for m in pod["containers"][0]["volumeMounts"] if not m.get("readOnly"))
    assert f"USER {user}:{group}\n" in image
    assert f"WORKDIR {writable}\n" in image
    assert f"TMPDIR={writable}\n" in image


def test_the_runner_gets_the_path_of_its_request() -> None:
    job = smallest()
    secret = secret_manifest(created(job), REQUEST)
    pod = job["spec"]["template"]["spec"]
    (volume,) = (
        volume["name"] for volume in pod["volumes"] if volume.get("secret") == {"secretName": job_name(secret)}
    )
    (folder,) = (mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"] if mount["name"] == volume)
    ((key, text),) = secret["stringData"].items()
    assert pod["containers"][0]["args"] == [f"{folder}/{key}"]
    assert RunRequest.model_validate_json(text) == REQUEST


def job_name(manifest: dict[str, Any]) -> str:
    return str(manifest["metadata"]["name"])


def test_the_same_pvc_is_mounted_for_reading_and_for_writing() -> None:
    claim = {"claimName": "files", "path": "house.ifc"}
    ifcjob = an_ifcjob(source={"pvc": claim}, output={"pvc": {"claimName": "files"}})
    pod = job_manifest(ifcjob, an_attempt(), SETTINGS)["spec"]["template"]["spec"]
    claims = {volume["name"]: volume.get("persistentVolumeClaim") for volume in pod["volumes"]}
    assert claims["source"] == {"claimName": "files", "readOnly": False}
    assert claims["output"] == {"claimName": "files"}
    mounts = {mount["name"]: mount.get("readOnly", False) for mount in pod["containers"][0]["volumeMounts"]}
    assert mounts == {"work": False, "request": True, "source": True, "output": False}


def test_scratch_space_grows_with_the_file() -> None:
    sizes = [None, 1, 10**9, 8 * 2**30]
    inputs = [INPUT.model_copy(update={"bytes": size}) for size in sizes]
    spaces = [as_bytes(scratch_space(an_ifcjob(status=a_status(input=source)))) for source in inputs]
    assert spaces == sorted(spaces)
    assert spaces[0] == 2**30
    assert all(space > 3 * (size or 0) for space, size in zip(spaces, sizes, strict=True))


LABEL = "[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?"
NAMES = st.from_regex(rf"{LABEL}(\.{LABEL}){{0,3}}", fullmatch=True).filter(lambda name: len(name) <= 52)


@example(name="a" * 52, number=99_999, uid=UUID(int=0))
@example(name=f"{'a' * 39}.house", number=1, uid=UUID(int=0))
@example(name=f"{'a' * 38}-b.house", number=1, uid=UUID(int=0))
@given(name=NAMES, number=st.integers(1, 99_999), uid=st.uuids())
def test_attempts_of_every_ifcjob_have_valid_distinct_names(name: str, number: int, uid: UUID) -> None:
    ifcjob = an_ifcjob(name)
    names = {attempt_name(ifcjob, number), attempt_name(ifcjob, number + 1)}
    ifcjob.metadata.uid = str(uid)
    if str(uid)[:8] != UID[:8]:
        names.add(attempt_name(ifcjob, number))
        assert len(names) == 3
    for attempt in names:
        assert re.fullmatch("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", attempt), attempt


def test_pod_defaults_are_used_where_the_ifcjob_sets_nothing() -> None:
    spread = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
    defaults = PodDefaults.model_validate(
        {"priorityClassName": "batch", "nodeSelector": {"pool": "ifc"}, "topologySpreadConstraints": [spread]}
    )
    plain, own = an_ifcjob(status=a_status(input=INPUT)), an_ifcjob(pod=PLACED, status=a_status(input=INPUT))
    pods = [
        job_manifest(ifcjob, an_attempt(), SETTINGS, (defaults,))["spec"]["template"]["spec"] for ifcjob in (plain, own)
    ]
    assert [pod["priorityClassName"] for pod in pods] == ["batch", "ifc-batch"]
    assert [pod["nodeSelector"] for pod in pods] == [{"pool": "ifc"}, {"pool": "ifc", "disk": "fast"}]
    assert [pod["topologySpreadConstraints"] for pod in pods] == [[spread], [spread]]


def test_fields_of_pod_and_container_are_given_as_they_are() -> None:
    pod = {"securityContext": {"runAsNonRoot": True}, "hostAliases": [{"ip": "192.0.2.8", "hostnames": ["s3.example"]}]}
    container = {"env": [{"name": "HTTPS_PROXY", "value": "http://proxy.example.com:3128"}]}
    job = job_manifest(an_ifcjob(), an_attempt(), replace(SETTINGS, pod=pod, container=container))
    spec = job["spec"]["template"]["spec"]
    assert {name: spec[name] for name in pod} == pod
    assert spec["containers"][0]["env"] == container["env"]
    assert "securityContext" not in spec["containers"][0]


def test_volumes_mounts_and_containers_complete_those_of_the_operator() -> None:
    more = {"name": "licences", "configMap": {"name": "licences"}}
    mount = {"name": "licences", "mountPath": "/licences", "readOnly": True}
    first, beside = {"name": "first", "image": "first:1"}, {"name": "beside", "image": "beside:1"}
    pod = {"volumes": [more], "initContainers": [first], "containers": [beside]}
    settings = replace(SETTINGS, pod=pod, container={"volumeMounts": [mount]})
    spec = job_manifest(an_ifcjob(), an_attempt(), settings)["spec"]["template"]["spec"]
    assert [volume["name"] for volume in spec["volumes"]] == ["work", "request", "licences"]
    assert [entry["name"] for entry in spec["containers"]] == ["runner", "beside"]
    assert [entry["name"] for entry in spec["containers"][0]["volumeMounts"]] == ["work", "request", "licences"]
    assert spec["initContainers"] == [first]
