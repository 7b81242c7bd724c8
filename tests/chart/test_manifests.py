"""Manifests match the APIs of Kubernetes 1.33 to 1.37, KEDA and the Prometheus Operator, and pass kube-score."""

import copy
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart import schemas
from tests.chart.matrix import CASES, objects, run, text, values
from tests.support.chart import CHART, Refused
from tools.go_programs import ToolsUnavailable

# Intended exceptions from kube-score's critical checks, by the end of the objects' names.
ALWAYS_PULL = "tags are never overwritten; with `Always` no pod starts while the registry is away"
ONE_POD = "one pod, found by its Service's address; no client needs the names of several"
MEANT = {
    ("container-image-pull-policy", ""): ALWAYS_PULL,
    ("statefulset-has-servicename", "-postgresql"): ONE_POD,
    ("statefulset-has-servicename", "-object-store"): ONE_POD,
    ("container-security-context-user-group-id", "-postgresql"): "the user of the official postgres image",
    ("networkpolicy-targets-pod", "-runner"): "the operator makes these pods",
}
OPTIONAL = ("container-seccomp-profile", "container-ports-check")


def faults(version: str, manifests: str, *more: Path) -> list[str]:
    """Return kubeconform's findings; `more` lists additional schema folders."""
    try:
        folders = [schemas.kubernetes(version), schemas.extensions(), *more]
    except ToolsUnavailable as error:
        pytest.skip(f"needs the API descriptions: {error}")
    places = [word for folder in folders for word in ("-schema-location", f"{folder}/{schemas.LAYOUT}")]
    done = run("kubeconform", "-strict", "-output", "json", "-kubernetes-version", version, *places, given=manifests)
    return [
        f"{resource['kind']}/{resource['name']}: {resource['msg']}" for resource in json.loads(done.stdout)["resources"]
    ]


@pytest.mark.parametrize("version", schemas.versions())
@pytest.mark.parametrize("case", CASES)
def test_chart_manifests_match_kubernetes_schemas(case: str, version: str) -> None:
    assert faults(version, text(case, version)) == []


@pytest.mark.parametrize("version", schemas.versions())
@pytest.mark.parametrize("made", ["attempt-job.yaml", "attempt-job-all-options.yaml", "attempt-secret.yaml"])
def test_operator_manifests_match_kubernetes_schemas(made: str, version: str) -> None:
    # The golden files of test_job_manifest.py.
    assert faults(version, (CHART.parents[1] / "tests" / "data" / made).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(("version", "taken"), [("1.31.9", False), ("1.32.0", True), ("1.32.0-gke.1", True)])
def test_chart_requires_a_supported_kubernetes_version(version: str, taken: bool) -> None:  # noqa: FBT001 - a parameter
    if taken:
        assert text("defaults", version)
        return
    with pytest.raises(Refused, match="chart requires kubeVersion"):
        text("defaults", version)


def test_schemas_reject_unknown_fields() -> None:
    made = copy.deepcopy(objects("everything"))
    written = [item for item in made if item["kind"] in {"Deployment", "ScaledObject", "Service"}]
    for item in written:
        item["spec"]["typo"] = 1
    messages = faults("1.36.3", yaml.safe_dump_all(written))
    assert len(messages) == len(written) >= 4
    assert all("additional properties 'typo' not allowed" in item for item in messages)


@pytest.mark.parametrize("case", CASES)
def test_helm_lint_passes(case: str, tmp_path: Path) -> None:
    given = tmp_path / "values.yaml"
    given.write_text(json.dumps(values(case)), encoding="utf-8")
    done = run("helm", "lint", "--strict", str(CHART), "--values", str(given))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("case", CASES)
def test_kube_score_finds_no_unexpected_critical_issue(case: str) -> None:
    options = [word for check in OPTIONAL for word in ("--enable-optional-test", check)]
    # A CPU limit throttles pods on idle nodes; requests already share the CPU.
    command = ["score", "-", "--output-format", "json", "--kubernetes-version", "v1.33", "--ignore-container-cpu-limit"]
    done = run("kube-score", *command, *options, given=text(case))
    assert [line for report in json.loads(done.stdout) for line in critical(report)] == []


def critical(scored: dict[str, Any]) -> list[str]:
    """Return kube-score's critical findings for an object, without the exceptions."""
    name = scored["object_name"]
    issues = []
    for check in scored["checks"] or ():
        id_ = check["check"]["id"]
        meant = any(id_ == entry and name.endswith(end) for entry, end in MEANT)
        if check["grade"] == 1 and not check["skipped"] and not meant:
            issues.append(f"{name}: {id_}: {[entry['summary'] for entry in check['comments']]}")
    return issues


@pytest.mark.parametrize("case", CASES)
def test_chart_renders_each_object_once(case: str) -> None:
    made = Counter(
        (item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]) for item in objects(case)
    )
    assert [item for item, times in made.items() if times > 1] == []


def test_every_object_has_release_and_common_labels() -> None:
    expected = {
        "app.kubernetes.io/name": "ifcjob",
        "app.kubernetes.io/instance": "ifcjob",
        "app.kubernetes.io/managed-by": "Helm",
        "example.com/cost-centre": "bim",
    }
    own = [item for item in objects("everything") if item["metadata"]["name"] not in {"ifcjob-notes", "ifcjob-more"}]
    lacking = {
        f"{item['kind']}/{item['metadata']['name']}"
        for item in own
        if not expected.items() <= item["metadata"].get("labels", {}).items()
    }
    assert lacking == set()
    assert all("app.kubernetes.io/component" in item["metadata"]["labels"] for item in own)


@pytest.mark.parametrize("case", CASES)
def test_every_namespaced_object_sets_its_namespace(case: str) -> None:
    cluster_wide = ("CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding", "ValidatingAdmissionPolicy")
    without = [item for item in objects(case) if "namespace" not in item["metadata"]]
    named = [
        f"{item['kind']}/{item['metadata']['name']}" for item in without if not item["kind"].startswith(cluster_wide)
    ]
    assert [item for item in named if item not in {"ConfigMap/ifcjob-more", "ConfigMap/ifcjob-extra"}] == []
