"""Options of runner pods: which layer wins, and how maps and lists merge."""

from __future__ import annotations

from typing import Any

import pytest

from ifcjob.pod_options import PodDefaults, PodOptions
from ifcjob_operator.planning.pod_defaults import merge_options, with_default_resources
from tests.support.builders import an_ifcjob

SPOT, GPU = {"key": "spot", "operator": "Exists"}, {"key": "gpu", "operator": "Exists"}
HOSTS, ZONES = ({"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "ScheduleAnyway"} for key in ("host", "zone"))


def layer(**fields: Any) -> PodDefaults:
    return PodDefaults.model_validate(fields)


MERGED = [
    pytest.param(
        "nodeSelector", {"a": "1", "b": "1"}, {"b": "2", "c": "2"}, {"a": "1", "b": "2", "c": "2"}, id="selector"
    ),
    pytest.param("labels", {"team": "x"}, {"team": "y", "cost": "7"}, {"team": "y", "cost": "7"}, id="labels"),
    pytest.param("annotations", {"a": "1"}, {}, {"a": "1"}, id="annotations"),
    pytest.param("tolerations", [SPOT], [GPU], [SPOT, GPU], id="tolerations"),
    pytest.param("affinity", {"nodeAffinity": {}}, {"podAffinity": {}}, {"podAffinity": {}}, id="affinity"),
    pytest.param("topologySpreadConstraints", [HOSTS], [ZONES], [ZONES], id="spread"),
    pytest.param("imagePullSecrets", ["registry"], [], [], id="no pull secrets"),
    pytest.param("priorityClassName", "batch", "urgent", "urgent", id="priority class"),
    pytest.param("runtimeClassName", "gvisor", "kata", "kata", id="runtime class"),
]


@pytest.mark.parametrize(("field", "operator", "queue", "merged"), MERGED)
def test_the_queue_wins_over_the_operator(field: str, operator: Any, queue: Any, merged: Any) -> None:
    layers = [layer(**{field: operator}), layer(**{field: queue})]
    assert merge_options(layers).model_dump(by_alias=True)[field] == merged
    assert merge_options([layers[0], layer()]).model_dump(by_alias=True)[field] == operator


def test_every_option_has_a_rule() -> None:
    assert {param.values[0] for param in MERGED} == {
        field.alias for name, field in PodDefaults.model_fields.items() if name != "resources"
    }


def test_the_ifcjob_wins_over_its_queue() -> None:
    own = PodOptions.model_validate({"priorityClassName": "urgent", "tolerations": [GPU], "labels": {"team": "z"}})
    merged = merge_options([layer(labels={"team": "x"}), layer(tolerations=[SPOT], priorityClassName="batch"), own])
    assert (merged.priority_class_name, merged.tolerations, merged.labels) == ("urgent", [SPOT, GPU], {"team": "z"})


OPERATOR = layer(resources={"cpu": "2", "memory": "4Gi", "ephemeralStorage": "10Gi"})
QUEUE = layer(resources={"cpu": "4"})


@pytest.mark.parametrize(
    ("own", "layers", "cpu", "memory", "storage"),
    [
        pytest.param({}, [], "1", "auto", None, id="no defaults"),
        pytest.param({}, [OPERATOR], "2", "4Gi", "10Gi", id="operator"),
        pytest.param({}, [OPERATOR, QUEUE], "4", "4Gi", "10Gi", id="queue"),
        pytest.param({"cpu": "1", "memory": "auto"}, [OPERATOR, QUEUE], "1", "auto", "10Gi", id="own"),
        pytest.param({"maxMemory": "2Gi"}, [OPERATOR], "2", "2Gi", "10Gi", id="own maximum"),
        pytest.param({"maxMemory": "2Gi", "memory": "1Gi"}, [OPERATOR], "2", "1Gi", "10Gi", id="own memory"),
    ],
)
def test_the_ifcjobs_resources_win_over_defaults(
    own: dict[str, str], layers: list[PodDefaults], cpu: str, memory: str, storage: str | None
) -> None:
    ifcjob = an_ifcjob(resources=own) if own else an_ifcjob()
    resources = with_default_resources(ifcjob, layers).spec.resources
    assert (resources.cpu, resources.memory, resources.ephemeral_storage) == (cpu, memory, storage)
    assert resources.max_memory == own.get("maxMemory")
