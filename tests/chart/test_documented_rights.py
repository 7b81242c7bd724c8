"""The chart grants exactly the rights that docs/explanation/security.md lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.chart import SYSTEM, rendered
from tests.support.rbac import PAGE, documented, rights_in

if TYPE_CHECKING:
    from tests.support.manifests import Manifest

ROLES = {
    "ifcjob-operator": "operator",
    "ifcjob-operator-leader": "leader",
    "ifcjob-operator-policies": "policies",
    "ifcjob-install-check": "test",
    "ifcjob-api": "api",
    "ifcjob-api-reviews": "reviews",
    "ifcjob-view": "view",
    "ifcjob-edit": "edit",
    "ifcjob-admin": "admin",
}
API = {
    "api": {"enabled": True},
    "bundled": {"objectStore": {"enabled": True}},
    "networkPolicy": {"applyBeforeJobs": True},
}
WATCHED = ["team-a", "team-b"]


def roles_in(objects: list[Manifest]) -> list[Manifest]:
    return [item for item in objects if item["kind"] in ("Role", "ClusterRole")]


@pytest.mark.parametrize("values", [{}, {"watchNamespaces": WATCHED}, {"keda": {"enabled": True}}], ids=str)
def test_roles_grant_the_documented_rights(values: dict[str, Any]) -> None:
    roles = roles_in(rendered(API | values))
    assert {role["metadata"]["name"] for role in roles} == ROLES.keys()
    for role in roles:
        assert rights_in(role["rules"]) == documented(ROLES[role["metadata"]["name"]]), role["metadata"]["name"]


def test_documented_roles_exist() -> None:
    rows = PAGE.read_text(encoding="utf-8").partition("| role |")[2].partition("\n\n")[0].splitlines()[2:]
    assert {row.split("|")[1].strip() for row in rows} == set(ROLES.values())


def test_watch_namespaces_remove_the_operators_cluster_rights() -> None:
    objects = rendered({"watchNamespaces": WATCHED})
    bindings = [item for item in objects if item["kind"] == "ClusterRoleBinding"]
    assert bindings == []
    places = {
        item["metadata"]["namespace"] for item in roles_in(objects) if item["metadata"]["name"] == "ifcjob-operator"
    }
    assert places == set(WATCHED)


def test_runner_service_account_has_no_role_binding() -> None:
    objects = rendered({"runner": {"serviceAccount": {"create": True}}})
    subjects = [(subject["name"], subject["namespace"]) for item in objects for subject in item.get("subjects", ())]
    assert set(subjects) == {("ifcjob-operator", SYSTEM), ("ifcjob-install-check", SYSTEM)}
    accounts = {item["metadata"]["name"]: item for item in objects if item["kind"] == "ServiceAccount"}
    assert accounts["ifcjob-runner"]["automountServiceAccountToken"] is False


def test_comparison_reports_single_rights() -> None:
    rule = {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get", "*"], "resourceNames": ["a"]}
    assert rights_in([rule]) == {("batch", "jobs", "a", "get"), ("batch", "jobs", "a", "*")}
    assert ("", "secrets", "", "list") not in documented("operator")
    assert ("coordination.k8s.io", "leases", "ifcjob-operator", "update") in documented("leader")
