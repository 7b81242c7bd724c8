"""The values of the OpenShift page: no pod asks for an id, and all stay restricted."""

import json
import re
from typing import Any

import pytest
import yaml

from tests.support.chart import CHART, rendered
from tools.cluster.helm import merged

PAGE = CHART.parents[1] / "docs" / "how-to" / "openshift.md"
EVERY_COMPONENT = {
    "api": {"enabled": True},
    "web": {"enabled": True},
    "bundled": {"postgresql": {"enabled": True}, "objectStore": {"enabled": True}},
}
IDS = {"runAsUser", "runAsGroup", "fsGroup", "supplementalGroups"}
WORKLOADS = {"Deployment", "StatefulSet", "Job", "Pod"}


@pytest.fixture
def pods() -> dict[str, Any]:
    """Return the pod specs of a release by the names of their objects."""
    block = re.search(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    objects = rendered(merged(EVERY_COMPONENT, yaml.safe_load(block[1])))
    return {
        item["metadata"]["name"]: item["spec"] if item["kind"] == "Pod" else item["spec"]["template"]["spec"]
        for item in objects
        if item["kind"] in WORKLOADS
    }


def is_restricted(pod: dict[str, Any], containers: list[dict[str, Any]]) -> bool:
    """Tell whether a pod meets restricted-v2, which assigns the ids."""
    contexts = [container["securityContext"] for container in containers]
    return (
        pod["runAsNonRoot"]
        and pod["seccompProfile"] == {"type": "RuntimeDefault"}
        and not IDS & pod.keys()
        and all(not IDS & context.keys() for context in contexts)
        and all(context["capabilities"] == {"drop": ["ALL"]} for context in contexts)
        and not any(context["allowPrivilegeEscalation"] for context in contexts)
    )


def test_pods_of_the_release_are_restricted_and_ask_for_no_ids(pods: dict[str, Any]) -> None:
    assert len(pods) == 7
    restricted = {
        name: is_restricted(pod["securityContext"], pod["containers"] + pod.get("initContainers", []))
        for name, pod in pods.items()
    }
    assert [name for name, is_met in restricted.items() if not is_met] == []


def test_runner_pods_are_restricted_and_ask_for_no_ids(pods: dict[str, Any]) -> None:
    variables = {entry["name"]: entry.get("value") for entry in pods["ifcjob-operator"]["containers"][0]["env"]}
    pod = json.loads(variables["IFCJOB_RUNNER_POD"])["securityContext"]
    assert is_restricted(pod, [json.loads(variables["IFCJOB_RUNNER_CONTAINER"])])
