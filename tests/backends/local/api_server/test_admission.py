"""The local API server refuses what an API server with the CRDs refuses, with the same messages.

tests/contract/test_refused_manifests.py sends the same manifests to a real API server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ifcjob.cel_rules import RULES
from ifcjob.crd.definitions import RESOURCES as CRDS
from ifcjob.crd.definitions import resource_schema
from ifcjob.resource import FORMER_RESOURCES, IfcJob
from ifcjob_backends.cluster.errors import Refused
from ifcjob_backends.local.api_server.admission import admit
from ifcjob_backends.local.api_server.cel import UnknownRule, predicate
from ifcjob_backends.local.api_server.targets import RESOURCES
from tests.contract.test_refused_manifests import ACCEPTED, BOTH_REFUSE, CLUSTER_REFUSES
from tests.support.manifests import ifcjob_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ifcjob_backends.cluster.objects import KubeObject

STRICT = {"fieldValidation": "Strict"}


def admitted(manifest: KubeObject, before: KubeObject | None = None) -> KubeObject:
    return admit(RESOURCES[f"{manifest['kind'].lower()}s"], manifest, before, STRICT)


@pytest.mark.parametrize(("manifest", "message"), [*BOTH_REFUSE, *CLUSTER_REFUSES])
def test_an_invalid_manifest_is_refused_with_the_message_of_the_api_server(manifest: KubeObject, message: str) -> None:
    with pytest.raises(Refused) as refused:
        admitted(manifest)
    assert message in refused.value.message
    assert refused.value.status in (400, 422)


@pytest.mark.parametrize("manifest", ACCEPTED)
def test_a_valid_manifest_is_accepted(manifest: KubeObject) -> None:
    admitted(manifest)


def test_defaults_are_stored_and_unknown_fields_are_not() -> None:
    stored = admit(RESOURCES["ifcjobs"], ifcjob_manifest(prio=3), None, {})
    assert stored["spec"]["queue"] == "default"
    assert stored["spec"]["retry"] == {"limit": 3, "backoffSeconds": 10, "memoryFactor": 2.0}
    assert "prio" not in stored["spec"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        pytest.param({"queue": "other"}, "queue is immutable", id="queue"),
        pytest.param({"cache": "Off"}, "cache is immutable", id="cache"),
        pytest.param({"output": {"s3": {"bucket": "other"}}}, "output is immutable", id="output that was not set"),
    ],
)
def test_immutable_fields_cannot_be_changed(changed: KubeObject, message: str) -> None:
    before = admitted(ifcjob_manifest())
    with pytest.raises(Refused, match=message):
        admitted(before | {"spec": before["spec"] | changed}, before)


def test_only_the_former_default_of_resources_can_be_dropped() -> None:
    for resources in (FORMER_RESOURCES, FORMER_RESOURCES | {"cpu": "2"}):
        before = admitted(ifcjob_manifest(resources=resources))
        if resources == FORMER_RESOURCES:
            assert "resources" not in admitted(ifcjob_manifest(), before)["spec"]
        else:
            with pytest.raises(Refused, match="resources is immutable"):
                admitted(ifcjob_manifest(), before)


def test_a_cancelled_job_stays_cancelled() -> None:
    before = admitted(ifcjob_manifest(cancel=True))
    with pytest.raises(Refused, match="cancel is final"):
        admitted(before | {"spec": before["spec"] | {"cancel": False}}, before)


def test_mutable_fields_can_be_changed() -> None:
    before = admitted(ifcjob_manifest())
    changes = {"cancel": True, "suspend": True, "priority": 5, "ttlSecondsAfterFinished": 7}
    after = admitted(before | {"spec": before["spec"] | changes}, before)
    assert IfcJob.model_validate(after | {"metadata": {"name": "house"}}).spec.priority == 5


def test_every_rule_of_the_crds_can_be_evaluated() -> None:
    rules = [rule for crd in CRDS for rule in rules_of(resource_schema(crd))]
    assert len(rules) > 40
    for rule in rules:
        predicate(rule)
    with pytest.raises(UnknownRule):
        predicate("self.size() == 3")


def rules_of(schema: dict[str, Any]) -> Iterator[str]:
    yield from (rule["rule"] for rule in schema.get(RULES, ()))
    parts = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]
    for part in parts:
        if isinstance(part, dict):
            yield from rules_of(part)
