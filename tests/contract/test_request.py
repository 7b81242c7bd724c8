"""A request that makes no sense is refused, and one that says nothing means everything."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ifcjob.options import GltfOptions
from ifcjob.request import RunRequest


def a_request(**changes: Any) -> dict[str, Any]:
    return {"source": {"uri": "house.ifc"}, "output": {"folder": "out"}, **changes}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        pytest.param({"output": {}}, "output", id="no output"),
        pytest.param({"output": {"folder": "out", "uploads": {}}}, "output", id="two outputs"),
        pytest.param({"source": {"uri": ""}}, "uri", id="empty source"),
        pytest.param({"source": {"uri": "a.ifc", "sha256": "ABC"}}, "sha256", id="not a checksum"),
        pytest.param({"source": {"uri": "a.ifc", "maxBytes": 0}}, "maxBytes", id="nothing may be read"),
        pytest.param({"limits": {"workers": 0}}, "workers", id="no workers"),
        pytest.param({"limits": {"deadlineSeconds": 0}}, "deadlineSeconds", id="no time"),
        pytest.param({"coverage": {"minimum": 1.1}}, "minimum", id="more than everything"),
        pytest.param({"coverage": {"onShortfall": "Ignore"}}, "onShortfall", id="unknown choice"),
        pytest.param({"operations": {"properties": {"formats": ["pdf"]}}}, "formats", id="unknown format"),
        pytest.param({"operations": {"gltf": {"compression": "draco"}}}, "compression", id="unknown compression"),
        pytest.param({"operations": {"gltf": {"linearDeflection": 0}}}, "linearDeflection", id="infinitely fine"),
        pytest.param({"operations": {"gltf": {"originOffset": [1, 2]}}}, "originOffset", id="a point in the plane"),
        pytest.param({"progress": {"url": ""}}, "url", id="progress to nowhere"),
        pytest.param({"attempt": 0}, "attempt", id="attempts count from one"),
    ],
)
def test_an_invalid_request_is_rejected(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        RunRequest.model_validate(a_request(**changes))
    assert place in refusal.value.errors()[0]["loc"]


@pytest.mark.parametrize("output", [{"folder": "out"}, {"uploads": {"model.glb": "https://store.example/put"}}])
def test_a_request_with_one_output_is_valid(output: dict[str, Any]) -> None:
    assert RunRequest.model_validate(a_request(output=output)).output.to_json()


def test_unknown_fields_of_a_newer_peer_are_ignored() -> None:
    request = RunRequest.model_validate(a_request(source={"uri": "a.ifc", "mirror": "b"}, telepathy=True))
    assert "mirror" not in request.to_json()


def test_a_request_survives_a_round_trip() -> None:
    request = RunRequest.model_validate(a_request(operations={"gltf": {"excludeClasses": ["IfcDoor"]}}, attempt=3))
    assert '"excludeClasses":["IfcDoor"]' in request.to_json()
    assert RunRequest.model_validate_json(request.to_json()) == request


def test_no_operation_means_all_four_with_their_defaults() -> None:
    everything = RunRequest.model_validate(a_request()).operations.or_all()
    assert everything.metadata is not None
    assert everything.spatial_tree is not None
    assert everything.properties is not None
    assert everything.gltf == GltfOptions()


@pytest.mark.parametrize("name", ["metadata", "spatialTree", "properties", "gltf"])
def test_a_named_operation_is_the_only_one(name: str) -> None:
    operations = RunRequest.model_validate(a_request(operations={name: {}})).operations.or_all()
    assert list(operations.model_dump(by_alias=True, exclude_none=True)) == [name]
