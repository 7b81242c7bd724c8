"""The resources on a real API server: taken without a warning, defaulted, changed, shown, explained and scaled."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ifcjob.ifcqueue import IfcQueue
from ifcjob.resource import FORMER_RESOURCES, IfcJob
from tests.support.manifests import HOUSE, as_text, ifcjob_manifest, ifcqueue_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.cluster.control_plane import ControlPlane

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
TYPES: dict[str, type[IfcJob | IfcQueue]] = {"IfcJob": IfcJob, "IfcQueue": IfcQueue}

RUNNING: dict[str, Any] = {
    "phase": "Running",
    "progress": {"percent": 41.7, "stage": "geometry", "updatedAt": "2026-01-02T03:04:05Z"},
    "attempts": [
        {"number": 1, "jobName": "house-1", "admittedAt": "2026-01-02T03:04:05Z"},
        {"number": 2, "jobName": "house-2", "admittedAt": "2026-01-02T03:04:05Z"},
    ],
    "failure": {"reason": "OutOfMemory", "message": "m", "hint": "h", "retryable": True},
}


@pytest.fixture
def namespace(api_server: ControlPlane, request: pytest.FixtureRequest) -> Iterator[str]:
    name = f"crd-{abs(hash(request.node.nodeid)) % 10**9}"
    assert api_server.kubectl("create", "namespace", name).returncode == 0
    yield name
    # Nobody finalizes a namespace here: there are no controllers.
    for plural in ("ifcjobs", "ifcqueues"):
        api_server.kubectl("delete", plural, "--all", "-n", name)


def stored(api_server: ControlPlane, namespace: str, *what: str) -> Any:
    listed = api_server.kubectl("get", "-n", namespace, *what, "-o", "json")
    assert listed.returncode == 0, listed.stderr
    return json.loads(listed.stdout)


def create(api_server: ControlPlane, namespace: str, manifest: dict[str, Any]) -> None:
    created = api_server.kubectl("create", "-n", namespace, "-f", "-", stdin=as_text(manifest))
    assert created.returncode == 0, created.stderr


def patch(api_server: ControlPlane, namespace: str, spec: dict[str, Any], *flags: str) -> str:
    """Return what the API server said against it, or nothing."""
    part = "status" if "--subresource=status" in flags else "spec"
    arguments = ["--type=merge", "-p", json.dumps({part: spec}), *flags]
    patched = api_server.kubectl("patch", "-n", namespace, "ifcjob", "house", *arguments)
    assert (patched.returncode == 0) == (patched.stderr == "")
    return patched.stderr


def table(api_server: ControlPlane, namespace: str, *arguments: str) -> list[dict[str, str]]:
    """Return the rows of `kubectl get` by column."""
    lines = api_server.kubectl("get", "-n", namespace, *arguments).stdout.splitlines()
    starts = [word.start() for word in re.finditer(r"\S+", lines[0])]
    ends = [*starts[1:], None]
    cells = [[line[start:end].strip() for start, end in zip(starts, ends, strict=True)] for line in lines]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[1:]]


def test_the_api_server_accepts_the_crds_without_a_warning(api_server: ControlPlane) -> None:
    applied = api_server.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(ROOT / "crds"))
    assert applied.stderr == ""
    assert applied.returncode == 0
    for plural in ("ifcjobs", "ifcqueues"):
        conditions = stored(api_server, "default", "crd", f"{plural}.ifcjob.io")["status"]["conditions"]
        states = {condition["type"]: condition["status"] for condition in conditions}
        assert states == {"NamesAccepted": "True", "Established": "True"}, conditions


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_accepted_and_means_the_same_to_the_types(
    api_server: ControlPlane, namespace: str, path: Path
) -> None:
    applied = api_server.kubectl("apply", "-n", namespace, "-f", str(path))
    assert applied.stderr == ""
    assert applied.returncode == 0
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    kind = TYPES[written["kind"]]
    read_back = stored(api_server, namespace, written["kind"], written["metadata"]["name"])
    assert kind.model_validate(read_back).spec == kind.model_validate(written).spec


def test_every_option_is_in_the_example_of_all_options() -> None:
    written = yaml.safe_load((ROOT / "examples" / "ifcjob-all-options.yaml").read_text(encoding="utf-8"))
    spec = IfcJob.model_validate(written).spec
    alternatives = {"source": {"http", "pvc"}, "output": {"pvc"}}
    for name, part in spec:
        if hasattr(part, "model_fields_set"):
            missing = type(part).model_fields.keys() - part.model_fields_set
            assert missing == alternatives.get(name, set()), name
    assert spec.operations.gltf is not None
    assert type(spec).model_fields.keys() == spec.model_fields_set
    assert type(spec.operations.gltf).model_fields.keys() == spec.operations.gltf.model_fields_set


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param(ifcjob_manifest(), id="smallest IfcJob"),
        pytest.param(ifcjob_manifest(resources={"memory": "4Gi"}, retry={}, coverage={}, pod={}), id="partial objects"),
        pytest.param(ifcjob_manifest(operations={"gltf": {}, "properties": {}}), id="operations by name"),
        pytest.param(ifcjob_manifest(operations={}), id="no operation named"),
        pytest.param(ifcqueue_manifest(), id="smallest IfcQueue"),
    ],
)
def test_the_api_server_fills_in_the_defaults_of_the_types(
    api_server: ControlPlane, namespace: str, manifest: dict[str, Any]
) -> None:
    create(api_server, namespace, manifest)
    read_back = stored(api_server, namespace, manifest["kind"], manifest["metadata"]["name"])
    kind = TYPES[manifest["kind"]]
    expected = kind.model_validate(manifest).spec.model_dump(by_alias=True, mode="json")
    # The operator and the queue have defaults for the resources.
    inherited = expected.get("resources", {}).keys() - manifest["spec"].get("resources", {}).keys()
    assert not inherited & read_back["spec"].get("resources", {}).keys()
    for field in inherited:
        del expected["resources"][field]
    assert_same_but_for_what_is_empty(read_back["spec"], expected)
    actual, original = kind.model_validate(read_back), kind.model_validate(manifest)
    assert actual.spec == original.spec
    if isinstance(actual, IfcJob) and isinstance(original, IfcJob):
        assert actual.spec.operations.or_all() == original.spec.operations.or_all()


def assert_same_but_for_what_is_empty(actual: Any, expected: Any) -> None:
    if isinstance(expected, dict):
        for name, value in expected.items():
            if value not in (None, [], {}) and name in actual:
                assert_same_but_for_what_is_empty(actual[name], value)
            elif not isinstance(value, dict):
                assert value in (None, [], {}), f"{name} has no default in the definition"
    else:
        assert actual == expected


def test_a_new_ifcjob_is_queued_before_the_operator_sees_it(api_server: ControlPlane, namespace: str) -> None:
    create(api_server, namespace, ifcjob_manifest())
    assert stored(api_server, namespace, "ifcjob", "house")["status"] == {"phase": "Queued"}
    selected = table(api_server, namespace, "ifcjobs", "--field-selector", "status.phase=Queued")
    assert [row["NAME"] for row in selected] == ["house"]


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({"source": {"s3": {"key": "other.ifc"}}}, id="another key"),
        pytest.param({"source": {"sha256": "0" * 64}}, id="a checksum later"),
        pytest.param({"source": {"s3": None, "pvc": {"claimName": "models", "path": "a.ifc"}}}, id="another source"),
        pytest.param({"operations": {"metadata": {}}}, id="operations later"),
        pytest.param({"output": {"s3": {"bucket": "elsewhere"}}}, id="another output"),
        pytest.param({"output": None}, id="no output any more"),
        pytest.param({"queue": "fast"}, id="another queue"),
        pytest.param({"queue": None}, id="the default queue"),
        pytest.param({"resources": {"memory": "8Gi"}}, id="more memory"),
        pytest.param({"retry": {"limit": 0}}, id="no retries"),
        pytest.param({"startDeadlineSeconds": 60}, id="less time to start"),
        pytest.param({"activeDeadlineSeconds": 60}, id="less time to run"),
        pytest.param({"cache": "Off"}, id="another cache word"),
        pytest.param({"coverage": {"minimum": 0.9}}, id="another coverage"),
        pytest.param({"pod": {"labels": {"team": "b"}}}, id="labels later"),
        pytest.param({"pod": {"tolerations": [{"key": "a", "operator": "Exists"}]}}, id="another toleration"),
        pytest.param({"pod": {"affinity": {"nodeAffinity": {"x": [{"y": 2}]}}}}, id="a change deep in the affinity"),
    ],
)
def test_an_immutable_field_cannot_change(api_server: ControlPlane, namespace: str, spec: dict[str, Any]) -> None:
    pod = {"affinity": {"nodeAffinity": {"x": [{"y": 1}]}}, "tolerations": [{"key": "a"}]}
    create(api_server, namespace, ifcjob_manifest(queue="slow", output={"s3": {"bucket": "artifacts"}}, pod=pod))
    (name,) = spec
    refused = patch(api_server, namespace, spec)
    assert f"spec.{name}: Invalid value" in refused
    assert f"{name} is immutable: create a new IfcJob to change it" in refused


@pytest.mark.parametrize(
    "resources",
    [
        FORMER_RESOURCES | {"cpu": "2"},
        {"cpu": "1"},
        FORMER_RESOURCES | {"maxMemory": "4Gi"},
        FORMER_RESOURCES | {"ephemeralStorage": "4Gi"},
    ],
    ids=str,
)
def test_chosen_resources_cannot_be_dropped(api_server: ControlPlane, namespace: str, resources: Any) -> None:
    create(api_server, namespace, ifcjob_manifest(resources=resources))
    assert "resources is immutable" in patch(api_server, namespace, {"resources": None})


def test_manifest_without_resources_replaces_the_former_default(api_server: ControlPlane, namespace: str) -> None:
    create(api_server, namespace, ifcjob_manifest(resources=FORMER_RESOURCES))
    assert patch(api_server, namespace, {"resources": None}) == ""
    assert "resources" not in stored(api_server, namespace, "ifcjob", "house")["spec"]


def test_a_mutable_field_changes_without_changing_others(api_server: ControlPlane, namespace: str) -> None:
    create(api_server, namespace, ifcjob_manifest())
    before = stored(api_server, namespace, "ifcjob", "house")["spec"]
    changes: list[dict[str, Any]] = [
        {"priority": 7},
        {"suspend": True},
        {"suspend": False},
        {"ttlSecondsAfterFinished": 60},
        {"ttlSecondsAfterFinished": None},
        {"cancel": True},
    ]
    for change in changes:
        assert patch(api_server, namespace, change) == "", change
    after = stored(api_server, namespace, "ifcjob", "house")["spec"]
    assert after == {**before, "priority": 7, "cancel": True}


@pytest.mark.parametrize("value", [False, None])
def test_a_cancelled_job_stays_cancelled(api_server: ControlPlane, namespace: str, value: Any) -> None:
    create(api_server, namespace, ifcjob_manifest(cancel=True))
    refused = patch(api_server, namespace, {"cancel": value})
    assert "cancel is final: create a new IfcJob to run the file again" in refused


def test_the_largest_spec_is_within_the_cost_limit_of_rules(api_server: ControlPlane, namespace: str) -> None:
    ids = [f"{number:022}" for number in range(10_000)]
    gltf = {"includeGlobalIds": ids, "excludeGlobalIds": ids, "storeys": ["s" * 255] * 1000}
    key = "/".join(["k" * 63] * 16)
    labels = {f"example.com/{number}": "v" * 63 for number in range(32)}
    pod = {"labels": labels, "annotations": labels, "nodeSelector": labels}
    spec: dict[str, Any] = {"source": {"s3": {**HOUSE["s3"], "key": key}}, "operations": {"gltf": gltf}, "pod": pod}
    create(api_server, namespace, ifcjob_manifest(**spec))
    assert patch(api_server, namespace, {"priority": 1}) == ""
    assert "operations is immutable" in patch(api_server, namespace, {"operations": {"gltf": {"storeys": ["s" * 255]}}})


def test_kubectl_get_shows_the_state_of_a_job(api_server: ControlPlane, namespace: str) -> None:
    create(api_server, namespace, ifcjob_manifest(queue="night"))
    assert patch(api_server, namespace, RUNNING, "--subresource=status") == ""
    (row,) = table(api_server, namespace, "ifcjobs")
    age = row.pop("AGE")
    assert row == {
        "NAME": "house",
        "QUEUE": "night",
        "PHASE": "Running",
        "STAGE": "geometry",
        "PERCENT": "41",
        "ATTEMPTS": "2",
        "REASON": "OutOfMemory",
    }
    assert age.endswith("s")
    (wide,) = table(api_server, namespace, "ifcjobs", "-o", "wide")
    assert wide.keys() - row.keys() == {"RUNNING", "STARTED", "FINISHED", "RESULT", "AGE"}


def test_short_names_and_the_category_find_the_resources(api_server: ControlPlane, namespace: str) -> None:
    create(api_server, namespace, ifcjob_manifest())
    create(api_server, namespace, ifcqueue_manifest("night"))
    for words, names in {
        ("ifcj",): ["ifcjob.ifcjob.io/house"],
        ("ifcjob", "house"): ["ifcjob.ifcjob.io/house"],
        ("ifcq", "night"): ["ifcqueue.ifcjob.io/night"],
        ("ifc",): ["ifcjob.ifcjob.io/house", "ifcqueue.ifcjob.io/night"],
    }.items():
        assert api_server.kubectl("get", "-n", namespace, *words, "-o", "name").stdout.split() == names


def test_jobs_are_selected_by_queue_and_phase(api_server: ControlPlane, namespace: str) -> None:
    create(api_server, namespace, ifcjob_manifest())
    create(api_server, namespace, ifcjob_manifest("other", queue="night"))
    assert patch(api_server, namespace, RUNNING, "--subresource=status") == ""
    for selector, names in {
        "spec.queue=night": ["other"],
        "spec.queue=default": ["house"],
        "status.phase=Running": ["house"],
        "status.phase=Queued,spec.queue=night": ["other"],
        "status.phase=Queued,spec.queue=default": [],
    }.items():
        selected = stored(api_server, namespace, "ifcjobs", "--field-selector", selector)
        assert [item["metadata"]["name"] for item in selected["items"]] == names, selector


def test_a_queue_is_scaled_like_a_deployment(api_server: ControlPlane, namespace: str) -> None:
    create(api_server, namespace, ifcqueue_manifest())
    scaled = api_server.kubectl("scale", "-n", namespace, "ifcqueue/default", "--replicas=3")
    assert scaled.returncode == 0, scaled.stderr
    assert stored(api_server, namespace, "ifcqueue", "default")["spec"]["slots"] == 3
    status = json.dumps({"status": {"slots": 2, "selector": "ifcjob.io/queue=default"}})
    flags = ["--subresource=status", "--type=merge", "-p", status]
    assert api_server.kubectl("patch", "-n", namespace, "ifcqueue", "default", *flags).returncode == 0
    path = f"/apis/ifcjob.io/v1alpha1/namespaces/{namespace}/ifcqueues/default/scale"
    scale = json.loads(api_server.kubectl("get", "--raw", path).stdout)
    assert scale["spec"] == {"replicas": 3}
    assert scale["status"] == {"replicas": 2, "selector": "ifcjob.io/queue=default"}


def test_the_status_is_a_subresource(api_server: ControlPlane, namespace: str) -> None:
    create(api_server, namespace, {**ifcjob_manifest(), "status": {"phase": "Succeeded"}})
    assert stored(api_server, namespace, "ifcjob", "house")["status"] == {"phase": "Queued"}
    assert patch(api_server, namespace, RUNNING, "--subresource=status") == ""
    both = [{"type": "Failed", "status": "True", "reason": "R", "lastTransitionTime": "2026-01-02T03:04:05Z"}] * 2
    assert "Duplicate value" in patch(api_server, namespace, {"conditions": both}, "--subresource=status")
    twice = {"attempts": [RUNNING["attempts"][0]] * 2}
    assert "Duplicate value" in patch(api_server, namespace, twice, "--subresource=status")
    assert 'Unsupported value: "Lost"' in patch(api_server, namespace, {"phase": "Lost"}, "--subresource=status")


@pytest.mark.parametrize(
    ("path", "sentences"),
    [
        pytest.param(
            "ifcjob.spec.source.s3",
            ["the IfcJob holds no credentials", "such as `projects/7/model.ifc`", "-required-", "default: the latest"],
            id="a source",
        ),
        pytest.param("ifcjob", ["One IFC file to process", "written by the operator"], id="the resource"),
        pytest.param("ifcjob.spec", ["it cannot be set back to false", "enum: Use, Refresh, Off"], id="its spec"),
        pytest.param("ifcjob.status.conditions", ["kubectl wait", "lastTransitionTime"], id="conditions"),
        pytest.param("ifcqueue.spec.stopPolicy", ["`HoldAndDrain` also stops the running attempts"], id="a queue"),
    ],
)
def test_kubectl_explain_describes_fields(api_server: ControlPlane, path: str, sentences: list[str]) -> None:
    explained = " ".join(api_server.kubectl("explain", path).stdout.split())
    assert [sentence for sentence in sentences if sentence not in explained] == []
